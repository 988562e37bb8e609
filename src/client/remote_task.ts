/**
 * A task elsewhere, called over HTTP. What it takes and returns is typed by the task itself.
 *
 * @module
 */
import type { Json } from "../json.ts";
import type { CallOptions } from "../options/call_options.ts";
import type { Signature } from "../tasks/signature.ts";
import type { Stored, Task } from "../tasks/task.ts";
import type { RemoteResult, SignalOptions } from "./remote_result.ts";

/** What a task is typed by: a task, or a function that takes and returns what its handler does. */
export type TaskLike = Pick<Task, "name" | "settings"> | ((...args: never[]) => unknown);

/** The arguments of a task. */
export type ArgsOf<T extends TaskLike> = T extends Task<infer Args, infer _> ? Args
  : T extends (...args: infer Args) => unknown ? Args
  : never;

/** What the result of a task comes back as. */
export type ResultOf<T extends TaskLike> = T extends Task<infer _, infer Result> ? Result
  : T extends (...args: never[]) => infer Returned ? Stored<Awaited<Returned>>
  : never;

/** The options of a call over HTTP, with which it differs from others. */
export interface SendOptions extends
  Pick<
    CallOptions,
    | "id"
    | "countdown"
    | "eta"
    | "expires"
    | "timeouts"
    | "queue"
    | "priority"
    | "lifo"
    | "headers"
    | "ignoreResult"
    | "timeLimit"
    | "softTimeLimit"
    | "maxRetries"
    | "resultExpires"
    | "callback"
  >,
  SignalOptions {
  /**
   * Calls of the same task under the same key, with the same token, are one call. 1 to 255 printable ASCII characters; not
   * with `id`.
   *
   * @default {a new one for each call: so that its own repetitions are one}
   */
  readonly idempotencyKey?: string;
}

/** The options of each of several calls that are sent together. */
export type EachSendOptions = Omit<SendOptions, keyof SignalOptions | "idempotencyKey">;

/** What a task needs of its client. */
export interface RemoteSender {
  /** Sends a call. */
  send<Result>(call: Signature<Result>, options?: SendOptions): Promise<RemoteResult<Result>>;
  /** A handle on the task of that id. */
  result<Result>(id: string): RemoteResult<Result>;
}

/** A task elsewhere; made by `client.task`. */
export class RemoteTask<Args extends unknown[] = Json[], Result = Json> {
  /** By this name it is called. */
  readonly name: string;
  readonly #sender: RemoteSender;

  /** See `client.task`. */
  constructor(name: string, sender: RemoteSender) {
    this.name = name;
    this.#sender = sender;
  }

  /** Sends a call with these arguments. */
  delay(...args: Args): Promise<RemoteResult<Result>> {
    return this.applyAsync(args);
  }

  /** Sends a call with these arguments and options. */
  async applyAsync(args: Args, options?: SendOptions): Promise<RemoteResult<Result>> {
    return await this.#sender.send<Result>(this.call(args), options);
  }

  /** A handle on a call that was sent before, by its id. */
  result(id: string): RemoteResult<Result> {
    return this.#sender.result(id);
  }

  /** A call with these arguments and options, not made yet: for `client.sendMany`. */
  call(args: Args, options?: EachSendOptions): Signature<Result> {
    return { task: this.name, args: args as Json[], ...(options ? { options } : {}) };
  }
}
