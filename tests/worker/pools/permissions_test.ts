import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidInput, sharedTask, type TaskPermissions, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

/** Runs the program beside this file. */
async function restricted(...flags: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const db = await Deno.makeTempFile({ suffix: ".db" });
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-net=127.0.0.1", ...flags, program],
      env: { POOL_TEST_DB: db, HOME: "/home/shop", NO_COLOR: "1" },
    }).output();
    return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(db);
  }
}

const program = new URL("./restricted.ts", import.meta.url).pathname;

Deno.test("a task with permissions reaches what they name, and nothing else", async () => {
  const { stdout, stderr } = await restricted("--unstable-worker-options", "--allow-env");
  assertEquals(stdout === "" ? stderr : JSON.parse(stdout), [
    ["/home/shop", "there"],
    ["NotCapable", "NotCapable"],
    ["/home/shop", "NotCapable"],
    ["NotCapable", "there"],
    ["/home/shop", "there"],
  ]);
});

Deno.test("permissions that cannot be kept are refused before a child is made", async () => {
  const { stderr } = await restricted("--allow-env");
  assertStringIncludes(
    stderr,
    "InvalidInput: Task closed has permissions, which cannot be kept here: give Deno --unstable-worker-options",
  );
  const blind = await restricted("--unstable-worker-options", "--allow-env=POOL_TEST_DB,HOME");
  assertStringIncludes(blind.stderr, "and --allow-env, without which it cannot be told whether that was given");
});

Deno.test("the pool async refuses tasks with permissions", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("closed", { permissions: { net: ["example.org"] } }, () => {});
  await using worker = new Worker(app);
  await assertRejects(() => worker.run(), InvalidInput, "which only the pool threads can keep");
});

Deno.test("permissions are checked at the door", () => {
  const refused = (permissions: unknown, message: string) =>
    assertThrows(
      () => sharedTask("closed", { permissions: permissions as TaskPermissions }, () => {}),
      InvalidInput,
      message,
    );
  refused({ network: true }, '"network" is no part of permissions');
  refused({ net: "example.org" }, "permissions.net must be true, false or a list of names");
  refused({ env: [""] }, "permissions.env must be true, false or a list of names");
});
