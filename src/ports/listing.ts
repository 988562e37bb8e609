/**
 * The port to all tasks of which something is known, whatever has become of them: the newest first, part by part.
 *
 * @module
 */
import type { TaskRecord, TaskState } from "./task_record.ts";
import { readId } from "../id.ts";
import type { Message } from "../message.ts";

/** Which tasks: those that meet all of it. */
export interface ListingFilter {
  /** What has become of them: one of these. */
  readonly states?: readonly TaskState[];
  /** The name of the task. */
  readonly task?: string;
  /** The queue it waits or waited in. */
  readonly queue?: string;
  /** The worker of its last run. */
  readonly worker?: string;
  /** Sent at this time or later (ms since 1970). */
  readonly from?: number;
  /** Sent before this. */
  readonly to?: number;
}

/** Which tasks, and which part of them. */
export interface ListingQuery extends ListingFilter {
  /** How many at most: 1 to 500. */
  readonly limit: number;
  /** Where the last part ended: its `cursor`, or that of a task. */
  readonly cursor?: string;
  /**
   * A coarse sieve, which lets too much through and nothing slip: a broker may leave out a task when this text is nowhere
   * in what it holds of it, upper and lower case of ASCII being the same, and nothing of that is encoded. It is made of
   * characters that JSON leaves as they are: see {@linkcode sieveOf}.
   */
  readonly contains?: string;
  /**
   * Whether to look for the messages of those that wait or run, too.
   *
   * @default {false}
   */
  readonly messages?: boolean;
}

/** A task. */
export interface ListedTask {
  /** What is known of it. */
  readonly record: TaskRecord;
  /** Its message: that of its record; or, where that was asked for, as it waits or as a worker holds it. */
  readonly message?: Message;
  /** Where to go on behind it. */
  readonly cursor: string;
}

/** A part of the tasks. */
export interface ListingPage {
  /**
   * The newest first, to about a second: by the time in the id (a UUID of version 7 as the app makes them), of other ids
   * by `sentAt`. May be fewer than asked for, or none, though there are more.
   */
  readonly tasks: readonly ListedTask[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/** Which tasks are to be counted. */
export interface CountQuery extends Omit<ListingFilter, "states"> {
  /** How many records are looked at, about: 1 to 100,000. */
  readonly looks: number;
}

/** How many tasks are in which state. */
export interface StateCounts {
  /** By state: of those that fit. A state that none of them is in is absent. */
  readonly states: { readonly [state: string]: number };
  /**
   * Only those were counted that were sent at this time or later (ms since 1970): the others are counted by a query whose
   * `to` it is. Absent when all were.
   */
  readonly since?: number;
  /** How many records were looked at, about. */
  readonly looked: number;
}

/** All tasks of which something is known. */
export interface Listing {
  /**
   * A part of them. What is there from the first part to the last is told once, whatever happens to it; what comes
   * meanwhile is told if it belongs behind the cursor.
   *
   * @throws {InvalidInput} When the cursor is none of its own.
   */
  list(query: ListingQuery): Promise<ListingPage>;
  /** Counts them by state, the newest first. Looks at fewer than it may where that would take too long at once. */
  count(query: CountQuery): Promise<StateCounts>;
}

/** When a task was sent, as far as its place in the list goes. */
export function listedAt(id: string, sentAt: number): number {
  return readId(id)?.madeAt ?? sentAt;
}

/** Whether a filter lets a task through. */
export function fitsListing(record: TaskRecord, { states, task, queue, worker, from, to }: ListingFilter): boolean {
  const at = listedAt(record.id, record.sentAt);
  return (states === undefined || states.includes(record.state)) && (task ?? record.task) === record.task &&
    (queue ?? record.queue) === record.queue && (worker ?? record.worker) === record.worker &&
    at >= (from ?? -Infinity) && at < (to ?? Infinity);
}

/**
 * What of a text a broker can look for: its longest part that looks the same however often it was quoted in JSON, in lower
 * case; `undefined` when there is none.
 */
export function sieveOf(text: string): string | undefined {
  const parts = text.match(/[\x20-\x7e]+/g)?.flatMap((part) => part.split(/["\\]/)) ?? [];
  const longest = parts.reduce((best, part) => part.length > best.length ? part : best, "");
  return longest === "" ? undefined : longest.toLowerCase();
}

/** A position in the list, higher for what is newer, and what is there. */
export interface Placed<Row> {
  /** The position. */
  readonly at: string;
  /** What is there. */
  readonly row: Row;
}

/** What one source of tasks has, below a position. */
export interface SourcePart<Row> {
  /** The highest first. */
  readonly rows: readonly Placed<Row>[];
  /** Down to which position, itself included, these are all; absent when there is nothing below. */
  readonly reached?: string;
}

/** Parts of several sources as one: only down to where all of them are known. */
export function joinParts<Row>(parts: readonly SourcePart<Row>[], limit: number): SourcePart<Row> {
  const reached = parts.reduce(
    (most, part) => part.reached !== undefined && part.reached > most ? part.reached : most,
    "",
  );
  const known = parts.flatMap(({ rows }) => rows).filter(({ at }) => at >= reached).sort((a, b) =>
    a.at < b.at ? 1 : -1
  );
  if (known.length > limit) return { rows: known.slice(0, limit), reached: known[limit - 1]!.at };
  return { rows: known, ...(reached === "" ? {} : { reached }) };
}
