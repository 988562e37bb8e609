/**
 * A worker's turn, which hands in what is finished and takes what is next, and what it brings.
 *
 * @module
 */
import type { Message } from "../message.ts";
import type { Recording } from "./journal.ts";
import type { Limits } from "./limits.ts";
import type { RemoteCommand } from "./mail.ts";
import type { TaskRecord } from "./task_record.ts";

/** Names one delivery of one message to one worker: the fencing token. Opaque to everybody but the broker. */
export type Lease = string;

/** A message under a lease. */
export interface Delivery {
  /** The message. */
  readonly message: Message;
  /** To be named in every turn until it is settled. */
  readonly lease: Lease;
  /** How many workers died while they held this message. */
  readonly deaths: number;
}

/** How a worker hands in a delivery: either the task has ended, or its message goes back to a queue. */
export type Settlement = {
  /** The delivery. */
  readonly lease: Lease;
  /** What is to be known of the task from now on; `id` names it. */
  readonly record: TaskRecord;
  /**
   * The message to be put back (a retry, a hand-back), due at its `eta`: then the record's state is not final. Its queue
   * may differ from the one that it came from. A hand-back goes to the head of its queue or lane, others to the end. At
   * the head of a lane with an `eta` the whole lane waits until then: what is behind it does not overtake.
   */
  readonly again?: { readonly message: Message; readonly head: boolean; readonly deaths: number };
  /**
   * What is sent with it: added if, and only if, the settlement counts; one whose id is there already is not. Neither
   * unique keys nor the lengths of queues are looked at.
   */
  readonly followUps?: readonly Message[];
  /** When it might have been started at the earliest: for the history. */
  readonly dueAt?: number;
};

/** What a worker tells of a task that still runs. */
export interface Report {
  /** The delivery. */
  readonly lease: Lease;
  /** What is to be known of the task from now on. */
  readonly record: TaskRecord;
}

/** A worker's turn: hands in what is finished, renews what runs, takes what is next. */
export interface Turn {
  /** The worker: a name that no other process uses at the same time. */
  readonly worker: string;
  /** Higher in each turn than in the one before; the same when a turn is repeated, and then nothing else may differ. */
  readonly number: number;
  /** The queues to take from, the first one first. */
  readonly queues: readonly string[];
  /** How many deliveries more the worker can take: those of a batch count as one. 0 to 500. */
  readonly limit: number;
  /** The deliveries that the worker knows of, those that it settles in this turn too. What it runs is renewed. */
  readonly holds: readonly Lease[];
  /** What is finished. At most 500. */
  readonly settlements: readonly Settlement[];
  /** What is to be known of those that run. At most 500. */
  readonly reports: readonly Report[];
  /** For how long everything that the worker holds is leased (ms). */
  readonly lease: number;
  /** The ids of the commands of its mail that the worker has read: they do not come again. */
  readonly read?: readonly string[];
  /** What limits allow from now on: what the worker's tasks and queues declare, told in its first turn. */
  readonly limits?: Limits;
  /** What is written down from now on: what the worker's app is set to, told in its first turn. */
  readonly recording?: Recording;
  /** Whether messages may be handed to the worker by a signal, as long as it has room: it must `watch` itself. */
  readonly park: boolean;
  /** The worker's last turn: what it holds and does not settle here is returned, and the worker forgotten. */
  readonly leave: boolean;
}

/** What a turn brings. */
export interface TurnReply {
  /** What the worker is to run: new ones, and those it holds without knowing because an answer or signal got lost. */
  readonly deliveries: readonly Delivery[];
  /** Those of `holds` and `settlements` that the worker no longer holds: another one does, and nothing was changed. */
  readonly lost: readonly Lease[];
  /** Those of `holds` whose task was revoked. */
  readonly revoked: readonly Lease[];
  /** Those of `revoked` whose runs are to be over at once. */
  readonly terminated?: readonly Lease[];
  /** The worker's mail: what it has not said it has read, and what has not expired; absent when there is none. */
  readonly mail?: readonly RemoteCommand[];
  /** Whether more is waiting that may be taken at once. */
  readonly more: boolean;
  /** When the next turn is worth while even if nothing is signalled: a delayed message is due, or a lease ends. */
  readonly wakeAt?: number;
  /** Until when the worker counts as alive. */
  readonly aliveUntil: number;
}
