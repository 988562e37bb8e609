/**
 * The limits that an app's tasks and queues declare: which of them a message names, and what they allow.
 *
 * @module
 */
import type { Limit, Limits } from "../ports/limits.ts";
import { withoutKey } from "./limit.ts";
import { isOfQueue, type LimitKind, limitName, readLimitName } from "./name.ts";
import type { Message } from "../message.ts";
import { checkLimitKey, type LimitKey } from "./key.ts";
import type { QueueSettings } from "../config/queues.ts";
import type { TaskSettings } from "../tasks/task_settings.ts";

/** The least of a task: what it is called, and what it says. */
export interface LimitedTask {
  /** By this name it is called. */
  readonly name: string;
  /** Its options, checked. */
  readonly settings: Pick<TaskSettings, "rateLimit" | "concurrency" | "sequence" | "batch">;
}

/** The least of a call: where it waits, and its arguments as its handler will see them. */
export interface LimitedCall {
  /** The queue. */
  readonly queue: string;
  /** The arguments. */
  readonly args: readonly unknown[];
}

/** What an app knows of limits. */
export class LimitBook {
  readonly #queues: ReadonlyMap<string, QueueSettings>;
  readonly #allowed = new Map<string, Limit>();

  /** With the limits of these queues. */
  constructor(queues: ReadonlyMap<string, QueueSettings>) {
    this.#queues = queues;
    for (const [queue, { concurrency, rateLimit, groupBy }] of queues) {
      if (concurrency !== undefined) this.#allow("queue", queue, { concurrency });
      if (rateLimit) this.#allow("queueRate", queue, { rate: rateLimit });
      if (groupBy?.concurrency !== undefined) this.#allow("group", queue, { concurrency: groupBy.concurrency });
      if (groupBy?.rateLimit) this.#allow("groupRate", queue, { rate: groupBy.rateLimit });
    }
  }

  /** Takes in a task's limits. */
  add({ name, settings: { rateLimit, concurrency, sequence, batch } }: LimitedTask): void {
    if (rateLimit) this.#allow("rate", name, { rate: rateLimit.rate });
    if (concurrency) this.#allow("concurrency", name, { concurrency: concurrency.limit });
    if (sequence) this.#allow("sequence", name, { concurrency: 1 });
    if (batch) this.#allow("batch", name, { batch });
  }

  #allow(kind: LimitKind, of: string, limit: Limit): void {
    this.#allowed.set(limitName(kind, of), limit);
  }

  /** All of them, for a worker to declare; `undefined` when there are none. */
  get all(): Limits | undefined {
    return this.#allowed.size === 0 ? undefined : Object.fromEntries(this.#allowed);
  }

  /** What the limits allow that these messages name; `undefined` when they name none. */
  allowed(messages: readonly Message[]): Limits | undefined {
    let allowed: Record<string, Limit> | undefined;
    for (const { limits = [] } of messages) {
      for (const name of limits) {
        const base = withoutKey(name);
        const limit = this.#allowed.get(base);
        if (limit) (allowed ??= {})[base] = limit;
      }
    }
    return allowed;
  }

  /**
   * The limits that a message is to name: those of its queue, and those of its task as far as that is known here.
   *
   * @throws {InvalidInput} When a function of the arguments gives no key.
   */
  namesFor(task: LimitedTask | undefined, call: LimitedCall): readonly string[] | undefined {
    const names = [...this.#ofQueue(call), ...ofTask(task, call)];
    return names.length === 0 ? undefined : Object.freeze(names);
  }

  /** The limits, without their keys, that every message of a task and queue is to name whatever its arguments. */
  basesFor(task: LimitedTask | undefined, queue: string): readonly string[] {
    const { concurrency, rateLimit } = this.#queues.get(queue) ?? {};
    const bases: string[] = [];
    if (concurrency !== undefined) bases.push(limitName("queue", queue));
    if (rateLimit) bases.push(limitName("queueRate", queue));
    for (const kind of ["rate", "concurrency", "sequence", "batch"] as const) {
      if (task?.settings[kind === "rate" ? "rateLimit" : kind]) bases.push(limitName(kind, task.name));
    }
    return bases;
  }

  /** A message that was changed, with the limits that it is to name now; others than ours are left as they are. */
  renamed(task: LimitedTask | undefined, message: Message): Message {
    if (!task) return this.moved(message, message.args);
    const others = message.limits?.filter((name) => !readLimitName(name)) ?? [];
    return withLimits(message, [...this.#ofQueue(message), ...ofTask(task, message), ...others]);
  }

  /** A message that was moved to another queue, with the limits there and those that it has from its task. */
  moved(message: Message, args: readonly unknown[]): Message {
    const { queue, limits = [] } = message;
    return withLimits(message, [...this.#ofQueue({ queue, args }), ...limits.filter((name) => !isOfQueue(name))]);
  }

  /** Whether the arguments decide which group of this queue a message is of. */
  hasGroups(queue: string): boolean {
    return this.#queues.get(queue)?.groupBy !== undefined;
  }

  #ofQueue({ queue, args }: LimitedCall): string[] {
    const { concurrency, rateLimit, groupBy } = this.#queues.get(queue) ?? {};
    const names: string[] = [];
    if (concurrency !== undefined) names.push(limitName("queue", queue));
    if (rateLimit) names.push(limitName("queueRate", queue));
    const given = groupBy?.key(...args);
    if (!groupBy || given === undefined) return names;
    const group = checkLimitKey(given, `queues.${queue}.groupBy`);
    names.push(limitName("group", queue, group));
    if (groupBy.rateLimit) names.push(limitName("groupRate", queue, group));
    return names;
  }
}

function ofTask(task: LimitedTask | undefined, { args }: LimitedCall): string[] {
  if (!task) return [];
  const { name, settings: { rateLimit, concurrency, sequence, batch } } = task;
  const names: string[] = [];
  if (rateLimit) names.push(nameOf("rate", name, rateLimit.key, args, "rateLimit.key"));
  if (concurrency) names.push(nameOf("concurrency", name, concurrency.key, args, "concurrency.key"));
  if (sequence) names.push(nameOf("sequence", name, sequence.key, args, "sequence"));
  if (batch) names.push(limitName("batch", name));
  return names;
}

function nameOf(
  kind: LimitKind,
  task: string,
  key: LimitKey | undefined,
  args: readonly unknown[],
  field: string,
): string {
  if (!key) return limitName(kind, task);
  return limitName(kind, task, checkLimitKey(key(...args), `${field} of task ${JSON.stringify(task)}`));
}

function withLimits({ limits: _, ...message }: Message, names: readonly string[]): Message {
  return Object.freeze({ ...message, ...(names.length === 0 ? {} : { limits: Object.freeze(names) }) });
}
