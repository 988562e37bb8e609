import { ManualClock } from "@umbel/umbel/testing";
import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  type Backend,
  BrokerRefused,
  BrokerUnavailable,
  createLogger,
  InvalidInput,
  type Json,
  type TaskContext,
  type TaskRecord,
  TaskRevoked,
  Umbel,
  Worker,
  WorkerLost,
  type WorkerOptions,
  WorkerStopped,
} from "@umbel/umbel";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

/** A worker whose tasks end when the test says so. */
function scripted(options: WorkerOptions = {}, { backend, config = {} }: { backend?: Backend; config?: object } = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, config, env: {}, ...(backend ? { backend } : {}) });
  const runs: {
    self: TaskContext;
    name: string;
    end(result?: Json): Promise<void>;
    fail(error: unknown): Promise<void>;
  }[] = [];
  app.task("add", (x: number, y: number) => x + y);
  app.task("held", { bind: true }, (self, name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    const end = (result: Json = null) => (resolve(result), settled());
    runs.push({ self, name, end, fail: (error) => (reject(error), settled()) });
    return promise;
  });
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line.replace(/^\[[^\]]*\] /, "")), clock });
  const worker = new Worker(app, { log, name: "w@h", ...options });
  return { clock, broker, app, runs, worker, lines };
}

/** Lets a worker that has nothing leave. */
async function leave(
  { broker, worker }: Pick<ReturnType<typeof scripted>, "broker" | "worker">,
  running: Promise<unknown>,
) {
  void worker.stop();
  const turn = await broker.turn();
  assertEquals(turn.leave, true);
  await turn.answer();
  await running;
  return turn;
}

Deno.test("new Worker() refuses options that are unknown or break a rule", () => {
  const app = new Umbel("shop", { env: {} });
  assertThrows(() => new Worker(app, { concurency: 1 } as never), InvalidInput, "did you mean concurrency?");
  assertThrows(() => new Worker(app, { concurrency: 0 }), InvalidInput, "from 1 to 500, and it is 0");
  assertThrows(() => new Worker(app, { queues: [] }), InvalidInput, "at least one queue");
  assertThrows(() => new Worker(app, { queues: ["a b"] }), InvalidInput, "queue must be");
  assertThrows(() => new Worker(app, { excludeQueues: ["a b"] }), InvalidInput, "queue must be");
  assertThrows(
    () => new Worker(app, { queueOrder: "any" as never }),
    InvalidInput,
    'queueOrder must be turns, strict or weights as in { mail: 3, bulk: 1 }, and it is "any"',
  );
  assertThrows(
    () => new Worker(app, { queueOrder: { mail: 0 } }),
    InvalidInput,
    "queueOrder.mail must be a number above 0, and it is 0",
  );
  assertThrows(
    () => new Worker(app, { queues: ["a", "b"], queueOrder: { a: 2, c: 1 } }),
    InvalidInput,
    "queueOrder.c has a weight, and is none of the queues a, b",
  );
  assertThrows(() => new Worker(app, { name: "a b" }), InvalidInput, "worker must be");
  assertThrows(() => new Worker(app, { lease: "10ms" }), InvalidInput, "lease must take from 1000");
});

Deno.test("Worker.queues are the default queue and those that tasks name, unless said otherwise", () => {
  const app = new Umbel("shop", { env: {} });
  app.task("a", { queue: "mail" }, () => 1);
  app.task("b", { queue: "mail" }, () => 1);
  assertEquals(new Worker(app).queues, ["default", "mail"]);
  assertEquals(new Worker(app, { queues: ["x", "x"] }).queues, ["x"]);
  assertEquals(new Worker(app, { queueOrder: { mail: 3, bulk: 1 } }).queues, ["default", "mail", "bulk"]);
});

