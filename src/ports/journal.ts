/**
 * What happened: events of tasks and workers, and counts of what tasks came to. The broker writes both in the same
 * request as the change itself; whoever was away reads on where it stopped.
 *
 * @module
 */
import type { RevocationReason, TaskState } from "./task_record.ts";
import type { HistoryPoint, HistoryQuery } from "./history.ts";
import type { Json } from "../json.ts";

/**
 * Which events are kept.
 *
 * - `none`: no event
 * - `lifecycle`: tasks that were sent, retried and ended, workers that come and go
 * - `all`: those that were received, started, rejected or reported progress too, and workers' heartbeats
 */
export type EventLevel = "none" | "lifecycle" | "all";

/** What a broker is to write down. */
export interface Recording {
  /** Which events are kept. */
  readonly events: EventLevel;
  /** Whether counts are kept for the history. */
  readonly history: boolean;
}

/**
 * What happened, by Celery's names. `task-rejected`: the worker put it back, it is to run later or elsewhere.
 * `worker-heartbeat`: it was noted to be alive for longer, as often as it has to be.
 */
export type EventType =
  | "task-sent"
  | "task-received"
  | "task-started"
  | "task-progress"
  | "task-retried"
  | "task-rejected"
  | "task-succeeded"
  | "task-failed"
  | "task-revoked"
  | "task-expired"
  | "worker-online"
  | "worker-heartbeat"
  | "worker-offline";

/** All types of events. */
export const eventTypes: readonly EventType[] = [
  "task-sent",
  "task-received",
  "task-started",
  "task-progress",
  "task-retried",
  "task-rejected",
  "task-succeeded",
  "task-failed",
  "task-revoked",
  "task-expired",
  "worker-online",
  "worker-heartbeat",
  "worker-offline",
];

/** What else is said of an event, as far as it is known. */
export interface EventDetails {
  /** The name of the task; empty when the broker no longer knows it. */
  readonly task?: string;
  /** Its queue. */
  readonly queue?: string;
  /** The worker. */
  readonly worker?: string;
  /** How often the task was tried again. */
  readonly retries?: number;
  /** When it is due. */
  readonly eta?: number;
  /** When its run started. */
  readonly startedAt?: number;
  /** How long it ran (ms). */
  readonly runtime?: number;
  /** What its handler threw, without the stack; the first 500 characters. */
  readonly error?: { readonly type: string; readonly message: string };
  /** The state that its handler told. */
  readonly state?: TaskState;
  /** What its handler told with it, up to 2,000 characters of JSON. */
  readonly meta?: Json;
  /** Why the broker revoked it. */
  readonly reason?: RevocationReason;
  /** The task that took its place. */
  readonly replacedBy?: string;
  /** Whether the worker's lease ran out, rather than that it left. */
  readonly died?: boolean;
}

/** Something that happened to a task or a worker. */
export interface AppEvent extends EventDetails {
  /** What happened. */
  readonly type: EventType;
  /** When the broker wrote it down: ms since 1970. */
  readonly at: number;
  /** The task's id; absent for a worker's events. */
  readonly id?: string;
  /** Where to read on after it. */
  readonly cursor: string;
  /** Whether events were dropped that a reader who was away for too long has missed before this one. */
  readonly missed?: true;
}

/** Which events to read. */
export interface EventQuery {
  /** Those after this cursor. */
  readonly since?: string;
  /** Else those from this time on: ms since 1970. Without either only a cursor for what comes from now on. */
  readonly from?: number;
  /** At most so many. */
  readonly limit: number;
}

/** A part of the events, the oldest first. */
export interface EventPage {
  /** They. */
  readonly events: readonly AppEvent[];
  /** Where to read on, now or later. */
  readonly cursor: string;
  /** Whether events between the asked cursor and the first one are no longer kept. */
  readonly missed: boolean;
}

/** What a broker wrote down. */
export interface Journal {
  /**
   * Reads events: each once, in the order of the changes. They are kept for a day, and no more of them than some 32 MiB.
   *
   * To hear of later ones, `watch` the worker `~events`: it is woken when there are some.
   *
   * @throws {InvalidInput} When `since` is no cursor of this broker.
   */
  events(query: EventQuery): Promise<EventPage>;
  /** What is written down at present. */
  recording(): Promise<Recording>;
  /** Says what is written down from now on, until a worker that starts says something else. */
  record(recording: Recording): Promise<void>;
  /** Reads counts, in the order of their times, then queues and tasks; where there are none, no point. */
  history(query: HistoryQuery): Promise<HistoryPoint[]>;
}

/** Who watches this worker, which is none, is woken when events are written down, and now and then in vain. */
export const eventWatcher = "~events";

/** What is written down when nothing was said. */
export const nothingRecorded: Recording = Object.freeze({ events: "none", history: false });

const onlyInAll: ReadonlySet<EventType> = new Set([
  "task-received",
  "task-started",
  "task-progress",
  "task-rejected",
  "worker-heartbeat",
]);

/** Whether events of a type are kept at a level. */
export function isKept(type: EventType, level: EventLevel): boolean {
  return level === "all" || (level === "lifecycle" && !onlyInAll.has(type));
}
