/**
 * Looking into workers while they run: `app.inspect`, by the names of Celery's.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import { redactArgs } from "../policies/redact.ts";
import type {
  ActiveQueue,
  ActiveTask,
  HeldTask,
  QueriedTask,
  RegisteredTask,
  ScheduledTask,
  WorkerAnswer,
  WorkerConf,
  WorkerStats,
} from "../remote/answers.ts";
import { ask, type AskingApp, type RemoteOptions } from "../remote/ask.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import type { WaitingState, WaitingTask } from "../ports/waiting.ts";
import { readable } from "../wire/readable.ts";

/** What looking into workers needs of an app. */
export interface InspectedApp extends AskingApp {
  /** The tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
}

/** How many of those that wait for their time are told. */
export interface ScheduledOptions {
  /**
   * How many at most: 1 to 10,000.
   *
   * @default {100}
   */
  readonly limit?: number;
}

/** The most ids that are asked for at once. */
const mostIds = 100;
/** The most tasks that wait for their time. */
const mostScheduled = 10_000;

/**
 * Asks workers how they are: `app.inspect`. Each method returns one entry for each worker that was asked, by name; a worker
 * that does not answer in time is named as well.
 */
export class AppInspect {
  readonly #app: InspectedApp;

  /** Looks into the workers of this app. */
  constructor(app: InspectedApp) {
    this.#app = app;
  }

  #ask<Answer>(name: string, options: RemoteOptions | undefined, args = {}): Promise<WorkerAnswer<Answer>[]> {
    return ask<Answer>(this.#app, name, args, options);
  }

  /** Who is there: each that is answers `pong`. */
  ping(options?: RemoteOptions): Promise<WorkerAnswer<"pong">[]> {
    return this.#ask("ping", options);
  }

  /** How they are: uptime, memory, pool, and what they did so far, by task. */
  stats(options?: RemoteOptions): Promise<WorkerAnswer<WorkerStats>[]> {
    return this.#ask("stats", options);
  }

  /** The tasks that run. */
  active(options?: RemoteOptions): Promise<WorkerAnswer<readonly ActiveTask[]>[]> {
    return this.#ask("active", options);
  }

  /** The tasks that workers hold and that do not run yet. */
  reserved(options?: RemoteOptions): Promise<WorkerAnswer<readonly HeldTask[]>[]> {
    return this.#ask("reserved", options);
  }

  /** The ids of those that were revoked, and whose handlers have not stopped yet. */
  revoked(options?: RemoteOptions): Promise<WorkerAnswer<readonly string[]>[]> {
    return this.#ask("revoked", options);
  }

  /** The tasks that workers know, with their options and schemas. */
  registered(options?: RemoteOptions): Promise<WorkerAnswer<readonly RegisteredTask[]>[]> {
    return this.#ask("registered", options);
  }

  /** The queues that workers take from. */
  activeQueues(options?: RemoteOptions): Promise<WorkerAnswer<readonly ActiveQueue[]>[]> {
    return this.#ask("active_queues", options);
  }

  /** The settings of workers and of their apps, without secrets. */
  conf(options?: RemoteOptions): Promise<WorkerAnswer<WorkerConf>[]> {
    return this.#ask("conf", options);
  }

  /**
   * Which workers hold these tasks, and whether they run there: by their ids.
   *
   * @throws {InvalidInput} When there are more than 100.
   */
  async queryTask(
    ids: string | readonly string[],
    options?: RemoteOptions,
  ): Promise<WorkerAnswer<{ readonly [id: string]: QueriedTask }>[]> {
    const list = typeof ids === "string" ? [ids] : ids;
    if (list.length === 0 || list.length > mostIds) {
      throw new InvalidInput("ids", `ids must be 1 to ${mostIds} ids of tasks, and it is ${show(ids)}`);
    }
    return await this.#ask("query_task", options, { ids: list.map((id) => checkName("id", id)) });
  }

  /**
   * The tasks that wait for their time, also for a retry, the earliest first. They wait in the broker, which answers at
   * once and for all workers: none holds any.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async scheduled(options: ScheduledOptions = {}): Promise<ScheduledTask[]> {
    checkKeys(options, ["limit"], "option of scheduled");
    const { limit = 100 } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > mostScheduled) {
      throw new InvalidInput(
        "limit",
        `limit must be a whole number from 1 to ${mostScheduled}, and it is ${show(limit)}`,
      );
    }
    const [first, again] = await Promise.all([this.#waiting("SCHEDULED", limit), this.#waiting("RETRY", limit)]);
    return [...first, ...again].sort((a, b) => a.eta - b.eta).slice(0, limit);
  }

  async #waiting(state: WaitingState, limit: number): Promise<ScheduledTask[]> {
    const { broker } = this.#app;
    const found: ScheduledTask[] = [];
    let cursor: string | undefined;
    do {
      const part = Math.min(limit - found.length, 500);
      const page = await broker.waiting.list({ state, limit: part, ...(cursor === undefined ? {} : { cursor }) });
      for (const task of page.tasks) if (task.record.eta !== undefined) found.push(this.#toScheduled(task));
      cursor = page.cursor;
    } while (cursor !== undefined && found.length < limit);
    return found;
  }

  #toScheduled({ record, message }: WaitingTask): ScheduledTask {
    const { id, task, queue, priority, retries, args, encoded, redact } = message;
    const shown = redactArgs(args, this.#app.tasks.get(task)?.settings.redact ?? redact);
    return {
      ...{ id, task, queue, priority, retries },
      ...(encoded ? {} : { args: shown.map(readable) }),
      eta: record.eta!,
      state: record.state === "RETRY" ? "RETRY" : "SCHEDULED",
    };
  }
}
