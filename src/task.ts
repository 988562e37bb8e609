/**
 * A task: a named handler and its options. What it is called with is typed by its handler.
 *
 * @module
 */
import type { TaskContext } from "./context.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { InvalidInput } from "./errors.ts";
import { checkName, checkTaskName } from "./message.ts";
import {
  type CallOptions,
  checkKeys,
  checkLimits,
  readBoolean,
  readLimit,
  readMaxRetries,
  readPriority,
  readTimeouts,
  type Timeouts,
} from "./options.ts";
import { readRetryPolicy, type RetryPolicy, type RetrySettings } from "./policies/backoff.ts";
import { readAcks } from "./policies/at_most_once.ts";
import {
  type BatchCall,
  type BatchOptions,
  type BatchResults,
  type BatchSettings,
  checkBatch,
  readBatch,
  type ResultsOf,
  runAlone,
} from "./policies/batch.ts";
import { type ConcurrencyOptions, type ConcurrencySettings, readConcurrency } from "./policies/concurrency.ts";
import { type ErrorFilter, type ErrorTest, readErrorFilter } from "./policies/error_filter.ts";
import { type PermissionSet, readPermissions, type TaskPermissions } from "./policies/permissions.ts";
import { readOnce } from "./policies/once.ts";
import type { OnceOptions } from "./once.ts";
import { readRedact, type Redact, type RedactSettings } from "./policies/redact.ts";
import { type RateLimitOptions, type RateLimitSettings, readRateLimit } from "./policies/rate_limit.ts";
import { checkSequence, readSequence, type SequenceSettings } from "./policies/sequence.ts";
import type { UniqueSettings } from "./policies/unique.ts";
import type { RateText } from "./rate.ts";
import type { AsyncResult } from "./result.ts";
import { type Signature, signatureOf } from "./signature.ts";
import { callChecked, readSchema, type Schemas, type StandardSchema } from "./schema.ts";
import { type Codec, type Codecs, readCodecs } from "./wire/codec.ts";

/** What a result comes back as: JSON has no `undefined`, so a handler that returns nothing gives `null`. */
export type Stored<T> = T extends void | undefined ? null : T;

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

/** The options of a task once they are checked: times in ms. */
export interface TaskSettings {
  /** Whether the handler gets the context first. */
  readonly bind: boolean;
  /** The queue of its messages. */
  readonly queue?: string;
  /** The priority of its messages. */
  readonly priority?: number;
  /** Whether the last one sent is the first one started. */
  readonly lifo?: boolean;
  /** How many start in a time. */
  readonly rateLimit?: RateLimitSettings;
  /** How many run at once. */
  readonly concurrency?: ConcurrencySettings;
  /** Which run one after the other, in order. */
  readonly sequence?: SequenceSettings;
  /** How many its handler gets at once. */
  readonly batch?: BatchSettings;
  /** How long after it was sent it may be started (ms). */
  readonly expires?: number;
  /** How long after it was due it may be started (ms). */
  readonly startTimeout?: number;
  /** How often and how late it is tried again. */
  readonly retry?: RetrySettings;
  /** The most retries; `null` for no limit. */
  readonly maxRetries?: number | null;
  /** How long the first retry waits (ms). */
  readonly retryDelay?: number;
  /** Which errors are retried. */
  readonly retryFor?: ErrorTest;
  /** Which errors are not. */
  readonly dontRetryFor?: ErrorTest;
  /** Which errors are no surprise. */
  readonly throws?: ErrorTest;
  /** Whether it is not run again when its worker dies. */
  readonly isAtMostOnce?: true;
  /** The hard time limit (ms). */
  readonly timeLimit?: number;
  /** The soft time limit (ms). */
  readonly softTimeLimit?: number;
  /** Keep neither result nor error. */
  readonly ignoreResult?: boolean;
  /** Whether what its handler says is kept. */
  readonly keepLog?: boolean;
  /** How long its record stays (ms). */
  readonly resultExpires?: number;
  /** How long its record stays as a dead letter (ms). */
  readonly deadLetterExpires?: number;
  /** What its arguments must be. */
  readonly schema?: StandardSchema;
  /** What its result must be. */
  readonly resultSchema?: StandardSchema;
  /** Which calls are the same, and what becomes of another one: `unique`, `debounce` or `throttle`. */
  readonly once?: UniqueSettings;
  /** What its messages and results go through, in place of the app's. */
  readonly codecs?: Codecs;
  /** What is kept out of logs and views. */
  readonly redact?: RedactSettings;
  /** What its handler may reach. */
  readonly permissions?: PermissionSet;
}

