/**
 * What something that a handler threw comes to, by what the handler and its task say about it.
 *
 * @module
 */
import { SchemaMismatch } from "../../errors.ts";
import type { Message } from "../../message.ts";
import { Ignore, longestRetryAfter, Reject, RetryAfter, Snooze } from "../../policies/control.ts";
import { exhausted, hasRetries, isRetried, Retry, type RetryLimits } from "../../policies/retry.ts";
import type { TaskSettings } from "../../tasks/task_settings.ts";
import type { Outcome } from "./outcome.ts";

/** What is made of something that was thrown. A predicate or a delay that throws itself fails the task with what it threw. */
export function classify(
  thrown: unknown,
  message: Message,
  settings: TaskSettings,
  limits: RetryLimits,
  now: number,
): Outcome {
  try {
    // Even to ask for its class may throw: of a proxy.
    if (thrown instanceof RetryAfter) return retryAfter(thrown, message, limits, now);
    if (thrown instanceof Retry) return { kind: "retry", retry: thrown };
    if (thrown instanceof Snooze) return { kind: "snoozed", delay: thrown.delay };
    if (thrown instanceof Ignore) return { kind: "ignored" };
    if (thrown instanceof Reject || thrown instanceof SchemaMismatch) return { kind: "failed", thrown };
    if (hasRetries(message, limits.maxRetries) && isRetried(settings, thrown)) {
      return { kind: "retry", retry: new Retry({ delay: limits.nextDelay() }, thrown) };
    }
    return { kind: "failed", thrown, ...(settings.throws?.(thrown) ? { isExpected: true } : {}) };
  } catch (surprise) {
    return { kind: "failed", thrown: surprise };
  }
}

function retryAfter(retry: RetryAfter, message: Message, { maxRetries, nextDelay }: RetryLimits, now: number): Outcome {
  const { delay, eta, error, isFromServer } = retry;
  if (!hasRetries(message, maxRetries)) return { kind: "failed", thrown: exhausted(message, maxRetries, error) };
  if (delay === undefined && eta === undefined) {
    return { kind: "retry", retry: new Retry({ delay: nextDelay() }, error) };
  }
  if (!isFromServer || eta === undefined) return { kind: "retry", retry };
  return { kind: "retry", retry: new Retry({ eta: Math.min(eta, now + longestRetryAfter) }, error) };
}