Deno.test("Worker.queues leave out excludeQueues, and one must remain", async () => {
  const app = new Umbel("shop", { env: {} });
  app.task("a", { queue: "mail" }, () => 1);
  assertEquals(new Worker(app, { excludeQueues: ["default"] }).queues, ["mail"]);
  assertEquals(new Worker(app, { queues: ["a", "b"], excludeQueues: ["b", "c"] }).queues, ["a"]);
  const sentence = "excludeQueues leaves worker w no queue to take from: a";
  assertThrows(() => new Worker(app, { name: "w", queues: ["a"], excludeQueues: ["a"] }), InvalidInput, sentence);
  const worker = new Worker(app, { excludeQueues: ["mail", "default"] });
  await assertRejects(() => worker.run(), InvalidInput, "no queue to take from: mail, default");
});

Deno.test("a worker takes, runs, hands in with the next turn, and leaves", async () => {
  const { broker, worker, clock, lines } = scripted({ concurrency: 3 });
  const running = worker.run();
  const first = await broker.turn();
  assertMatch(first.worker, /^w@h~[a-z0-9]{8}$/);
  const { number, queues, limit, holds, settlements, reports, lease, park, leave: leaves } = first;
  assertEquals(
    { number, queues, limit, holds, settlements, reports, lease, park, leaves },
    {
      number: 1,
      queues: ["default"],
      limit: 3,
      holds: [],
      settlements: [],
      reports: [],
      lease: 30_000,
      park: true,
      leaves: false,
    },
  );
  const one = delivery("add", [1, 2]);
  const two = delivery("add", ["a", "b"]);
  await first.answer({ deliveries: [one, two] });
  const second = await broker.turn();
  assertEquals(second.number, 2);
  assertEquals(second.holds, [one.lease, two.lease]);
  assertEquals(second.limit, 3);
  const now = clock.now();
  assertEquals(second.settlements[0], {
    lease: one.lease,
    dueAt: 1_800_000_000_000,
    record: {
      id: one.message.id,
      task: "add",
      state: "SUCCESS",
      queue: "default",
      sentAt: now,
      retries: 0,
      startedAt: now,
      finishedAt: now,
      keep: 86_400_000,
      worker: first.worker,
      result: 3,
      message: one.message,
    },
  });
  assertEquals(second.settlements[1]!.record.result, "ab");
  await second.answer();
  assertEquals(broker.openTurns, 0);
  const last = await leave({ broker, worker }, running);
  assertEquals([last.number, last.limit, last.park, last.holds], [3, 0, false, []]);
  assertEquals(worker.summary.done, 2);
  assertEquals(lines.slice(1, 5), [
    `Task add[${one.message.id}] received`,
    `Task add[${two.message.id}] received`,
    `Task add[${one.message.id}] succeeded in 0s: 3`,
    `Task add[${two.message.id}] succeeded in 0s: "ab"`,
  ]);
});

for (const hours of [-1, 1]) {
  Deno.test(`a worker renews its leases when its machine's clock is set by ${hours} h`, async () => {
    const even = new ManualClock();
    let set = 0;
    const clock = { now: () => even.now() + set, steady: () => even.now(), sleep: even.sleep.bind(even) };
    const broker = new ScriptedBroker(even);
    const app = new Umbel("shop", { broker, clock, env: {} });
    const { promise, resolve } = Promise.withResolvers<void>();
    app.task("held", { timeLimit: "1m" }, () => promise);
    const worker = new Worker(app, { log: createLogger({ write: () => {} }), lease: "30s" });
    const running = worker.run();
    const held = delivery("held", []);
    await (await broker.turn()).answer({ deliveries: [held] });
    set = hours * 3_600_000;
    for (let time = 0; time < 5; time++) {
      await even.advance({ seconds: 10 });
      const turn = await broker.turn();
      assertEquals(turn.holds, [held.lease]);
      await turn.answer();
    }
    // Nor does the clock end it before its time, or report times that are not the broker's.
    resolve();
    const turn = await broker.turn();
    assertEquals(turn.settlements.map(({ record }) => [record.state, record.finishedAt]), [["SUCCESS", even.now()]]);
    await turn.answer();
    await leave({ broker, worker }, running);
  });
}

