/** Asking workers and telling them what to do, over each broker. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type BrokerSource,
  createLogger,
  InvalidInput,
  type TaskContext,
  Umbel,
  upstash,
  Worker,
  type WorkerAnswer,
  type WorkerOptions,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });
/** Long enough for a machine that does other things too. */
const timeout = "20s";

/** An app with tasks, and another one of the same name that asks, as in another process. */
class Shop implements AsyncDisposable {
  readonly app: Umbel;
  readonly asker: Umbel;
  readonly #workers: Worker[] = [];
  readonly #ends: Promise<unknown>[] = [];
  readonly #started: (() => void)[] = [];
  /** Ends the handlers of `held`. */
  readonly gate = Promise.withResolvers<void>();

  constructor(broker: BrokerSource) {
    this.app = new Umbel("shop", { broker, env: {} });
    this.asker = new Umbel("shop", { broker, env: {} });
    this.app.task("add", { redact: ["1.password"] }, (x: number, _more?: unknown) => x);
    this.app.task("fail", { maxRetries: 0 }, () => {
      throw new Error("no");
    });
    this.app.task("held", { bind: true, redact: ["0"] }, async (self: TaskContext, _secret: string) => {
      this.#started.shift()?.();
      await Promise.race([
        this.gate.promise,
        new Promise<void>((_, reject) => {
          self.signal.addEventListener("abort", () => reject(self.signal.reason), { once: true });
        }),
      ]);
    });
  }

  /** Starts workers, and waits until they answer. */
  async work(names: readonly string[], options: WorkerOptions = {}): Promise<Worker[]> {
    const workers = names.map((name) => new Worker(this.app, { name, concurrency: 1, log, ...options }));
    this.#workers.push(...workers);
    this.#ends.push(...workers.map((worker) => worker.run()));
    while ((await this.asker.inspect.ping({ timeout })).length < this.#workers.length);
    return workers;
  }

  /** Has a task held by a worker, and waits until its handler runs. */
  async hold(secret = "s3cret") {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#started.push(resolve);
    const handle = await this.asker.sendTask("held", [secret]);
    await promise;
    return handle;
  }

  async [Symbol.asyncDispose]() {
    this.gate.resolve();
    for (const worker of this.#workers) await worker.stop();
    await Promise.all(this.#ends);
    await this.app[Symbol.asyncDispose]();
    await this.asker[Symbol.asyncDispose]();
  }
}

function everywhere(name: string, check: (shop: Shop) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "umbel_remote_" });
    {
      await using shop = new Shop(sqlite(`${folder}/umbel.db`));
      await check(shop);
    }
    await Deno.remove(folder, { recursive: true });
  });
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await using shop = new Shop(upstash({ url: rest.url, token: rest.token }));
    await check(shop);
  });
}

/** What the only worker that was asked answered. */
function only<Answer>(answers: readonly WorkerAnswer<Answer>[]): Answer {
  assertEquals(answers.length, 1);
  const one = answers[0]!;
  assert(one.ok, JSON.stringify(one));
  return one.answer;
}

/** The fields that made them refuse. */
function refused(answers: readonly WorkerAnswer<unknown>[]): (string | undefined)[] {
  return answers.map((one) => one.ok ? "ok" : one.error.field);
}

function failed(answers: readonly WorkerAnswer<unknown>[]): string[] {
  return answers.map((one) => one.ok ? "ok" : one.error.code);
}

everywhere("inspect.ping() asks all workers, or those of a name, with or without the word of a life", async (shop) => {
  assertEquals(await shop.asker.inspect.ping({ timeout }), []);
  await shop.work(["w1@a", "w1@a", "w2@a"]);
  const all = await shop.asker.inspect.ping({ timeout });
  assertEquals(all.map(({ worker, ...rest }) => [worker.replace(/~.*/, ""), rest]), [
    ["w1@a", { ok: true, answer: "pong" }],
    ["w1@a", { ok: true, answer: "pong" }],
    ["w2@a", { ok: true, answer: "pong" }],
  ]);
  const { worker } = all[0]!;
  assertEquals((await shop.asker.inspect.ping({ timeout, destination: worker })).map((one) => one.worker), [worker]);
  const named = await shop.asker.inspect.ping({ timeout, destination: ["w1@a", "w2@a", "w3@a"] });
  assertEquals(named.map((one) => one.worker.replace(/~.*/, "")), ["w1@a", "w1@a", "w2@a", "w3@a"]);
  assertEquals(named[3], {
    worker: "w3@a",
    ok: false,
    error: { code: "unknown_worker", message: "There is no worker w3@a" },
  });
});

