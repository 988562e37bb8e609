/**
 * What a handler gets that was declared with `bind: true`: Celery's `self`.
 *
 * @module
 */
import { isFinal, type TaskState } from "../ports/task_record.ts";
import { InvalidInput, TooLarge } from "../errors.ts";
import { byteLength, fits, type Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import type { TaskLogger } from "../log.ts";
import type { Attempt, Message } from "../message.ts";
import { show } from "../options/values.ts";
import { type Retry, type RetryLimits, type RetryOptions, retryOrGiveUp } from "../policies/retry.ts";

/** What a handler knows of its own run, and may say about it. */
export interface TaskContext {
  /** The task's id. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
  /** The arguments. */
  readonly args: readonly Json[];
  /** The queue that the message came from. */
  readonly queue: string;
  /** How often the task has been tried again so far: 0 in its first run. */
  readonly retries: number;
  /** The most retries it may have; `null` for no limit. */
  readonly maxRetries: number | null;
  /** How many workers died while they held the message. */
  readonly deaths: number;
  /** Its runs so far, the last 10, once one of them was tried again. */
  readonly attempts: readonly Attempt[];
  /** What the caller wanted the handler to see. */
  readonly headers: { readonly [name: string]: Json };
  /** The first task of the tree that this one belongs to: its own id when it is the first. */
  readonly rootId: string;
  /** The task whose handler sent this one. */
  readonly parentId: string | undefined;
  /**
   * Aborted when the run is to end: `TaskRevoked`, `SoftTimeLimitExceeded`, `TimeLimitExceeded`, `WorkerLost` when the
   * lease is gone, `WorkerStopped` when the worker's grace is over. Hand it to `fetch` and the like.
   */
  readonly signal: AbortSignal;
  /**
   * Says things: `self.log("half way")`, `self.log.warning(…)`. They go to the worker's log, with the task's name and id,
   * and the last of them are kept with the task, unless `keepLog` is off.
   */
  readonly log: TaskLogger;
  /**
   * Tells a state of one's own, and something about it. Written at most once a second, however often it is called; what
   * was told last is in the record when the task ends.
   *
   * @throws {InvalidInput} When the state is no word in capitals, or one that ends the task.
   * @throws {TooLarge} When the JSON of `meta` takes more than 65,536 bytes: what is large is a result, or lies elsewhere.
   */
  updateState(state: TaskState, meta?: Json): void;
  /**
   * Tells how far it is, as Celery's users do: the state `PROGRESS`, and `{ current, total, note }` as its meta.
   *
   * @param done How much is done.
   * @param total Of how much.
   * @param note What is being done.
   * @throws {InvalidInput} When a number is none, or is not finite.
   * @throws {TooLarge} When that takes more than 65,536 bytes of JSON.
   */
  progress(done: number, total?: number, note?: string): void;
  /**
   * Takes down the span of this run, as a W3C `traceparent`: a later try finds it among its `attempts`. For those who
   * trace, as `@umbel/umbel/opentelemetry` does.
   */
  tracedAs(span: string): void;
  /**
   * Asks for another try: `throw self.retry({ countdown: 10 })`.
   *
   * @returns What is to be thrown. Once no retry is left that is the `error` if one is given, else `MaxRetriesExceeded`.
   */
  retry(options?: RetryOptions): Retry | Error;
}

/** What a context shows of a run. */
export interface ContextSource {
  /** What is run. */
  readonly message: Message;
  /** The same with its arguments and headers, where they had gone through codecs. */
  readonly opened?: Message;
  /** How many workers died while they held the message. */
  readonly deaths: number;
  /** What its retries are bounded by. */
  readonly retryLimits: RetryLimits;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Says things with the task's name and id. */
  readonly log: TaskLogger;
  /** The span of the run. */
  span?: string | undefined;
  /** Whether the handler has made a retry: one that it does not throw comes to nothing. */
  hasMadeRetry?: boolean;
  /** Takes a state and what is told of it. */
  report(state: TaskState, meta: Json | undefined): void;
}

/** The largest that a handler tells of itself (bytes of JSON): it is written again and again while it runs. */
const mostOfMeta = 65_536;

/** The context of a run. */
export class Context implements TaskContext {
  readonly #run: ContextSource;

  /** Shows this run. */
  constructor(run: ContextSource) {
    this.#run = run;
  }

  /** The task's id. */
  get id(): string {
    return this.#run.message.id;
  }

  /** The name of the task. */
  get task(): string {
    return this.#run.message.task;
  }

  /** The arguments. */
  get args(): readonly Json[] {
    return (this.#run.opened ?? this.#run.message).args;
  }

  /** The queue. */
  get queue(): string {
    return this.#run.message.queue;
  }

  /** How often the task has been tried again. */
  get retries(): number {
    return this.#run.message.retries;
  }

  /** The most retries. */
  get maxRetries(): number | null {
    return this.#run.retryLimits.maxRetries;
  }

  /** How many workers died. */
  get deaths(): number {
    return this.#run.deaths;
  }

  /** Its runs so far. */
  get attempts(): readonly Attempt[] {
    return this.#run.message.attempts ?? [];
  }

  /** What the caller wanted the handler to see. */
  get headers(): { readonly [name: string]: Json } {
    return (this.#run.opened ?? this.#run.message).headers ?? {};
  }

  /** The first task of the tree. */
  get rootId(): string {
    return this.#run.message.rootId ?? this.id;
  }

  /** The task whose handler sent this one. */
  get parentId(): string | undefined {
    return this.#run.message.parentId;
  }

  /** Aborted when the run is to end. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Says things with the task's name and id. */
  get log(): TaskLogger {
    return this.#run.log;
  }

  /** Tells a state of one's own. */
  updateState(state: TaskState, meta?: Json): void {
    if (typeof state !== "string" || !/^[A-Z][A-Z0-9_]{0,63}$/.test(state) || isFinal(state)) {
      throw new InvalidInput(
        "state",
        `state must be a word in capitals that does not end the task, and it is ${JSON.stringify(state)}`,
      );
    }
    this.#report(state, meta);
  }

  /** Tells how far it is. */
  progress(done: number, total?: number, note?: string): void {
    checkFinite("done", done);
    if (total !== undefined) checkFinite("total", total);
    if (note !== undefined && typeof note !== "string") {
      throw new InvalidInput("note", `note must be text, and it is ${show(note)}`);
    }
    this.#report("PROGRESS", {
      current: done,
      ...(total === undefined ? {} : { total }),
      ...(note === undefined ? {} : { note }),
    });
  }

  #report(state: TaskState, meta: Json | undefined): void {
    if (meta === undefined) return this.#run.report(state, undefined);
    const json = toJson(meta, "meta");
    // A turn that no broker takes would hold up all others.
    if (!fits(json, mostOfMeta)) throw new TooLarge(`The meta of state ${state}`, byteLength(json), mostOfMeta);
    this.#run.report(state, JSON.parse(json));
  }

  /** Takes down the span of this run. */
  tracedAs(span: string): void {
    this.#run.span = span;
  }

  /** Asks for another try. */
  retry(options?: RetryOptions): Retry | Error {
    this.#run.hasMadeRetry = true;
    return retryOrGiveUp(this.#run.message, this.#run.retryLimits, options);
  }
}

function checkFinite(field: string, value: unknown): void {
  if (Number.isFinite(value)) return;
  throw new InvalidInput(field, `${field} must be a number, and it is ${show(value)}`);
}
