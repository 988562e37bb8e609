/**
 * What is new about a task, one thing after the other: its states, its progress, and what its handler says.
 *
 * @module
 */
import { isFinal, type TaskRecord, type TaskState } from "../ports/task_record.ts";
import { follow } from "./follow.ts";
import type { Json } from "../json.ts";
import type { KeptLog, LogLine } from "../log.ts";
import type { Waits } from "./waits.ts";

/** How far a task is. */
export interface Progress {
  /** How much is done. */
  readonly current: number;
  /** Of how much. */
  readonly total?: number;
  /** What is being done. */
  readonly note?: string;
}

/** The task is in another state, or told something else of the same one. */
export interface StateUpdate {
  /** What this is. */
  readonly kind: "state";
  /** The state. */
  readonly state: TaskState;
  /** What its handler told with it. */
  readonly meta?: Json;
  /** All that is known of it. */
  readonly record: TaskRecord;
}

/** Its handler told how far it is, with `self.progress()` or by `current` in the meta of a state. */
export interface ProgressUpdate extends Progress {
  /** What this is. */
  readonly kind: "progress";
}

/** Its handler said something. */
export interface LogUpdate extends LogLine {
  /** What this is. */
  readonly kind: "log";
  /** Its place among all lines of the task, from 1: lines that were dropped leave a gap. */
  readonly line: number;
}

/** What is new about a task. */
export type TaskUpdate = StateUpdate | ProgressUpdate | LogUpdate;

/** The updates of one task, from what is known now to its end, or until it is stopped. */
export async function* updatesOf(id: string, waits: Waits, stop: AbortSignal): AsyncGenerator<TaskUpdate> {
  let before: TaskRecord | undefined;
  for await (const told of follow(id, waits, stop)) {
    const record = await waits.wire.records.openRecord(told);
    yield* updatesBetween(before, record);
    before = record;
  }
}

/** What is new in a record. A state that ends the task comes last, any other one first. */
export function* updatesBetween(before: TaskRecord | undefined, after: TaskRecord): Generator<TaskUpdate> {
  const ends = isFinal(after.state);
  if (!ends) yield* stateUpdate(before, after);
  const progress = progressOf(after);
  if (progress && !isSame(progress, before && progressOf(before))) yield { kind: "progress", ...progress };
  yield* logUpdates(before?.log, after.log);
  if (ends) yield* stateUpdate(before, after);
}

function* stateUpdate(before: TaskRecord | undefined, record: TaskRecord): Generator<StateUpdate> {
  const { state, retries, meta } = record;
  const isOld = before?.state === state && before.retries === retries &&
    (progressOf(record) !== undefined || isSame(before.meta, meta));
  if (!isOld) yield { kind: "state", state, ...(meta === undefined ? {} : { meta }), record };
}

/** How far a task is, by what its handler told. */
export function progressOf({ meta }: Pick<TaskRecord, "meta">): Progress | undefined {
  if (typeof meta !== "object" || meta === null) return undefined;
  const { current, total, note } = meta as { readonly [name: string]: Json | undefined };
  if (typeof current !== "number") return undefined;
  return {
    current,
    ...(typeof total === "number" ? { total } : {}),
    ...(typeof note === "string" ? { note } : {}),
  };
}

function* logUpdates(before: KeptLog = nothing, after: KeptLog = nothing): Generator<LogUpdate> {
  for (let index = firstNew(before, after); index < after.lines.length; index++) {
    yield { kind: "log", line: after.dropped + index + 1, ...after.lines[index]! };
  }
}

/** The index of the first line that was not there before. */
function firstNew(before: KeptLog, after: KeptLog): number {
  const last = before.lines.at(-1);
  const next = before.dropped + before.lines.length - after.dropped;
  if (!last || next <= 0) return Math.max(0, next);
  if (isSame(after.lines[next - 1], last)) return next;
  // A worker died, and with it what it had been told: the next run goes on from an earlier line.
  const later = after.lines.findIndex(({ at }) => at > last.at);
  return later === -1 ? after.lines.length : later;
}

const nothing: KeptLog = { lines: [], dropped: 0 };

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
