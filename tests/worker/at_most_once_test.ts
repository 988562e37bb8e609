/** Tasks with `acks: "early"`: never run again when their worker dies. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { type BrokerSource, createLogger, Umbel, upstash, Worker, WorkerStopped } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

const log = createLogger({ write: () => {} });

function scripted() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const runs: { readonly signal: AbortSignal; end(): Promise<void> }[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  app.task("once", { bind: true, acks: "early", retry: { max: Infinity } }, (self) => {
    runs.push({ signal: self.signal, end: () => (resolve(), settled()) });
    return promise;
  });
  const worker = new Worker(app, { log, grace: "2s" });
  return { clock, broker, runs, worker, running: worker.run() };
}

Deno.test("an offer is run only once a turn has named it", async () => {
  const { broker, runs, worker, running } = scripted();
  await (await broker.turn()).answer();
  const offer = delivery("once");
  await broker.signalWorker({ kind: "delivery", deliveries: [offer] });
  assertEquals(runs.length, 0);
  const turn = await broker.turn();
  assertEquals(turn.holds, [offer.lease]);
  // The broker may tell of it again: it is one delivery.
  await turn.answer({ deliveries: [offer] });
  assertEquals(runs.length, 1);
  await runs[0]!.end();
  const { settlements } = await broker.turn().then(async (turn) => (await turn.answer(), turn));
  assertEquals(settlements.map(({ record }) => record.state), ["SUCCESS"]);
  void worker.stop();
  await (await broker.turn()).answer();
  assertEquals((await running).done, 1);
});

Deno.test("an offer that was taken back before a turn named it is not run", async () => {
  const { broker, runs, worker, running } = scripted();
  await (await broker.turn()).answer();
  const offer = delivery("once");
  await broker.signalWorker({ kind: "delivery", deliveries: [offer] });
  await (await broker.turn()).answer({ lost: [offer.lease] });
  assertEquals([runs.length, broker.openTurns], [0, 0]);
  void worker.stop();
  await (await broker.turn()).answer();
  assertEquals((await running).lost, 1);
});

Deno.test("an offer goes back unrun when the worker stops before a turn has named it", async () => {
  const { broker, runs, worker, running } = scripted();
  const first = await broker.turn();
  const offer = delivery("once");
  await broker.signalWorker({ kind: "delivery", deliveries: [offer] });
  void worker.stop();
  await first.answer();
  const last = await broker.turn();
  assertEquals(last.settlements.map(({ record, again }) => [record.state, again?.deaths]), [["QUEUED", 0]]);
  await last.answer();
  assertEquals([(await running).returned, runs.length], [1, 0]);
});

Deno.test("what runs when the grace is over fails, and is not handed back", async () => {
  const { clock, broker, runs, worker, running } = scripted();
  const held = delivery("once");
  await (await broker.turn()).answer({ deliveries: [held] });
  assertEquals(runs.length, 1);
  void worker.stop();
  await settled();
  await clock.jump({ milliseconds: 500 });
  await (await broker.turn()).answer();
  await clock.jump({ milliseconds: 1500 });
  assertInstanceOf(runs[0]!.signal.reason, WorkerStopped);
  const last = await broker.turn();
  assertEquals([last.leave, last.settlements.length], [true, 1]);
  const { record, again } = last.settlements[0]!;
  assertEquals([record.state, record.error?.type, again], ["FAILURE", "WorkerStopped", undefined]);
  await last.answer();
  assertEquals((await running).failed, 1);
});

async function die(source: BrokerSource): Promise<void> {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: source, clock, env: {} });
  let runs = 0;
  const once = app.task("once", { acks: "early", retry: { max: Infinity } }, () => ++runs);
  const often = app.task("often", () => ++runs);
  const handles = await app.sendMany([once.call([]), often.call([])]);
  const { deliveries } = await app.broker.exchange({
    worker: "dead",
    number: 1,
    queues: ["default"],
    limit: 10,
    holds: [],
    settlements: [],
    reports: [],
    lease: 30_000,
    park: false,
    leave: false,
  });
  assertEquals(deliveries.length, 2);
  // A worker that holds something counts as alive for its lease.
  await clock.advance({ minutes: 10 });
  await new Worker(app, { log }).drain({ seconds: 60 });
  const [first, second] = await app.broker.fetch(handles.map(({ id }) => id));
  assertEquals([first!.state, first!.error?.type, first!.attempts, second!.state, runs], [
    "FAILURE",
    "WorkerLost",
    undefined,
    "SUCCESS",
    1,
  ]);
  // A dead letter has its message, to be sent again by somebody who knows.
  assertEquals(first!.message!.id, handles[0].id);
  await once.delay();
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals(runs, 2);
}

Deno.test("a task whose worker died is a dead letter, others run again (SQLite)", async () => {
  await die(sqlite(":memory:"));
});

redisTest("a task whose worker died is a dead letter, others run again (Redis)", async () => {
  await using rest = await startRest();
  await die(upstash({ url: rest.url, token: rest.token }));
});
