/**
 * The result of a task that was sent.
 *
 * @module
 */
import type { Revocation, RevokeOptions } from "../ports/control.ts";
import { isFinal, type TaskRecord, type TaskState } from "../ports/task_record.ts";
import type { ChangeAnswer, ChangeOptions } from "../options/change_options.ts";
import { type Duration, durationText, milliseconds } from "../options/duration.ts";
import { ResultTimeout, TaskExpired, TaskFailed, TaskRevoked } from "../errors.ts";
import { Stoppable } from "../streams/stoppable.ts";
import { type TaskUpdate, updatesOf } from "./updates.ts";
import { revokeTasks } from "../operations/revoking.ts";
import { unknownId, type Waits } from "./waits.ts";

/** How to wait. */
export interface GetOptions {
  /**
   * How long to wait before `ResultTimeout`.
   *
   * @default {for ever}
   */
  readonly timeout?: Duration;
  /** Ends the waiting when it is aborted: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** How a handle came to be. */
export interface HandleOptions {
  /** Whether the broker has confirmed the task: then nobody needs to ask whether it knows the id. */
  readonly confirmed?: boolean;
  /** Whether another task of that id was there already, and this one was not added. */
  readonly existed?: boolean;
}

/**
 * A handle on a task that was sent: its state, and its result once there is one.
 *
 * An id of which nothing is known is an error everywhere, `UnknownTaskId`: never sent, or its record has expired.
 */
export class AsyncResult<Result = unknown> {
  /** The task's id. */
  readonly id: string;
  /** Whether another task of that id was there already when this one was sent, and this one was not added. */
  readonly existed: boolean;
  readonly #waits: Waits;
  #confirmed: boolean;
  #ended: TaskRecord | undefined;

  /** Made by sending a task, or from its id by `app.result(id)`. */
  constructor(id: string, waits: Waits, { confirmed = false, existed = false }: HandleOptions = {}) {
    this.id = id;
    this.existed = existed;
    this.#waits = waits;
    this.#confirmed = confirmed;
  }

  /** All that is known of the task; `undefined` when nothing is. What needs a key that is not here stays encoded. */
  async record(): Promise<TaskRecord | undefined> {
    const record = await this.#fetch();
    return record && await this.#waits.wire.records.openRecord(record);
  }

  async #fetch(): Promise<TaskRecord | undefined> {
    if (this.#ended) return this.#ended;
    const [record] = await this.#waits.fetch([this.id]);
    if (record) this.#remember(record);
    return record;
  }

  /** What has become of it. @throws {UnknownTaskId} */
  async state(): Promise<TaskState> {
    return (await this.#known()).state;
  }

  /** Whether it has ended, however it did. @throws {UnknownTaskId} */
  async ready(): Promise<boolean> {
    return isFinal(await this.state());
  }

  /**
   * Waits until the task has ended.
   *
   * @returns What its handler returned, as JSON or its codecs brought it; `null` when results are ignored.
   * @throws {TaskFailed} With what the handler threw.
   * @throws {TaskRevoked} When it was revoked.
   * @throws {TaskExpired} When its `expires` passed before it could be started.
   * @throws {ResultTimeout} When `timeout` passed; the task goes on.
   * @throws {UnknownTaskId} When nothing is known of it.
   * @throws {CannotDecode} When the result went through a codec or key that is not known here.
   * @throws {StoreFailed} When it lies in the app's store, which does not give it.
   */
  async get(options?: GetOptions): Promise<Result> {
    const ended = await this.#wait(options);
    if (ended.state === "SUCCESS") return (await this.#waits.wire.records.openResult(ended) ?? null) as Result;
    const record = await this.#waits.wire.records.openRecord(ended);
    switch (record.state) {
      case "FAILURE":
        throw new TaskFailed(this.id, record.error ?? { type: "Error", message: "its error was not kept" });
      case "REVOKED":
        throw new TaskRevoked(`Task ${this.id} was revoked${because(record)}`);
      default:
        throw new TaskExpired(`Task ${this.id} expired before a worker could start it`);
    }
  }

  /**
   * Waits until the task has ended, and returns its record whatever came of it.
   *
   * @throws {ResultTimeout} When `timeout` passed; the task goes on.
   * @throws {UnknownTaskId} When nothing is known of it.
   */
  async wait(options?: GetOptions): Promise<TaskRecord> {
    return await this.#waits.wire.records.openRecord(await this.#wait(options));
  }

  async #wait({ timeout, signal }: GetOptions = {}): Promise<TaskRecord> {
    const limit = timeout === undefined ? undefined : milliseconds(timeout, "timeout");
    signal?.throwIfAborted();
    if (!this.#ended && !this.#confirmed) {
      const record = await this.#known();
      signal?.throwIfAborted();
      if (isFinal(record.state)) return record;
    }
    const ended = this.#ended ?? await this.#waits.wait(this.id, limit, signal);
    if (ended) return this.#remember(ended);
    throw new ResultTimeout(`Task ${this.id} has not ended within ${durationText(limit!)}`);
  }

  /**
   * What is new about the task, as it comes: its states, its progress and what its handler says, from what is known now
   * to its end. By signals, from whatever machine it runs on; should they get lost, by asking with growing pauses of 1 to
   * 15 s. The state that ends it comes last, always.
   *
   * @param options `signal`: ends it when aborted, and its reason is thrown; `return()` and `break` end it quietly.
   * @throws {UnknownTaskId} While iterating, when nothing is known of it.
   */
  updates({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<TaskUpdate> {
    return new Stoppable((stop) => updatesOf(this.id, this.#waits, stop), signal);
  }

  /**
   * Revokes it: while it waits it is never run, while it runs it is told by its signal; with `terminate` its run is over
   * at once, with `tree` what it sent as its children is revoked too.
   */
  async revoke(options?: RevokeOptions): Promise<Revocation> {
    return (await revokeTasks(this.#waits, [this.id], options))[0]!;
  }

  /**
   * Changes it while it waits, also for its time or a retry: its priority, delay, arguments, queue and more.
   *
   * @returns `running` when a worker holds it: then it stays as it is.
   * @throws {InvalidInput} When an option breaks its rule, or the arguments do not fit the task's schema.
   */
  async change(options: ChangeOptions): Promise<ChangeAnswer> {
    return (await this.#waits.change(this.id, options))[0]!;
  }

  /** Makes it due, should it wait for its time or a retry. */
  async promote(): Promise<ChangeAnswer> {
    return await this.change({ countdown: 0 });
  }

  /** Keeps what stays as it is. What has failed does not: a dead letter may be sent again. */
  #remember(record: TaskRecord): TaskRecord {
    if (!isFinal(record.state)) this.#confirmed = true;
    else if (record.state !== "FAILURE") this.#ended = record;
    return record;
  }

  async #known(): Promise<TaskRecord> {
    const record = await this.#fetch();
    if (record) return record;
    throw unknownId(this.id);
  }
}

function because({ reason, replacedBy }: TaskRecord): string {
  if (reason === "replaced") return `: task ${replacedBy} took its place`;
  return reason === "queue_full" ? ": its queue was full" : "";
}
