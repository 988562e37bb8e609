/**
 * The result of a task that was sent over HTTP.
 *
 * @module
 */
import type { Revocation, RevokeOptions } from "../ports/control.ts";
import type { TaskState } from "../ports/task_record.ts";
import { durationText, milliseconds } from "../options/duration.ts";
import { codeOf, ResultTimeout, TaskExpired, TaskFailed, TaskRevoked, UnknownTaskId } from "../errors.ts";
import type { TaskView } from "../operations/task_view.ts";
import type { Json } from "../json.ts";
import type { ChangeAnswer, ChangeOptions } from "../options/change_options.ts";
import type { GetOptions } from "../results/result.ts";
import { Stoppable } from "../streams/stoppable.ts";
import { bodyOf } from "./body.ts";
import { type ClientRequest, pauseAfter, type Transport } from "./transport.ts";
import { type RemoteUpdate, remoteUpdates } from "./updates.ts";

/** What ends a request. */
export interface SignalOptions {
  /** Ends it when it is aborted: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** The longest that a server is asked to wait with its answer: proxies close what is silent for longer (ms). */
const longestWait = 25_000;
/** An answer may be so long on its way after the time that `get()` was given is over (ms). */
const grace = 2000;

/**
 * A handle on a task that was sent over HTTP: what is known of it, and its result once there is one.
 *
 * Everything may be refused by the server: then what it says is thrown, as an error of the class and `code` that the app
 * would throw. A server that cannot be reached is asked until the client's deadline, then `ServerUnavailable` is thrown.
 */
export class RemoteResult<Result = Json> {
  /** The task's id. */
  readonly id: string;
  /** Whether another task of that id was there already when this one was sent, and this one was not added. */
  readonly existed: boolean;
  readonly #transport: Transport;

  /** Made by sending a task, or from its id by `client.result(id)`. */
  constructor(id: string, transport: Transport, existed = false) {
    this.id = id;
    this.existed = existed;
    this.#transport = transport;
  }

  /** All that is known of the task; `undefined` when nothing is. */
  async record({ signal }: SignalOptions = {}): Promise<TaskView | undefined> {
    try {
      return await this.#send({ signal }) as TaskView;
    } catch (error) {
      if (codeOf(error) === "unknown_id") return undefined;
      throw error;
    }
  }

  /** What has become of it. @throws {UnknownTaskId} */
  async state(options?: SignalOptions): Promise<TaskState> {
    const record = await this.record(options);
    if (record) return record.state;
    throw new UnknownTaskId(`Nothing is known of task ${this.id}`);
  }

  /**
   * Waits until the task has ended.
   *
   * @returns What its handler returned, as JSON brings it; `null` when results are ignored.
   * @throws {TaskFailed} With what the handler threw.
   * @throws {TaskRevoked} When it was revoked.
   * @throws {TaskExpired} When its `expires` passed before it could be started.
   * @throws {ResultTimeout} When `timeout` passed; the task goes on.
   * @throws {UnknownTaskId} When nothing is known of it.
   */
  async get(options?: GetOptions): Promise<Result> {
    const { state, result = null, error } = await this.wait(options);
    switch (state) {
      case "SUCCESS":
        return result as Result;
      case "FAILURE":
        throw new TaskFailed(this.id, error ?? { type: "Error", message: "its error was not kept" });
      case "REVOKED":
        throw new TaskRevoked(`Task ${this.id} was revoked`);
      default:
        throw new TaskExpired(`Task ${this.id} expired before a worker could start it`);
    }
  }

  /**
   * Waits until the task has ended, and returns what is known of it whatever came of it.
   *
   * @throws {ResultTimeout} When `timeout` passed; the task goes on.
   * @throws {UnknownTaskId} When nothing is known of it.
   */
  async wait({ timeout, signal }: GetOptions = {}): Promise<TaskView> {
    const { clock } = this.#transport;
    const limit = timeout === undefined ? Infinity : milliseconds(timeout, "timeout");
    const until = clock.now() + limit;
    for (let hasty = 0;;) {
      const asked = clock.now();
      const left = until - asked;
      const wait = Math.max(0, Math.min(left, longestWait));
      try {
        const query = `?wait=${Math.round(wait)}ms`;
        const view = await this.#send({ query, wait, within: left + grace, signal }) as TaskView;
        if (view.ended) return view;
      } catch (cause) {
        if (codeOf(cause) !== "server_unavailable" || clock.now() < until) throw cause;
        throw new ResultTimeout(`Task ${this.id} was not heard of within ${durationText(limit)}`, { cause });
      }
      if (clock.now() >= until) throw new ResultTimeout(`Task ${this.id} has not ended within ${durationText(limit)}`);
      // A server that waits less than it was asked to, since it stops or was told so, is not asked all the time.
      hasty = clock.now() - asked < wait / 2 ? hasty + 1 : 0;
      if (hasty > 0) await clock.sleep(Math.min(pauseAfter(hasty), until - clock.now()), signal);
    }
  }

  /**
   * What is new about the task, as it comes: its states, its progress and what its handler says, from what is known now
   * to its end. A stream that breaks is opened again and goes on where it was. The state that ends the task comes last.
   *
   * @param options `signal`: ends it when aborted, and its reason is thrown; `return()` and `break` end it quietly.
   * @throws {UnknownTaskId} While iterating, when nothing is known of it.
   */
  updates({ signal }: SignalOptions = {}): AsyncIterableIterator<RemoteUpdate> {
    return new Stoppable((stop) => remoteUpdates(this.id, this.#transport, stop), signal);
  }

  /**
   * Revokes it: while it waits it is never run, while it runs it is told by its signal; with `terminate` its run is over
   * at once, with `tree` what it sent as its children is revoked too.
   */
  async revoke({ terminate, tree, signal }: RevokeOptions & SignalOptions = {}): Promise<Revocation> {
    const query = `?terminate=${terminate ?? false}&tree=${tree ?? false}`;
    return await this.#outcome({ method: "DELETE", query, signal }, { done: "revoked", already_ended: "ended" });
  }

  /**
   * Changes it while it waits, also for its time or a retry: its priority, delay, arguments, queue and more.
   *
   * @returns `running` when a worker holds it: then it stays as it is.
   * @throws {InvalidInput} When an option breaks its rule, or the arguments do not fit the task's schema.
   */
  async change({ signal, ...options }: ChangeOptions & SignalOptions): Promise<ChangeAnswer> {
    return await this.#outcome({ method: "PATCH", body: bodyOf(options), signal }, {
      done: "changed",
      running: "running",
      already_exists: "exists",
      already_ended: "ended",
    });
  }

  /** Makes it due, should it wait for its time or a retry. */
  async promote(options?: SignalOptions): Promise<ChangeAnswer> {
    return await this.change({ countdown: 0, ...options });
  }

  /** What became of a request, by the code that says so. */
  async #outcome<Outcome extends string>(
    request: TaskRequest,
    { done, ...others }: { readonly done: Outcome; readonly [code: string]: Outcome },
  ): Promise<Outcome | "unknown"> {
    try {
      await this.#send(request);
      return done;
    } catch (error) {
      const outcome = { unknown_id: "unknown" as const, ...others }[codeOf(error) ?? ""];
      if (outcome === undefined) throw error;
      return outcome;
    }
  }

  async #send({ query = "", ...request }: TaskRequest): Promise<unknown> {
    return await this.#transport.send({ ...request, path: `/tasks/${encodeURIComponent(this.id)}${query}` });
  }
}

/** A request about this task. */
type TaskRequest = Omit<ClientRequest, "path"> & { readonly query?: string };
