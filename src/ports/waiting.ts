/**
 * The port to what waits: looked at part by part, and changed where it waits.
 *
 * @module
 */
import type { TaskRecord } from "./task_record.ts";
import type { Message } from "../message.ts";

/**
 * How a task waits: `QUEUED`, to be taken by any worker or as soon as its limits allow; `SCHEDULED`, since it is not yet
 * due; `RETRY`, due or not, since it failed.
 */
export type WaitingState = "QUEUED" | "SCHEDULED" | "RETRY";

/** Which of the tasks that wait: those that meet all of it. */
export interface WaitingFilter {
  /** The name of the task. */
  readonly task?: string;
  /** The queue it waits in. */
  readonly queue?: string;
  /** How it waits. */
  readonly state?: WaitingState;
}

/** Which of the tasks that wait, and which part of them. */
export interface WaitingQuery extends WaitingFilter {
  /** How many at most: 1 to 500. */
  readonly limit: number;
  /** Where the last part ended: its `cursor`. */
  readonly cursor?: string;
}

/** A task that waits, as it was found. */
export interface WaitingTask {
  /** What is known of it. */
  readonly record: TaskRecord & { readonly state: WaitingState };
  /** Its message. */
  readonly message: Message;
  /** How many workers died while they held it. */
  readonly deaths: number;
  /** Where it was found, for `change`. Opaque to everybody but the broker. */
  readonly place: string;
}

/** A part of the tasks that wait. */
export interface WaitingPage {
  /**
   * By queue; in each the highest priority first, in the order of their turns, and then what is not yet due, the earliest
   * first. May be fewer than asked for though there are more.
   */
  readonly tasks: readonly WaitingTask[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/** A task that was looked for: how it waits; or why it does not, `running` for one that a worker holds. */
export type Finding = WaitingTask | "running" | "ended" | "unknown";

/** What a task that waits is to become. */
export interface Change {
  /** As it was found: when it is so no longer, nothing is done. */
  readonly found: WaitingTask;
  /** What takes the place of its message, under the same id. */
  readonly message: Message;
  /** A word of this change: a repetition has the same. */
  readonly nonce: string;
}

/**
 * What became of a change: `changed`; `moved`, when the task is no longer as it was found: look again; `exists`, when
 * another task holds the unique key of the new message; `ended`; `unknown`.
 */
export type Changing = "changed" | "moved" | "exists" | "ended" | "unknown";

/** What waits. */
export interface Waiting {
  /** A part of what waits. What moves meanwhile may be told twice; what stays where it is, is told. */
  list(query: WaitingQuery): Promise<WaitingPage>;
  /** Looks for tasks where they wait. Returns in the same order. */
  find(ids: readonly string[]): Promise<Finding[]>;
  /**
   * Puts other messages in the place of those that wait: where they stand, as long as queue, priority, limits and the
   * time they are due stay the same, else at the end of where they belong then. Their records say so. A task keeps its
   * id, its deaths and who waits for it. Returns in the same order; each for itself.
   */
  change(changes: readonly Change[]): Promise<Changing[]>;
}

/** How a task waits, by its record; whatever that said when a worker gave it back. */
export function waitingState({ state }: TaskRecord, isDue: boolean): WaitingState {
  return state === "RETRY" ? "RETRY" : isDue ? "QUEUED" : "SCHEDULED";
}

/** Whether a filter's task and state are those of a task. */
export function fitsWaiting({ record, message }: WaitingTask, { task, state }: WaitingFilter): boolean {
  return (task ?? message.task) === message.task && (state ?? record.state) === record.state;
}