Deno.test("a turn that fails is repeated as it was, and said once", async () => {
  const { broker, worker, clock, lines } = scripted();
  const running = worker.run();
  await (await broker.turn()).answer({ deliveries: [delivery("add", [1, 2])] });
  const turn = await broker.turn();
  await turn.fail(new BrokerUnavailable("The broker gave no answer"));
  for (let time = 0; time < 8; time++) {
    await clock.jump({ milliseconds: 5000 });
    const again = await broker.turn();
    assertEquals({ ...again, answer: 0, fail: 0 }, { ...turn, answer: 0, fail: 0 } as never);
    if (time < 7) await again.fail(new BrokerUnavailable("The broker gave no answer"));
    else await again.answer();
  }
  assertEquals(lines.filter((line) => line.includes("broker")), [
    "The broker gave no answer; trying on",
    "The broker answers again, after 40.0 s",
  ]);
  await leave({ broker, worker }, running);
});

Deno.test("a worker whose first turn is refused ends with that error", async () => {
  const { broker, worker } = scripted();
  const running = worker.run();
  await (await broker.turn()).fail(new BrokerRefused("wrong token"));
  await assertRejects(() => running, BrokerRefused, "wrong token");
});

Deno.test("a worker takes no more than it can start soon, more when its tasks are quick", async () => {
  const { broker, worker, clock, runs } = scripted({ concurrency: 2, prefetch: 50 });
  const running = worker.run();
  const first = await broker.turn();
  assertEquals(first.limit, 2);
  await first.answer({ deliveries: [delivery("held", ["a"]), delivery("held", ["b"])], more: true });
  // Both run: no room, and nothing to say.
  assertEquals(broker.openTurns, 0);
  await clock.jump({ milliseconds: 400 });
  await runs[0]!.end();
  let turn = await broker.turn();
  assertEquals(turn.limit, 1);
  await runs[1]!.end();
  let limit = 0;
  for (let round = 0; round < 40; round++) {
    await clock.jump({ milliseconds: 1 });
    await turn.answer({ deliveries: Array.from({ length: turn.limit }, () => delivery("add", [1, 2])), more: true });
    turn = await broker.turn();
    limit = turn.limit;
  }
  assertEquals(limit, 50);
  await turn.answer();
  await leave({ broker, worker }, running);
});

