import { assertEquals } from "@std/assert";
import { ManualClock } from "@umbel/umbel/testing";

Deno.test("ManualClock.advance() wakes sleepers in the order of their times", async () => {
  const clock = new ManualClock(0);
  const seen: [string, number][] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    seen.push([name, clock.now()]);
  };
  const sleeping = [sleep("late", 2000), sleep("early", 500)];
  assertEquals(clock.next, 500);
  await clock.advance(1);
  assertEquals([seen, clock.now()], [[["early", 500]], 1000]);
  await clock.advance("1s");
  assertEquals(seen, [["early", 500], ["late", 2000]]);
  assertEquals(clock.next, Infinity);
  await Promise.all(sleeping);
});

Deno.test("ManualClock.advance() lets a sleeper sleep again on its way", async () => {
  const clock = new ManualClock(0);
  const times: number[] = [];
  const ticking = (async () => {
    while (times.length < 3) {
      await clock.sleep(100);
      times.push(clock.now());
    }
  })();
  await clock.advance(1);
  await ticking;
  assertEquals([times, clock.now()], [[100, 200, 300], 1000]);
});

Deno.test("ManualClock.sleep() resolves when its signal is aborted", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(1000, stop.signal);
  stop.abort();
  await sleeping;
  assertEquals(clock.next, Infinity);
});

Deno.test("ManualClock.jump() wakes all whose time has come together, at the end of the jump", async () => {
  const clock = new ManualClock(0);
  const seen: number[] = [];
  const sleeping = [100, 200].map(async (ms) => {
    await clock.sleep(ms);
    seen.push(clock.now());
  });
  await clock.jump(1);
  await Promise.all(sleeping);
  assertEquals(seen, [1000, 1000]);
});
