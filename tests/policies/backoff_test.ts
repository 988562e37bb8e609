import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, type RetryPolicy } from "@umbel/umbel";
import { nextDelay, readRetryPolicy } from "../../src/policies/backoff.ts";

/** The delays (ms) before the first retries, for a chance from 0 to 1. */
function delays(policy: RetryPolicy, { chance = 1, count = 5, usual = 180_000 } = {}): number[] {
  const settings = readRetryPolicy(policy);
  return Array.from({ length: count }, (_, retries) => nextDelay(settings, retries, usual, () => chance));
}

Deno.test("nextDelay() doubles from the app's delay up to 10 minutes, and any part of it may be cut off by chance", () => {
  assertEquals(delays({}), [180_000, 360_000, 600_000, 600_000, 600_000]);
  assertEquals(delays({ delay: "1s" }), [1000, 2000, 4000, 8000, 16_000]);
  assertEquals(delays({ delay: "1s" }, { chance: 0.25 }), [250, 500, 1000, 2000, 4000]);
  assertEquals(delays({ delay: "1s" }, { chance: 0 }), [0, 0, 0, 0, 0]);
});

Deno.test("nextDelay() grows as it is told", () => {
  assertEquals(delays({ delay: 1, factor: 3 }, { count: 4 }), [1000, 3000, 9000, 27_000]);
  assertEquals(delays({ delay: 1, backoff: "linear" }), [1000, 2000, 3000, 4000, 5000]);
  assertEquals(delays({ delay: 1, backoff: "fixed" }), [1000, 1000, 1000, 1000, 1000]);
  assertEquals(delays({ delay: 1, maxDelay: "3s" }, { count: 4 }), [1000, 2000, 3000, 3000]);
  assertEquals(delays({ delay: "1h" }, { count: 2 }), [3_600_000, 3_600_000]);
  assertEquals(delays({ delay: 0 }), [0, 0, 0, 0, 0]);
});

Deno.test("nextDelay() leaves to chance what jitter says", () => {
  assertEquals(delays({ delay: 1, jitter: false }, { chance: 0, count: 2 }), [1000, 2000]);
  assertEquals(delays({ delay: 1, jitter: 0.5 }, { chance: 0, count: 2 }), [500, 1000]);
  assertEquals(delays({ delay: 1, jitter: 0.5 }, { chance: 0.5, count: 2 }), [750, 1500]);
  assertEquals(delays({ delay: 1, jitter: 1 }, { chance: 0, count: 2 }), [0, 0]);
});

Deno.test("nextDelay() is a number however often it is asked", () => {
  for (const delay of [0, "1s", "365d"]) {
    const settings = readRetryPolicy({ delay, max: Infinity });
    assertEquals(Number.isSafeInteger(nextDelay(settings, 1_000_000, 1, Math.random)), true);
  }
});

Deno.test("readRetryPolicy() takes Infinity and null for no limit", () => {
  assertEquals(readRetryPolicy({ max: Infinity }).max, null);
  assertEquals(readRetryPolicy({ max: null }).max, null);
  assertEquals(readRetryPolicy({ max: 0 }).max, 0);
  assertEquals(readRetryPolicy({}).max, undefined);
});

Deno.test("readRetryPolicy() refuses what breaks a rule, with a sentence", () => {
  const cases: [unknown, string, string][] = [
    [5, "retry", "retry must be an object, and it is 5"],
    [{ maxx: 1 }, "maxx", '"maxx" is no part of retry: did you mean max?'],
    [
      { max: 1.5 },
      "retry.max",
      "retry.max must be a whole number from 0, or null or Infinity for no limit, and it is 1.5",
    ],
    [{ delay: -1 }, "retry.delay", "retry.delay must be finite and not negative, and it is -1"],
    [
      { backoff: "square" },
      "retry.backoff",
      'retry.backoff must be "exponential", "linear" or "fixed", and it is "square"',
    ],
    [{ factor: 0.5 }, "retry.factor", "retry.factor must be a number from 1, and it is 0.5"],
    [
      { backoff: "linear", factor: 2 },
      "retry.factor",
      "retry.factor belongs to exponential backoff, not to linear, and it is 2",
    ],
    [{ maxDelay: 0 }, "retry.maxDelay", "retry.maxDelay must be longer than 0, and it is 0"],
    [
      { delay: 10, maxDelay: 5 },
      "retry.maxDelay",
      "retry.maxDelay must not be shorter than retry.delay, and it is 5000 ms against 10000 ms",
    ],
    [{ jitter: 2 }, "retry.jitter", "retry.jitter must be true, false or a number from 0 to 1, and it is 2"],
  ];
  for (const [policy, field, message] of cases) {
    const error = assertThrows(() => readRetryPolicy(policy as RetryPolicy), InvalidInput);
    assertEquals([error.field, error.message], [field, message]);
  }
});
