import { assertEquals } from "@std/assert";
import {
  Ignore,
  type Message,
  Reject,
  Retry,
  RetryAfter,
  sharedTask,
  Snooze,
  type TaskOptions,
  TimeLimitExceeded,
} from "@umbel/umbel";
import { retryLimits } from "../../../src/policies/retry.ts";
import { classify } from "../../../src/worker/runs/classify.ts";
import { delivery } from "../../scripted.ts";

const now = 1_800_000_000_000;

/** What something comes to that a handler throws. */
function outcome(thrown: unknown, options: TaskOptions = {}, message: Partial<Message> = {}) {
  const { settings } = sharedTask("task", options as { bind?: false }, () => {});
  const sent = delivery("task", [], message).message;
  const limits = retryLimits(sent, settings, { maxRetries: 3, retryDelay: 180_000 }, () => 1);
  return classify(thrown, sent, settings, limits, now);
}

/** In a word: the delay of its retry, or what it is else. */
function verdict(...args: Parameters<typeof outcome>): unknown {
  const made = outcome(...args);
  return made.kind === "retry" ? made.retry.delay ?? made.retry.eta : made.kind;
}

const server = (retryAfter?: string) =>
  new Response(null, { headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

Deno.test("a throw is retried only by a task that says so", () => {
  const error = new TypeError("x");
  assertEquals(verdict(error), "failed");
  assertEquals(verdict(error, { throws: [Error] }), "failed");
  assertEquals(verdict(error, { retry: {} }), 180_000);
  assertEquals(verdict(error, { retryFor: [TypeError] }), 180_000);
  assertEquals(verdict(error, { retryFor: [RangeError] }), "failed");
  assertEquals(verdict(error, { retry: {}, retryFor: [RangeError] }), "failed");
  assertEquals(verdict(error, { retry: {}, retryFor: [] }), "failed");
  assertEquals(verdict(error, { dontRetryFor: [RangeError] }), 180_000);
  assertEquals(verdict(error, { dontRetryFor: [TypeError] }), "failed");
  assertEquals(verdict(error, { retryFor: [Error], dontRetryFor: [TypeError] }), "failed");
  assertEquals(verdict("text", { retryFor: (thrown) => thrown === "text" }), 180_000);
  assertEquals(verdict(undefined, { retry: { delay: 1 } }), 1000);
});

Deno.test("a throw is retried with its task's delays, as often as message, task or app allow", () => {
  const error = new Error("x");
  const retry = { max: 2, delay: "1s" };
  assertEquals([0, 1, 2].map((retries) => verdict(error, { retry }, { retries })), [1000, 2000, "failed"]);
  assertEquals(verdict(error, { retry: {} }, { retries: 3 }), "failed");
  assertEquals(verdict(error, { retry: { max: Infinity } }, { retries: 1_000_000 }), 600_000);
  assertEquals(verdict(error, { retry }, { retries: 2, maxRetries: 3 }), 4000);
  assertEquals(verdict(error, { retry }, { maxRetries: 0 }), "failed");
});

Deno.test("what fails for good fails with what was thrown", () => {
  const error = new Error("x");
  assertEquals(outcome(error, { retry: { max: 0 } }), { kind: "failed", thrown: error });
  assertEquals(outcome(error, { throws: [Error] }), { kind: "failed", thrown: error, isExpected: true });
  assertEquals(outcome(error, { throws: [TypeError] }), { kind: "failed", thrown: error });
});

Deno.test("a predicate that throws fails the task with what it threw", () => {
  const surprise = new Error("predicate");
  const retryFor = () => {
    throw surprise;
  };
  assertEquals(outcome(new Error("x"), { retryFor }), { kind: "failed", thrown: surprise });
});

Deno.test("RetryAfter is retried when it says, whatever else the task says", () => {
  assertEquals(verdict(new RetryAfter("5s")), 5000);
  assertEquals(verdict(new RetryAfter(new Date(now + 1))), now + 1);
  assertEquals(verdict(new RetryAfter(server("7"))), 7000);
  assertEquals(verdict(new RetryAfter(server(new Date(now + 60_000).toUTCString()))), now + 60_000);
  assertEquals(verdict(new RetryAfter(server("Fri, 31 Dec 2100 00:00:00 GMT"))), now + 86_400_000);
  assertEquals(verdict(new RetryAfter(new Date(now + 1e10))), now + 1e10);
  assertEquals(verdict(new RetryAfter(server()), { retry: { delay: "3s" } }), 3000);
});

Deno.test("RetryAfter uses an attempt, and fails the task when none is left", () => {
  const error = new Error("busy");
  assertEquals(outcome(new RetryAfter(5, error), {}, { retries: 3 }), { kind: "failed", thrown: error });
  const { thrown } = outcome(new RetryAfter(5), {}, { retries: 3 }) as { thrown: Error };
  assertEquals([thrown.name, /3 times, and the limit is 3$/.test(thrown.message)], ["MaxRetriesExceeded", true]);
});

Deno.test("control values come before the task's policy", () => {
  const all = { retry: { max: Infinity }, throws: [Error] };
  assertEquals(verdict(new Retry({ delay: 5 }), all, { retries: 99 }), 5);
  assertEquals(outcome(new Snooze("5s"), all), { kind: "snoozed", delay: 5000 });
  assertEquals(outcome(new Ignore(), all), { kind: "ignored" });
  const reject = new Reject("never");
  assertEquals(outcome(reject, all), { kind: "failed", thrown: reject });
});

Deno.test("a run that took too long is retried as any other throw", () => {
  const thrown = new TimeLimitExceeded("late");
  assertEquals(verdict(thrown, { retryFor: [TimeLimitExceeded] }), 180_000);
  assertEquals(verdict(thrown, { retry: {}, dontRetryFor: [TimeLimitExceeded] }), "failed");
});
