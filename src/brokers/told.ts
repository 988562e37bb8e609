/**
 * What turns tell: the events that settlements and reports make, and what they add to the history. Shared by brokers.
 *
 * @module
 */
import type { Settlement } from "../ports/turn.ts";
import type { TaskRecord } from "../ports/task_record.ts";
import { type Tally, tallyOf } from "../ports/history.ts";
import type { EventDetails, EventType } from "../ports/journal.ts";

/** An event of a task, as it is written down. */
export interface Told {
  /** What happened. */
  readonly type: EventType;
  /** What is said of it. */
  readonly details: EventDetails;
}

/** The most characters of an error's message, and of what a handler tells, that an event repeats. */
const most = { message: 500, meta: 2000 };

const endings: { readonly [state: string]: EventType } = {
  SUCCESS: "task-succeeded",
  FAILURE: "task-failed",
  REVOKED: "task-revoked",
  EXPIRED: "task-expired",
  RETRY: "task-retried",
};

/** A message that was added or sent again. */
export function sentEvent({ task, queue, eta }: Pick<TaskRecord, "task" | "queue" | "eta">): Told {
  return { type: "task-sent", details: { task, queue, ...(eta ? { eta } : {}) } };
}

/** A message that a worker was given. */
export function receivedEvent({ task, queue }: Pick<TaskRecord, "task" | "queue">): Told {
  return { type: "task-received", details: { task, queue } };
}

/** A task that a worker hands in, or that was revoked. */
export function settledEvent(record: TaskRecord): Told {
  const { task, queue, state, retries, eta, startedAt, error, reason, replacedBy } = record;
  const runtime = runtimeOf(record);
  const details: EventDetails = {
    ...{ task, queue },
    ...(retries === 0 ? {} : { retries }),
    ...(eta === undefined ? {} : { eta }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(runtime === undefined ? {} : { runtime }),
    ...(error ? { error: { type: error.type, message: error.message.slice(0, most.message) } } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
  return { type: endings[state] ?? "task-rejected", details };
}

/** That a run has started, which the record says; `undefined` for one that has not. */
export function startedEvent({ task, queue, retries, startedAt }: TaskRecord): Told | undefined {
  if (startedAt === undefined) return undefined;
  return { type: "task-started", details: { task, queue, ...(retries === 0 ? {} : { retries }), startedAt } };
}

/** What a handler told; `undefined` when it only started. */
export function progressEvent({ task, queue, state, meta }: TaskRecord): Told | undefined {
  if (state === "STARTED" && meta === undefined) return undefined;
  const isShort = meta !== undefined && JSON.stringify(meta).length <= most.meta;
  return { type: "task-progress", details: { task, queue, state, ...(isShort ? { meta } : {}) } };
}

const words: { readonly [state: string]: string } = {
  SUCCESS: "d",
  FAILURE: "f",
  RETRY: "r",
  EXPIRED: "e",
  REVOKED: "x",
};

/** What a settlement adds to the history; `undefined` when it adds nothing. */
export function settledTally({ record, dueAt }: Settlement): Tally | undefined {
  const { state, startedAt } = record;
  const word = words[state];
  if (word === undefined) return undefined;
  const wait = startedAt === undefined || dueAt === undefined ? undefined : startedAt - dueAt;
  return tallyOf(word, wait, runtimeOf(record));
}

/** How long the run took that is over. */
function runtimeOf({ state, startedAt, finishedAt, attempts }: TaskRecord): number | undefined {
  const end = state === "RETRY" ? attempts?.at(-1)?.finishedAt : finishedAt;
  return startedAt === undefined || end === undefined ? undefined : Math.max(end - startedAt, 0);
}
