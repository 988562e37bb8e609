/**
 * Telling workers what to do while they run, as far as their own processes are concerned: by the names of Celery's.
 *
 * @module
 */
import type { Duration } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { readBoolean, readLimit, readWhole } from "../options/values.ts";
import { checkName, checkTaskName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { checkTimeLimits } from "../options/timeouts.ts";
import { type AutoscaleOptions, readAutoscale } from "../policies/autoscale.ts";
import type { ActiveQueue, PoolSize, TimeLimitsInForce, WorkerAnswer } from "../remote/answers.ts";
import { ask, type AskingApp, remoteOptionNames, type RemoteOptions } from "../remote/ask.ts";
import type { RemoteCommand } from "../ports/mail.ts";

/** The time limits of a task. What is not named stays; `null` takes back what was set. */
export interface TimeLimitChange {
  /** After so long a handler's signal is aborted. */
  readonly soft?: Duration | null;
  /** After so long its run counts as failed. */
  readonly hard?: Duration | null;
}

/** How workers are shut down. */
export interface ShutdownOptions extends RemoteOptions {
  /**
   * Whether what runs is aborted and handed back at once, in place of running on within the grace.
   *
   * @default {false}
   */
  readonly cold?: boolean;
}

/**
 * Tells workers what to do. Each method returns one entry for each worker that was told, by name; a worker that does not
 * answer in time is named as well, and does not do it later either. What they are told holds until they end.
 */
export class WorkerControl {
  readonly #app: AskingApp;

  /** Tells the workers of this app. */
  constructor(app: AskingApp) {
    this.#app = app;
  }

  #tell<Answer>(
    name: string,
    args: RemoteCommand["args"],
    options: RemoteOptions | undefined,
  ): Promise<WorkerAnswer<Answer>[]> {
    return ask<Answer>(this.#app, name, args, options);
  }

  /**
   * Runs so many tasks more at once; not by itself any longer, where it did.
   *
   * @throws {InvalidInput} When that is no whole number from 1 on, or an option breaks its rule.
   */
  async poolGrow(count = 1, options?: RemoteOptions): Promise<WorkerAnswer<PoolSize>[]> {
    return await this.#tell("pool_grow", { count: readWhole(count, "count", 1) }, options);
  }

  /**
   * Runs so many tasks fewer at once: what runs is finished. One that would have none left refuses.
   *
   * @throws {InvalidInput} When that is no whole number from 1 on, or an option breaks its rule.
   */
  async poolShrink(count = 1, options?: RemoteOptions): Promise<WorkerAnswer<PoolSize>[]> {
    return await this.#tell("pool_shrink", { count: readWhole(count, "count", 1) }, options);
  }

  /** Replaces the children of the pool `threads`, each after what it runs. Other pools have none, and refuse. */
  async poolRestart(options?: RemoteOptions): Promise<WorkerAnswer<{ readonly children: number }>[]> {
    return await this.#tell("pool_restart", {}, options);
  }

  /**
   * Runs as many tasks at once as it takes, within bounds.
   *
   * @throws {InvalidInput} When a bound or an option breaks its rule.
   */
  async autoscale(bounds: AutoscaleOptions, options?: RemoteOptions): Promise<WorkerAnswer<PoolSize>[]> {
    return await this.#tell("autoscale", { bounds: { ...readAutoscale(bounds) } }, options);
  }

  /**
   * Takes from one more queue.
   *
   * @throws {InvalidInput} When the name or an option breaks its rule.
   */
  async addConsumer(queue: string, options?: RemoteOptions): Promise<WorkerAnswer<readonly ActiveQueue[]>[]> {
    return await this.#tell("add_consumer", { queue: checkName("queue", queue) }, options);
  }

  /**
   * Takes from a queue no more; what came from it is run. One that has no queue left takes nothing, and goes on answering.
   *
   * @throws {InvalidInput} When the name or an option breaks its rule.
   */
  async cancelConsumer(queue: string, options?: RemoteOptions): Promise<WorkerAnswer<readonly ActiveQueue[]>[]> {
    return await this.#tell("cancel_consumer", { queue: checkName("queue", queue) }, options);
  }

  /**
   * Sets the time limits of a task's runs that are started from now on, in place of what the task or the app says. Calls
   * that name limits of their own keep those.
   *
   * @throws {InvalidInput} When a limit or an option breaks its rule, or there is none.
   */
  async timeLimit(
    task: string,
    limits: TimeLimitChange,
    options?: RemoteOptions,
  ): Promise<WorkerAnswer<TimeLimitsInForce>[]> {
    checkTaskName(task);
    checkKeys(limits, ["soft", "hard"], "time limit", "limits");
    if (limits.soft === undefined && limits.hard === undefined) {
      throw new InvalidInput("limits", "limits must say which limit is meant: soft, hard");
    }
    const [soft, hard] = [readTimeLimit(limits.soft, "soft"), readTimeLimit(limits.hard, "hard")];
    checkTimeLimits({ ...(soft ? { softTimeLimit: soft } : {}), ...(hard ? { timeLimit: hard } : {}) });
    const args = { ...(soft === undefined ? {} : { soft }), ...(hard === undefined ? {} : { hard }) };
    return await this.#tell("time_limit", { task, limits: args }, options);
  }

  /**
   * Stops workers: warm, what runs may finish within the grace; cold, it is aborted and handed back. They answer first:
   * how many tasks run.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async shutdown(
    options: ShutdownOptions = {},
  ): Promise<WorkerAnswer<{ readonly cold: boolean; readonly running: number }>[]> {
    checkKeys(options, [...remoteOptionNames, "cold"], "option of shutdown");
    const { cold = false, ...remote } = options;
    return await this.#tell("shutdown", { cold: readBoolean(cold, "cold") }, remote);
  }
}

function readTimeLimit(value: Duration | null | undefined, field: string): number | null | undefined {
  return value === undefined || value === null ? value : readLimit(value, field);
}
