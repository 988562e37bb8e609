/**
 * What comes of a message that cannot be opened: its run has not begun, so the task's own policies are not asked.
 *
 * @module
 */
import { CannotDecode, StoreFailed } from "../../errors.ts";
import type { Message } from "../../message.ts";
import { hasRetries, Retry, type RetryLimits } from "../../policies/retry.ts";
import type { Outcome } from "./outcome.ts";

/**
 * What is made of an error while a message was opened: a store that fails is tried again as a run that failed; a codec or
 * key that is not known here may be known to a newer worker, and the message goes back; anything else ends it.
 */
export function classifyUnopened(thrown: unknown, message: Message, limits: RetryLimits): Outcome {
  if (thrown instanceof StoreFailed && hasRetries(message, limits.maxRetries)) {
    return { kind: "retry", retry: new Retry({ delay: limits.nextDelay() }, thrown) };
  }
  if (thrown instanceof CannotDecode && !thrown.isDamaged) return { kind: "unknown", thrown };
  return { kind: "failed", thrown };
}
