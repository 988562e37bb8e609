/**
 * The options of a task once they are checked.
 *
 * @module
 */
import { type CallbackSettings, readCallback } from "../callbacks/callback.ts";
import { milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { checkTimeLimits, readTimeouts } from "../options/timeouts.ts";
import { readBoolean, readLimit, readMaxRetries, readPriority } from "../options/values.ts";
import { readAcks } from "../policies/at_most_once.ts";
import { readRetryPolicy, type RetrySettings } from "../policies/backoff.ts";
import { type BatchSettings, checkBatch, readBatch } from "../policies/batch.ts";
import { type ConcurrencySettings, readConcurrency } from "../policies/concurrency.ts";
import { type ErrorTest, readErrorFilter } from "../policies/error_filter.ts";
import { readOnce } from "../policies/once.ts";
import { type PermissionSet, readPermissions } from "../policies/permissions.ts";
import { type RateLimitSettings, readRateLimit } from "../policies/rate_limit.ts";
import { readRedact, type RedactSettings } from "../policies/redact.ts";
import { checkSequence, readSequence, type SequenceSettings } from "../policies/sequence.ts";
import type { UniqueSettings } from "../policies/unique.ts";
import { readSchema, type StandardSchema } from "./schema.ts";
import type { AnyTaskOptions } from "./task_options.ts";
import { type Codecs, readCodecs } from "../wire/codec.ts";

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
  /** Where it is told what a call came to. */
  readonly callback?: CallbackSettings | false;
  /** What is kept out of logs and views. */
  readonly redact?: RedactSettings;
  /** What its handler may reach. */
  readonly permissions?: PermissionSet;
}

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** Reads and checks them. */
export function readTaskOptions(options: AnyTaskOptions): TaskSettings {
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
  if (options.callback !== undefined) settings.callback = readCallback(options.callback);
  const redact = options.redact === undefined ? undefined : readRedact(options.redact);
  if (redact) settings.redact = redact;
  if (options.permissions !== undefined) settings.permissions = readPermissions(options.permissions);
  checkTimeLimits(settings);
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
  "callback",
  "redact",
  "permissions",
];