everywhere("a worker that gives no answer is named", async (shop) => {
  await shop.work(["w1@a"]);
  const { broker } = shop.app;
  const turn = { number: 1, queues: ["none"], limit: 0, holds: [], settlements: [], reports: [], lease: 30_000 };
  await broker.exchange({ ...turn, worker: "dead@a~x", park: false, leave: false });
  const answers = await shop.asker.inspect.ping({ timeout: "300ms" });
  assertEquals(answers[0], {
    worker: "dead@a~x",
    ok: false,
    error: {
      code: "no_answer",
      message: "dead@a~x gave no answer within 300 ms: it hangs, is cut off, or has died",
    },
  });
  assertEquals(answers.length, 2);
});

everywhere("two who ask at once hear their own answers", async (shop) => {
  await shop.work(["w1@a"]);
  await using other = new Umbel("shop", { broker: shop.app.broker, env: {} });
  const [pings, stats, queues] = await Promise.all([
    shop.asker.inspect.ping({ timeout }),
    other.inspect.stats({ timeout }),
    shop.asker.inspect.activeQueues({ timeout }),
  ]);
  assertEquals(only(pings), "pong");
  assertEquals(only(stats).app, "shop");
  assertEquals(only(queues), [{ name: "default", holds: 0 }]);
});

everywhere("inspect.stats() tells what a worker did, by task", async (shop) => {
  await shop.work(["w1@a"]);
  for (const call of [1, 2]) await (await shop.asker.sendTask("add", [call])).get();
  await (await shop.asker.sendTask("fail")).get().catch(() => {});
  await shop.hold();
  const stats = only(await shop.asker.inspect.stats({ timeout }));
  assertEquals(stats.pid, Deno.pid);
  assertEquals(stats.pool, { name: "async", concurrency: 1, places: 1 });
  assertEquals([stats.running, stats.reserved, stats.isStopping, stats.queues], [1, 0, false, ["default"]]);
  assert(stats.memory!.rss > 1_000_000 && stats.uptime >= 0 && stats.startedAt > 1_600_000_000_000);
  const none = { done: 0, failed: 0, retried: 0, revoked: 0, expired: 0, returned: 0 };
  assertEquals(stats.tasks, { add: { ...none, done: 2 }, fail: { ...none, failed: 1 } });
  assertEquals(stats.counts, { ...none, received: 4, done: 2, failed: 1, lost: 0 });
});

everywhere(
  "inspect.active(), reserved() and queryTask() tell of tasks, without what is kept out of views",
  async (shop) => {
    await shop.work(["w1@a"], { concurrency: 2 });
    const held = await shop.hold();
    const [active, ...more] = only(await shop.asker.inspect.active({ timeout }));
    assertEquals(more, []);
    const { id, task, args, queue, priority, retries, state, revoked } = active!;
    assertEquals({ id, task, args, queue, priority, retries, state, revoked }, {
      ...{ id: held.id, task: "held", args: ["[redacted]"], queue: "default" },
      ...{ priority: 5, retries: 0, state: "STARTED", revoked: false },
    });
    assert(active!.runtime >= 0 && active!.startedAt! > 0);
    assertEquals(only(await shop.asker.inspect.reserved({ timeout })), []);
    const found = only(await shop.asker.inspect.queryTask([held.id, "other"], { timeout }));
    assertEquals(Object.keys(found), [held.id]);
    assertEquals([found[held.id]!.held, found[held.id]!.task], ["active", "held"]);
    assertEquals(only(await shop.asker.inspect.queryTask("other", { timeout })), {});
  },
);

