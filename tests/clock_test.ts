import { assert, assertEquals } from "@std/assert";
import { systemClock } from "@umbel/umbel";

Deno.test("systemClock.sleep() resolves after its time, and leaves no timer when it is aborted", async () => {
  const start = performance.now();
  await systemClock.sleep(20);
  assert(performance.now() - start >= 19);
  const stop = new AbortController();
  const asleep = systemClock.sleep(3_600_000, stop.signal);
  stop.abort();
  await asleep;
  await systemClock.sleep(3_600_000, stop.signal);
  await systemClock.sleep(-5);
});

Deno.test("systemClock.sleep() waits longer than a timer of the platform can", async () => {
  const { setTimeout } = globalThis;
  const waits: number[] = [];
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    waits.push(ms);
    return setTimeout(run, 0);
  }) as typeof setTimeout;
  try {
    await systemClock.sleep(60 * 86_400_000);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(waits.reduce((sum, ms) => sum + ms), 60 * 86_400_000);
  assert(Math.max(...waits) < 2 ** 31);
});
