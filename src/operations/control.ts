/**
 * What may be told an app's queues and tasks while they are worked on: limits, and pausing.
 *
 * @module
 */
import type { Limit, LimitInfo } from "../ports/limits.ts";
import { type Config, readSetting } from "../config/config.ts";
import { InvalidInput } from "../errors.ts";
import type { Recording } from "../ports/journal.ts";
import { checkLimitKey } from "../limits/key.ts";
import { type LimitKind, limitName, type LimitNameParts, readLimitName } from "../limits/name.ts";
import { readWhole } from "../options/values.ts";
import { checkName, checkTaskName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { type RateOptions, type RateText, readRate } from "../limits/rate.ts";
import type { AskingApp } from "../remote/ask.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import type { Wire } from "../wire/wire.ts";
import { WorkerControl } from "./worker_control.ts";

/** For which of a task's keys a limit is set. */
export interface TaskLimitOptions {
  /**
   * What the task's function of the arguments gives.
   *
   * @default {all keys for which nothing else is set}
   */
  readonly key?: string;
}

/** Which group of a queue is meant. */
export interface GroupSelection {
  /**
   * What the queue's `groupBy` gives.
   *
   * @default {the queue, with all its groups}
   */
  readonly group?: string;
}

/** What a queue, or one of its groups, is to be limited to. What is not named stays. */
export interface QueueLimits {
  /** How many run at once; 0 for none; `null` takes back what was set. */
  readonly concurrency?: number | null;
  /** How many start in a time; `null` takes back what was set. */
  readonly rateLimit?: RateText | RateOptions | null;
}

/** What a limit allows, and whose it is. */
export interface LimitView extends LimitInfo, Partial<LimitNameParts> {}

/** What control needs of an app. */
export interface ControlledApp extends AskingApp {
  /** The settings. */
  readonly config: Config;
  /** The tasks by name. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** Its codecs. */
  readonly wire: Wire;
}

/**
 * Sets limits while workers run, and pauses queues and groups: `app.control`. All of it is kept in the broker, and holds
 * for all workers at once and for those that start later. What is told to workers themselves holds for those alone that
 * answer, and until they end: see {@linkcode WorkerControl}.
 *
 * A limit can be set where messages name it: for a task or queue that declares one of its kind.
 */
export class AppControl extends WorkerControl {
  readonly #app: ControlledApp;

  /** Controls this app. */
  constructor(app: ControlledApp) {
    super(app);
    this.#app = app;
  }

  /**
   * Sets how many of a task start in a time, in place of what its `rateLimit` says; `null` takes that back.
   *
   * @throws {InvalidInput} When the task is known here and declares no rate, or has no keys and one is given.
   */
  async rateLimit(
    task: string,
    rate: RateText | RateOptions | null,
    options: TaskLimitOptions = {},
  ): Promise<void> {
    await this.#setTask("rateLimit", task, options, rate === null ? undefined : { rate: readRate(rate, "rate") });
  }

  /**
   * Sets how many of a task run at once, in place of what its `concurrency` says: 0 for none. `null` takes that back.
   *
   * @throws {InvalidInput} When the task is known here and declares none, or has no keys and one is given.
   */
  async concurrency(task: string, limit: number | null, options: TaskLimitOptions = {}): Promise<void> {
    const allowed = limit === null ? undefined : { concurrency: readWhole(limit, "limit", 0) };
    await this.#setTask("concurrency", task, options, allowed);
  }

  async #setTask(
    option: "rateLimit" | "concurrency",
    task: string,
    options: TaskLimitOptions,
    limit: Limit | undefined,
  ): Promise<void> {
    checkTaskName(task);
    checkKeys(options, ["key"], "option of a task's limit");
    const { key } = options;
    const definition = this.#app.tasks.get(task);
    const declared = definition?.settings[option];
    const name = JSON.stringify(task);
    if (definition && !declared) {
      throw new InvalidInput("task", `Task ${name} declares no ${option}: its messages name none that could be set`);
    }
    if (declared && !declared.key && key !== undefined) {
      throw new InvalidInput("key", `The ${option} of task ${name} has no keys: it counts all calls together`);
    }
    const kind = option === "rateLimit" ? "rate" : option;
    const limited = limitName(kind, task, key === undefined ? undefined : checkLimitKey(key, "key"));
    await this.#app.broker.control.limit(await this.#app.wire.hiddenLimit(task, limited), limit);
  }

  /**
   * Sets what a queue is limited to, or one of its groups, in place of what its options say.
   *
   * @throws {InvalidInput} When the queue is known here and declares no such limit.
   */
  async queue(queue: string, limits: QueueLimits, options: GroupSelection = {}): Promise<void> {
    checkKeys(limits, ["concurrency", "rateLimit"], "limit of a queue");
    const { concurrency, rateLimit } = limits;
    const group = readGroup(options);
    const changes: [kind: LimitKind, limit: Limit | undefined][] = [];
    if (concurrency !== undefined) {
      const limit = concurrency === null ? undefined : { concurrency: readWhole(concurrency, "concurrency", 0) };
      changes.push([group === undefined ? "queue" : "group", limit]);
    }
    if (rateLimit !== undefined) {
      const limit = rateLimit === null ? undefined : { rate: readRate(rateLimit, "rateLimit") };
      changes.push([group === undefined ? "queueRate" : "groupRate", limit]);
    }
    if (changes.length === 0) {
      throw new InvalidInput("limits", "limits must say what is to be limited: concurrency, rateLimit");
    }
    for (const [kind] of changes) this.#checkQueue(queue, kind);
    for (const [kind, limit] of changes) await this.#app.broker.control.limit(limitName(kind, queue, group), limit);
  }

  #checkQueue(queue: string, kind: LimitKind): void {
    checkName("queue", queue);
    const settings = this.#app.config.queues.get(queue);
    if (!settings) return;
    const { concurrency, rateLimit, groupBy } = settings;
    const declared = { queue: concurrency, queueRate: rateLimit, group: groupBy, groupRate: groupBy?.rateLimit };
    if (declared[kind as keyof typeof declared] !== undefined) return;
    const option = { queue: "concurrency", queueRate: "rateLimit", group: "groupBy", groupRate: "groupBy.rateLimit" };
    throw new InvalidInput(
      "queue",
      `Queue ${queue} declares no ${option[kind as keyof typeof option]}: its messages name none that could be set`,
    );
  }

  /**
   * Takes nothing from a queue any more, or from one of its groups, on any worker; it still accepts messages, and what
   * runs goes on.
   */
  async pause(queue: string, options: GroupSelection = {}): Promise<void> {
    const group = readGroup(options);
    if (group === undefined) return await this.#app.broker.control.pause(checkName("queue", queue));
    await this.queue(queue, { concurrency: 0 }, { group });
  }

  /** Takes from a paused queue or group again. What was set as this group's own concurrency before is forgotten. */
  async resume(queue: string, options: GroupSelection = {}): Promise<void> {
    const group = readGroup(options);
    if (group === undefined) return await this.#app.broker.control.resume(checkName("queue", queue));
    await this.queue(queue, { concurrency: null }, { group });
  }

  /**
   * Revokes all that waits in a queue, now or for later; what runs goes on.
   *
   * @returns How many messages that were.
   */
  async purge(queue: string): Promise<number> {
    return await this.#app.broker.control.purge(checkName("queue", queue));
  }

  /**
   * Sets which events are kept and whether the history is, in place of what the config says, until a worker starts again.
   *
   * @returns What holds now.
   * @throws {InvalidInput} When an option breaks its rule.
   */
  async record(change: Partial<Recording>): Promise<Recording> {
    checkKeys(change, ["events", "history"], "option of recording");
    const { journal } = this.#app.broker;
    const recording = { ...await journal.recording(), ...change };
    readSetting("events", recording.events);
    readSetting("history", recording.history);
    await journal.record(recording);
    return recording;
  }

  /** Every limit that was declared or set. */
  async limits(): Promise<LimitView[]> {
    const limits = await this.#app.broker.inspector.limits();
    return limits.map((limit) => ({ ...limit, ...readLimitName(limit.name) }));
  }
}

function readGroup(options: GroupSelection): string | undefined {
  checkKeys(options, ["group"], "option of a queue's limit");
  return options.group === undefined ? undefined : checkLimitKey(options.group, "group");
}
