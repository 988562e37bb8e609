/**
 * What the sorted set of dead letters says of each: what a filter asks for.
 *
 * A member is `<failed>|<ends>|<id>|<queue>|<error>|<task>`. The time of the failure has 15 digits: all scores are 0, and
 * members are ordered as texts.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import type { DeadLetterFilter } from "../../../ports/dead_letters.ts";
import { endOf } from "./record.ts";

/** What the set says of a dead letter: the same from its record whenever it is read. */
export function memberOf(record: TaskRecord): string {
  const { id, task, queue, finishedAt = 0, error } = record;
  return [timeText(finishedAt), endOf(record, finishedAt), id, queue, typeText(error?.type ?? ""), task].join("|");
}

function typeText(type: string): string {
  return type.slice(0, 100).replaceAll("|", " ");
}

/** A dead letter, as the set knows it. */
export interface Member {
  /** When it failed. */
  readonly failedAt: number;
  /** When its record goes. */
  readonly ends: number;
  /** Its id. */
  readonly id: string;
  /** Its queue. */
  readonly queue: string;
  /** Its error's type, shortened. */
  readonly error: string;
  /** Its task. */
  readonly task: string;
}

/** Reads a member. */
export function readMember(member: string): Member {
  const [failedAt, ends, id, queue, error, ...task] = member.split("|");
  return {
    failedAt: Number(failedAt),
    ends: Number(ends),
    id: id!,
    queue: queue!,
    error: error!,
    task: task.join("|"),
  };
}

/** Whether a filter lets it through; `after` is looked after by the order of the set. */
export function fits({ failedAt, queue, error, task }: Member, filter: DeadLetterFilter): boolean {
  return (filter.task ?? task) === task && (filter.queue ?? queue) === queue &&
    (filter.error === undefined || typeText(filter.error) === error) && failedAt < (filter.before ?? Infinity);
}

/** A time in the order of texts. */
export function timeText(time: number): string {
  return String(Math.max(0, Math.floor(time))).padStart(15, "0");
}