/** A task as workers see it: whatever its handler takes and returns. */
export interface TaskDefinition {
  /** By this name it is called, and found by workers. */
  readonly name: string;
  /** Its options, checked. */
  readonly settings: TaskSettings;
  /** Starts the handler; the context is used only by one that was declared with `bind: true`. */
  start(self: TaskContext | undefined, args: readonly unknown[]): unknown;
  /** Starts the handler of a task with `batch`. */
  startBatch(calls: readonly BatchCall[]): unknown;
}

/** A call that was not made yet: what `task.call` returns and `app.sendMany` takes. */
export interface Call<Result = unknown> {
  /** The task, or the name of one whose code is elsewhere. */
  readonly task: TaskDefinition | string;
  /** The arguments of its handler. */
  readonly args: readonly unknown[];
  /** The options of the call. */
  readonly options?: CallOptions;
  /** Never there: carries the type of what the task returns. */
  readonly returns?: Result;
}

/** What a task needs of its app. */
export interface Sender {
  /** The app's name. */
  readonly name: string;
  /** Sends a call, in one round trip with those that are sent at the same time. */
  send<Result>(call: Call<Result>): Promise<AsyncResult<Result>>;
  /** Sends calls, all in one round trip. */
  sendAll<Result>(calls: readonly Call<Result>[]): Promise<AsyncResult<Result>[]>;
  /** A context for a handler that runs in place. */
  localContext(task: TaskDefinition, args: readonly unknown[]): TaskContext;
}

/** A named handler and its options; made by `app.task` and `sharedTask`. */
export class Task<Args extends unknown[] = unknown[], Result = unknown> implements TaskDefinition {
  /** By this name it is called, and found by workers. */
  readonly name: string;
  /** Its options, checked. */
  readonly settings: TaskSettings;
  readonly #handler: (...args: never[]) => unknown;
  readonly #apps = new Set<Sender>();

  /** See `app.task` and `sharedTask`. */
  constructor(name: string, options: AnyTaskOptions, handler: (...args: never[]) => unknown) {
    this.name = checkTaskName(name);
    this.settings = readTaskOptions(options);
    if (typeof handler !== "function") {
      throw new InvalidInput("handler", `The handler of task ${JSON.stringify(name)} must be a function`);
    }
    this.#handler = handler;
  }

  /** Sends a call with these arguments. */
  delay(...args: Args): Promise<AsyncResult<Result>> {
    return this.applyAsync(args);
  }

  /** Sends a call with these arguments and options. */
  async applyAsync(args: Args, options?: CallOptions): Promise<AsyncResult<Result>> {
    return await this.#app().send(this.call(args, options));
  }

  /** Sends a call for each list of arguments, all in one round trip. */
  async delayMany(calls: readonly Args[], options?: CallOptions): Promise<AsyncResult<Result>[]> {
    return await this.#app().sendAll(calls.map((args) => this.call(args, options)));
  }

  /** A call with these arguments and options, not made yet: for `app.sendMany`. */
  call(args: Args, options?: CallOptions): Call<Result> {
    return { task: this, args, ...(options ? { options } : {}) };
  }

  /** A call with these arguments, not made yet, as plain JSON: Celery's signature. */
  s(...args: Args): Signature<Result> {
    return signatureOf(this.name, args);
  }

  /** The same with options. */
  signature(args: Args, options?: CallOptions): Signature<Result> {
    return signatureOf(this.name, args, options);
  }

  /** Runs the handler here and now, without broker, worker and limits: for tests. What it throws is thrown. */
  async run(...args: Args): Promise<Result> {
    const { bind, batch } = this.settings;
    const self = bind || batch ? this.#app().localContext(this, args) : undefined;
    return (await callChecked(this.settings, this.name, args, (given) => this.start(self, given)) ?? null) as Result;
  }

