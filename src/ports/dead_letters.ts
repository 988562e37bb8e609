/**
 * The port to dead letters: what failed for good stays for a while, to be looked at and sent again.
 *
 * @module
 */
import type { TaskRecord } from "./task_record.ts";
import type { Message } from "../message.ts";

/** Which dead letters: those that meet all of it. */
export interface DeadLetterFilter {
  /** The name of the task. */
  readonly task?: string;
  /** The queue it was taken from last. */
  readonly queue?: string;
  /** The class of the error: `TypeError`. */
  readonly error?: string;
  /** Failed before this (ms since 1970). */
  readonly before?: number;
  /** Failed at this time or later (ms since 1970). */
  readonly after?: number;
}

/** Which dead letters, and which part of them. */
export interface DeadLetterQuery extends DeadLetterFilter {
  /** How many at most: 1 to 500. */
  readonly limit: number;
  /** Where the last part ended: its `cursor`. */
  readonly cursor?: string;
}

/** A part of the dead letters, the newest first. */
export interface DeadLetterPage {
  /** Their records, with error, attempts and message. May be fewer than asked for though there are more. */
  readonly letters: readonly TaskRecord[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/**
 * What became of a dead letter that was to be sent again: `resent`; `exists`, when another task holds its unique key;
 * `not_failed`, when its task has not ended, or not so; `unknown`, when there is no such letter.
 */
export type Resending = "resent" | "exists" | "not_failed" | "unknown";

/** What became of a dead letter that was to be deleted: `not_failed`, when its task has not ended, or not so. */
export type Deletion = "deleted" | "not_failed" | "unknown";

/** Dead letters: the records of tasks in `FAILURE`, each for as long as its `keep` says. */
export interface DeadLetters {
  /** A part of them, the newest first. */
  list(query: DeadLetterQuery): Promise<DeadLetterPage>;
  /**
   * Puts messages into their queues in place of the dead letters of the same ids, whose records say `QUEUED` then. Each
   * needs a `nonce` of its own, which tells a repetition of the request.
   *
   * @returns In the same order.
   */
  resend(messages: readonly Message[]): Promise<Resending[]>;
  /** Forgets dead letters, and that their tasks ever were. Returns in the same order. */
  delete(ids: readonly string[]): Promise<Deletion[]>;
  /**
   * Removes those whose time is over, and the oldest beyond so many, of which it stays known for a day at most that they
   * failed. Returns how many went.
   */
  trim(most: number): Promise<number>;
}
