/**
 * What a worker holds beyond what it runs, simulated with a clock that stands: how late a short task may come because a
 * worker that cannot start it holds it.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";

const silent = createLogger({ write: () => {} });
/** 100 ms for whatever it holds, 100 ms more for what seems to start within that, and the turns in between. */
const most = 205;

/** An app whose tasks take as long as they say. */
function simulated() {
  const clock = new ManualClock();
  const app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  /** When each was started (ms), by its number. */
  const started = new Map<number, number>();
  const start = clock.now();
  const now = () => clock.now() - start;
  const take = app.task("take", { maxRetries: 0 }, async (n: number, ms: number) => {
    assert(!started.has(n), `${n} was started twice`);
    started.set(n, now());
    await clock.sleep(ms);
  });
  return { clock, app, take, started, now };
}

Deno.test("a worker hands back what a long task holds up, and an idle one starts it within a fifth of a second", async () => {
  const { clock, app, take, started, now } = simulated();
  await using busy = new Worker(app, { concurrency: 4, log: silent });
  const over = [busy.run()];
  // Quick ones make it take many ahead.
  await take.delayMany(Array.from({ length: 5000 }, (_, n) => [n, 1]));
  await clock.advance("500ms");
  assert(started.size > 1000, `${started.size} were started`);
  // Now four long ones come, and short ones behind them.
  const first = started.size;
  assert(busy.waiting > 0);
  await take.delayMany(Array.from({ length: 4 }, (_, n) => [10_000 + n, 60_000]));
  while (started.size < 5004) await clock.advance("10ms");
  await take.delayMany(Array.from({ length: 50 }, (_, n) => [20_000 + n, 1]));
  const sentAt = now();
  await using idle = new Worker(app, { concurrency: 4, log: silent });
  over.push(idle.run());
  await clock.advance("1s");
  const late = Array.from({ length: 50 }, (_, n) => started.get(20_000 + n)! - sentAt);
  assert(late.every((ms) => ms <= most), `the last one was started after ${Math.max(...late)} ms; ${first}`);
  assertEquals(busy.waiting, 0);
  const stopped = [busy.abort(), idle.abort()];
  await clock.advance("10s");
  await Promise.all([...stopped, ...over]);
  await app[Symbol.asyncDispose]();
});

Deno.test("whatever tasks take, none waits for a worker that cannot start it while another could", async () => {
  const durations = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 50, max: 500 }), fc.constant(60_000));
  // Phases of so many tasks that each take so long: short after long, and long after short.
  const phases = fc.array(fc.tuple(fc.integer({ min: 1, max: 80 }), durations), { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(phases, async (phases) => {
      const { clock, app, take, started, now } = simulated();
      const workers = [2, 3].map((concurrency) => new Worker(app, { concurrency, log: silent }));
      const over = workers.map((worker) => worker.run());
      let n = 0;
      for (const [count, ms] of phases) {
        await take.delayMany(Array.from({ length: count }, () => [n++, ms]));
        await clock.advance("50ms");
      }
      // A third one that has nothing to do: from now on nobody may hold what it could start.
      const third = new Worker(app, { concurrency: 500, log: silent });
      over.push(third.run());
      const from = now();
      await clock.advance("2s");
      const missing = n - started.size;
      const last = Math.max(0, ...[...started.values()].map((at) => at - from));
      assertEquals(missing, 0, `${missing} of ${n} have not begun`);
      // Of two that are busy, one may take what the other has just handed back.
      assert(last <= 2 * most, `the last one began after ${last} ms`);
      const stopped = [...workers, third].map((worker) => worker.abort());
      await clock.advance("10s");
      await Promise.all([...stopped, ...over]);
      await app[Symbol.asyncDispose]();
    }),
    { numRuns: 30, seed: 4 },
  );
});
