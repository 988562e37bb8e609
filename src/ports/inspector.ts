/**
 * The port to queues, workers and limits as they are now.
 *
 * @module
 */
import type { Message } from "../message.ts";
import type { LimitInfo } from "./limits.ts";

/** A queue, counted. */
export interface QueueInfo {
  /** Its name. */
  readonly name: string;
  /** How many messages may be taken at once, or as soon as their limits allow. */
  readonly waiting: number;
  /** How many are due later. */
  readonly delayed: number;
  /** Whether nothing is taken from it until it is resumed. */
  readonly paused: boolean;
  /**
   * Since when the one that has waited longest may be taken, where that was asked for and one waits: of those at the ends
   * of the queue. What has limits does not count, since that waits on purpose.
   */
  readonly oldest?: number;
}

/** A worker that has taken a turn and has not left. */
export interface WorkerInfo {
  /** Its name. */
  readonly name: string;
  /** Until when it counts as alive; in the past for one that died and was not yet swept. */
  readonly aliveUntil: number;
  /** How many deliveries it holds. */
  readonly holds: number;
  /** The queues it takes from. */
  readonly queues: readonly string[];
}

/** Looking at queues and workers. */
export interface Inspector {
  /** What workers hold, of one queue or of all, a part at a time; what they are handed meanwhile may be passed over. */
  running(queue?: string): AsyncIterable<readonly Message[]>;
  /**
   * The messages of these tasks, where their records do not hold them: of those that wait, that workers hold, and that
   * were revoked and are still to be met where they wait. In the same order; one that moves meanwhile may be passed over.
   */
  messages(ids: readonly string[]): Promise<(Message | undefined)[]>;
  /**
   * The ids of the tasks that the handlers of these sent as their children, in no order: those of one task for two days
   * after the last of them was due, and no more than 400,000. In the order of the ids asked for.
   */
  children(ids: readonly string[]): Promise<string[][]>;
  /** Every limit that was declared or set, by name. */
  limits(): Promise<LimitInfo[]>;
  /**
   * Every queue that holds something, is paused or has a worker, by name.
   *
   * @param options `oldest`: tells how long messages wait, too; over Redis that is one request more.
   */
  queues(options?: { readonly oldest?: boolean }): Promise<QueueInfo[]>;
  /** Every worker, by name. */
  workers(): Promise<WorkerInfo[]>;
}
