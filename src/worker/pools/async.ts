/**
 * The usual pool: handlers share the worker's own thread, many at once.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { Context } from "../../tasks/context.ts";
import type { MiddlewareChain } from "../../middleware.ts";
import { InvalidInput } from "../../errors.ts";
import { isPromise } from "../../promise.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Wire } from "../../wire/wire.ts";
import { call } from "../runs/call.ts";
import { Judge } from "../runs/judge.ts";
import { classifyUnopened } from "../runs/opening.ts";
import type { Outcome } from "../runs/outcome.ts";
import { returned } from "../runs/returned.ts";
import type { Run } from "../runs/run.ts";
import type { Pool, PoolHost, PoolMaker } from "./pool.ts";

/** What such a pool is made of. */
export interface AsyncPoolOptions {
  /** The app's settings. */
  readonly config: Config;
  /** What stands around handlers. */
  readonly middleware: MiddlewareChain;
  /** Opens messages and encodes results; plain ones alone are run without it. */
  readonly wire?: Wire;
  /** The broker's time (ms). */
  readonly now: () => number;
  /**
   * How many tasks run at once.
   *
   * @default {1}
   */
  readonly size?: number;
  /**
   * Gives numbers from 0 to 1, for jitter.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/** Runs handlers where it is itself. */
export class AsyncPool implements Pool {
  readonly #options: AsyncPoolOptions;
  readonly #judge: Judge;
  #places: number;

  /** Of an app. */
  constructor(options: AsyncPoolOptions) {
    this.#options = options;
    this.#judge = new Judge(options);
    this.#places = options.size ?? 1;
  }

  /** As many as it was told. */
  get places(): number {
    return this.#places;
  }

  /** It is ready. */
  open(): Promise<void> {
    return Promise.resolve();
  }

  /** Has a handler run; it is over at once for one that returns no promise. */
  start(run: Run, task: TaskDefinition): void {
    const { wire } = this.#options;
    const { message } = run;
    if (!wire || !message.encoded) return this.#call(run, task);
    wire.records.openMessage(message).then(
      (opened) => {
        if (run.isOver) return;
        run.opened = opened;
        this.#call(run, task);
      },
      (thrown) => run.end(classifyUnopened(thrown, message, this.#judge.retryLimits(run, task.settings))),
    );
  }

  #call(run: Run, task: TaskDefinition): void {
    const { config, middleware, wire, now } = this.#options;
    const { settings } = task;
    const fail = (thrown: unknown) => run.end(this.#judge.judge(run, settings, thrown));
    const succeed = (value: unknown) => {
      let outcome: Outcome | Promise<Outcome>;
      try {
        outcome = returned(run, value, config.maxMessageSize, wire, now());
      } catch (thrown) {
        return fail(thrown);
      }
      if (isPromise(outcome)) outcome.then((later) => run.end(later), fail);
      else run.end(outcome);
    };
    let self: Context | undefined;
    if (settings.bind || settings.batch || middleware.runs) {
      run.retryLimits = this.#judge.retryLimits(run, settings);
      self = new Context(run);
    }
    let value: unknown;
    try {
      value = call(task, run, self, middleware);
      // Its `then` may be anything, too.
      if (isPromise(value)) return void value.then(succeed, fail);
    } catch (thrown) {
      return fail(thrown);
    }
    succeed(value);
  }

  /** A handler that does not look at its signal cannot be stopped here: it goes on, and nobody waits for it. */
  ended(_: Run): void {}

  /** So many at once. */
  resize(size: number): void {
    this.#places = size;
  }

  /** It has nothing to let go of. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The pool of a worker that names none. */
export const asyncPool: PoolMaker = { name: "async", usualSize: Infinity, make };

function make({ app, size, now }: PoolHost): Pool {
  const { config, middleware, wire, tasks } = app;
  const restricted = [...tasks.values()].find(({ settings }) => settings.permissions);
  if (restricted) {
    throw new InvalidInput(
      "permissions",
      `Task ${restricted.name} has permissions, which only the pool threads can keep: give the worker that one`,
    );
  }
  return new AsyncPool({ config, middleware, wire, now, size });
}
