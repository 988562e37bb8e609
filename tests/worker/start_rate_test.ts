import { assert, assertEquals } from "@std/assert";
import { StartRate } from "../../src/worker/start_rate.ts";

/** The buffer after so many ms with so many starts in each. */
function bufferAfter(rate: StartRate, from: number, ms: number, perMs: number, concurrency: number): number {
  for (let now = from; now < from + ms; now++) {
    for (let start = 0; start < perMs; start++) rate.count();
    rate.sample(now + 1);
  }
  return rate.buffer(concurrency);
}

Deno.test("StartRate.buffer() is what is started within 100 ms, and nothing when tasks are slow", () => {
  const rate = new StartRate();
  rate.pause(0);
  assertEquals(rate.buffer(10), 0);
  const quick = bufferAfter(rate, 0, 500, 3, 10);
  assert(quick >= 299 && quick <= 300, String(quick));
  // A rate that is below the number of runners means that each takes its time.
  assertEquals(rate.buffer(301), 0);
});

Deno.test("StartRate.buffer() shrinks when nothing is started any more, and not while there is nothing to do", () => {
  const rate = new StartRate();
  rate.pause(0);
  bufferAfter(rate, 0, 500, 3, 10);
  rate.pause(100_000);
  assert(rate.buffer(10) >= 299);
  assertEquals(bufferAfter(rate, 100_000, 300, 0, 10), 0);
});