  /** Starts the handler: what a worker does. The context is asked for only if the handler wants it. */
  start(self: TaskContext | undefined, args: readonly unknown[]): unknown {
    if (this.settings.batch) return runAlone((calls) => this.startBatch(calls), { args, self: self! }, this.name);
    const handler = this.#handler as (...args: unknown[]) => unknown;
    return this.settings.bind ? handler(self, ...args) : handler(...args);
  }

  /** Starts the handler with many calls at once: what a worker does for a task with `batch`. */
  startBatch(calls: readonly BatchCall[]): unknown {
    return (this.#handler as (...args: unknown[]) => unknown)(calls);
  }

  /** Belongs to this app from now on: called by `app.include`. */
  join(app: Sender): void {
    this.#apps.add(app);
  }

  #app(): Sender {
    if (this.#apps.size === 1) {
      for (const app of this.#apps) return app;
    }
    const name = JSON.stringify(this.name);
    throw new InvalidInput(
      "app",
      this.#apps.size === 0
        ? `Task ${name} belongs to no app yet: call app.include(…) with it`
        : `Task ${name} belongs to the apps ${[...this.#apps].map((app) => app.name).join(", ")}: ` +
          "say which one by app.sendTask(task, args)",
    );
  }
}

/**
 * Declares a task before any app exists, for libraries; `app.include(…)` takes it in.
 *
 * @example
 * ```ts
 * import { sharedTask, Umbel } from "@umbel/umbel";
 * import { assertEquals } from "@std/assert";
 *
 * const add = sharedTask("add", (x: number, y: number) => x + y);
 *
 * const app = new Umbel("shop");
 * app.include(add);
 * assertEquals(await add.run(1, 2), 3);
 * ```
 */
export function sharedTask<Args extends unknown[], Result>(
  name: string,
  handler: (...args: Args) => Result,
): Task<Args, Stored<Awaited<Result>>>;
// First those with batches, and those with a schema: else the compiler would settle what the handler gets before it has
// seen them.
/** Declares a task with a schema of its arguments, whose handler gets many calls at once. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Results extends BatchResults>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & Schemas & Batching,
  handler: (calls: readonly BatchCall<NoInfer<Args>>[]) => Results | Promise<Results>,
): Task<Sent, Stored<ResultsOf<Results>>>;
/** Declares a task whose handler gets many calls at once. */
export function sharedTask<Args extends unknown[], Results extends BatchResults>(
  name: string,
  options: TaskOptions & { readonly resultSchema?: StandardSchema } & Batching,
  handler: (calls: readonly BatchCall<Args>[]) => Results | Promise<Results>,
): Task<Args, Stored<ResultsOf<Results>>>;
/** Declares a task with a schema of its arguments, whose handler gets the context first. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind: true },
  handler: (self: TaskContext, ...args: NoInfer<Args>) => Result,
): Task<Sent, Kept>;
/** Declares a task with a schema of its arguments. */
export function sharedTask<Sent extends unknown[], Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ArgsSchema<Sent, Args> & ResultSchema<Kept> & { readonly bind?: false },
  handler: (...args: NoInfer<Args>) => Result,
): Task<Sent, Kept>;
/** Declares a task whose handler gets the context first. */
export function sharedTask<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ResultSchema<Kept> & { readonly bind: true },
  handler: (self: TaskContext, ...args: Args) => Result,
): Task<Args, Kept>;
/** Declares a task with options. */
export function sharedTask<Args extends unknown[], Result, Kept = Stored<Awaited<Result>>>(
  name: string,
  options: TaskOptions & ResultSchema<Kept> & { readonly bind?: false },
  handler: (...args: Args) => Result,
): Task<Args, Kept>;
export function sharedTask(name: string, ...rest: unknown[]): Task {
  const [options, handler] = rest.length < 2 ? [{}, rest[0]] : rest;
  return new Task(name, options as AnyTaskOptions, handler as (...args: never[]) => unknown);
}

/** All options that a task may have, whatever kind it is. */
export type AnyTaskOptions = TaskOptions & Schemas & { readonly batch?: BatchOptions };

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

