/** What a worker tells hooks, and what middleware does around its handlers, over each broker. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type BrokerSource,
  createLogger,
  type HookEvents,
  Reject,
  TaskFailed,
  Umbel,
  upstash,
  Worker,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";
import { delivery, ScriptedBroker } from "../scripted.ts";

const silent = createLogger({ write: () => {} });

/** A test over SQLite, and one over Redis. */
function overEach(name: string, fn: (broker: BrokerSource) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, () => fn(sqlite(":memory:")));
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await fn(upstash({ url: rest.url, token: rest.token }));
  });
}

const workerHooks = [
  ..."taskReceived taskPrerun taskPostrun taskSuccess taskFailure taskRetry taskRevoked taskUnknown".split(" "),
  ..."taskRejected workerReady workerShutdown".split(" "),
] as (keyof HookEvents)[];

/** Writes down all that is told: the hook, the task and the state. */
function listen(app: Umbel): string[] {
  const told: string[] = [];
  for (const name of workerHooks) {
    app.on(name, (event) => {
      const { message, record } = event as Partial<HookEvents["taskSuccess"]>;
      told.push([name, message?.task, record?.state].filter(Boolean).join(" "));
    });
  }
  return told;
}

overEach("hooks are told of a worker's life and of what its tasks come to", async (broker) => {
  await using app = new Umbel("shop", { broker, env: {} });
  const told = listen(app);
  const errors: unknown[] = [];
  app.on("taskFailure", ({ error }) => errors.push(error));
  const add = app.task("add", (x: number, y: number) => Promise.resolve(x + y));
  const fail = app.task("fail", () => {
    throw new RangeError("no");
  });
  const reject = app.task("reject", () => {
    throw new Reject("never again");
  });
  const once = async (send: () => Promise<unknown>) => {
    await send();
    told.length = 0;
    await new Worker(app, { log: silent }).drain({ seconds: 60 });
    assertEquals([told.shift(), told.pop()], ["workerReady", "workerShutdown"]);
    return [...told];
  };
  assertEquals(await once(() => add.delay(1, 2)), [
    "taskReceived add",
    "taskPrerun add",
    "taskSuccess add SUCCESS",
    "taskPostrun add SUCCESS",
  ]);
  assertEquals(await once(() => fail.delay()), [
    "taskReceived fail",
    "taskPrerun fail",
    "taskFailure fail FAILURE",
    "taskPostrun fail FAILURE",
  ]);
  assertEquals(errors.map(String), ["RangeError: no"]);
  assertEquals(await once(() => reject.delay()), [
    "taskReceived reject",
    "taskPrerun reject",
    "taskRejected reject FAILURE",
    "taskFailure reject FAILURE",
    "taskPostrun reject FAILURE",
  ]);
  assertEquals(await once(() => app.sendTask("nobody", [], { queue: "default" })), [
    "taskReceived nobody",
    "taskUnknown nobody SCHEDULED",
  ]);
});

Deno.test("hooks are told of what is retried, revoked, expired and rejected", async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const told = listen(app);
  const revoked: boolean[][] = [];
  app.on("taskRevoked", ({ expired, terminated }) => revoked.push([expired, terminated]));
  app.task("again", { bind: true }, (self) => {
    throw self.retry({ countdown: 5 });
  });
  app.task("held", () => new Promise(() => {}));
  const worker = new Worker(app, { log: silent, grace: 0 });
  const running = worker.run();
  const held = delivery("held");
  const past = clock.now() - 1;
  const first = await broker.turn();
  await first.answer({
    deliveries: [delivery("again"), delivery("held", [], { expires: past }), delivery("held", [], {}, 3), held],
  });
  const second = await broker.turn();
  await second.answer({ revoked: [held.lease], terminated: [held.lease] });
  const third = await broker.turn();
  const lost = delivery("held");
  const kept = delivery("held");
  await third.answer({ deliveries: [lost, kept] });
  await broker.signalWorker({ kind: "wake" });
  await (await broker.turn()).answer({ lost: [lost.lease] });
  const stopped = worker.abort();
  await (await broker.turn()).answer();
  await stopped;
  await running;
  assertEquals(revoked, [[true, false], [false, true]]);
  assertEquals(told, [
    "workerReady",
    ...["again", "held", "held", "held"].map((task) => `taskReceived ${task}`),
    "taskPrerun again",
    "taskRetry again RETRY",
    "taskPostrun again RETRY",
    "taskRevoked held EXPIRED",
    "taskRejected held FAILURE",
    "taskFailure held FAILURE",
    "taskPrerun held",
    "taskRevoked held REVOKED",
    "taskPostrun held REVOKED",
    ...["Received", "Received", "Prerun", "Prerun"].map((what) => `task${what} held`),
    "taskPostrun held",
    "taskPostrun held",
    "workerShutdown",
  ]);
});

