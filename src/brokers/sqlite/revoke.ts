/**
 * Ending tasks before they are done: one by one, or all that waits in a queue.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import type { Revocation } from "../../ports/control.ts";
import type { Signal } from "../../ports/signals.ts";
import { decodeMessage, type Message } from "../../message.ts";
import { withoutAttempts } from "../../policies/attempts.ts";
import { settledEvent } from "../told.ts";
import type { LaneKey } from "./lanes/lanes.ts";
import { decodeRecord, encodeRecord, endOf } from "./record.ts";
import type { RevokedRun } from "./signals.ts";
import type { RecordRow, Statements } from "./statements/statements.ts";
import type { Work } from "./database/work.ts";

/** Where a message waited. */
export interface PlaceRow extends Omit<LaneKey, "lane"> {
  readonly lane: string | null;
  readonly due: number;
  readonly message: string;
}

/** A message that waits, as it is purged. */
interface PurgedRow {
  readonly seq: number;
  readonly id: string;
  readonly lane: string | null;
  readonly priority: number;
  readonly message: string;
}

/** What is known of a task. */
export function findRecord({ findRecord }: Statements, id: string, now: number): TaskRecord | undefined {
  const row = findRecord.get(id) as unknown as RecordRow | undefined;
  return row && !(row.ends > 0 && row.ends < now) ? decodeRecord(row.record, now) : undefined;
}

/** The message of a task that waits or runs. */
export function messageOf({ messageOf }: Statements, id: string): Message | undefined {
  const row = messageOf.get(id) as { message: string } | undefined;
  return row && decodeMessage(id, row.message);
}

/** A task that has ended holds its unique key no longer. */
export function freeUnique({ freeUnique }: Statements, { id, unique }: TaskRecord): void {
  if (unique !== undefined) freeUnique.run(unique, id);
}

/** Ends a task as `REVOKED`; `change` is what else its record says then, besides its message. */
export function endRevoked(
  statements: Statements,
  known: TaskRecord,
  message: Message | undefined,
  { now, recorder }: Pick<Work, "now" | "recorder">,
  change: Partial<TaskRecord> = {},
): Signal {
  const record: TaskRecord = {
    ...known,
    state: "REVOKED",
    finishedAt: now,
    ...change,
    ...(message ? { message: withoutAttempts(message) } : {}),
  };
  statements.setRecord.run(endOf(record, now), encodeRecord(record), record.id);
  freeUnique(statements, record);
  recorder.task(record.id, settledEvent(record));
  return { kind: "ended", id: record.id, record };
}

/** Revokes a task; `running` is where workers are noted that run it. */
export function revoke(
  statements: Statements,
  id: string,
  terminate: boolean,
  work: Work,
  running: RevokedRun[],
): Revocation {
  const { now, lanes, tasks } = work;
  const known = findRecord(statements, id, now);
  if (!known) return "unknown";
  if (known.state === "REVOKED") {
    if (terminate) stop(statements, id, true, running);
    return "revoked";
  }
  if (isFinal(known.state)) return "ended";
  tasks.push(endRevoked(statements, known, messageOf(statements, id), work));
  stop(statements, id, terminate, running);
  for (const { queue, priority, lane } of statements.removeWaiting.all(id) as unknown as PlaceRow[]) {
    if (lane !== null) lanes.leave({ queue, priority, lane });
  }
  return "revoked";
}

/** Whoever runs it is to learn that it was revoked. */
function stop({ revokeMessage }: Statements, id: string, terminate: boolean, running: RevokedRun[]): void {
  const holder = revokeMessage.get(terminate ? 2 : 1, id) as { worker: string | null } | undefined;
  if (holder?.worker) running.push({ worker: holder.worker, id, terminate });
}

/** Revokes some of what waits in a queue, as `some` finds it; returns how many. */
export function purgeSome(
  statements: Statements,
  some: Statements["purgeWaiting"],
  queue: string,
  most: number,
  work: Work,
): number {
  const { now, lanes, tasks } = work;
  const rows = some.all(queue, most) as unknown as PurgedRow[];
  const left = new Map<string, LaneKey>();
  for (const { seq, id, lane, priority, message } of rows) {
    statements.removeMessage.run(seq);
    if (lane !== null) left.set(`${priority} ${lane}`, { queue, priority, lane });
    const known = findRecord(statements, id, now);
    if (!known || isFinal(known.state)) continue;
    tasks.push(endRevoked(statements, known, decodeMessage(id, message), work));
  }
  for (const lane of left.values()) lanes.leave(lane);
  return rows.length;
}
