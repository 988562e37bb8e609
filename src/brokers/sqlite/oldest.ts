/**
 * Since when messages wait.
 *
 * @module
 */
import { decodeMessage, dueAt } from "../../message.ts";
import type { Statements } from "./statements/statements.ts";

/** By queue, since when the one at the end that has waited longest may be taken. */
export function oldestOf({ ends, firstDues }: Statements, now: number): Map<string, number> {
  const oldest = new Map<string, number>();
  const note = (queue: string, since: number) => oldest.set(queue, Math.min(since, oldest.get(queue) ?? since));
  for (const { queue, id, message } of ends.all() as { queue: string; id: string; message: string }[]) {
    note(queue, dueAt(decodeMessage(id, message)));
  }
  for (const { queue, due } of firstDues.all(now) as { queue: string; due: number }[]) note(queue, due);
  return oldest;
}
