/** What lanes leave behind in the database, and what they cost there. */
import { assert, assertEquals } from "@std/assert";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { DatabaseSync } from "node:sqlite";
import { message, TestWorker } from "../../../../src/testing/test_worker.ts";

async function withFolder(run: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "umbel_sqlite_" });
  try {
    await run(`${dir}/umbel.db`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** How many rows these tables have. */
function count(path: string, ...tables: string[]): number[] {
  const database = new DatabaseSync(path);
  try {
    return tables.map((name) =>
      (database.prepare(`SELECT count(*) AS count FROM "umbel:shop:${name}"`).get() as { count: number }).count
    );
  } finally {
    database.close();
  }
}

const limits = {
  even: { rate: { limit: 10, period: 1000, burst: 1 } },
  few: { concurrency: 2 },
  many: { batch: { size: 3, wait: 1000 } },
};

Deno.test("SqliteBroker keeps nothing of lanes and limits that nobody needs any more", async () => {
  await withFolder(async (path) => {
    const clock = new ManualClock();
    await using broker = sqlite(path)("shop", clock);
    const send = (names: string[], change = {}) =>
      broker.publish([1, 2, 3].map((n) => message(clock, [n], { limits: names, ...change })), { limits });
    const ids: string[] = [];
    for (const queue of ["default", "other"]) {
      for (const key of ["a", "b", "c"]) {
        await send([`even#${key}`, "few"], { queue });
        await send([`many#${key}`], { queue, priority: 2 });
        const revoked = message(clock, [], { queue, limits: ["few", `revoked#${key}`] });
        ids.push(revoked.id);
        await broker.publish([revoked]);
      }
    }
    const worker = new TestWorker(broker, clock);
    const queues = ["default", "other"];
    for (let idle = 0; idle < 2;) {
      const { deliveries, more, wakeAt } = await worker.exchange({ limit: 5, queues });
      if (idle++ === 0) await broker.control.revoke(ids);
      await worker.exchange({ settlements: deliveries.map((one) => worker.success(one)), queues });
      if (deliveries.length > 0 || more) idle = 0;
      else if (wakeAt !== undefined) {
        idle = 0;
        await clock.advance({ milliseconds: wakeAt - clock.now() });
      }
    }
    await send(["few"]);
    await broker.control.purge("default");
    await worker.exchange({ leave: true });
    await clock.advance({ minutes: 2 });
    await broker.publish([]);
    assertEquals(count(path, "messages", "lanes", "rounds", "uses"), [0, 0, 0, 0]);
    assertEquals(count(path, "limits"), [3]);
  });
});

Deno.test("SqliteBroker looks at no lane twice that is blocked, however many are", async () => {
  const clock = new ManualClock();
  await using broker = sqlite(":memory:")("shop", clock);
  const worker = new TestWorker(broker, clock);
  await worker.exchange({ limits: { one: { concurrency: 1 } } });
  for (let sent = 0; sent < 10_000; sent += 2000) {
    await broker.publish(
      Array.from({ length: 2000 }, (_, n) => message(clock, [], { limits: ["one", `k#${sent + n}`] })),
    );
  }
  let [held] = await worker.take(1);
  while ((await worker.exchange({ limit: 5 })).more);
  // Each turn from now on costs some ms at most, or this takes minutes.
  const began = performance.now();
  for (let turns = 0; turns < 200; turns++) {
    const next = await worker.take(5, { settlements: [worker.success(held!)] });
    assertEquals(next.length, 1);
    held = next[0];
  }
  assert(performance.now() - began < 60_000);
});

Deno.test("SqliteBroker finds the one lane that may go among thousands that wait for two limits", async () => {
  const clock = new ManualClock();
  await using broker = sqlite(":memory:")("shop", clock);
  const worker = new TestWorker(broker, clock);
  await worker.exchange({ limits: { a: { concurrency: 1 }, b: { concurrency: 1 } } });
  await broker.publish(["a", "b"].map((name) => message(clock, [name], { limits: [name] })));
  const [a] = await worker.take();
  await broker.publish(Array.from({ length: 2000 }, (_, n) => message(clock, [], { limits: ["a", "b", `k#${n}`] })));
  await broker.publish([message(clock, ["goes"], { limits: ["a", "other"] })]);
  while ((await worker.exchange({ limit: 5 })).more);
  let reply = await worker.exchange({ limit: 5, settlements: [worker.success(a!)] });
  for (let turns = 0; turns < 10 && reply.deliveries.length === 0; turns++) {
    assert(reply.more);
    reply = await worker.exchange({ limit: 5 });
  }
  assertEquals(reply.deliveries.map(({ message }) => message.args[0]), ["goes"]);
});

Deno.test("SqliteBroker gives the place of a batch that is no longer full to the next lane", async () => {
  const clock = new ManualClock();
  await using broker = sqlite(":memory:")("shop", clock);
  const worker = new TestWorker(broker, clock);
  await worker.exchange({ limits: { batch: { batch: { size: 3, wait: 1000 } }, one: { concurrency: 1 } } });
  await broker.publish([message(clock, ["holds"], { limits: ["one"] })]);
  const held = await worker.take();
  const full = [1, 2, 3].map((n) => message(clock, [n], { limits: ["batch", "one"] }));
  await broker.publish([...full, message(clock, ["next"], { limits: ["one"] })]);
  assertEquals(await worker.take(), []);
  await broker.control.revoke([full[0]!.id]);
  const next = await worker.take(5, { settlements: held.map((one) => worker.success(one)) });
  assertEquals(next.map(({ message }) => message.args[0]), ["next"]);
});
