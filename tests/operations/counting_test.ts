import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../src/log.ts";

function shop() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("add", (x: number, y: number) => x + y);
  app.task("fail", { maxRetries: 0, queue: "risky" }, (_x: string) => {
    throw new TypeError("no such thing");
  });
  return app;
}

Deno.test("app.count() tells how many tasks are in which state, by any filter of a search", async () => {
  await using app = shop();
  assertEquals(await app.count(), { states: {}, total: 0 });
  await app.sendMany([["add", [1, 2]], ["add", [3, 4]], ["fail", ["ann"]], ["fail", ["bob"]]]);
  await new Worker(app, { log: silentLogger, name: "w1", queues: ["default", "risky"] }).drain({ seconds: 60 });
  await app.sendTask("add", [5, 6], { countdown: 60 });
  await app.sendTask("fail", ["ann"]);
  assertEquals(await app.count(), { states: { SUCCESS: 2, FAILURE: 2, SCHEDULED: 1, QUEUED: 1 }, total: 6 });
  assertEquals(await app.count({ state: ["FAILURE", "QUEUED"] }), { states: { FAILURE: 2, QUEUED: 1 }, total: 3 });
  assertEquals(await app.count({ task: "fail" }), { states: { FAILURE: 2, QUEUED: 1 }, total: 3 });
  assertEquals(await app.count({ queue: "default", state: "SUCCESS" }), { states: { SUCCESS: 2 }, total: 2 });
  assertEquals(await app.count({ text: "ann" }), { states: { FAILURE: 1, QUEUED: 1 }, total: 2 });
  assertEquals(await app.count({ worker: "nobody" }), { states: {}, total: 0 });
  assertEquals((await app.count({ from: Date.now() + 60_000 })).total, 0);
});

Deno.test("app.count() looks at so many only, and says since when it has counted", async () => {
  await using app = shop();
  const calls = Array.from({ length: 40 }, (_, n): ["add", [number, number]] => ["add", [n, 1]]);
  for (let n = 0; n < 4; n++) {
    await app.sendMany(calls);
    // Counts go back to whole milliseconds.
    const { now } = Date;
    for (const start = now(); now() === start;);
  }
  const part = await app.count({ looks: 50 });
  assertEquals([part.since === undefined, part.total >= 50 && part.total < 160], [false, true], `${part.total}`);
  const rest = await app.count({ to: part.since! });
  assertEquals([part.total + rest.total, rest.since], [160, undefined]);
});

Deno.test("app.count() refuses what breaks a rule", async () => {
  await using app = shop();
  for (const looks of [0, 1.5, 2_000_000, "10"]) {
    await assertRejects(
      () => app.count({ looks: looks as number }),
      InvalidInput,
      "looks must be a whole number from 1",
    );
  }
  await assertRejects(() => app.count({ state: [] }), InvalidInput, "state must be");
  await assertRejects(() => app.count({ limit: 5 } as never), InvalidInput, "limit");
});
