import { ManualClock } from "@umbel/umbel/testing";
import { assertEquals, assertThrows } from "@std/assert";
import { createLogger, InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { readAutoscale } from "../../src/policies/autoscale.ts";
import { Autoscaler, type Load, scaled } from "../../src/worker/autoscale.ts";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

const bounds = { max: 10, min: 2 };
const load = (change: Partial<Load> = {}): Load => ({
  size: 4,
  running: 4,
  waiting: 0,
  waited: 0,
  more: false,
  duration: 1000,
  peak: undefined,
  ...change,
});

Deno.test("scaled() grows by what waits and how long tasks take, at most to twice as many", () => {
  const cases: [Partial<Load>, number][] = [
    [{}, 4],
    [{ waiting: 1 }, 5],
    [{ waiting: 3 }, 7],
    [{ waiting: 50 }, 8],
    [{ waiting: 50, size: 8, running: 8 }, 10],
    [{ more: true }, 5],
    // Nobody knows how long they take.
    [{ waiting: 50, duration: undefined }, 5],
    // What waits will be started soon anyway.
    [{ waiting: 3, duration: 10 }, 4],
    // Unless something else runs than what ran so far.
    [{ waiting: 3, duration: 10, waited: 100 }, 5],
    // There is room.
    [{ waiting: 3, running: 3 }, 4],
  ];
  for (const [change, size] of cases) assertEquals(scaled(load(change), bounds), size, JSON.stringify(change));
});

Deno.test("scaled() shrinks to what was needed lately, and stays within its bounds", () => {
  assertEquals(scaled(load({ size: 8, running: 3, peak: 5 }), bounds), 5);
  assertEquals(scaled(load({ size: 8, running: 0, peak: 0 }), bounds), 2);
  assertEquals(scaled(load({ size: 4, running: 4, peak: 9 }), bounds), 4);
  assertEquals(scaled(load({ size: 12, running: 12 }), bounds), 10);
  assertEquals(scaled(load({ size: 1, running: 0 }), bounds), 2);
});

Deno.test("Autoscaler shrinks after 30 s in which fewer were enough", () => {
  const scaler = new Autoscaler(bounds);
  const look = (now: number, running: number) =>
    scaler.look(now, { size: 8, running, waiting: 0, waited: 0, more: false });
  assertEquals(look(0, 8), 8);
  assertEquals(look(29_999, 3), 8);
  // All of them were needed in this time.
  assertEquals(look(30_000, 3), 8);
  assertEquals(look(59_999, 5), 8);
  assertEquals(look(60_000, 1), 5);
});

Deno.test("Autoscaler goes by how long the last tasks took", () => {
  const scaler = new Autoscaler(bounds);
  const look = () => scaler.look(0, { size: 4, running: 4, waiting: 4, waited: 0, more: false });
  assertEquals(look(), 5);
  scaler.took(10);
  assertEquals(look(), 4);
  for (let count = 0; count < 30; count++) scaler.took(500);
  assertEquals(look(), 6);
});

Deno.test("readAutoscale() refuses bounds that make no sense", () => {
  assertEquals(readAutoscale({ max: 3 }), { max: 3, min: 1 });
  assertThrows(() => readAutoscale({ max: 0 }), InvalidInput, "autoscale.max must be a whole number from 1 to 500");
  assertThrows(() => readAutoscale({ max: 2, min: 3 }), InvalidInput, "autoscale.min must be at most max, 2");
});

/** A worker whose tasks a test ends by hand. */
function scripted(options: object) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const ends: (() => void)[] = [];
  app.task("held", () => new Promise<void>((resolve) => ends.push(resolve)));
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line), clock });
  return { clock, broker, ends, lines, worker: new Worker(app, { log, ...options }) };
}

const held = (count: number) => Array.from({ length: count }, () => delivery("held"));

Deno.test("a worker that scales itself takes one more than it can run, and grows when it comes", async () => {
  const { broker, worker, ends, clock } = scripted({ autoscale: { max: 3 } });
  const running = worker.run();
  const first = await broker.turn();
  assertEquals([first.limit, worker.concurrency], [2, 1]);
  await first.answer({ deliveries: held(2) });
  assertEquals([ends.length, worker.concurrency], [2, 2]);
  const second = await broker.turn();
  assertEquals(second.limit, 1);
  await second.answer({ deliveries: held(1) });
  assertEquals([ends.length, worker.concurrency], [3, 3]);
  for (const end of ends.splice(0)) end();
  await settled();
  // No more than it may run.
  const third = await broker.turn();
  assertEquals([third.limit, third.settlements.length], [3, 3]);
  await third.answer();
  for (let turn = 0; turn < 2; turn++) {
    await clock.jump({ seconds: 30 });
    await (await broker.turn()).answer();
  }
  assertEquals(worker.concurrency, 1);
  void worker.stop();
  await (await broker.turn()).answer();
  await running;
});

Deno.test("a worker grows and shrinks while it runs, and finishes what it has begun", async () => {
  const { broker, worker, ends, lines } = scripted({ concurrency: 2 });
  const running = worker.run();
  await (await broker.turn()).answer({ deliveries: held(2), more: true });
  assertEquals(worker.grow(2), 4);
  const second = await broker.turn();
  assertEquals(second.limit, 2);
  await second.answer({ deliveries: held(2), more: true });
  assertEquals([ends.length, worker.running], [4, 4]);
  assertEquals(worker.shrink(3), 1);
  assertEquals(worker.running, 4);
  for (const end of ends.splice(0)) end();
  await settled();
  const third = await broker.turn();
  assertEquals([third.settlements.length, third.limit], [4, 1]);
  assertEquals(lines.filter((line) => /tasks at once from now on/.test(line)).length, 2);
  assertThrows(() => worker.shrink(), InvalidInput, "concurrency must be a whole number from 1 to 500, and it is 0");
  assertThrows(() => worker.grow(0.5), InvalidInput, "count");
  assertEquals(worker.autoscale({ max: 8, min: 3 }), 3);
  assertEquals(worker.grow(), 4);
  void worker.stop();
  await third.answer();
  await (await broker.turn()).answer();
  await running;
  // And in its next life.
  assertEquals(worker.concurrency, 4);
  assertThrows(
    () => scripted({ concurrency: 2, autoscale: { max: 3 } }),
    InvalidInput,
    "autoscale and concurrency say the same",
  );
});
