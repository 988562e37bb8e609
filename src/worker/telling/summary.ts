/**
 * What a worker did, counted.
 *
 * @module
 */
import type { TaskCounts } from "../../remote/answers.ts";
import type { Outcome } from "../runs/outcome.ts";

/** What a worker did. */
export interface WorkerSummary {
  /** Messages that arrived. */
  readonly received: number;
  /** Tasks whose handler returned, or said by `Ignore` that they are done. */
  readonly done: number;
  /** Tasks that failed for good. */
  readonly failed: number;
  /** Runs that ended in another try. */
  readonly retried: number;
  /** Tasks that were revoked while they were here. */
  readonly revoked: number;
  /** Tasks that came too late. */
  readonly expired: number;
  /** Messages that were handed back: at the end, after a while, because their task is unknown here, or snoozed. */
  readonly returned: number;
  /** Messages whose lease was lost to another worker. */
  readonly lost: number;
}

/** Counts while a worker lives. */
export class Tally {
  readonly #counts = { received: 0, done: 0, failed: 0, retried: 0, revoked: 0, expired: 0, returned: 0, lost: 0 };

  readonly #tasks = new Map<string, { -readonly [name in keyof TaskCounts]: number }>();

  /** What it did so far. */
  get summary(): WorkerSummary {
    return { ...this.#counts };
  }

  /** One more of this kind. */
  count(name: keyof WorkerSummary): void {
    this.#counts[name]++;
  }

  /** The same of each task that has ended here. */
  get byTask(): { readonly [task: string]: TaskCounts } {
    return Object.fromEntries([...this.#tasks].map(([task, counts]) => [task, { ...counts }]));
  }

  /**
   * A run came to something.
   *
   * @param task Its task, if it is one that the app has: of others there may be any number.
   */
  ended({ kind }: Outcome, task: string | undefined): void {
    const name = kind === "succeeded" || kind === "ignored"
      ? "done"
      : kind === "retry"
      ? "retried"
      : kind === "unknown" || kind === "snoozed" || kind === "crashed"
      ? "returned"
      : kind;
    this.count(name);
    if (task === undefined) return;
    let counts = this.#tasks.get(task);
    if (!counts) {
      this.#tasks.set(task, counts = { done: 0, failed: 0, retried: 0, revoked: 0, expired: 0, returned: 0 });
    }
    counts[name]++;
  }
}