everywhere("inspect.revoked() tells of those whose handlers have not stopped", async (shop) => {
  shop.app.task("deaf", async () => {
    await shop.gate.promise;
  });
  await shop.work(["w1@a"]);
  assertEquals(only(await shop.asker.inspect.revoked({ timeout })), []);
  const { id } = await shop.asker.sendTask("deaf");
  while (only(await shop.asker.inspect.active({ timeout })).length === 0);
  await shop.asker.revoke(id);
  while (only(await shop.asker.inspect.revoked({ timeout })).length === 0);
  assertEquals(only(await shop.asker.inspect.revoked({ timeout })), [id]);
});

everywhere("inspect.scheduled() tells what waits for its time, the earliest first", async (shop) => {
  await shop.app.sendTask("add", [2, { password: "p", user: "u" }], { countdown: 200 });
  await shop.app.sendTask("add", [1], { countdown: 100 });
  await shop.app.sendTask("add", [3]);
  const scheduled = await shop.app.inspect.scheduled();
  assertEquals(scheduled.map(({ args, state }) => [args, state]), [
    [[1], "SCHEDULED"],
    [[2, { password: "[redacted]", user: "u" }], "SCHEDULED"],
  ]);
  assertEquals((await shop.app.inspect.scheduled({ limit: 1 })).length, 1);
  await assertRejects(() => shop.app.inspect.scheduled({ limit: 0 }), InvalidInput, "from 1 to 10000");
});

everywhere(
  "inspect.registered() tells tasks, options and schemas, and conf() settings: without secrets",
  async (shop) => {
    const validate = (value: unknown) => ({ value: value as [number] });
    const jsonSchema = { input: () => ({ type: "array" }), output: () => ({ type: "array" }) };
    const schema = { "~standard": { version: 1, vendor: "mine", validate, jsonSchema } } as const;
    shop.app.task("checked", { schema, timeLimit: "5s", redact: (args) => args }, (_: number) => {});
    await shop.work(["w1@a"]);
    const registered = only(await shop.asker.inspect.registered({ timeout }));
    assertEquals(registered.map(({ name }) => name), ["add", "checked", "fail", "held"]);
    assertEquals(registered[1], {
      name: "checked",
      options: { bind: false, timeLimit: 5000, redact: "function" },
      schema: { vendor: "mine", json: { type: "array" } },
    });
    const conf = only(await shop.asker.inspect.conf({ timeout }));
    assertEquals([conf.app.name, conf.app.lease, conf.app.codecs], ["shop", 30_000, []]);
    assertEquals([conf.worker.pool, conf.worker.concurrency, conf.worker.queues], ["async", 1, ["default"]]);
  },
);

everywhere("inspect.registered() of 500 tasks comes in parts, and whole", async (shop) => {
  for (let index = 0; index < 500; index++) {
    shop.app.task(`task-${index}`, { permissions: undefined, redact: [`0.${"ü😀".repeat(300)}`] } as object, () => {});
  }
  await shop.work(["w1@a"]);
  const registered = only(await shop.asker.inspect.registered({ timeout }));
  assertEquals(registered.length, 503);
  assert(JSON.stringify(registered).length > 400_000);
  assertEquals(registered[3]!.options.redact, [`0.${"ü😀".repeat(300)}`]);
});

everywhere("control.poolGrow(), poolShrink() and autoscale() change how many tasks run", async (shop) => {
  const [worker] = await shop.work(["w1@a"]);
  await shop.hold();
  const second = shop.hold();
  assertEquals(only(await shop.asker.control.poolGrow(2, { timeout })), { concurrency: 3 });
  await second;
  assertEquals(only(await shop.asker.control.poolShrink(1, { timeout })), { concurrency: 2 });
  assertEquals(worker!.concurrency, 2);
  assertEquals(refused(await shop.asker.control.poolShrink(5, { timeout })), ["concurrency"]);
  assertEquals(only(await shop.asker.control.autoscale({ max: 8, min: 4 }, { timeout })), { concurrency: 4 });
  assertEquals(only(await shop.asker.inspect.stats({ timeout })).pool.autoscale, { min: 4, max: 8 });
  await assertRejects(() => shop.asker.control.poolGrow(0), InvalidInput, "whole number");
  await assertRejects(() => shop.asker.control.autoscale({ max: 501 }), InvalidInput, "1 to 500");
  assertEquals(failed(await shop.asker.control.poolRestart({ timeout })), ["invalid_input"]);
});

