/**
 * The life of a task in a worker, from top to bottom: may it run, which task is it, run it, and classify what it came
 * to. No I/O in here.
 *
 * @module
 */
import type { Config } from "../config.ts";
import { Context } from "../context.ts";
import type { MiddlewareChain } from "../middleware.ts";
import { givenUp } from "../policies/at_most_once.ts";
import { type RetryLimits, retryLimits } from "../policies/retry.ts";
import { isTooLate } from "../policies/start_timeout.ts";
import type { TimeLimits } from "../policies/time_limit.ts";
import { isPromise } from "../promise.ts";
import type { TaskDefinition, TaskSettings } from "../task.ts";
import type { Wire } from "../wire/wire.ts";
import { call } from "./call.ts";
import { classify } from "./classify.ts";
import { classifyUnopened } from "./opening.ts";
import type { Outcome } from "./outcome.ts";
import { returned } from "./returned.ts";
import type { Run } from "./run.ts";

/** What an executor is made of. */
export interface ExecutorOptions {
  /** The tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** The app's settings. */
  readonly config: Config;
  /** What stands around handlers. */
  readonly middleware: MiddlewareChain;
  /** Verifies and opens messages, and encodes results; plain ones alone are run without it. */
  readonly wire?: Wire;
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
    const admitted = this.#options.wire?.admit(run.message, this.#options.now());
    if (!admitted) return this.#start(run, task);
    // Not before it is verified: what it says itself of time limits and retries is not to be trusted.
    admitted.then(
      () => run.isOver || this.#start(run, task),
      (thrown) => run.end({ kind: "failed", thrown }),
    );
  }

  #prepare(run: Run, task: TaskDefinition | undefined): void {
    const { config, wire } = this.#options;
    const { message } = run;
    run.isAtMostOnce = task?.settings.isAtMostOnce ?? false;
    run.ignoreResult = message.ignoreResult ?? task?.settings.ignoreResult ?? config.ignoreResult;
    run.keepsLog = task?.settings.keepLog ?? config.keepLog;
    run.isPrivate = task?.settings.redact !== undefined || wire?.book.codecsOf(message.task).seal !== undefined;
    run.keepFor = message.resultExpires ?? task?.settings.resultExpires ?? config.resultExpires;
    run.keepLetterFor = task?.settings.deadLetterExpires ?? config.deadLetterExpires;
  }

  #refuse({ message, deaths, isAtMostOnce }: Run): Outcome | undefined {
    const { expires = Infinity } = message;
    const now = this.#options.now();
    if (expires < now || isTooLate(message, deaths, now)) return { kind: "expired" };
    const thrown = givenUp(message, deaths, isAtMostOnce);
    return thrown && { kind: "failed", thrown };
  }

  #start(run: Run, task: TaskDefinition): void {
    const { config, limits, wire, now } = this.#options;
    const { message } = run;
    const { settings } = task;
    run.startedAt = now();
    const soft = message.softTimeLimit ?? settings.softTimeLimit ?? config.softTimeLimit;
    const hard = message.timeLimit ?? settings.timeLimit ?? config.timeLimit;
    if (soft !== undefined || hard !== undefined) {
      run.judge = (thrown) => this.#thrown(run, settings, thrown);
      limits.add(run, soft, hard);
    }
    if (!wire || !message.encoded) return this.#call(run, task);
    wire.records.openMessage(message).then(
      (opened) => {
        if (run.isOver) return;
        run.opened = opened;
        this.#call(run, task);
      },
      (thrown) => run.end(classifyUnopened(thrown, message, this.#retryLimits(run, settings))),
    );
  }

  #call(run: Run, task: TaskDefinition): void {
    const { config, middleware, wire, now } = this.#options;
    const { settings } = task;
    const fail = (thrown: unknown) => run.end(this.#thrown(run, settings, thrown));
    const succeed = (value: unknown) => {
      const outcome = returned(run, value, config.maxMessageSize, wire, now());
      if (isPromise(outcome)) outcome.then((later) => run.end(later), fail);
      else run.end(outcome);
    };
    let self: Context | undefined;
    if (settings.bind || settings.batch || middleware.runs) {
      run.retryLimits = this.#retryLimits(run, settings);
      self = new Context(run);
    }
    let value: unknown;
    try {
      value = call(task, run, self, middleware);
    } catch (thrown) {
      return fail(thrown);
    }
    if (isPromise(value)) value.then(succeed, fail);
    else succeed(value);
  }

  #thrown(run: Run, settings: TaskSettings, thrown: unknown): Outcome {
    return classify(thrown, run.message, settings, this.#retryLimits(run, settings), this.#options.now());
  }

  #retryLimits({ message }: Run, settings: TaskSettings): RetryLimits {
    return retryLimits(message, settings, this.#options.config, this.#options.random ?? Math.random);
  }
}
