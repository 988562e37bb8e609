/** Setting limits and pausing while there is work, over each broker. */
import { assertEquals, assertRejects } from "@std/assert";
import { type BrokerSource, createLogger, InvalidInput, Umbel, upstash, Worker } from "@umbel/umbel";
import { sealed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });
const config = {
  queues: {
    default: { groupBy: { key: (tenant: string) => tenant, rateLimit: "10/s" } },
    single: { concurrency: 1 },
  },
} as const;

function setup(broker: BrokerSource) {
  const clock = new ManualClock();
  const app = new Umbel("shop", { broker, clock, config, env: {} });
  const ran: string[] = [];
  const add = (tenant: string) => void ran.push(tenant);
  const keyed = { limit: 1, period: "1m", key: (tenant: string) => tenant };
  return {
    app,
    clock,
    rated: app.task("rated", { queue: "rated", rateLimit: keyed, concurrency: 5 }, add),
    plain: app.task("plain", add),
    async drained() {
      await new Worker(app, { log }).drain({ seconds: 60 });
      return ran.splice(0).toSorted();
    },
  };
}

function everywhere(name: string, check: (given: ReturnType<typeof setup>) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    const given = setup(sqlite(":memory:"));
    await using _ = given.app;
    await check(given);
  });
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    const given = setup(upstash({ url: rest.url, token: rest.token }));
    await using _ = given.app;
    await check(given);
  });
}

everywhere("control.rateLimit() holds at once for what waits, by key and for all keys", async ({ app, ...given }) => {
  await given.rated.delayMany(["a", "a", "a", "b", "b", "b"].map((key): [string] => [key]));
  assertEquals(await given.drained(), ["a", "b"]);
  await app.control.rateLimit("rated", { limit: 2, period: "10s", burst: 2 }, { key: "a" });
  assertEquals(await given.drained(), ["a", "a"]);
  await app.control.rateLimit("rated", "1/s");
  await given.clock.advance(1);
  assertEquals(await given.drained(), ["b"]);
  await app.control.rateLimit("rated", null);
  await app.control.rateLimit("rated", null, { key: "a" });
  const limits = await app.control.limits();
  assertEquals(limits.filter(({ set }) => set), []);
  assertEquals(limits.find(({ kind }) => kind === "rate"), {
    name: "rate:rated",
    kind: "rate",
    of: "rated",
    rate: { limit: 1, period: 60_000, burst: 1 },
  });
});

everywhere("control.concurrency() of 0 stops a task, and null lets it go on", async ({ app, ...given }) => {
  await given.rated.delay("a");
  await app.control.concurrency("rated", 0);
  assertEquals(await given.drained(), []);
  await app.control.concurrency("rated", null);
  assertEquals(await given.drained(), ["a"]);
});

everywhere("control.pause() stops one group, or the queue, until control.resume()", async ({ app, ...given }) => {
  await given.plain.delayMany([["a"], ["b"]]);
  await app.control.pause("default", { group: "a" });
  assertEquals(await given.drained(), ["b"]);
  const paused = (await app.control.limits()).find(({ key }) => key === "a");
  assertEquals(paused, {
    ...{ name: "group:default#a", kind: "group", of: "default", key: "a" },
    set: { concurrency: 0 },
  });
  await app.control.pause("default");
  await app.control.resume("default", { group: "a" });
  assertEquals(await given.drained(), []);
  await app.control.resume("default");
  assertEquals(await given.drained(), ["a"]);
});

everywhere("control.queue() sets what a queue and its groups may do", async ({ app, ...given }) => {
  await given.plain.delayMany([["a"], ["a"], ["b"], ["b"]]);
  await app.control.queue("default", { rateLimit: { limit: 2, period: 1, burst: 2 } }, { group: "a" });
  assertEquals(await given.drained(), ["a", "a", "b"]);
  await app.control.queue("single", { concurrency: 7 });
  await app.control.queue("default", { rateLimit: null }, { group: "a" });
  assertEquals((await app.control.limits()).filter(({ set }) => set), [
    { name: "queue:single", kind: "queue", of: "single", concurrency: 1, set: { concurrency: 7 } },
  ]);
});

everywhere(
  "app.control.purge() revokes all that waits in a queue, and nothing else",
  async ({ app, plain, rated, drained }) => {
    await plain.delayMany([["a"], ["b"]]);
    const later = await plain.applyAsync(["c"], { countdown: "1h" });
    await rated.delay("d");
    assertEquals(await app.control.purge("default"), 3);
    assertEquals(await later.state(), "REVOKED");
    assertEquals(await drained(), ["d"]);
    assertEquals(await app.control.purge("default"), 0);
  },
);

Deno.test("what no message names cannot be set, and says so", async () => {
  const { app } = setup(sqlite(":memory:"));
  await using _ = app;
  const refused: [() => Promise<unknown>, string][] = [
    [() => app.control.rateLimit("plain", "1/s"), 'Task "plain" declares no rateLimit'],
    [() => app.control.concurrency("rated", 1, { key: "a" }), 'The concurrency of task "rated" has no keys'],
    [() => app.control.rateLimit("rated", "often" as never), "rate must be a rate like"],
    [() => app.control.concurrency("rated", -1), "limit must be a whole number from 0 on, and it is -1"],
    [() => app.control.rateLimit("rated", "1/s", { key: "k".repeat(201) }), "key must give text of at most 200"],
    [() => app.control.queue("single", { rateLimit: "1/s" }), "Queue single declares no rateLimit"],
    [() => app.control.queue("default", { concurrency: 1 }), "Queue default declares no concurrency"],
    [() => app.control.queue("single", {}), "limits must say what is to be limited"],
    [() => app.control.pause("single", { group: "a" }), "Queue single declares no groupBy"],
    [() => app.control.pause("a b"), "queue must be"],
    [() => app.control.purge("a b"), "queue must be"],
  ];
  for (const [call, sentence] of refused) await assertRejects(call, InvalidInput, sentence);
  // Who does not know the task or queue leaves it to those who do.
  await app.control.concurrency("elsewhere", 1);
  await app.control.queue("elsewhere", { concurrency: 1 }, { group: "a" });
});

Deno.test("the key of a sealed task is set as its messages name it", async () => {
  const clock = new ManualClock();
  const keys = { one: "sb2VzfLpLc6-HNhyA8uEDrOjdtDhbmcTwAYRz0nwu7g" };
  const codecs = [sealed({ keys })];
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, codecs, env: {} });
  const ran: string[] = [];
  const concurrency = { limit: 2, key: (tenant: string) => tenant };
  const task = app.task("secret", { concurrency }, (tenant: string) => void ran.push(tenant));
  await app.control.concurrency("secret", 0, { key: "a" });
  await task.delayMany([["a"], ["b"]]);
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals(ran, ["b"]);
});
