/** Limits, order and fairness, from end to end, over each broker. */
import { assertEquals } from "@std/assert";
import {
  type BatchCall,
  type BrokerSource,
  type ConfigOptions,
  createLogger,
  Snooze,
  Umbel,
  upstash,
  Worker,
  type WorkerOptions,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });

class Setup implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly app: Umbel;
  /** What ran, in order. */
  readonly ran: unknown[] = [];
  readonly start = this.clock.now();

  constructor(broker: BrokerSource, config: ConfigOptions) {
    this.app = new Umbel("shop", { broker, clock: this.clock, config, env: {} });
  }

  /** How long it has gone on (ms). */
  get elapsed(): number {
    return this.clock.now() - this.start;
  }

  /** Runs what may be run now. */
  async drain(options: WorkerOptions = {}): Promise<void> {
    await new Worker(this.app, { log, ...options }).drain({ seconds: 60 });
  }

  /** What ran since the last time, in order. */
  async drained(options: WorkerOptions = {}): Promise<unknown[]> {
    await this.drain(options);
    return this.ran.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

function everywhere(name: string, check: (setup: Setup) => Promise<void>, config: ConfigOptions = {}): void {
  Deno.test(`${name} (SQLite)`, async () => {
    await using setup = new Setup(sqlite(":memory:"), config);
    await check(setup);
  });
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await using setup = new Setup(upstash({ url: rest.url, token: rest.token }), config);
    await check(setup);
  });
}

everywhere("rateLimit: of three workers one starts a task every 100 ms, and none is lost", async (setup) => {
  const { app, clock, ran } = setup;
  const task = app.task("task", { rateLimit: "10/s" }, () => void ran.push(setup.elapsed));
  await task.delayMany(Array.from({ length: 21 }, () => []));
  while (ran.length < 21 && setup.elapsed < 3000) {
    await Promise.all(["w1", "w2", "w3"].map((name) => setup.drain({ name })));
    await clock.advance({ milliseconds: 50 });
  }
  assertEquals(ran, Array.from({ length: 21 }, (_, n) => n * 100));
});

everywhere("rateLimit with a key counts each key for itself, and a retry is a start too", async (setup) => {
  const { app, clock, ran } = setup;
  const options = {
    rateLimit: { limit: 1, period: "1m", key: (to: string) => to },
    retry: { max: 1, delay: "1s", jitter: false },
  };
  const mail = app.task("mail", options, (to: string) => {
    ran.push(`${setup.elapsed / 1000} ${to}`);
    if (to === "a" && ran.length === 1) throw new TypeError("down");
  });
  await mail.delay("a");
  await setup.drain();
  await mail.delayMany([["a"], ["b"]]);
  for (let second = 0; second < 130; second += 10) {
    await setup.drain();
    await clock.advance(10);
  }
  // What came again after its retry's delay waits behind the one that was there.
  assertEquals(ran, ["0 a", "0 b", "60 a", "120 a"]);
});

everywhere("concurrency: at most so many run at once over all workers, by key", async ({ app }) => {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  let done = 0;
  const all = Promise.withResolvers<void>();
  const task = app.task("task", { concurrency: { limit: 2, key: (key: string) => key } }, async (key: string) => {
    running.set(key, (running.get(key) ?? 0) + 1);
    most.set(key, Math.max(most.get(key) ?? 0, running.get(key)!));
    await new Promise((resolve) => setTimeout(resolve, 0));
    running.set(key, running.get(key)! - 1);
    if (++done === 30) all.resolve();
  });
  await task.delayMany(Array.from({ length: 30 }, (_, n): [string] => [n % 3 === 0 ? "b" : "a"]));
  const workers = ["w1", "w2"].map((name) => new Worker(app, { name, log }));
  const lives = workers.map((worker) => worker.run());
  await all.promise;
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all(lives);
  assertEquals(most, new Map([["a", 2], ["b", 2]]));
});

everywhere("sequence: what is tried again or snoozed keeps the others of its key waiting", async (setup) => {
  const { app, clock } = setup;
  const tries = new Map<string, number>();
  const options = { sequence: (order: string) => order, retry: { max: 3, delay: "10s", jitter: false } };
  const step = app.task("step", options, (order: string, n: number) => {
    const count = (tries.get(order + n) ?? 0) + 1;
    tries.set(order + n, count);
    setup.ran.push(`${order}${n}`);
    if (order === "a" && n === 1 && count === 1) throw new TypeError("down");
    if (order === "a" && n === 1 && count === 2) throw new Snooze("20s");
  });
  const handles = await step.delayMany([["a", 1], ["a", 2], ["b", 1], ["a", 3], ["b", 2]]);
  assertEquals((await setup.drained()).toSorted(), ["a1", "b1", "b2"]);
  const [record] = await app.broker.fetch([handles[0]!.id]);
  assertEquals([record!.state, record!.eta! - setup.start], ["RETRY", 10_000]);
  await clock.advance(9);
  assertEquals(await setup.drained(), []);
  await clock.advance(1);
  assertEquals(await setup.drained(), ["a1"]);
  await clock.advance(19);
  assertEquals(await setup.drained(), []);
  await clock.advance(1);
  assertEquals(await setup.drained(), ["a1", "a2", "a3"]);
});

