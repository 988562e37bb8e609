/**
 * Strict order: of the calls of a sequence one runs at a time, in the order in which they were sent. One that is to be
 * tried again goes back to the head of its lane, and what is behind it waits for that.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { limitName } from "../limits/name.ts";
import type { Message } from "../message.ts";
import { type LimitKey, readLimitKey } from "../limits/key.ts";

/** The option of a task, checked. */
export interface SequenceSettings {
  /** Says which calls are in order; all of them when absent. */
  readonly key?: LimitKey;
}

/** Checks the option `sequence` of a task; `undefined` for `false`. @throws {InvalidInput} */
export function readSequence(value: boolean | ((...args: never[]) => string)): SequenceSettings | undefined {
  if (typeof value === "boolean") return value ? {} : undefined;
  return { key: readLimitKey(value, "sequence") };
}

/** Whether nothing of its sequence may overtake this message: it says so itself, to workers that know no such task too. */
export function isInSequence({ task, limits }: Message): boolean {
  if (!limits) return false;
  const name = limitName("sequence", task);
  return limits.some((one) => one === name || one.startsWith(`${name}#`));
}

/** Refuses what would break the order. @throws {InvalidInput} */
export function checkSequence(task: {
  readonly sequence?: SequenceSettings;
  readonly batch?: unknown;
  readonly lifo?: unknown;
}): void {
  if (!task.sequence) return;
  for (const other of ["batch", "lifo"] as const) {
    if (task[other] === undefined) continue;
    throw new InvalidInput("sequence", `sequence and ${other} contradict each other: give one of them`);
  }
}

/** Refuses an option of a call that would let it overtake others. @throws {InvalidInput} */
export function checkInSequence(task: string, call: { readonly priority?: number; readonly lifo?: boolean }): void {
  for (const option of ["priority", "lifo"] as const) {
    if (call[option] === undefined) continue;
    throw new InvalidInput(
      option,
      `Calls of task ${JSON.stringify(task)} run in the order in which they are sent: none may have a ${option}`,
    );
  }
}
