import { assertEquals } from "@std/assert";
import type { Attempt } from "@umbel/umbel";
import { withAttempt, withoutAttempts } from "../../src/policies/attempts.ts";
import { delivery } from "../scripted.ts";

const { message } = delivery("task");
const attempt = (n: number, error?: Attempt["error"]): Attempt => ({
  startedAt: n,
  finishedAt: n + 1,
  worker: "w",
  ...(error ? { error } : {}),
});

Deno.test("withAttempt() keeps the last 10 runs, the first one first", () => {
  let tried = message;
  for (let n = 0; n < 13; n++) tried = { ...tried, attempts: withAttempt(tried, attempt(n)) };
  assertEquals(tried.attempts!.map(({ startedAt }) => startedAt), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

Deno.test("withAttempt() keeps errors short, whatever was thrown", () => {
  let tried = message;
  const error = {
    type: "T".repeat(500),
    message: "m".repeat(1e6),
    stack: "s".repeat(16_384),
    cause: { type: "E", message: "x" },
  };
  for (let n = 0; n < 20; n++) tried = { ...tried, attempts: withAttempt(tried, attempt(n, error)) };
  const kept = tried.attempts![0]!.error!;
  assertEquals([kept.type.length, kept.message.length, kept.stack!.length, kept.cause], [100, 256, 1024, undefined]);
  assertEquals(JSON.stringify(tried.attempts).length < 16_384, true);
});

Deno.test("withoutAttempts() leaves the message as it was sent", () => {
  assertEquals(withoutAttempts(message), message);
  assertEquals(withoutAttempts({ ...message, attempts: [attempt(1)] }), message);
});