Deno.test("deliveries come by signals too, and none is run twice", async () => {
  const { broker, worker, runs, clock } = scripted({ concurrency: 2 });
  const running = worker.run();
  await (await broker.turn()).answer();
  const offer = delivery("held", ["a"]);
  const quick = delivery("add", [1, 2]);
  await broker.signalWorker({ kind: "delivery", deliveries: [offer] });
  await broker.signalWorker({ kind: "delivery", deliveries: [offer, quick] });
  assertEquals(runs.length, 1);
  const turn = await broker.turn();
  assertEquals(turn.holds, [offer.lease, quick.lease]);
  assertEquals(turn.settlements.length, 1);
  await turn.answer({ deliveries: [offer] });
  // What was settled may be signalled late.
  await broker.signalWorker({ kind: "delivery", deliveries: [quick] });
  assertEquals([worker.summary.received, worker.summary.done, runs.length], [2, 1, 1]);
  // An offer is taken up long before its lease of 5 s ends.
  await clock.jump({ milliseconds: 1000 });
  const report = await broker.turn();
  assertEquals(report.holds, [offer.lease]);
  await report.answer();
  await runs[0]!.end();
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("a task that runs for half a second is reported, and what it tells with it", async () => {
  const { broker, worker, runs, clock } = scripted();
  const running = worker.run();
  const held = delivery("held", ["a"]);
  await (await broker.turn()).answer({ deliveries: [held] });
  assertEquals(clock.next, 500);
  await clock.jump({ milliseconds: 500 });
  const report = await broker.turn();
  const { sentAt } = held.message;
  assertEquals(report.reports, [{
    lease: held.lease,
    record: {
      id: held.message.id,
      task: "held",
      state: "STARTED",
      queue: "default",
      sentAt,
      retries: 0,
      startedAt: sentAt,
      worker: report.worker,
    },
  }]);
  await report.answer();
  runs[0]!.self.updateState("PROGRESS", { at: 1 });
  runs[0]!.self.updateState("PROGRESS", { at: 2 });
  await settled();
  await clock.jump({ milliseconds: 1000 });
  const progress = await broker.turn();
  assertEquals(progress.reports.map(({ record: { state, meta } }) => [state, meta]), [["PROGRESS", { at: 2 }]]);
  await progress.answer();
  assertThrows(() => runs[0]!.self.updateState("SUCCESS"), InvalidInput, "does not end the task");
  // Leases are renewed three times over.
  assertEquals(clock.next, 10_000);
  await clock.jump({ milliseconds: 10_000 });
  const renewal = await broker.turn();
  assertEquals([renewal.holds, renewal.reports], [[held.lease], []]);
  await renewal.answer();
  await runs[0]!.end();
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("an idle worker comes again after 30 s, when something is due, or when it is woken", async () => {
  const { broker, worker, clock } = scripted();
  const running = worker.run();
  await (await broker.turn()).answer();
  assertEquals(clock.next, 30_000);
  await clock.jump({ milliseconds: 30_000 });
  await (await broker.turn()).answer({ wakeAt: clock.now() + 700 });
  assertEquals(clock.next, 700);
  await clock.jump({ milliseconds: 700 });
  await (await broker.turn()).answer({ aliveUntil: clock.now() + 25_000 });
  assertEquals(clock.next, 15_000);
  await broker.signalWorker({ kind: "wake" });
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("a broker that says more and gives nothing is not asked in a hot loop", async () => {
  const { broker, worker, clock } = scripted();
  const running = worker.run();
  for (const pause of [10, 20, 40]) {
    await (await broker.turn()).answer({ more: true });
    assertEquals([broker.openTurns, clock.next], [0, pause]);
    await clock.jump({ milliseconds: pause });
  }
  await (await broker.turn()).answer({ wakeAt: clock.now() - 5 });
  assertEquals(clock.next, 10);
  await leave({ broker, worker }, running);
});

Deno.test("queues take turns in being first while more is waiting", async () => {
  const { broker, worker } = scripted({ queues: ["a", "b"], concurrency: 1 });
  const running = worker.run();
  const seen = [];
  for (let round = 0; round < 3; round++) {
    const turn = await broker.turn();
    seen.push(turn.queues.join());
    await turn.answer({ deliveries: [delivery("add", [1, 2])], more: true });
  }
  assertEquals(seen, ["a,b", "b,a", "a,b"]);
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("queues in strict order keep it", async () => {
  const { broker, worker } = scripted({ queues: ["a", "b"], queueOrder: "strict", concurrency: 1 });
  const running = worker.run();
  for (let round = 0; round < 3; round++) {
    const turn = await broker.turn();
    assertEquals(turn.queues, ["a", "b"]);
    await turn.answer({ deliveries: [delivery("add", [1, 2])], more: true });
  }
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("queues with weights are drawn anew for each turn while more is waiting", async () => {
  const queues = ["a", "b", "c", "d"];
  const { broker, worker } = scripted({ queues, queueOrder: { a: 3, b: 1 }, concurrency: 1 });
  const running = worker.run();
  const seen = new Set<string>();
  for (let round = 0; round < 50; round++) {
    const turn = await broker.turn();
    assertEquals([...turn.queues].sort(), queues);
    seen.add(turn.queues.join());
    await turn.answer({ deliveries: [delivery("add", [1, 2])], more: true });
  }
  assert(seen.size > 1);
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});

Deno.test("a lost lease aborts the run, and its outcome is nobody's", async () => {
  const { broker, worker, runs } = scripted();
  const running = worker.run();
  const held = delivery("held", ["a"]);
  await (await broker.turn()).answer({ deliveries: [held] });
  const { signal } = runs[0]!.self;
  await broker.signalWorker({ kind: "wake" });
  await (await broker.turn()).answer({ lost: [held.lease] });
  assertInstanceOf(signal.reason, WorkerLost);
  await runs[0]!.end("too late");
  assertEquals(broker.openTurns, 0);
  assertEquals([worker.summary.lost, worker.summary.done], [1, 0]);
  const last = await leave({ broker, worker }, running);
  assertEquals(last.holds, []);
});

Deno.test("a revoked run is told by signal and by turn, and is REVOKED whatever it comes to then", async () => {
  const { broker, worker, runs } = scripted();
  const running = worker.run();
  const [one, two] = [delivery("held", ["a"]), delivery("held", ["b"])];
  await (await broker.turn()).answer({ deliveries: [one, two] });
  await broker.signalWorker({ kind: "revoked", id: one.message.id });
  assertInstanceOf(runs[0]!.self.signal.reason, TaskRevoked);
  // It may clean up: until it has, it holds its slot.
  await runs[0]!.end("cleaned up");
  const turn = await broker.turn();
  assertEquals(turn.settlements.map(({ lease, record }) => [lease, record.state]), [[one.lease, "REVOKED"]]);
  assertEquals(turn.settlements[0]!.record.result, undefined);
  await turn.answer({ revoked: [two.lease] });
  assertInstanceOf(runs[1]!.self.signal.reason, TaskRevoked);
  await runs[1]!.fail(runs[1]!.self.signal.reason);
  const next = await broker.turn();
  assertEquals(next.settlements.map(({ lease, record }) => [lease, record.state]), [[two.lease, "REVOKED"]]);
  await next.answer();
  await leave({ broker, worker }, running);
  assertEquals([worker.summary.revoked, worker.summary.done], [2, 0]);
});

Deno.test("a terminated run is over at once, by signal and by turn, and what it does then is ignored", async () => {
  const { broker, worker, runs, lines } = scripted({ concurrency: 2 });
  const running = worker.run();
  const [one, two, three] = [delivery("held", ["a"]), delivery("held", ["b"]), delivery("held", ["c"])];
  await (await broker.turn()).answer({ deliveries: [one, two, three] });
  await broker.signalWorker({ kind: "revoked", id: one.message.id, terminate: true });
  assertInstanceOf(runs[0]!.self.signal.reason, TaskRevoked);
  assertEquals(runs.length, 3, "its slot is free");
  const turn = await broker.turn();
  assertEquals(turn.settlements.map(({ lease, record }) => [lease, record.state]), [[one.lease, "REVOKED"]]);
  await turn.answer({ revoked: [two.lease, three.lease], terminated: [two.lease] });
  const next = await broker.turn();
  assertEquals(next.settlements.map(({ lease, record }) => [lease, record.state]), [[two.lease, "REVOKED"]]);
  await next.answer({ revoked: [three.lease], terminated: [three.lease] });
  await runs[0]!.end("too late");
  await runs[1]!.fail(new Error("too late"));
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
  assertEquals(worker.summary.revoked, 3);
  const said = lines.filter((line) => line.includes(one.message.id) || line.includes(two.message.id));
  assertEquals(said.map((line) => line.replace(/^.*\] /, "")).slice(-4), [
    "revoked and terminated",
    "revoked and terminated",
    "returned after its run was over: that is ignored",
    "threw after its run was over: that is ignored",
  ]);
});

Deno.test("a revoked run that is still there when its worker leaves is handed in as REVOKED", async () => {
  const { broker, worker, runs } = scripted({ grace: 0 });
  const running = worker.run();
  const one = delivery("held");
  await (await broker.turn()).answer({ deliveries: [one] });
  await broker.signalWorker({ kind: "revoked", id: one.message.id });
  void worker.stop();
  const turn = await broker.turn();
  assertEquals([turn.leave, turn.settlements[0]!.record.state], [true, "REVOKED"]);
  await turn.answer();
  await running;
  await runs[0]!.end();
  assertEquals([worker.summary.revoked, worker.summary.returned], [1, 0]);
});

Deno.test("Worker.stop() lets what runs finish, and hands back what has not begun", async () => {
  const { broker, worker, runs, lines } = scripted({ concurrency: 1 });
  const running = worker.run();
  const [one, two] = [delivery("held", ["a"]), delivery("held", ["b"])];
  await (await broker.turn()).answer({ deliveries: [one, two] });
  const stopped = worker.stop();
  const turn = await broker.turn();
  assertEquals([turn.limit, turn.park, turn.leave], [0, false, false]);
  assertEquals(turn.settlements, [{
    lease: two.lease,
    record: {
      id: two.message.id,
      task: "held",
      state: "QUEUED",
      queue: "default",
      sentAt: two.message.sentAt,
      retries: 0,
    },
    again: { message: two.message, head: true, deaths: 0 },
  }]);
  // A late offer is left to the last turn, which gives back all that was not settled.
  await broker.signalWorker({ kind: "delivery", deliveries: [delivery("held", ["c"])] });
  await turn.answer();
  assertEquals(runs.length, 1);
  await runs[0]!.end(1);
  const last = await broker.turn();
  assertEquals([last.leave, last.settlements.map(({ record }) => record.result)], [true, [1]]);
  await last.answer();
  await stopped;
  assertEquals(await running, { ...worker.summary, received: 2, done: 1, returned: 1 });
  assert(lines.includes(`Task held[${two.message.id}] handed back`));
});

Deno.test("Worker.stop() aborts what still runs after the grace, and hands it back", async () => {
  const { broker, worker, runs, clock } = scripted({ grace: "2s" });
  const running = worker.run();
  const held = delivery("held", ["a"]);
  await (await broker.turn()).answer({ deliveries: [held] });
  const { signal } = runs[0]!.self;
  void worker.stop();
  await settled();
  await clock.jump({ milliseconds: 500 });
  await (await broker.turn()).answer();
  await clock.jump({ milliseconds: 1500 });
  assertInstanceOf(signal.reason, WorkerStopped);
  const last = await broker.turn();
  assertEquals([last.leave, last.holds, last.settlements], [true, [held.lease], []]);
  await last.answer();
  assertEquals((await running).returned, 1);
  await runs[0]!.end("too late");
});

Deno.test("Worker.abort() ends at once, though a turn is on its way", async () => {
  const { broker, worker, runs } = scripted();
  const running = worker.run();
  const [held, quick] = [delivery("held", ["a"]), delivery("add", [1, 2])];
  await (await broker.turn()).answer({ deliveries: [held, quick] });
  const unanswered = await broker.turn();
  assertEquals(unanswered.settlements.length, 1);
  const aborted = worker.abort();
  await settled();
  assertInstanceOf(runs[0]!.self.signal.reason, WorkerStopped);
  const last = await broker.turn();
  assertEquals([last.leave, last.number], [true, unanswered.number + 1]);
  // Nobody knows whether the turn arrived: what it handed in is handed in again.
  assertEquals(last.settlements, unanswered.settlements);
  assertEquals(last.holds, [held.lease, quick.lease]);
  await last.answer({ lost: [quick.lease] });
  await aborted;
  await running;
});

Deno.test("a worker that cannot say goodbye ends all the same", async () => {
  const { broker, worker, clock, lines } = scripted();
  const running = worker.run();
  await (await broker.turn()).answer();
  void worker.abort();
  await broker.turn();
  await clock.jump({ milliseconds: 900 });
  await running;
  assertMatch(lines.at(-2)!, /could not say goodbye, what it holds comes back when its lease ends: no answer in time/);
});

Deno.test("Worker.run() stops when its signal is aborted", async () => {
  const { broker, worker } = scripted();
  const stop = new AbortController();
  const running = worker.run({ signal: stop.signal });
  await (await broker.turn()).answer();
  stop.abort();
  await (await broker.turn()).answer();
  await running;
  assertEquals(await worker.run({ signal: stop.signal }), worker.summary);
});

Deno.test("Worker.run() refuses to run twice at a time, and may run again", async () => {
  const { broker, worker } = scripted();
  const running = worker.run();
  await assertRejects(() => worker.run(), InvalidInput, "runs already");
  await assertRejects(() => worker.drain({ seconds: 1 }), InvalidInput, "runs already");
  const first = await broker.turn();
  await first.answer();
  await leave({ broker, worker }, running);
  const again = worker.run();
  const turn = await broker.turn();
  assertEquals(turn.number, 1);
  assert(turn.worker !== first.worker);
  await turn.answer();
  await leave({ broker, worker }, again);
});

Deno.test("Worker.drain() returns once nothing is left", async () => {
  const { broker, worker } = scripted();
  const drained = worker.drain({ seconds: 60 });
  const first = await broker.turn();
  assertEquals(first.park, false);
  await first.answer({ deliveries: [delivery("add", [1, 2])] });
  const second = await broker.turn();
  assertEquals(second.settlements.length, 1);
  await second.answer();
  const last = await broker.turn();
  assertEquals(last.leave, true);
  await last.answer();
  assertEquals(await drained, {
    received: 1,
    done: 1,
    failed: 0,
    retried: 0,
    revoked: 0,
    expired: 0,
    returned: 0,
    lost: 0,
  });
});

Deno.test("Worker.drain() stops when its time is over", async () => {
  const { broker, worker, clock } = scripted({ concurrency: 1 });
  const drained = worker.drain({ seconds: "50ms" });
  await (await broker.turn()).answer({ deliveries: [delivery("add", [1, 2])], more: true });
  const turn = await broker.turn();
  await clock.jump({ milliseconds: 50 });
  await turn.answer({ more: true });
  const last = await broker.turn();
  assertEquals(last.leave, true);
  await last.answer();
  assertEquals((await drained).done, 1);
});

Deno.test("Worker.drain() waits for more as long as it is told to", async () => {
  const { broker, worker, clock } = scripted();
  const drained = worker.drain({ seconds: 60, idle: "2s" });
  const first = await broker.turn();
  assertEquals(first.park, true);
  await first.answer();
  assertEquals(clock.next, 2000);
  await clock.jump({ milliseconds: 1000 });
  await broker.signalWorker({ kind: "delivery", deliveries: [delivery("add", [1, 2])] });
  await (await broker.turn()).answer();
  await clock.jump({ milliseconds: 1000 });
  assertEquals(broker.openTurns, 0);
  await clock.jump({ milliseconds: 1000 });
  await (await broker.turn()).answer();
  await (await broker.turn()).answer();
  assertEquals((await drained).done, 1);
});

Deno.test("results go to the backend first, where there is one", async () => {
  const stored: TaskRecord[][] = [];
  let fails = 1;
  const backend: Backend = {
    name: "backend",
    store: (records) =>
      fails-- > 0 ? Promise.reject(new Error("full")) : (stored.push([...records]), Promise.resolve()),
    fetch: (ids) => Promise.resolve(ids.map(() => undefined)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { broker, worker, clock } = scripted({}, { backend });
  const running = worker.run();
  await (await broker.turn()).answer({ deliveries: [delivery("add", [1, 2]), delivery("unknown")] });
  assertEquals([broker.openTurns, stored.length], [0, 0]);
  await clock.jump({ milliseconds: 50 });
  assertEquals(stored.map((records) => records.map(({ result }) => result)), [[3]]);
  const turn = await broker.turn();
  assertEquals(turn.settlements.map(({ record }) => [record.state, record.result]), [
    ["SUCCESS", undefined],
    ["SCHEDULED", undefined],
  ]);
  await turn.answer();
  await leave({ broker, worker }, running);
});

Deno.test("what could not be started for a tenth of a second goes back, for others to take", async () => {
  const { broker, worker, runs, clock } = scripted({ concurrency: 1 });
  const running = worker.run();
  const [one, two] = [delivery("held", ["a"]), delivery("held", ["b"])];
  await (await broker.turn()).answer({ deliveries: [one, two] });
  await clock.jump({ milliseconds: 99 });
  assertEquals(broker.openTurns, 0);
  await clock.jump({ milliseconds: 1 });
  const turn = await broker.turn();
  assertEquals(turn.settlements.map(({ lease, again }) => [lease, again?.head]), [[two.lease, true]]);
  await turn.answer();
  await runs[0]!.end();
  await (await broker.turn()).answer();
  await leave({ broker, worker }, running);
});
