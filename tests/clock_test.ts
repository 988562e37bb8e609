import { assert } from "@std/assert";
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