everywhere("control.cancelConsumer() and addConsumer() change the queues, the last one too", async (shop) => {
  const [worker] = await shop.work(["w1@a"]);
  assertEquals(only(await shop.asker.control.addConsumer("more", { timeout })), [
    { name: "default", holds: 0 },
    { name: "more", holds: 0 },
  ]);
  assertEquals(await (await shop.asker.sendTask("add", [1], { queue: "more" })).get({ timeout }), 1);
  await shop.asker.control.cancelConsumer("more", { timeout });
  assertEquals(only(await shop.asker.control.cancelConsumer("default", { timeout })), []);
  assertEquals(worker!.queues, []);
  // The broker has heard of it as well: nothing is handed over any more.
  while ((await shop.app.broker.inspector.workers())[0]!.queues.length > 0);
  const sent = await shop.asker.sendTask("add", [2]);
  assertEquals(only(await shop.asker.inspect.activeQueues({ timeout })), []);
  assertEquals((await sent.record())?.state, "QUEUED");
  await shop.asker.control.addConsumer("default", { timeout });
  assertEquals(await sent.get({ timeout }), 2);
  assertEquals(worker!.queues, ["default"]);
});

everywhere("control.timeLimit() bounds the runs that start from now on", async (shop) => {
  await shop.work(["w1@a"]);
  assertEquals(only(await shop.asker.control.timeLimit("held", { hard: "50ms" }, { timeout })), { hard: 50 });
  const failure = await (await shop.asker.sendTask("held", ["x"], { maxRetries: 0 })).get({ timeout }).catch(String);
  assertMatch(String(failure), /reached its time limit/);
  assertEquals(refused(await shop.asker.control.timeLimit("held", { soft: "60ms" }, { timeout })), ["softTimeLimit"]);
  assertEquals(only(await shop.asker.control.timeLimit("held", { hard: null }, { timeout })), {});
  assertEquals(failed(await shop.asker.control.timeLimit("nothing", { hard: 1 }, { timeout })), ["invalid_input"]);
  await assertRejects(() => shop.asker.control.timeLimit("held", {}), InvalidInput, "which limit");
});

everywhere("control.shutdown() stops a worker after what runs, or at once", async (shop) => {
  const [warm, cold] = await shop.work(["warm@a", "cold@a"], { grace: "60s" });
  const handles = [await shop.hold(), await shop.hold()];
  assertEquals(only(await shop.asker.control.shutdown({ destination: "warm@a", timeout })), {
    cold: false,
    running: 1,
  });
  const stats = only(await shop.asker.inspect.stats({ destination: "warm@a", timeout }));
  assertEquals([stats.isStopping, stats.running, warm!.isWorking], [true, 1, false]);
  assertEquals(only(await shop.asker.control.shutdown({ destination: "cold@a", cold: true, timeout })), {
    cold: true,
    running: 1,
  });
  // What was aborted waits again, since the other one takes nothing more.
  while ((await shop.asker.broker.inspector.queues())[0]?.waiting !== 1);
  shop.gate.resolve();
  const ended = async () => (await Promise.all(handles.map((handle) => handle.state()))).includes("SUCCESS");
  while (!await ended());
  while ((await shop.asker.inspect.ping({ timeout })).length > 0);
  assertEquals([warm!.isWorking, cold!.isWorking], [false, false]);
});

everywhere("options of remote commands are checked at the door", async ({ asker }) => {
  await assertRejects(() => asker.inspect.ping({ timeout: 0 }), InvalidInput, "timeout must be more than 0");
  await assertRejects(() => asker.inspect.ping({ timeout: "61s" }), InvalidInput, "at most 60 s");
  await assertRejects(() => asker.inspect.ping({ destination: [] }), InvalidInput, "at least one worker");
  await assertRejects(() => asker.inspect.ping({ destination: "a b" }), InvalidInput, "worker must be");
  await assertRejects(
    () => asker.inspect.ping({ destinations: "a" } as object),
    InvalidInput,
    "did you mean destination",
  );
  await assertRejects(() => asker.inspect.queryTask([]), InvalidInput, "1 to 100 ids");
  await assertRejects(() => asker.control.addConsumer("a b"), InvalidInput, "queue must be");
});