function readTaskOptions(options: AnyTaskOptions): TaskSettings {
  checkKeys(options, taskOptionNames, "option of a task");
  const settings: Mutable<TaskSettings> = { bind: readBoolean(options.bind ?? false, "bind") };
  const { queue, priority, expires, retry, retryFor, dontRetryFor, throws, acks } = options;
  const { timeLimit, softTimeLimit, ignoreResult, resultExpires, maxRetries, retryDelay } = options;
  const { deadLetterExpires } = options;
  if (queue !== undefined) settings.queue = checkName("queue", queue);
  if (priority !== undefined) settings.priority = readPriority(priority);
  if (options.lifo !== undefined) settings.lifo = readBoolean(options.lifo, "lifo");
  if (options.rateLimit !== undefined) settings.rateLimit = readRateLimit(options.rateLimit, "rateLimit");
  if (options.concurrency !== undefined) settings.concurrency = readConcurrency(options.concurrency, "concurrency");
  const sequence = options.sequence === undefined ? undefined : readSequence(options.sequence);
  if (sequence) settings.sequence = sequence;
  if (options.batch !== undefined) settings.batch = readBatch(options.batch);
  if (expires !== undefined) settings.expires = readLimit(expires, "expires");
  const startTimeout = options.timeouts === undefined ? undefined : readTimeouts(options.timeouts);
  if (startTimeout !== undefined) settings.startTimeout = startTimeout;
  if (retry !== undefined) settings.retry = readRetryPolicy(retry);
  if (maxRetries !== undefined) {
    refuseTwice("maxRetries", "retry.max", retry?.max);
    settings.maxRetries = readMaxRetries(maxRetries);
  }
  if (retryDelay !== undefined) {
    refuseTwice("retryDelay", "retry.delay", retry?.delay);
    settings.retryDelay = milliseconds(retryDelay, "retryDelay");
  }
  if (retryFor !== undefined) settings.retryFor = readErrorFilter(retryFor, "retryFor");
  if (dontRetryFor !== undefined) settings.dontRetryFor = readErrorFilter(dontRetryFor, "dontRetryFor");
  if (throws !== undefined) settings.throws = readErrorFilter(throws, "throws");
  if (acks !== undefined && readAcks(acks) === "early") settings.isAtMostOnce = true;
  if (timeLimit !== undefined) settings.timeLimit = readLimit(timeLimit, "timeLimit");
  if (softTimeLimit !== undefined) settings.softTimeLimit = readLimit(softTimeLimit, "softTimeLimit");
  if (ignoreResult !== undefined) settings.ignoreResult = readBoolean(ignoreResult, "ignoreResult");
  if (options.keepLog !== undefined) settings.keepLog = readBoolean(options.keepLog, "keepLog");
  if (options.schema !== undefined) settings.schema = readSchema(options.schema, "schema");
  if (options.resultSchema !== undefined) settings.resultSchema = readSchema(options.resultSchema, "resultSchema");
  if (resultExpires !== undefined) settings.resultExpires = milliseconds(resultExpires, "resultExpires");
  if (deadLetterExpires !== undefined) settings.deadLetterExpires = readLimit(deadLetterExpires, "deadLetterExpires");
  const once = readOnce(options);
  if (once) settings.once = once;
  if (options.codecs !== undefined) settings.codecs = readCodecs(options.codecs);
  const redact = options.redact === undefined ? undefined : readRedact(options.redact);
  if (redact) settings.redact = redact;
  if (options.permissions !== undefined) settings.permissions = readPermissions(options.permissions);
  checkLimits(settings);
  checkSequence(settings);
  checkBatch(settings);
  return Object.freeze(settings);
}

function refuseTwice(name: string, other: string, value: unknown): void {
  if (value !== undefined) throw new InvalidInput(name, `${name} and ${other} say the same: give one of them`);
}

const taskOptionNames: readonly (keyof AnyTaskOptions)[] = [
  "bind",
  "queue",
  "priority",
  "lifo",
  "rateLimit",
  "concurrency",
  "sequence",
  "batch",
  "expires",
  "timeouts",
  "maxRetries",
  "retryDelay",
  "retry",
  "retryFor",
  "dontRetryFor",
  "throws",
  "acks",
  "timeLimit",
  "softTimeLimit",
  "ignoreResult",
  "resultExpires",
  "keepLog",
  "deadLetterExpires",
  "schema",
  "resultSchema",
  "unique",
  "debounce",
  "throttle",
  "codecs",
  "redact",
  "permissions",
];
