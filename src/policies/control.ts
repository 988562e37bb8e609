/**
 * What a handler may throw to say what is to become of its task, beside `self.retry()`: to be tried again when a server
 * says so, to come back without that counting, to fail for good, or to be left alone.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput, UmbelError } from "../errors.ts";
import { readTime, show } from "../options/values.ts";
import { Retry } from "./retry.ts";

/** The least of a response: its headers. */
export interface HasHeaders {
  /** Its headers. */
  readonly headers: { get(name: string): string | null };
  /** Its status, which stands in the record when no error is given. */
  readonly status?: number;
  /** The status in words. */
  readonly statusText?: string;
}

/** A server's word is taken for so long at most (ms): a day. */
export const longestRetryAfter = 86_400_000;

/**
 * Thrown by a handler that is to be tried again when a server says so: `throw new RetryAfter(response)`. It uses an
 * attempt; when none is left, the task fails with the error, or with `MaxRetriesExceeded`.
 *
 * @example
 * ```ts
 * import { RetryAfter } from "@umbel/umbel";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new Response(null, { status: 429, headers: { "Retry-After": "120" } });
 * assertEquals(new RetryAfter(response).delay, 120_000);
 * ```
 */
export class RetryAfter extends Retry {
  /** Whether a server said it, and no program: then it waits for a day at most. */
  readonly isFromServer: boolean;

  /**
   * When, and why.
   *
   * @param when A response, whose `Retry-After` header counts (seconds, or an HTTP date; the task's own delay without
   * one); a `Date`; or a duration from now.
   * @param error What went wrong, kept in the record; of a response its status when left out.
   */
  constructor(when: HasHeaders | Date | Duration, error?: unknown) {
    const isFromServer = typeof when === "object" && when !== null && "headers" in when;
    super(
      isFromServer
        ? readHeader(when.headers.get("Retry-After"))
        : when instanceof Date
        ? { eta: readTime(when, "when") }
        : { delay: milliseconds(when, "when") },
      error ?? (isFromServer ? statusOf(when) : undefined),
    );
    this.isFromServer = isFromServer;
  }
}

/** What a server said, where nobody says more. */
function statusOf({ status, statusText }: HasHeaders): Error | undefined {
  return status === undefined ? undefined : new Error(`HTTP ${status} ${statusText ?? ""}`.trimEnd());
}

function readHeader(value: string | null): { readonly delay?: number; readonly eta?: number } {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return { delay: Math.min(Number(text) * 1000, longestRetryAfter) };
  // A date begins with the name of a day; Date.parse would make one of nearly anything.
  const eta = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(eta) ? {} : { eta };
}

/** Thrown by a handler that is to run again later, as if it had not run yet: no retry is counted, no error is kept. */
export class Snooze {
  /** For how long (ms). */
  readonly delay: number;

  /** For so long. */
  constructor(duration: Duration) {
    this.delay = milliseconds(duration, "duration");
  }
}

/** Thrown by a handler whose task is never to be tried again, whatever its policy says: a dead letter at once. */
export class Reject extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "rejected";

  /** For this reason: a sentence, or an error, whose message is taken and which is kept as the cause. */
  constructor(reason: string | Error) {
    if (typeof reason !== "string" && !(reason instanceof Error)) {
      throw new InvalidInput("reason", `reason must be a sentence or an error, and it is ${show(reason)}`);
    }
    super(typeof reason === "string" ? reason : reason.message, typeof reason === "string" ? {} : { cause: reason });
  }
}

/**
 * Thrown by a handler that has said itself, with `updateState`, what its task has come to. The task ends; its record
 * says `SUCCESS` without a result, the state that was told in `leftAs`, and what was told of it in `meta`.
 */
export class Ignore {}
