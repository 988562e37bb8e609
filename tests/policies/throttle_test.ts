import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";

Deno.test("throttle: the first call of a period is sent, the others get its handle", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  const sync = app.task(
    "sync",
    { throttle: { period: "1m", key: (id: string) => id } },
    (id: string, n: number) => id + n,
  );
  const [one, two, other] = await Promise.all([sync.delay("a", 1), sync.delay("a", 2), sync.delay("b", 3)]);
  assertEquals([one.existed, two.existed, other.existed], [false, true, false]);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals([await two.get(), await other.get()], ["a1", "b3"]);
  // Its end ends no period.
  await clock.advance(59);
  assertEquals((await sync.delay("a", 4)).id, one.id);
  await clock.advance(1);
  assertEquals((await sync.delay("a", 5)).existed, false);
});

Deno.test("throttle: what breaks a rule is refused", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  assertThrows(() => app.task("a", { throttle: { period: 0 } }, () => {}), InvalidInput, "throttle.period");
  assertThrows(() => app.task("a", { throttle: { limit: 3 } as never }, () => {}), InvalidInput, "option of throttle");
});
