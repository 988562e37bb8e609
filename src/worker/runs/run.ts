/**
 * One delivery in a worker's hands, from its arrival until it is handed in.
 *
 * @module
 */
import type { Delivery, Lease, Settlement } from "../../ports/turn.ts";
import type { TaskState } from "../../ports/task_record.ts";
import type { ContextSource } from "../../tasks/context.ts";
import { SoftTimeLimitExceeded, TaskRevoked, TimeLimitExceeded } from "../../errors.ts";
import type { Json } from "../../json.ts";
import { durationText } from "../../options/duration.ts";
import type { KeptLog, LogLevel, TaskLogger } from "../../log.ts";
import type { Message } from "../../message.ts";
import { LogKeeper } from "../../policies/kept_log.ts";
import type { RetryLimits } from "../../policies/retry.ts";
import type { Limited } from "../../policies/time_limit.ts";
import type { Encoded } from "../../wire/encoded.ts";
import type { Batch } from "./batch.ts";
import type { Outcome } from "./outcome.ts";

/** Who runs it. */
export interface Runner {
  /** Hears of the outcome, once. */
  ended(run: Run, outcome: Outcome): void;
  /** Hears what the handler came to after that: it does not count. */
  late(run: Run, outcome: Outcome): void;
  /** Hears that the handler is about to be called. */
  began(run: Run): void;
  /** Hears that the handler told something. */
  told(run: Run): void;
  /** A logger for this run. */
  logFor(run: Run): TaskLogger;
}

/** One delivery in a worker's hands. */
export class Run implements ContextSource, Limited {
  /** The delivery's lease. */
  readonly lease: Lease;
  /** What is run, as it came: what is told to the broker is made of it. */
  readonly message: Message;
  /** The same with its arguments and headers, once they are read. */
  opened: Message;
  /** How many workers died while they held the message. */
  readonly deaths: number;
  /** When it arrived (ms, this machine's time). */
  readonly takenAt: number;
  /** Those that are handed to the handler with it. */
  batch: Batch | undefined;
  /** Whether it runs now. */
  isRunning = false;
  /** Whether its handler was called, or what stands around it. */
  hasBegun = false;
  /** Whether it has an outcome, or needs none any more. */
  isOver = false;
  /** Whether its task was revoked: whatever it comes to does not count. */
  isRevoked = false;
  /** When its handler was started (ms, the broker's time). */
  startedAt: number | undefined;
  /** Whether the broker was told that it runs. */
  isReported = false;
  /** Whether the handler has made a retry. */
  hasMadeRetry = false;
  /** Whether there is something new to tell. */
  hasNews = false;
  /** When the broker was last told of it (ms, this machine's time). */
  toldAt = -Infinity;
  /** The state that the handler told. */
  state: TaskState = "STARTED";
  /** What the handler told. */
  meta: Json | undefined;
  /** Whether what its handler says is kept with the task. */
  keepsLog = false;
  /** It is not run again when its worker dies. */
  isAtMostOnce = false;
  /** Neither its result nor its error is kept. */
  ignoreResult = false;
  /** How long its record stays (ms). */
  keepFor = 0;
  /** How long it stays when it fails for good (ms). */
  keepLetterFor = 0;
  /** What its retries are bounded by. */
  retryLimits: RetryLimits = noRetries;
  /** Tells what an error comes to; it fails the task when nobody says otherwise. */
  judge: ((thrown: unknown) => Outcome) | undefined;
  /** Its arguments and its result are kept out of logs. */
  isPrivate = false;
  /** What codecs made of its result. */
  encodedResult: Encoded | undefined;
  /** Its span, where it is traced. */
  span: string | undefined;
  /** What the broker is to be told, once it is over. */
  settlement: Settlement | undefined;
  /** About how many characters the settlement takes. */
  size = 0;
  readonly #runner: Runner;
  #log: TaskLogger | undefined;
  #keeper: LogKeeper | undefined;
  #controller: AbortController | undefined;
  #reason: unknown;

  /** A delivery that has just arrived. */
  constructor({ lease, message, deaths }: Delivery, runner: Runner, takenAt: number) {
    this.lease = lease;
    this.message = message;
    this.opened = message;
    this.deaths = deaths;
    this.takenAt = takenAt;
    this.#runner = runner;
  }

  /** Made only for a handler that asks for it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Says things with the task's name and id. */
  get log(): TaskLogger {
    return this.#log ??= this.#runner.logFor(this);
  }

  /** What is kept of what was said in this run and in those before it. */
  get keptLog(): KeptLog | undefined {
    return this.#keeper?.kept ?? this.message.log;
  }

  /** Keeps a line that the handler said. */
  keep(at: number, level: LogLevel, message: string): void {
    if (this.isOver) return;
    this.#keeper ??= new LogKeeper(this.opened.log);
    this.#keeper.add({ at, level, message });
    this.#tell();
  }

  #tell(): void {
    this.hasNews = true;
    this.#runner.told(this);
  }

  /** Its handler is about to be called. */
  begin(): void {
    this.hasBegun = true;
    this.#runner.began(this);
  }

  /** Takes what the handler tells. What it tells after its end is nobody's business. */
  report(state: TaskState, meta: Json | undefined): void {
    if (this.isOver) return;
    this.state = state;
    this.meta = meta;
    this.#tell();
  }

  /** Whether anybody still wants it to go on. */
  get isWanted(): boolean {
    return !this.isOver && !this.isRevoked;
  }

  /** Ends it: the first outcome counts, whatever the handler does later. */
  end(outcome: Outcome): void {
    if (this.isOver) return this.#runner.late(this, outcome);
    this.isOver = true;
    this.#runner.ended(this, this.isRevoked && outcome.kind !== "revoked" ? { kind: "revoked" } : outcome);
    this.batch?.leave(this);
  }

  /** Tells the handler that its run is to end. */
  abort(reason: unknown): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  /** Its task was revoked: its handler is told, and may clean up; to terminate it, it is over at once. */
  revoke(terminate: boolean): void {
    if (this.isOver) return;
    this.isRevoked = true;
    this.abort(new TaskRevoked(`Task ${this.message.id} was revoked`));
    if (!this.isRunning) this.end({ kind: "revoked" });
    else if (terminate) this.end({ kind: "revoked", terminated: true });
  }

  /** Its lease is gone, or the worker stops: the outcome is of no interest any more. */
  drop(reason: unknown): void {
    this.isOver = true;
    this.abort(reason);
    this.batch?.leave(this);
  }

  /** It may still finish until the hard limit. */
  softLimit(limit: number): void {
    const { id } = this.message;
    this.abort(new SoftTimeLimitExceeded(`Task ${id} reached its soft time limit of ${durationText(limit)}`));
  }

  /** It counts as failed, even if its handler does not stop. */
  hardLimit(limit: number): void {
    const thrown = new TimeLimitExceeded(`Task ${this.message.id} reached its time limit of ${durationText(limit)}`);
    this.abort(thrown);
    this.end(this.judge?.(thrown) ?? { kind: "failed", thrown });
  }
}

/** What bounds a run that nobody asks about retries. */
const noRetries: RetryLimits = { maxRetries: null, nextDelay: () => 0 };
