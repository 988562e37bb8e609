/**
 * Records and leases as the tables hold them.
 *
 * @module
 */
import type { Delivery, Lease } from "../../ports/turn.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import { decodeMessage, encodeMessage } from "../../message.ts";
import type { HeldRow, MessageRow } from "./statements/statements.ts";

/** How long the record of a task that ended stays when nothing else was said: a day (ms). */
export const usualKeep = 86_400_000;
/** The least: the memory against repetitions that come late (ms). */
export const leastKeep = 60_000;

/** The lease of a row: unique, since no worker takes the same row twice in one turn. */
export function toLease({ seq, turn }: Pick<HeldRow, "seq" | "turn">): Lease {
  return `${seq}:${turn}`;
}

/** The delivery of a row. */
export function toDelivery(row: MessageRow): Delivery {
  return { message: decodeMessage(row.id, row.message), lease: toLease(row), deaths: row.deaths };
}

/** The text of a record. */
export function encodeRecord({ message, ...record }: TaskRecord): string {
  return JSON.stringify(message ? { ...record, message: encodeMessage(message) } : record);
}

/** The record of a text, as it is at that time: a delayed message becomes due without anybody writing so. */
export function decodeRecord(text: string, now: number): TaskRecord {
  const { message, ...record } = JSON.parse(text);
  if (record.state === "QUEUED" && (record.eta ?? 0) > now) record.state = "SCHEDULED";
  return message === undefined ? record : { ...record, message: decodeMessage(record.id, message) };
}

/** When a record goes; 0 while its task has not ended. */
export function endOf(record: TaskRecord, now: number): number {
  return isFinal(record.state) ? now + Math.max(record.keep ?? usualKeep, leastKeep) : 0;
}
