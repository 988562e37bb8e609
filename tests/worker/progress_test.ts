/** What a handler tells while it runs: progress and lines, as they come to the record. */
import { assertEquals, assertThrows } from "@std/assert";
import {
  type BrokerSource,
  createLogger,
  InvalidInput,
  type TaskContext,
  Umbel,
  upstash,
  Worker,
  type WorkerOptions,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

const silent = createLogger({ write: () => {} });

/** A worker with one held task, and the turns that it takes. */
function scripted(config: object = {}, options: WorkerOptions = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, config, env: {} });
  const { promise, resolve } = Promise.withResolvers<void>();
  const runs: TaskContext[] = [];
  app.task("held", { bind: true }, (self) => (runs.push(self), promise));
  app.task("quiet", { bind: true, keepLog: false }, (self) => (runs.push(self), promise));
  const worker = new Worker(app, { log: silent, ...options });
  const running = worker.run();
  return {
    clock,
    broker,
    runs,
    async take(...tasks: string[]) {
      await (await broker.turn()).answer({ deliveries: tasks.map((task) => delivery(task)) });
    },
    /** Ends what is held, and the worker; returns the last settlements. */
    async end() {
      resolve();
      await settled();
      const turn = await broker.turn();
      await turn.answer();
      void worker.stop();
      await (await broker.turn()).answer();
      await running;
      return turn.settlements.map(({ record }) => record);
    },
  };
}

Deno.test("self.progress() tells PROGRESS with current, total and note", async () => {
  const { broker, runs, clock, take, end } = scripted();
  await take("held");
  const [self] = runs;
  assertThrows(() => self!.progress(NaN), InvalidInput, "done must be a number");
  assertThrows(() => self!.progress(1, Infinity), InvalidInput, "total must be a number");
  assertThrows(() => self!.progress(1, 2, 3 as never), InvalidInput, "note must be text, and it is 3");
  self!.progress(1);
  self!.progress(2, 10, "resizing");
  await settled();
  await clock.jump({ milliseconds: 200 });
  const turn = await broker.turn();
  assertEquals(turn.reports.map(({ record: { state, meta } }) => [state, meta]), [
    ["PROGRESS", { current: 2, total: 10, note: "resizing" }],
  ]);
  await turn.answer();
  const [record] = await end();
  assertEquals([record!.state, record!.meta], ["SUCCESS", { current: 2, total: 10, note: "resizing" }]);
});

Deno.test("what a handler tells is written once a second, and what it told last is in the record", async () => {
  const { broker, runs, clock, take, end } = scripted();
  await take("held");
  const told: [number, unknown][] = [];
  const start = clock.now();
  for (let n = 1; n <= 40; n++) {
    runs[0]!.progress(n);
    await settled();
    await clock.jump({ milliseconds: 100 });
    if (broker.openTurns === 0) continue;
    const turn = await broker.turn();
    for (const { record: { meta } } of turn.reports) told.push([clock.now() - start, meta]);
    await turn.answer();
  }
  assertEquals(told, [
    [200, { current: 2 }],
    [1200, { current: 12 }],
    [2200, { current: 22 }],
    [3200, { current: 32 }],
  ]);
  const [record] = await end();
  assertEquals(record!.meta, { current: 40 });
});

Deno.test("several tasks that tell something are told in one turn a second", async () => {
  const { broker, runs, clock, take, end } = scripted();
  await take("held", "held", "held");
  const counts: number[] = [];
  for (let n = 1; n <= 30; n++) {
    runs[n % 3]!.progress(n);
    await settled();
    await clock.jump({ milliseconds: 100 });
    if (broker.openTurns === 0) continue;
    const turn = await broker.turn();
    counts.push(turn.reports.length);
    await turn.answer();
  }
  // The first second tells that they run, too.
  assertEquals(counts.length <= 5, true, counts.join());
  assertEquals(counts.slice(-1), [3]);
  assertEquals((await end()).map(({ meta }) => meta), [{ current: 30 }, { current: 28 }, { current: 29 }]);
});

Deno.test("what is said through self.log is kept with the task, unless keepLog is off", async () => {
  const { broker, runs, clock, take, end } = scripted();
  await take("held", "quiet");
  const at = clock.now();
  for (const { log } of runs) {
    log("began");
    log.debug("not kept");
    log.warning("slow");
  }
  await settled();
  await clock.jump({ milliseconds: 500 });
  const turn = await broker.turn();
  const log = {
    lines: [{ at, level: "info", message: "began" }, { at, level: "warning", message: "slow" }],
    dropped: 0,
  };
  assertEquals(turn.reports.map(({ record }) => record.log), [log, undefined] as never);
  await turn.answer();
  assertEquals((await end()).map((record) => record.log), [log, undefined] as never);
});

Deno.test("keepLog: false in the config keeps nothing", async () => {
  const { runs, take, end } = scripted({ keepLog: false });
  await take("held");
  runs[0]!.log.info("secret");
  assertEquals((await end()).map((record) => record.log), [undefined]);
});

/** A test over SQLite, and one over Redis. */
function overEach(name: string, fn: (broker: BrokerSource) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, () => fn(sqlite(":memory:")));
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await fn(upstash({ url: rest.url, token: rest.token }));
  });
}

overEach("lines of all tries are in the record, in their order", async (broker) => {
  await using app = new Umbel("shop", { broker, env: {} });
  const flaky = app.task("flaky", { bind: true, retry: { max: 2, delay: "1ms" } }, (self) => {
    self.log(`try ${self.retries}`);
    self.progress(self.retries, 2);
    if (self.retries < 2) throw new Error("not yet");
  });
  const handle = await flaky.delay();
  await new Worker(app, { log: silent }).drain({ seconds: 10, idle: "200ms" });
  const record = (await handle.record())!;
  assertEquals(record.log!.lines.map(({ message }) => message), ["try 0", "try 1", "try 2"]);
  assertEquals([record.meta, record.message!.log], [{ current: 2, total: 2 }, undefined]);
});