Deno.test("a hook that fails costs no task, and the worker's log has it", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const lines: string[] = [];
  const log = createLogger({ level: "error", write: (line) => lines.push(line) });
  for (const name of workerHooks) {
    app.on(name, () => {
      throw new Error("hook");
    });
  }
  const add = app.task("add", (x: number, y: number) => x + y);
  const sum = await add.delay(1, 2);
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals(await sum.get({ timeout: "10m" }), 3);
  assertEquals(lines.length, 6);
  assertMatch(lines[2]!, /The hook taskPrerun failed: Error: hook/);
});

Deno.test("what workerShutdown returns is awaited, and not for ever", async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const flushed = Promise.withResolvers<void>();
  app.on("workerShutdown", () => flushed.promise);
  const life = async () => {
    const worker = new Worker(app, { log: silent });
    const running = worker.run();
    await (await broker.turn()).answer();
    const stopped = worker.stop();
    await (await broker.turn()).answer();
    return { stopped, running };
  };
  const first = await life();
  await clock.advance("900ms");
  await first.running;
  const second = await life();
  flushed.resolve();
  await second.running;
  await Promise.all([first.stopped, second.stopped]);
});

Deno.test("a handler is not called any more when its run ended before the middleware came to it", async () => {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const turnCame = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  app.use({
    async run(_self, next) {
      await turnCame.promise;
      await next().catch((reason) => seen.push(reason.code));
    },
  });
  app.task("add", () => seen.push("called"));
  const worker = new Worker(app, { log: silent });
  const running = worker.run();
  const one = delivery("add");
  await (await broker.turn()).answer({ deliveries: [one] });
  await broker.signalWorker({ kind: "revoked", id: one.message.id });
  turnCame.resolve();
  const turn = await broker.turn();
  assertEquals(turn.settlements[0]!.record.state, "REVOKED");
  await turn.answer();
  const stopped = worker.stop();
  await (await broker.turn()).answer();
  await Promise.all([stopped, running]);
  assertEquals(seen, ["task_revoked"]);
});

overEach("middleware stands around every handler", async (broker) => {
  await using app = new Umbel("shop", { broker, env: {} });
  const seen: string[] = [];
  app.use({
    publish: (messages, next) => next(messages.map((one) => ({ ...one, headers: { trace: "t1" } }))),
    async run(self, next) {
      seen.push(`a begins ${self.task} ${self.headers.trace}`);
      try {
        return await next();
      } finally {
        seen.push(`a ends ${self.task}`);
      }
    },
  });
  app.use({
    async run(self, next) {
      if (self.task === "refused") throw new RangeError("not allowed");
      return [await next()];
    },
  });
  const add = app.task("add", (x: number, y: number) => x + y);
  const bound = app.task("bound", { bind: true }, (self) => Promise.resolve(self.headers.trace!));
  const refused = app.task("refused", () => void seen.push("ran"));
  const handles = await app.sendMany([add.call([1, 2]), bound.call([]), refused.call([])]);
  await new Worker(app, { log: silent, concurrency: 1 }).drain({ seconds: 60 });
  assertEquals<unknown>(await handles[0].get({ timeout: "10m" }), [3]);
  assertEquals<unknown>(await handles[1].get({ timeout: "10m" }), ["t1"]);
  const { info } = await assertRejects(() => handles[2].get({ timeout: "10m" }), TaskFailed);
  assertEquals([info.type, info.message], ["RangeError", "not allowed"]);
  const tasks = ["add", "bound", "refused"];
  assertEquals(seen, tasks.flatMap((task) => [`a begins ${task} t1`, `a ends ${task}`]));
});
