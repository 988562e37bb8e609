/**
 * Where tasks are in the list of all: by the times that pages are named by, their pages, and their ids.
 *
 * @module
 */
import { readId } from "../../../id.ts";

/** The length of a time that pages are named by (ms). */
export const slice = 1024;
/** The page of what lies on none: above those of its time. */
export const noPage = "~";

/** A time (ms) in what pages are named by. */
export function timeOf(time: number): number {
  return Math.floor(Math.max(time, 0) / slice);
}

/** Where the tasks of a time and page are in the list: in the order of texts. */
export function placeOf(time: number, page: string): string {
  return `${String(time).padStart(12, "0")}:${page}:`;
}

/** Where a task is: by the time in its id, or by when it was sent (ms). */
export function positionOf(id: string, sentAt = 0): string {
  const read = readId(id);
  return (read ? placeOf(timeOf(read.madeAt), id.slice(15, 18)) : placeOf(timeOf(sentAt), noPage)) + id;
}
