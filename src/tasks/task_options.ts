/**
 * The options of a task, as they are given.
 *
 * @module
 */
import type { Callback } from "../callbacks/callback.ts";
import type { Duration } from "../options/duration.ts";
import type { OnceOptions } from "../options/once.ts";
import type { Timeouts } from "../options/timeouts.ts";
import type { RetryPolicy } from "../policies/backoff.ts";
import type { BatchOptions } from "../policies/batch.ts";
import type { ConcurrencyOptions } from "../policies/concurrency.ts";
import type { ErrorFilter } from "../policies/error_filter.ts";
import type { TaskPermissions } from "../policies/permissions.ts";
import type { RateLimitOptions } from "../policies/rate_limit.ts";
import type { Redact } from "../policies/redact.ts";
import type { RateText } from "../limits/rate.ts";
import type { Schemas, StandardSchema } from "./schema.ts";
import type { Codec } from "../wire/codec.ts";

/** How all calls of a task differ from those of others. A call's own options come first, the app's config last. */
export interface TaskOptions extends OnceOptions {
  /**
   * Whether the handler gets the task's context (Celery's `self`) before its arguments.
   *
   * @default {false}
   */
  readonly bind?: boolean;
  /** The queue its messages wait in. A worker that is told no queues takes from this one too. */
  readonly queue?: string;
  /** 0 to 9, and 9 goes first. */
  readonly priority?: number;
  /**
   * Whether the last one sent is the first one started, at equal priority.
   *
   * @default {the queue's, else false}
   */
  readonly lifo?: boolean;
  /**
   * How many start in a time, over all workers, evenly spread: `"10/s"`, `"100/m"`, `"5/h"`, `"1000/d"`, or `{ limit,
   * period, burst, key }`, which counts for each key of its own.
   *
   * @default {no limit}
   */
  readonly rateLimit?: RateText | RateLimitOptions;
  /**
   * How many run at once, over all workers: a number, or `{ limit, key }`, which counts for each key of its own.
   *
   * @default {no limit}
   */
  readonly concurrency?: number | ConcurrencyOptions;
  /**
   * Whether its calls run one after the other, in the order in which they were sent, those that are tried again too; or
   * a function that says by the arguments which are in order with one another: at most 200 characters.
   *
   * @default {false}
   */
  readonly sequence?: boolean | ((...args: never[]) => string);
  /** Not to be started later than so long after it was sent, whatever its delay and its retries. */
  readonly expires?: Duration;
  /** How long it may wait for its start once it is due, each time that it is: `{ start: "5m" }`. */
  readonly timeouts?: Timeouts;
  /**
   * The most retries, whoever asks for them: `self.retry()`, or `retry`, whose `max` says the same. `null` for no limit.
   *
   * @default {the app's: 3}
   */
  readonly maxRetries?: number | null;
  /**
   * How long the first retry waits; `retry.delay` says the same.
   *
   * @default {the app's: 180 s}
   */
  readonly retryDelay?: Duration;
  /**
   * That what its handler throws is retried, how often and how late.
   *
   * @default {it is not; only what asks for a retry by `self.retry()` gets one}
   */
  readonly retry?: RetryPolicy;
  /**
   * Which errors are retried (Celery's `autoretry_for`): classes, or a predicate.
   *
   * @default {all, when `retry` or `dontRetryFor` is given}
   */
  readonly retryFor?: ErrorFilter;
  /** Which errors are not retried, whatever `retryFor` says. */
  readonly dontRetryFor?: ErrorFilter;
  /** Which errors are no surprise: they fail the task as others do, and are logged at level info, without a stack. */
  readonly throws?: ErrorFilter;
  /**
   * When its message counts as done: `"late"`, once it has run, so that it runs again elsewhere when its worker dies; or
   * `"early"`, before it runs, so that it is never run again then: at most once.
   *
   * @default {"late"}
   */
  readonly acks?: "early" | "late";
  /** After so long the handler's signal is aborted and the run counts as failed. */
  readonly timeLimit?: Duration;
  /** After so long the handler's signal is aborted; it may still finish until `timeLimit`. */
  readonly softTimeLimit?: Duration;
  /** Keep neither result nor error. */
  readonly ignoreResult?: boolean;
  /** How long its record stays after its end. */
  readonly resultExpires?: Duration;
  /**
   * Whether what its handler says with `self.log` is kept with the task: the last 100 lines, 8 KiB in all.
   *
   * @default {the app's: true}
   */
  readonly keepLog?: boolean;
  /**
   * How long its record stays when it has failed for good, as a dead letter.
   *
   * @default {the app's: 30 days}
   */
  readonly deadLetterExpires?: Duration;
  /**
   * What its messages and results go through, in place of what the app says: see `@umbel/umbel/codecs`.
   *
   * @default {the app's}
   */
  readonly codecs?: readonly Codec[];
  /**
   * Where it is told what a call came to, by a signed request: a URL of a host that the app's `callbacks` allow, or
   * `{ url, on: ["success", "failure", "expired"], headers }`; `false` for nowhere.
   *
   * @default {the app's}
   */
  readonly callback?: Callback;
  /**
   * Which arguments are kept out of logs and views: all, those at paths as `["0", "1.password"]`, or what a function
   * leaves of them. The stored message stays as it is.
   *
   * @default {false}
   */
  readonly redact?: Redact;
  /**
   * What its handler may reach, of what its worker may, in Deno's words: `{ net: ["api.example.org"] }` is that host and
   * nothing else. Only the pool `threads` can keep it, and a worker without that one does not start.
   *
   * @default {all that its worker may}
   */
  readonly permissions?: TaskPermissions;
}

/** Makes a task one whose handler gets many calls at once, and is not given its context: each call brings its own. */
export interface Batching {
  /**
   * How many calls the handler gets at once, and how long they wait for one another: `{ size: 100, wait: "500ms" }`. What
   * it gets takes one of its worker's places; each call is settled on its own.
   */
  readonly batch: BatchOptions;
  /** Not with `batch`. */
  readonly bind?: false;
}

/** A schema of a task's result, which gives the type of what is kept. */
export interface ResultSchema<Kept> {
  /** What its result must be: a Standard Schema. What is kept is what the schema makes of the result. */
  readonly resultSchema?: StandardSchema<unknown, Kept>;
}

/** A schema of a task's arguments, which gives the types of what is sent and of what the handler gets. */
export interface ArgsSchema<Sent, Args> {
  /**
   * What its arguments must be: a Standard Schema of the whole list, as zod's and valibot's `tuple` make one. Checked
   * when a call is sent, and again when it runs; the handler gets what the schema makes of them.
   */
  readonly schema: StandardSchema<Sent, Args>;
}

/** All options that a task may have, whatever kind it is. */
export type AnyTaskOptions = TaskOptions & Schemas & { readonly batch?: BatchOptions };