everywhere("sequence: what a worker does not know keeps its place", async (setup) => {
  const { app, clock, ran } = setup;
  const step = app.task("step", { sequence: true }, (n: number) => void ran.push(n));
  await step.delayMany([[1], [2]]);
  const other = new Umbel("shop", { broker: app.broker, clock, env: {} });
  await new Worker(other, { log }).drain({ seconds: 60 });
  assertEquals(await setup.drained(), []);
  await clock.advance(60);
  assertEquals(await setup.drained(), [1, 2]);
});

everywhere("batch: calls come together, each with its own result", async (setup) => {
  const { app, clock } = setup;
  const batch = { size: 3, wait: "500ms" };
  const index = app.task("index", { batch }, (calls: readonly BatchCall<[n: number]>[]) => {
    setup.ran.push(calls.map(({ args: [n] }) => n));
    return calls.map(({ args: [n] }) => n === 2 ? new TypeError("two") : 10 * n);
  });
  const handles = await index.delayMany([1, 2, 3, 4].map((n): [number] => [n]));
  assertEquals(await setup.drained(), [[1, 2, 3]]);
  await clock.advance({ milliseconds: 499 });
  assertEquals(await setup.drained(), []);
  await clock.advance({ milliseconds: 1 });
  assertEquals(await setup.drained(), [[4]]);
  const records = await app.broker.fetch(handles.map(({ id }) => id));
  assertEquals(records.map((record) => record!.result ?? record!.error!.message), [10, "two", 30, 40]);
});

everywhere(
  "batch: messages of an app that does not know the task come together as far as a turn brings them",
  async (setup) => {
    const { app, clock } = setup;
    const other = new Umbel("shop", { broker: app.broker, clock, env: {} });
    app.task("index", { batch: { size: 3, wait: "1h" } }, (calls: readonly BatchCall<[n: number]>[]) => {
      setup.ran.push(calls.map(({ args: [n] }) => n));
    });
    await other.sendMany([["index", [1]], ["index", [2]], ["index", [3]], ["index", [4]]]);
    assertEquals(await setup.drained(), [[1, 2, 3], [4]]);
  },
);

everywhere(
  "batch: what comes again after a lost answer comes together again, and nothing is run twice",
  async (setup) => {
    const broker = failing(setup.app.broker, (verb, count) => {
      if (verb !== "exchange") return "pass";
      return (["pass", "drop answer", "twice", "drop request"] as const)[count % 4]!;
    });
    const app = new Umbel("shop", { broker, env: {} });
    const index = app.task("index", { batch: { size: 5, wait: "1h" } }, (calls: readonly BatchCall<[n: number]>[]) => {
      setup.ran.push(calls.map(({ args: [n] }) => n).toSorted((a, b) => a - b));
      return calls.map(({ args: [n] }) => 2 * n);
    });
    const handles = await index.delayMany(Array.from({ length: 25 }, (_, n): [number] => [n]));
    await new Worker(app, { log, concurrency: 2 }).drain({ seconds: 60 });
    const parts = [0, 5, 10, 15, 20].map((from) => Array.from({ length: 5 }, (_, n) => from + n));
    assertEquals(setup.ran.toSorted((a, b) => (a as number[])[0]! - (b as number[])[0]!), parts);
    const results = (await app.broker.fetch(handles.map(({ id }) => id))).map((record) => record?.result);
    assertEquals(results, handles.map((_, n) => 2 * n));
  },
);

everywhere("lifo: the last one sent is the first one started, at equal priority", async (setup) => {
  const { app, ran } = setup;
  const task = app.task("task", { lifo: true }, (n: number) => void ran.push(n));
  for (const n of [1, 2, 3]) await task.delay(n);
  await task.applyAsync([4], { priority: 9 });
  await task.applyAsync([5], { lifo: false });
  assertEquals(await setup.drained({ concurrency: 1 }), [4, 3, 2, 1, 5]);
});

const fair = { queues: { default: { groupBy: (tenant: string) => tenant } } };

everywhere("groupBy: with 10,000 tasks of one group waiting, one of another starts next", async (setup) => {
  const { app, ran } = setup;
  const ten = Promise.withResolvers<void>();
  const task = app.task("task", (tenant: string) => {
    if (ran.push(tenant) === 10) ten.resolve();
  });
  await task.delayMany(Array.from({ length: 10_000 }, (): [string] => ["a"]));
  await task.delay("b");
  const worker = new Worker(app, { log, concurrency: 1, prefetch: 1 });
  const running = worker.run();
  await ten.promise;
  await worker.stop();
  await running;
  // The group of a had its turn first; then it is b's.
  assertEquals(ran.slice(0, 3), ["a", "b", "a"]);
}, fair);

everywhere("a queue's concurrency and its groups' hold over all of its tasks", async (setup) => {
  const { app, clock, ran } = setup;
  const task = app.task("task", (tenant: string) => void ran.push(`${tenant} ${setup.elapsed}`));
  await task.delayMany(["a", "a", "b", "b"].map((tenant): [string] => [tenant]));
  for (let step = 0; step < 5; step++) {
    await setup.drain();
    await clock.advance(0.5);
  }
  assertEquals(ran.toSorted(), ["a 0", "a 1000", "b 0", "b 1000"]);
}, { queues: { default: { concurrency: 2, groupBy: { key: (tenant: string) => tenant, rateLimit: "1/s" } } } });
