/**
 * Looking at queues, limits and workers in SQLite.
 *
 * @module
 */
import type { Inspector, QueueInfo, WorkerInfo } from "../../ports/inspector.ts";
import type { LimitInfo } from "../../ports/limits.ts";
import { decodeMessage, type Message } from "../../message.ts";
import { listLimits } from "./lanes/ledger.ts";
import { oldestOf } from "./oldest.ts";
import { messageOf } from "./revoke.ts";
import type { RunningRow, Statements, WorkerRow } from "./statements/statements.ts";

/** The most children of a task that are told. */
const mostChildren = 400_000;
/** How many of the tasks that workers hold are read at once. */
const runningChunk = 500;

/** What looking needs of the broker. */
export interface InspectorOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** The broker's time. */
  readonly now: () => number;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
}

/** Looks at queues, limits and workers. */
export class SqliteInspector implements Inspector {
  readonly #options: InspectorOptions;

  /** Those of this database. */
  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** What workers hold. */
  async *running(queue?: string): AsyncGenerator<readonly Message[]> {
    const { statements, attempt } = this.#options;
    let rows: RunningRow[];
    for (let after = Number.MIN_SAFE_INTEGER;; after = rows.at(-1)!.seq) {
      rows = await attempt(() => statements.running.all(after, queue ?? null, runningChunk) as unknown as RunningRow[]);
      yield rows.map(({ id, message }) => decodeMessage(id, message));
      if (rows.length < runningChunk) return;
    }
  }

  /** The messages of tasks that wait or run. */
  async messages(ids: readonly string[]): Promise<(Message | undefined)[]> {
    const { statements, attempt } = this.#options;
    return await attempt(() => ids.map((id) => messageOf(statements, id)));
  }

  /** The ids of children. */
  async children(ids: readonly string[]): Promise<string[][]> {
    const { statements, attempt } = this.#options;
    return await attempt(() =>
      ids.map((id) => (statements.children.all(id, mostChildren) as { id: string }[]).map(({ id }) => id))
    );
  }

  /** Every limit, by name. */
  async limits(): Promise<LimitInfo[]> {
    const { statements, attempt } = this.#options;
    return await attempt(() => listLimits(statements));
  }

  /** Every queue, by name. */
  async queues({ oldest = false }: { readonly oldest?: boolean } = {}): Promise<QueueInfo[]> {
    return await this.#options.attempt(() => oldest ? this.#agedQueues() : this.#queues());
  }

  #queues(): QueueInfo[] {
    const { countDelayed, countLaned, countWaiting, paused } = this.#options.statements;
    const queues = new Map<string, { name: string; waiting: number; delayed: number; paused: boolean }>();
    const at = (name: string) => {
      const queue = queues.get(name) ?? { name, waiting: 0, delayed: 0, paused: false };
      queues.set(name, queue);
      return queue;
    };
    for (const waiting of [countWaiting, countLaned]) {
      for (const { queue, count } of waiting.all() as { queue: string; count: number }[]) at(queue).waiting += count;
    }
    const rows = countDelayed.all(this.#options.now()) as { queue: string; due: number; count: number }[];
    for (const { queue, due, count } of rows) {
      at(queue).waiting += due;
      at(queue).delayed = count - due;
    }
    for (const { queues: served } of this.#workers()) for (const name of served) at(name);
    for (const { queue } of paused.all() as { queue: string }[]) at(queue).paused = true;
    return [...queues.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  #agedQueues(): QueueInfo[] {
    const { statements, now } = this.#options;
    const oldest = oldestOf(statements, now());
    return this.#queues().map((queue) => {
      const since = oldest.get(queue.name);
      return since === undefined ? queue : { ...queue, oldest: since };
    });
  }

  /** Every worker, by name. */
  async workers(): Promise<WorkerInfo[]> {
    return await this.#options.attempt(() => this.#workers());
  }

  #workers(): WorkerInfo[] {
    const rows = this.#options.statements.workers.all() as unknown as (WorkerRow & { holds: number })[];
    return rows.map(({ name, alive_until: aliveUntil, holds, queues }) => ({
      name,
      aliveUntil,
      holds,
      queues: queues === "" ? [] : queues.split(" "),
    }));
  }
}
