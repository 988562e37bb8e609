/**
 * A task: a named handler and its options. What it is called with is typed by its handler.
 *
 * @module
 */
import type { TaskContext } from "./context.ts";
import { InvalidInput } from "../errors.ts";
import { checkTaskName } from "../message.ts";
import type { CallOptions } from "../options/call_options.ts";
import { type BatchCall, runAlone } from "../policies/batch.ts";
import type { AsyncResult } from "../results/result.ts";
import { callChecked } from "./schema.ts";
import { type Signature, signatureOf } from "./signature.ts";
import type { AnyTaskOptions } from "./task_options.ts";
import { readTaskOptions, type TaskSettings } from "./task_settings.ts";

/** What a result comes back as: JSON has no `undefined`, so a handler that returns nothing gives `null`. */
export type Stored<T> = T extends void | undefined ? null : T;

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
