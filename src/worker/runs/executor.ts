/**
 * The life of a task in a worker, from top to bottom: may it run, which task is it, how long, and off into the pool that
 * runs it and classifies what it came to. No I/O in here.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { MiddlewareChain } from "../../middleware.ts";
import { checkTimeLimits } from "../../options/timeouts.ts";
import type { TimeLimits } from "../../policies/time_limit.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Wire } from "../../wire/wire.ts";
import { Judge } from "./judge.ts";
import { AsyncPool } from "../pools/async.ts";
import type { Pool } from "../pools/pool.ts";
import { prepare } from "./prepare.ts";
import { refusal } from "./refusal.ts";
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
  /**
   * Runs handlers.
   *
   * @default {in place}
   */
  readonly pool?: Pool;
}

/** For how long a run may go on (ms). */
export interface RunLimits {
  /** After so long its handler's signal is aborted. */
  readonly soft?: number;
  /** After so long it counts as failed. */
  readonly hard?: number;
}

/** Runs deliveries. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #judge: Judge;
  readonly #pool: Pool;
  /** What was set while running, by task. */
  readonly #set = new Map<string, RunLimits>();

  /** An executor of these tasks. */
  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#judge = new Judge(options);
    this.#pool = options.pool ?? new AsyncPool(options);
  }

  /** Runs a delivery; it is over at once for a handler that returns no promise. */
  execute(run: Run): void {
    const task = this.#options.tasks.get(run.message.task);
    prepare(run, task, this.#options.config, this.#options.wire);
    const refused = refusal(run, this.#options.now());
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

  #start(run: Run, task: TaskDefinition): void {
    const { config, limits, now } = this.#options;
    const { message } = run;
    const { settings } = task;
    run.startedAt = now();
    const set = this.#set.get(message.task);
    const soft = message.softTimeLimit ?? set?.soft ?? settings.softTimeLimit ?? config.softTimeLimit;
    const hard = message.timeLimit ?? set?.hard ?? settings.timeLimit ?? config.timeLimit;
    if (soft !== undefined || hard !== undefined) {
      run.judge = (thrown) => this.#judge.judge(run, settings, thrown);
      limits.add(run, soft, hard);
    }
    this.#pool.start(run, task);
  }

  /** See `Crew.setTimeLimits`. */
  setLimits(name: string, change: { readonly [kind in "soft" | "hard"]: number | null | undefined }): RunLimits {
    const { tasks, config } = this.#options;
    const settings = tasks.get(name)?.settings;
    const before = this.#set.get(name) ?? {};
    const set: { soft?: number; hard?: number } = {};
    for (const kind of ["soft", "hard"] as const) {
      const limit = change[kind] === undefined ? before[kind] : change[kind];
      if (limit !== undefined && limit !== null) set[kind] = limit;
    }
    const soft = set.soft ?? settings?.softTimeLimit ?? config.softTimeLimit;
    const hard = set.hard ?? settings?.timeLimit ?? config.timeLimit;
    checkTimeLimits({
      ...(soft === undefined ? {} : { softTimeLimit: soft }),
      ...(hard === undefined ? {} : { timeLimit: hard }),
    });
    this.#set.set(name, set);
    return { ...(soft === undefined ? {} : { soft }), ...(hard === undefined ? {} : { hard }) };
  }
}
