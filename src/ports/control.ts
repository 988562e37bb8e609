/**
 * The port by which tasks are revoked, queues paused and emptied, and limits set.
 *
 * @module
 */
import type { Limit } from "./limits.ts";

/** What became of a task that was to be revoked. */
export type Revocation = "revoked" | "ended" | "unknown";

/** How tasks are revoked. */
export interface RevokeOptions {
  /**
   * Whether a run is over at once, as at its hard time limit, instead of being told and let finish.
   *
   * @default {false}
   */
  readonly terminate?: boolean;
  /**
   * Whether what their handlers send from now on, as their children, is revoked when it is published.
   *
   * @default {false}
   */
  readonly tree?: boolean;
}

/** Telling the broker and its workers what to do. */
export interface Control {
  /**
   * Revokes tasks: one that waits is never run; one that runs is told by its signal and by its worker's next turn. Its
   * record says `REVOKED` at once. Revoked again with other options, they count too.
   *
   * @returns In the same order: `ended` for one that had ended already.
   */
  revoke(ids: readonly string[], options?: RevokeOptions): Promise<Revocation[]>;
  /** Takes nothing from a queue any more, on any worker; it still accepts messages, and what runs goes on. */
  pause(queue: string): Promise<void>;
  /** Takes from a paused queue again. */
  resume(queue: string): Promise<void>;
  /**
   * Sets what a limit allows, over what tasks and queues declare, at once and for all workers. Each member counts for
   * itself: of `{ concurrency: 2 }` the declared rate remains.
   *
   * @param name The limit; with `#` and a key for that key alone. `undefined` takes back what was set.
   */
  limit(name: string, limit: Limit | undefined): Promise<void>;
  /** Revokes everything that waits in a queue, now or for later; what runs goes on. Returns how many. */
  purge(queue: string): Promise<number>;
}
