import { assertEquals } from "@std/assert";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { richTypes, sealed } from "@umbel/umbel/codecs";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";

const keys = { k1: new Uint8Array(32) };

/** Two apps over one broker: one with the tasks and the keys, one with neither. */
async function views(
  declare: (app: Umbel) => { delay(): Promise<{ readonly id: string }> },
): Promise<Record<"ours" | "theirs", Record<string, unknown>>> {
  const dir = await Deno.makeTempDir();
  try {
    await using app = new Umbel("shop", { broker: sqlite(`${dir}/umbel.db`), env: {} });
    await using stranger = new Umbel("shop", { broker: sqlite(`${dir}/umbel.db`), env: {} });
    const { id } = await declare(app).delay();
    await new Worker(app, { log: createLogger({ write() {} }) }).drain({ seconds: 60 });
    const [ours, theirs] = await Promise.all([app, stranger].map(async (one) => {
      const response = await http(one, { open: true }).request(`/tasks/${id}`);
      return await response.json();
    }));
    return { ours, theirs };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const login = ["ada", { password: "pw" }] as const;

Deno.test("a view shows what a task lets be seen of its arguments, to those without its code too", async () => {
  const { ours, theirs } = await views((app) => {
    const task = app.task("login", { redact: ["1.password"] }, (_name: string, _secret: { password: string }) => "ok");
    return { delay: () => task.delay("ada", { password: "pw" }) };
  });
  assertEquals(ours.args, ["ada", { password: "[redacted]" }]);
  assertEquals(theirs.args, ours.args);
});

Deno.test("a view asks the function of a task, and hides all where there is none", async () => {
  const { ours, theirs } = await views((app) => {
    const task = app.task("login", { redact: ([name]) => [name, "…"] }, (_name: string, _secret: unknown) => "ok");
    return { delay: () => task.delay(...login) };
  });
  assertEquals(ours.args, ["ada", "…"]);
  assertEquals(theirs.args, ["[redacted]", "[redacted]"]);
});

Deno.test("a view says what is sealed, and shows it to those who have the key", async () => {
  const { ours, theirs } = await views((app) => {
    const task = app.task("login", { codecs: [sealed({ keys })] }, (name: string, _secret: unknown) => name);
    return { delay: () => task.delay(...login) };
  });
  assertEquals([ours.args, ours.result, ours.encoded], [[...login], "ada", undefined]);
  assertEquals([theirs.args, theirs.result], [undefined, undefined]);
  assertEquals(theirs.encoded, { args: ["sealed"], result: ["sealed"] });
});

Deno.test("a view of a sealed error says that it is sealed", async () => {
  const { ours, theirs } = await views((app) =>
    app.task("login", { codecs: [sealed({ keys })] }, () => {
      throw new TypeError("pw is wrong");
    })
  );
  assertEquals((ours.error as { message: string }).message, "pw is wrong");
  assertEquals(theirs.error, { type: "Sealed", message: "What went wrong is readable only with a key: sealed" });
  assertEquals((theirs.attempts as { error: unknown }[])[0]!.error, theirs.error);
  assertEquals(theirs.encoded, { args: ["sealed"], error: ["sealed"] });
});

Deno.test("a view shows rich types as JSON that people read", async () => {
  const { ours } = await views((app) => {
    const shared = { n: 10n ** 20n };
    const cycle: unknown[] = [shared, shared];
    cycle.push(cycle);
    const task = app.task("rich", { codecs: [richTypes()] }, (_day: Date) => [
      new Map([[1, new Set(["a"])]]),
      new Uint8Array([1, 2]),
      undefined,
      NaN,
      new URL("https://example.org/"),
      new RangeError("far"),
      cycle,
    ]);
    return { delay: () => task.delay(new Date("2026-11-21")) };
  });
  assertEquals(ours.args, ["2026-11-21T00:00:00.000Z"]);
  const n = { n: "100000000000000000000" };
  assertEquals(ours.result, [[[1, ["a"]]], "AQI=", null, null, "https://example.org/", "RangeError: far", [n, n, "…"]]);
});
