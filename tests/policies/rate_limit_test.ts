import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, sharedTask } from "@umbel/umbel";
import { readRateLimit } from "../../src/policies/rate_limit.ts";

const read = (value: unknown) => readRateLimit(value as never, "rateLimit");

Deno.test("a rate is text with a unit, or its parts", () => {
  const rate = (limit: number, period: number, burst = 1) => ({ rate: { limit, period, burst } });
  assertEquals(
    ["10/s", "100/m", "5/h", "1000/d", { limit: 3, period: "10s" }, { limit: 1, period: 0.5, burst: 4 }].map(read),
    [rate(10, 1000), rate(100, 60_000), rate(5, 3_600_000), rate(1000, 86_400_000), rate(3, 10_000), rate(1, 500, 4)],
  );
  const key = (to: string) => to;
  assertEquals(read({ limit: 1, period: 1, key }).key, key as never);
});

Deno.test("what is no rate is refused, with what is wanted", () => {
  for (const value of ["10", "10/w", "0/s", "1.5/s", "-1/s", " 1/s", 10, null, ""]) {
    assertThrows(() => read(value), InvalidInput, 'rateLimit must be a rate like "10/s", "100/m", "5/h" or "1000/d"');
  }
  const refused: [unknown, string][] = [
    [{ limit: 0, period: 1 }, "rateLimit.limit must be a whole number from 1 on, and it is 0"],
    [{ limit: 1, period: 0 }, "rateLimit.period must be a whole number from 1 on, and it is 0"],
    [{ limit: 1, period: "soon" }, "rateLimit.period must be seconds"],
    [{ limit: 1 }, "rateLimit.period must be seconds"],
    [{ limit: 1, period: 1, burst: 0 }, "rateLimit.burst must be a whole number from 1 on, and it is 0"],
    [{ limit: 1, period: 1, key: "to" }, "rateLimit.key must be a function of the arguments"],
    [{ limits: 1, period: 1 }, '"limits" is no part of rateLimit: did you mean limit?'],
  ];
  for (const [value, sentence] of refused) assertThrows(() => read(value), InvalidInput, sentence);
  assertThrows(() => sharedTask("task", { rateLimit: "often" as never }, () => {}), InvalidInput, "rateLimit must be");
});
