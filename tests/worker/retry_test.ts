/** Failing and trying again, from end to end, over each broker. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type BrokerSource,
  createLogger,
  Ignore,
  Reject,
  RetryAfter,
  Snooze,
  TaskFailed,
  Umbel,
  upstash,
  Worker,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

class Setup implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly app: Umbel;
  readonly said: string[] = [];

  constructor(broker: BrokerSource) {
    this.app = new Umbel("shop", { broker, clock: this.clock, env: {} });
  }

  /** Runs what may be run now. */
  async drain(name = "w"): Promise<void> {
    const log = createLogger({ level: "info", write: (line) => this.said.push(line) });
    await new Worker(this.app, { name, log }).drain({ seconds: 60 });
  }

  /** A task's record. */
  async record(id: string) {
    const record = (await this.app.broker.fetch([id]))[0]!;
    // A worker's own name is longer: each of its lives has one.
    const attempts = record.attempts?.map(({ startedAt, finishedAt, worker, error }) => [
      startedAt - this.start,
      finishedAt - this.start,
      worker[0],
      error?.message ?? null,
    ]);
    const { state, retries, error, eta } = record;
    return { state, retries, error: error?.message, due: eta === undefined ? undefined : eta - this.start, attempts };
  }

  readonly start = this.clock.now();

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

function everywhere(name: string, check: (setup: Setup) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    await using setup = new Setup(sqlite(":memory:"));
    await check(setup);
  });
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await using setup = new Setup(upstash({ url: rest.url, token: rest.token }));
    await check(setup);
  });
}

everywhere("what a task throws is retried, and every attempt is kept", async (setup) => {
  const { app, clock } = setup;
  let runs = 0;
  const flaky = app.task("flaky", { retry: { max: 5, delay: "10s", jitter: false } }, async () => {
    await clock.advance({ milliseconds: 200 });
    if (++runs < 3) throw new TypeError(`down ${runs}`);
    return runs;
  });
  const handle = await flaky.delay();
  await setup.drain("a");
  const first = [0, 200, "a", "down 1"];
  assertEquals(await setup.record(handle.id), {
    state: "RETRY",
    retries: 1,
    error: "down 1",
    due: 10_200,
    attempts: [first],
  });
  await setup.drain();
  assertEquals(runs, 1);

  await clock.advance({ seconds: 10 });
  await setup.drain("b");
  const second = [10_200, 10_400, "b", "down 2"];
  assertEquals(await setup.record(handle.id), {
    state: "RETRY",
    retries: 2,
    error: "down 2",
    due: 30_400,
    attempts: [first, second],
  });

  await clock.advance({ seconds: 20 });
  await setup.drain("c");
  assertEquals(await setup.record(handle.id), {
    state: "SUCCESS",
    retries: 2,
    error: undefined,
    due: undefined,
    attempts: [first, second, [30_400, 30_600, "c", null]],
  });
  assertEquals(await handle.get(), 3);
  assertEquals((await handle.record())!.message!.attempts, undefined);
});

everywhere("a task that succeeds at once keeps no attempts, one that fails for good keeps all", async (setup) => {
  const { app, clock } = setup;
  const add = app.task("add", (x: number, y: number) => x + y);
  const bad = app.task("bad", { retry: { max: 1, delay: 1, backoff: "fixed", jitter: false } }, () => {
    throw new Error("never");
  });
  const [sum, failing] = await app.sendMany([add.call([1, 2]), bad.call([])]);
  await setup.drain();
  await clock.advance({ seconds: 1 });
  await setup.drain();
  assertEquals((await setup.record(sum.id)).attempts, undefined);
  const { state, retries, attempts } = await setup.record(failing.id);
  assertEquals([state, retries, attempts?.length], ["FAILURE", 1, 2]);
  const { info } = await assertRejects(() => failing.get(), TaskFailed);
  assertEquals([info.type, info.message], ["Error", "never"]);
});

