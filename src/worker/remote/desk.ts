/**
 * What remote commands may look at and change: one life of a worker, without its loop.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Crew } from "../crew.ts";
import type { Holdings } from "../holdings.ts";
import type { PoolSource } from "../pools/pool.ts";
import type { QueueTurns } from "../queue_order.ts";
import type { Sizer } from "../sizer.ts";

/** What remote commands may look at and change. */
export interface Desk {
  /** The app. */
  readonly app: Umbel;
  /** The worker's id: of this life alone. */
  readonly id: string;
  /** Where its handlers run. */
  readonly pool: PoolSource;
  /** How many messages it may hold. */
  readonly prefetch: number;
  /** For how long they are leased (ms). */
  readonly lease: number;
  /** How long tasks may run on once it is told to stop (ms). */
  readonly grace: number;
  /** Whether it does what it is told, and tells of itself: else it says no more than that it is there. */
  readonly remoteControl: boolean;
  /** Runs them. */
  readonly crew: Crew;
  /** What it holds. */
  readonly holdings: Holdings;
  /** How many run at once. */
  readonly sizer: Sizer;
  /** The queues that it takes from. */
  readonly order: QueueTurns;
  /** When it was started (ms, the broker's time). */
  readonly startedAt: () => number;
  /** Whether it stops. */
  readonly isStopping: () => boolean;
  /** The broker's time (ms). */
  readonly brokerNow: () => number;
  /** The broker's time that this machine's time is (ms). */
  readonly toBroker: (time: number) => number;
  /** Takes a turn now: what it asks for is another thing than before. */
  readonly hurry: () => void;
  /** Stops it, warm or cold. */
  readonly stop: (cold: boolean) => void;
}
