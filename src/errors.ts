/**
 * Every error a caller may want to catch. Misuse that a program cannot handle throws the built-in `TypeError` or
 * `RangeError`; a class stands here only where somebody catches it. Each has a stable `code`, which the HTTP API
 * repeats.
 *
 * @module
 */
import type { ErrorInfo } from "./error_info.ts";

/** What every error of Umbel's own has in common: a stable code. */
export abstract class UmbelError extends Error {
  /** Stable, for programs: never translated, never reworded. */
  abstract readonly code: string;

  /** Makes the error with its sentence, and with its cause where there is one. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The stable code of one of Umbel's errors, whichever copy of the package made it. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** An argument or option that breaks a rule: the message names the field, the rule and the value. */
export class InvalidInput extends UmbelError {
  /** Stable, for programs. */
  override readonly code: "invalid_input" | "schema_mismatch" = "invalid_input";
  /** Which argument or option, as a path: `args[0].when`, `countdown`, `queue`. */
  readonly field: string;

  /** Makes the error for the field of that path. */
  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}

/**
 * Arguments or a result that do not fit the task's schema; `field` is the path. Sending throws it; a task whose
 * arguments or result turn out so when it runs fails with it, and is not tried again.
 */
export class SchemaMismatch extends InvalidInput {
  /** Stable, for programs. */
  override readonly code = "schema_mismatch";
}

/** A message or a result larger than the limit. */
export class TooLarge extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "too_large";
  /** Its size in bytes of UTF-8. */
  readonly size: number;
  /** The limit in bytes. */
  readonly limit: number;

  /** Makes the error for a thing (`Message of task "add"`) of that size. */
  constructor(what: string, size: number, limit: number) {
    super(`${what} is too large: ${size} bytes, the limit is ${limit}`);
    this.size = size;
    this.limit = limit;
  }
}

/** A task name that the app does not know. */
export class UnknownTask extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "unknown_task";
}

/** A task id of which nothing is known: never sent, or its result has expired. */
export class UnknownTaskId extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "unknown_id";
}

/** The broker could not be reached within the deadline, after every repetition; `cause` is the last failure. */
export class BrokerUnavailable extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "broker_unavailable";
}

/** The broker answered, but refused what was asked: a wrong token, a full database, a script it cannot run. */
export class BrokerRefused extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "broker_refused";
}

/** What became of a call. */
export interface SentCall {
  /** The id of the task that is there: the call's own, or that of the one which is the same. */
  readonly id: string;
  /** `added`, or why not: another of its id or unique key `exists`, or its queue is `full`. */
  readonly status: "added" | "exists" | "full";
}

/** A call that was not sent, since its queue holds as many messages as it may: try again later. */
export class QueueFull extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "queue_full";
  /** The queue. */
  readonly queue: string;
  /** What became of all calls that were sent together, in their order. */
  readonly calls: readonly SentCall[];

  /** Makes the error with its sentence. */
  constructor(message: string, { queue, calls }: { readonly queue: string; readonly calls: readonly SentCall[] }) {
    super(message);
    this.queue = queue;
    this.calls = calls;
  }
}

/** A call that was not sent, since its task is unique, says `on: "reject"`, and there is another that is the same. */
export class AlreadyExists extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "already_exists";
  /** The id of the task that is there. */
  readonly id: string;
  /** What became of all calls that were sent together, in their order. */
  readonly calls: readonly SentCall[];

  /** Makes the error with its sentence. */
  constructor(message: string, { id, calls }: { readonly id: string; readonly calls: readonly SentCall[] }) {
    super(message);
    this.id = id;
    this.calls = calls;
  }
}

/** A call under an idempotency key under which something else was called before. */
export class IdempotencyMismatch extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "idempotency_mismatch";
}

/** `get()` waited as long as it was told to and the task has not ended. The task goes on. */
export class ResultTimeout extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "result_timeout";
}

/**
 * Arguments, a result or an error that went through codecs and cannot be read here: a codec or key that is not known, or
 * a payload that was changed.
 */
export class CannotDecode extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "cannot_decode";
  /** Whether it was changed on its way, or never was right: then nobody else can read it either. */
  readonly isDamaged: boolean;

  /** Makes the error with its sentence. */
  constructor(
    message: string,
    { isDamaged = false, ...options }: ErrorOptions & { readonly isDamaged?: boolean } = {},
  ) {
    super(message, options);
    this.isDamaged = isDamaged;
  }
}

/** A message that no key vouches for: it is unsigned, its signature is wrong, or too old. It is not run. */
export class SignatureRefused extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "signature_refused";
}

/** The store for large payloads did not take or give one; `cause` is what it threw. */
export class StoreFailed extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "store_failed";
}

/** The task ended in `FAILURE`: what its handler threw is in `info`. */
export class TaskFailed extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "task_failed";
  /** The task's id. */
  readonly id: string;
  /** What was thrown. */
  readonly info: ErrorInfo;

  /** Makes the error for the task of that id. */
  constructor(id: string, info: ErrorInfo) {
    super(`Task ${id} failed: ${info.type}: ${info.message}`);
    this.id = id;
    this.info = info;
  }
}

/** The task was revoked before it ended. */
export class TaskRevoked extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "task_revoked";
}

/** The task's `expires` had passed before a worker could start it. */
export class TaskExpired extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "task_expired";
}

/** The reason of a message that no worker survived: 3 workers died while they held it. */
export class WorkerLost extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "worker_lost";
}

/** The reason of a signal that was aborted because its worker stops: the task goes back to its queue. */
export class WorkerStopped extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "worker_stopped";
}

/** The worker's pool cannot run anything: its children do not start; `cause` says why. */
export class PoolFailed extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "pool_failed";
}

/** A run that took longer than its hard time limit. */
export class TimeLimitExceeded extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "time_limit_exceeded";
}

/** The reason of a signal that was aborted at the soft time limit: the handler has until the hard one to finish. */
export class SoftTimeLimitExceeded extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "soft_time_limit_exceeded";
}

/** More retries were asked for than the task allows; `cause` is what made it ask. */
export class MaxRetriesExceeded extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "max_retries_exceeded";
}
