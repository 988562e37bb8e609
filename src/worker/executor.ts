/**
 * The life of a task in a worker, from top to bottom: may it run, which task is it, run it, and classify what it came
 * to. No I/O in here.
 *
 * @module
 */
import type { Config } from "../config.ts";
import { Context } from "../context.ts";
import { TooLarge } from "../errors.ts";
import { byteLength, fits, toJson } from "../json.ts";
import type { MiddlewareChain } from "../middleware.ts";
import { givenUp } from "../policies/at_most_once.ts";
import { type RetryLimits, retryLimits } from "../policies/retry.ts";
import type { TimeLimits } from "../policies/time_limit.ts";
import { isPromise } from "../promise.ts";
import type { TaskDefinition, TaskSettings } from "../task.ts";
import { call } from "./call.ts";
import { classify } from "./classify.ts";
import type { Outcome } from "./outcome.ts";
import type { Run } from "./run.ts";

/** What an executor is made of. */
export interface ExecutorOptions {
  /** The tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** The app's settings. */
  readonly config: Config;
  /** What stands around handlers. */
  readonly middleware: MiddlewareChain;
  /** Watches over time limits. */
  readonly limits: TimeLimits;
  /** The broker's time. */
  readonly now: () => number;
  /**
   * Gives numbers from 0 to 1, for jitter.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/** Runs deliveries. */
export class Executor {
  readonly #options: ExecutorOptions;

  /** An executor of these tasks. */
  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Runs a delivery; it is over at once for a handler that returns no promise. */
  execute(run: Run): void {
    const task = this.#options.tasks.get(run.message.task);
    this.#prepare(run, task);
    const refused = this.#refuse(run);
    if (refused) return run.end(refused);
    if (!task) return run.end({ kind: "unknown" });
    this.#start(run, task);
  }

  #prepare(run: Run, task: TaskDefinition | undefined): void {
    const { config } = this.#options;
    const { message } = run;
    run.isAtMostOnce = task?.settings.isAtMostOnce ?? false;
    run.ignoreResult = message.ignoreResult ?? task?.settings.ignoreResult ?? config.ignoreResult;
    run.keepsLog = task?.settings.keepLog ?? config.keepLog;
    run.keepFor = message.resultExpires ?? task?.settings.resultExpires ?? config.resultExpires;
    run.keepLetterFor = task?.settings.deadLetterExpires ?? config.deadLetterExpires;
  }

  #refuse({ message, deaths, isAtMostOnce }: Run): Outcome | undefined {
    const { expires } = message;
    if (expires !== undefined && expires < this.#options.now()) return { kind: "expired" };
    const thrown = givenUp(message, deaths, isAtMostOnce);
    return thrown && { kind: "failed", thrown };
  }

  #start(run: Run, task: TaskDefinition): void {
    const { config, limits, middleware, now } = this.#options;
    const { message } = run;
    const { settings } = task;
    run.startedAt = now();
    const soft = message.softTimeLimit ?? settings.softTimeLimit ?? config.softTimeLimit;
    const hard = message.timeLimit ?? settings.timeLimit ?? config.timeLimit;
    if (soft !== undefined || hard !== undefined) {
      run.judge = (thrown) => this.#thrown(run, settings, thrown);
      limits.add(run, soft, hard);
    }
    let self: Context | undefined;
    if (settings.bind || middleware.runs) {
      run.retryLimits = this.#retryLimits(run, settings);
      self = new Context(run);
    }
    let returned: unknown;
    try {
      returned = call(task, run, self, middleware);
    } catch (thrown) {
      return run.end(this.#thrown(run, settings, thrown));
    }
    if (!isPromise(returned)) return run.end(this.#returned(run, returned));
    returned.then(
      (value) => run.end(this.#returned(run, value)),
      (thrown) => run.end(this.#thrown(run, settings, thrown)),
    );
  }

  #thrown(run: Run, settings: TaskSettings, thrown: unknown): Outcome {
    return classify(thrown, run.message, settings, this.#retryLimits(run, settings), this.#options.now());
  }

  #retryLimits({ message }: Run, settings: TaskSettings): RetryLimits {
    return retryLimits(message, settings, this.#options.config, this.#options.random ?? Math.random);
  }

  /** A result that JSON cannot carry, or that is too large, is a failure of the task. */
  #returned({ ignoreResult, message: { task } }: Run, value: unknown): Outcome {
    if (value === undefined || value === null || ignoreResult) return { kind: "succeeded", result: null, size: 4 };
    if (typeof value === "boolean" || Number.isFinite(value)) {
      return { kind: "succeeded", result: value as boolean | number, size: 20 };
    }
    const limit = this.#options.config.maxMessageSize;
    try {
      const json = toJson(value, "result");
      if (!fits(json, limit)) {
        throw new TooLarge(`The result of task ${JSON.stringify(task)}`, byteLength(json), limit);
      }
      // What was checked is what is stored, whatever the handler does to its object later.
      return { kind: "succeeded", result: JSON.parse(json), size: json.length };
    } catch (thrown) {
      return { kind: "failed", thrown };
    }
  }
}
