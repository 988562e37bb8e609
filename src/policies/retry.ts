/**
 * Trying a task again: because its handler asked for it, or because it threw and its task says so.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput, MaxRetriesExceeded } from "../errors.ts";
import type { Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readMaxRetries, readTime } from "../options/values.ts";
import { nextDelay, type RetrySettings, usualPolicy } from "./backoff.ts";
import type { ErrorTest } from "./error_filter.ts";

/** When and how often to try again. */
export interface RetryOptions {
  /**
   * So long from now.
   *
   * @default {as the task's `retry` says}
   */
  readonly countdown?: Duration;
  /** Not before: a `Date`, ISO 8601 text, or milliseconds since 1970. */
  readonly eta?: Date | string | number;
  /** The most retries, for this time; `null` or `Infinity` for no limit. */
  readonly max?: number | null;
  /** What went wrong: kept in the record, and thrown when no retry is left. */
  readonly error?: unknown;
}

/** Thrown by a handler that wants to be tried again; made by `self.retry()`. No error: it does not end the task. */
export class Retry {
  /** How long to wait (ms); absent with `eta`. */
  readonly delay: number | undefined;
  /** Not before (ms since 1970). */
  readonly eta: number | undefined;
  /** What went wrong, if that was said. */
  readonly error: unknown;

  /** See `self.retry()`. */
  constructor(when: { readonly delay?: number; readonly eta?: number }, error?: unknown) {
    this.delay = when.delay;
    this.eta = when.eta;
    this.error = error;
  }
}

/** What a task says about retries, once it is checked. */
export interface RetryRules {
  /** How often and how late. */
  readonly retry?: RetrySettings;
  /** The most retries, whoever asks for them; `null` for no limit. */
  readonly maxRetries?: number | null;
  /** How long the first one waits (ms). */
  readonly retryDelay?: number;
  /** Which errors are retried: all when absent. */
  readonly retryFor?: ErrorTest;
  /** Which errors are not. */
  readonly dontRetryFor?: ErrorTest;
}

/** Whether a task is tried again when it throws this: only if it says anything about retries. */
export function isRetried({ retry, retryFor, dontRetryFor }: RetryRules, thrown: unknown): boolean {
  if (!retry && !retryFor && !dontRetryFor) return false;
  if (spent.has(thrown as object) || dontRetryFor?.(thrown)) return false;
  return retryFor?.(thrown) ?? true;
}

/** What a task's retries are bounded by, when the handler says nothing else. */
export interface RetryLimits {
  /** The most retries; `null` for no limit. */
  readonly maxRetries: number | null;
  /** How long the next retry waits (ms). */
  nextDelay(): number;
}

/** What bounds the retries of a message: what its caller said, else its task, else the app. */
export function retryLimits(
  message: Message,
  { retry, maxRetries: most, retryDelay }: RetryRules,
  app: { readonly maxRetries: number | null; readonly retryDelay: number },
  random: () => number,
): RetryLimits {
  const maxRetries = [message.maxRetries, retry?.max, most, app.maxRetries].find((one) => one !== undefined) ?? null;
  return {
    maxRetries,
    nextDelay: () => nextDelay(retry ?? usualPolicy, message.retries, retryDelay ?? app.retryDelay, random),
  };
}

/** Whether a message may be tried again. */
export function hasRetries({ retries }: Message, most: number | null): boolean {
  return most === null || retries < most;
}

/** The error of a message that may not be tried again. */
export function exhausted({ task, id, retries }: Message, most: number | null, cause: unknown): Error {
  if (cause instanceof Error) return cause;
  return new MaxRetriesExceeded(
    `Task ${task}[${id}] was tried again ${retries} ${retries === 1 ? "time" : "times"}, and the limit is ${most}`,
    cause === undefined ? {} : { cause },
  );
}

const names = ["countdown", "eta", "max", "error"];

/** What was given up by `self.retry()`: when a handler throws it, its task's policy is not to revive it. */
const spent = new WeakSet<object>();

/** What `self.retry()` returns: another try, or the error of the last one. */
export function retryOrGiveUp(message: Message, limits: RetryLimits, options: RetryOptions = {}): Retry | Error {
  checkKeys(options, names, "option of a retry");
  const { countdown, eta, error } = options;
  if (countdown !== undefined && eta !== undefined) {
    throw new InvalidInput("countdown", "countdown and eta say the same: give one of them");
  }
  const most = options.max === undefined ? limits.maxRetries : readMaxRetries(options.max, "max");
  if (!hasRetries(message, most)) {
    const last = exhausted(message, most, error);
    spent.add(last);
    return last;
  }
  if (eta !== undefined) return new Retry({ eta: readTime(eta, "eta") }, error);
  return new Retry(
    { delay: countdown === undefined ? limits.nextDelay() : milliseconds(countdown, "countdown") },
    error,
  );
}

/** The last time that a Date can say (ms since 1970). */
const latest = 8.64e15;

/** The message of the next try. */
export function nextTry(message: Message, { eta, delay = 0 }: Retry, now: number): Message {
  return Object.freeze({ ...message, retries: message.retries + 1, eta: Math.min(eta ?? now + delay, latest) });
}

/** The message as it comes back after so long (ms), its retries as they were. */
export function snoozed(message: Message, delay: number, now: number): Message {
  return Object.freeze({ ...message, eta: Math.min(now + delay, latest) });
}
