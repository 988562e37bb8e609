/**
 * Trying a task again, because its handler asked for it.
 *
 * @module
 */
import { type Duration, milliseconds } from "../duration.ts";
import { InvalidInput, MaxRetriesExceeded } from "../errors.ts";
import type { Message } from "../message.ts";
import { checkKeys, readMaxRetries, readTime } from "../options.ts";

/** When and how often to try again. */
export interface RetryOptions {
  /**
   * So long from now.
   *
   * @default {the task's `retryDelay`, else the app's: 180 s}
   */
  readonly countdown?: Duration;
  /** Not before: a `Date`, ISO 8601 text, or milliseconds since 1970. */
  readonly eta?: Date | string | number;
  /** The most retries, for this time; `null` for no limit. */
  readonly maxRetries?: number | null;
  /** What went wrong: kept in the record, and thrown when no retry is left. */
  readonly cause?: unknown;
}

/** Thrown by a handler that wants to be tried again; made by `self.retry()`. No error: it does not end the task. */
export class Retry {
  /** How long to wait (ms); absent with `eta`. */
  readonly delay: number | undefined;
  /** Not before (ms since 1970). */
  readonly eta: number | undefined;
  /** What went wrong, if that was said. */
  readonly cause: unknown;

  /** See `self.retry()`. */
  constructor(when: { readonly delay: number } | { readonly eta: number }, cause: unknown) {
    this.delay = "delay" in when ? when.delay : undefined;
    this.eta = "eta" in when ? when.eta : undefined;
    this.cause = cause;
  }
}

/** What a task's retries are bounded by, when the handler says nothing else. */
export interface RetryLimits {
  /** The most retries; `null` for no limit. */
  readonly maxRetries: number | null;
  /** How long a retry waits (ms). */
  readonly retryDelay: number;
}

/** What bounds the retries of a message: what its caller said, else its task, else the app. */
export function retryLimits(
  message: Message,
  task: { readonly maxRetries?: number | null; readonly retryDelay?: number },
  app: RetryLimits,
): RetryLimits {
  const maxRetries = [message.maxRetries, task.maxRetries, app.maxRetries].find((most) => most !== undefined);
  return { maxRetries: maxRetries ?? null, retryDelay: task.retryDelay ?? app.retryDelay };
}

const names = ["countdown", "eta", "maxRetries", "cause"];

/** What `self.retry()` returns: another try, or the error of the last one. */
export function retryOrGiveUp(message: Message, limits: RetryLimits, options: RetryOptions = {}): Retry | Error {
  checkKeys(options, names, "option of a retry");
  const { countdown, eta, cause } = options;
  if (countdown !== undefined && eta !== undefined) {
    throw new InvalidInput("countdown", "countdown and eta say the same: give one of them");
  }
  const most = options.maxRetries === undefined ? limits.maxRetries : readMaxRetries(options.maxRetries);
  if (most !== null && message.retries >= most) {
    if (cause instanceof Error) return cause;
    return new MaxRetriesExceeded(
      `Task ${message.task}[${message.id}] was tried again ${message.retries} times, and the limit is ${most}`,
      {
        cause,
      },
    );
  }
  if (eta !== undefined) return new Retry({ eta: readTime(eta, "eta") }, cause);
  return new Retry(
    { delay: countdown === undefined ? limits.retryDelay : milliseconds(countdown, "countdown") },
    cause,
  );
}

/** The message of the next try. */
export function nextTry(message: Message, retry: Retry, now: number): Message {
  return Object.freeze({
    ...message,
    retries: message.retries + 1,
    eta: retry.eta ?? now + (retry.delay ?? 0),
  });
}
