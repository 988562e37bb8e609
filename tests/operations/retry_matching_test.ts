import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../src/log.ts";

function shop() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const runs: string[] = [];
  app.task("echo", (text: string) => {
    runs.push(text);
    return text;
  });
  app.task("fail", { maxRetries: 0 }, (text: string) => {
    runs.push(text);
    throw new TypeError("no");
  });
  const work = () => new Worker(app, { log: silentLogger, name: "w1" }).drain({ seconds: 20 });
  return { app, runs, work };
}

const none = { resent: 0, sent: 0, refused: 0 };

Deno.test("app.retry() sends all again that a filter fits: letters under their ids, others as new tasks", async () => {
  const { app, runs, work } = shop();
  await using _ = app;
  const failed = await app.sendMany([["fail", ["a"]], ["fail", ["b"]]]);
  await app.sendMany([["echo", ["c"]], ["echo", ["d"]]]);
  const revoked = await app.sendTask("echo", ["e"]);
  await revoked.revoke();
  await work();
  assertEquals(await app.retry({ state: "EXPIRED" }), none);
  assertEquals(await app.retry({ state: "FAILURE", text: "nowhere" }), none);
  assertEquals(await app.retry({ state: "FAILURE" }), { ...none, resent: 2 });
  assertEquals(await app.count({ task: "fail" }), { states: { QUEUED: 2 }, total: 2 });
  assertEquals(await Promise.all(failed.map((handle) => handle.state())), ["QUEUED", "QUEUED"]);
  const before = Date.now() + 1;
  assertEquals(await app.retry({ state: ["SUCCESS", "REVOKED"], to: before }), { ...none, sent: 3 });
  runs.length = 0;
  await work();
  assertEquals(runs.toSorted(), ["a", "b", "c", "d", "e"]);
});

Deno.test("app.retry() with a filter may be repeated, in portions, whatever answer was lost", async () => {
  const { app, runs, work } = shop();
  await using _ = app;
  await app.sendMany(Array.from({ length: 7 }, (_, n): ["echo", [string]] => ["echo", [`${n}`]]));
  await work();
  const filter = { state: "SUCCESS", to: Date.now() + 1 } as const;
  // New tasks are no part of it: they were sent later.
  for (const start = Date.now(); Date.now() <= start + 1;);
  const first = await app.retry(filter, { limit: 3 });
  assertEquals({ ...first, cursor: undefined }, { ...none, sent: 3, cursor: undefined });
  await work();
  // The answer was lost: the same portion once more.
  assertEquals(await app.retry(filter, { limit: 3 }), { ...none, sent: 3, cursor: first.cursor! });
  const rest = await app.retry(filter, { limit: 10, cursor: first.cursor! });
  assertEquals(rest, { ...none, sent: 4 });
  assertEquals(await app.retry(filter), { ...none, sent: 7 });
  runs.length = 0;
  await work();
  assertEquals(runs.length, 4);
});

Deno.test("app.retry() counts what it cannot send again as it was", async () => {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, config: { resultExtended: false } });
  await using _ = app;
  app.task("echo", (text: string) => text);
  await app.sendMany([["echo", ["a"]], ["echo", ["b"]]]);
  await new Worker(app, { log: silentLogger }).drain({ seconds: 20 });
  assertEquals(await app.retry({ state: "SUCCESS" }), { ...none, refused: 2 });
});

Deno.test("app.retry() with a filter refuses what breaks a rule", async () => {
  const { app } = shop();
  await using _ = app;
  for (const state of [undefined, "", [], "QUEUED", ["FAILURE", "STARTED"]]) {
    await assertRejects(
      () => app.retry({ state: state as string, task: "fail" }),
      InvalidInput,
      "state must be of tasks",
    );
  }
  await assertRejects(() => app.retry({ state: "FAILURE" }, { limit: 20_000 }), InvalidInput, "limit");
  await assertRejects(() => app.retry({ state: "FAILURE", age: 3 } as never), InvalidInput, "age");
});
