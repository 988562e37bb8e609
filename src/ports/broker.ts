/**
 * The port to a broker: what Umbel asks of it, in four verbs; beside them small ports, each in a file of its own.
 *
 * Every verb is atomic, one round trip, and safe to repeat: over HTTP the answer to a request that was carried out may
 * get lost, and clients repeat requests by themselves. All times are ms since 1970 by the broker's clock.
 *
 * @module
 */
import type { Message } from "../message.ts";
import type { Bills, Meter } from "./bill.ts";
import type { Control } from "./control.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { Inspector } from "./inspector.ts";
import type { Journal } from "./journal.ts";
import type { Listing } from "./listing.ts";
import type { Mail } from "./mail.ts";
import type { PublishOptions, Receipt } from "./publishing.ts";
import type { Schedules } from "./schedules.ts";
import type { Signal, Topic } from "./signals.ts";
import type { TaskRecord } from "./task_record.ts";
import type { Turn, TurnReply } from "./turn.ts";
import type { Waiting } from "./waiting.ts";

/** Holds messages and their results. */
export interface Broker extends AsyncDisposable {
  /** Where it is, for logs: without secrets. */
  readonly name: string;
  /** The broker's time: ms since 1970. Waits for the first measurement, then answers at once. */
  now(): Promise<number>;
  /**
   * Adds messages; one whose id is already there is answered, not added. More than one request only for more than 2,000
   * messages or 4 MiB, each of which is atomic. Each message has a receipt of its own: that one is refused keeps out no
   * other.
   */
  publish(messages: readonly Message[], options?: PublishOptions): Promise<Receipt[]>;
  /**
   * A worker's turn. What a dead worker held, or one that leaves, comes back to the head of its queue; what has become
   * due comes to the end, the earliest first.
   */
  exchange(turn: Turn, options?: { readonly signal?: AbortSignal }): Promise<TurnReply>;
  /** What is known of these tasks, in the same order. */
  fetch(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<(TaskRecord | undefined)[]>;
  /**
   * Signals on these topics, until `signal` is aborted. Reconnects by itself; for topics of tasks a signal is given at
   * once for those that have ended.
   */
  watch(topics: readonly Topic[], options: { readonly signal: AbortSignal }): AsyncIterable<Signal>;
  /** Looking at things. */
  readonly inspector: Inspector;
  /** Telling things. */
  readonly control: Control;
  /** What failed for good. */
  readonly deadLetters: DeadLetters;
  /** Periodic tasks. */
  readonly schedules: Schedules;
  /** What waits. */
  readonly waiting: Waiting;
  /** What happened, as far as it is written down. */
  readonly journal: Journal;
  /** Commands to workers, and their answers. */
  readonly mail: Mail;
  /** All tasks of which something is known. */
  readonly listing: Listing;
  /** What all processes are billed. */
  readonly bills: Bills;
  /** Counts from now on what this client is billed, and goes on when it is asked again. Absent where nothing is billed. */
  meter?(): Meter;
}