everywhere("Snooze comes back later without a retry, and RetryAfter with one", async (setup) => {
  const { app, clock } = setup;
  const seen: number[] = [];
  const task = app.task("task", { bind: true, retry: { max: 1 } }, (self) => {
    seen.push(self.retries);
    if (seen.length <= 3) throw new Snooze("1h");
    if (seen.length === 4) throw new RetryAfter(new Response(null, { headers: { "Retry-After": "30" } }));
    return "done";
  });
  const handle = await task.delay();
  for (let n = 1; n <= 3; n++) {
    await setup.drain();
    const { state, retries, due, attempts } = await setup.record(handle.id);
    assertEquals([state, retries, due, attempts], ["SCHEDULED", 0, n * 3_600_000, undefined]);
    await clock.advance({ hours: 1 });
  }
  await setup.drain();
  const { state, retries, due } = await setup.record(handle.id);
  assertEquals([state, retries, due], ["RETRY", 1, 3 * 3_600_000 + 30_000]);
  await clock.advance({ seconds: 30 });
  await setup.drain();
  assertEquals([await handle.get(), seen], ["done", [0, 0, 0, 0, 1]]);
});

everywhere("Reject fails at once, Ignore leaves what was told", async (setup) => {
  const { app } = setup;
  const rejected = app.task("rejected", { retry: { max: Infinity } }, () => {
    throw new Reject("no such customer");
  });
  const ignored = app.task("ignored", { bind: true, retry: {} }, (self) => {
    self.updateState("HANDED_OVER", { to: "billing" });
    throw new Ignore();
  });
  const silent = app.task("silent", () => {
    throw new Ignore();
  });
  const handles = await app.sendMany([rejected.call([]), ignored.call([]), silent.call([])]);
  await setup.drain();
  const [first, second, third] = await app.broker.fetch(handles.map(({ id }) => id));
  assertEquals([first!.state, first!.retries, first!.error?.type, first!.error?.message], [
    "FAILURE",
    0,
    "Reject",
    "no such customer",
  ]);
  assertEquals([second!.state, second!.leftAs, second!.meta, second!.result], [
    "SUCCESS",
    "HANDED_OVER",
    { to: "billing" },
    undefined,
  ]);
  assertEquals([third!.state, third!.leftAs, third!.meta, third!.result], ["SUCCESS", undefined, undefined, undefined]);
  assertEquals(await handles[1].get(), null);
});

everywhere("what a task says it throws fails it, and is logged at info without a stack", async (setup) => {
  const { app, said } = setup;
  class NoStock extends Error {
    override name = "NoStock";
  }
  const order = app.task("order", { throws: [NoStock] }, (amount: number) => {
    throw amount > 9 ? new NoStock(`only 9 of ${amount} there`) : new Error("odd");
  });
  const [expected, odd] = await order.delayMany([[10], [1]]);
  await setup.drain();
  assertEquals([(await setup.record(expected!.id)).state, (await setup.record(odd!.id)).state], ["FAILURE", "FAILURE"]);
  const [calm, loud] = ["NoStock: only 9 of 10 there", "Error: odd"].map((text) =>
    said.find((line) => line.includes(`failed in 0s: ${text}`))!
  );
  assertEquals([/\binfo\b/i.test(calm!), calm!.includes("retry_test.ts")], [true, false]);
  assertEquals([/\berror\b/i.test(loud!), loud!.includes("retry_test.ts")], [true, true]);
});

everywhere("a run that takes too long is retried too", async (setup) => {
  const { app, clock } = setup;
  let runs = 0;
  const slow = app.task("slow", { timeLimit: "5s", retry: { delay: 0 } }, () => {
    if (++runs > 1) return "in time";
    void clock.advance({ seconds: 5 });
    return new Promise<string>(() => {});
  });
  const handle = await slow.delay();
  await setup.drain();
  const { state, attempts } = await setup.record(handle.id);
  assertEquals([state, attempts?.[0]?.[3]], ["SUCCESS", `Task ${handle.id} reached its time limit of 5s`]);
});

everywhere("a retry that is made and not thrown is warned of", async (setup) => {
  const forgetful = setup.app.task("forgetful", { bind: true }, (self) => {
    self.retry({ countdown: "1s" });
    return "done";
  });
  const handle = await forgetful.delay();
  await setup.drain();
  assertEquals((await setup.record(handle.id)).state, "SUCCESS");
  assertEquals(setup.said.filter((line) => line.includes("made a retry and did not throw it")).length, 1);
});
