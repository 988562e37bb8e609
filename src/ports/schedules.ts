/**
 * The port of periodic tasks: entries, each with the time at which it is due. A broker knows no schedules: it keeps what
 * it is given, compares due times, and sets them.
 *
 * @module
 */
import type { PublishOptions, Receipt } from "./publishing.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";

/** Whom to watch, as if it were a worker, to hear that entries were put or removed. */
export const beatTopic = "~beat";

/** An entry as the broker keeps it. */
export interface StoredEntry {
  /** Its name. */
  readonly name: string;
  /** How often it was put: from 1. */
  readonly revision: number;
  /** What it is: opaque to the broker. */
  readonly definition: Json;
  /** When it is due next: ms since 1970. Absent when it is not. */
  readonly due?: number;
  /** What its last tick left, or its last `put`: opaque to the broker. */
  readonly state?: Json;
}

/** An entry to be put. */
export interface EntryChange {
  /** Its name. */
  readonly name: string;
  /** The revision that this is made of: 0 for a new entry. */
  readonly revision: number;
  /** What it is from now on. */
  readonly definition: Json;
  /** When it is due next, `null` for never; as before when absent. */
  readonly due?: number | null;
  /** As before when absent. */
  readonly state?: Json;
}

/** What a beat does about an entry that was due. */
export interface Tick {
  /** The entry. */
  readonly name: string;
  /** The time that was due: of several beats that found it so, one is the first. */
  readonly due: number;
  /** When it is due next; absent for never. */
  readonly next?: number;
  /** What is to be kept of it. */
  readonly state: Json;
  /** What is sent: usually one message, none for a tick that is left out. At most 1,000. */
  readonly messages: readonly Message[];
}

/** What became of a tick. */
export interface TickAnswer {
  /** Whether it was this one that counted, and not another beat's. */
  readonly fired: boolean;
  /** One for each of its messages, when it counted. */
  readonly receipts: readonly Receipt[];
  /** When the entry is due now; absent when it is not, or is there no longer. */
  readonly due?: number;
  /** What is kept of it now. */
  readonly state?: Json;
}

/** Keeps entries, and sends what is due once. */
export interface Schedules {
  /**
   * Adds entries or changes them.
   *
   * @returns In the same order: whether it was done; not when the entry was put by somebody else meanwhile.
   */
  put(changes: readonly EntryChange[]): Promise<boolean[]>;
  /** Removes entries; what they have sent stays. */
  remove(names: readonly string[]): Promise<void>;
  /** All entries, by name. */
  list(): Promise<StoredEntry[]>;
  /**
   * Compares the due time of each entry, and where it is as the tick says, sets the next one and sends its messages, all
   * at once.
   *
   * @param by A word that no other call uses, but for its own repetitions: these are told what the first one was told.
   */
  fire(by: string, ticks: readonly Tick[], options?: PublishOptions): Promise<TickAnswer[]>;
}
