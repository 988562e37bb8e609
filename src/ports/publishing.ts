/**
 * How messages are published, and what a broker did with each.
 *
 * @module
 */
import type { Message } from "../message.ts";
import type { Limits } from "./limits.ts";
import type { Recording } from "./journal.ts";

/** What `publish` did with a message. */
export interface Receipt {
  /** The id of the task that is there now: the message's own, or that of the one which holds its unique key. */
  readonly id: string;
  /**
   * `added`; `exists` when another message of that id or unique key was there already, and this one was not added; `full`
   * when it was not added since its queue takes no more.
   */
  readonly status: "added" | "exists" | "full";
}

/** How long a queue may grow, and what becomes of a message beyond that. */
export interface QueueLength {
  /** How many may wait in it; any number when absent. */
  readonly maxLength?: number;
  /** Whether a message beyond that is refused, which is usual, or takes the place of the one that waits longest. */
  readonly whenFull?: "refuse" | "dropOldest";
}

/** How to publish. */
export interface PublishOptions {
  /** Ends the repetitions when it is aborted. */
  readonly signal?: AbortSignal;
  /** How long queues may grow, by their names. */
  readonly queues?: ReadonlyMap<string, QueueLength>;
  /** What the limits allow that the messages name, where the broker knows nothing of them yet. */
  readonly limits?: Limits;
  /** What is to be written down, where the broker knows nothing of it yet. */
  readonly recording?: Recording;
}

/** A verb of the broker that publishes. */
export type PublishingVerb = (messages: readonly Message[], options: PublishOptions) => Promise<readonly Receipt[]>;
