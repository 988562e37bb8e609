/**
 * One task at a time of what is the same: another one is not added while the first has not ended.
 *
 * @module
 */
import { type Duration, milliseconds } from "../duration.ts";
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import { checkKeys, show } from "../options.ts";

/** Which calls of a task are the same, and for how long. */
export interface UniqueOptions {
  /**
   * Says by the arguments what is the same: calls with equal keys are. At most 1,000 characters.
   *
   * @default {all arguments}
   */
  readonly key?: (...args: never[]) => string;
  /**
   * The longest time that a task keeps others out, from its sending: should it never end.
   *
   * @default {"1d"}
   */
  readonly for?: Duration;
}

/** The same, checked: times in ms. */
export interface UniqueSettings {
  /** Says what is the same; all arguments when absent. */
  readonly key: ((...args: readonly Json[]) => string) | undefined;
  /** How long at most (ms). */
  readonly for: number;
}

const usual = 86_400_000;
const longestKey = 1000;

/** Checks the option `unique` of a task; `undefined` for `false`. @throws {InvalidInput} */
export function readUnique(value: boolean | UniqueOptions): UniqueSettings | undefined {
  if (value === false) return undefined;
  if (value === true) return { key: undefined, for: usual };
  checkKeys(value, ["key", "for"], "option of unique");
  if (value.key !== undefined && typeof value.key !== "function") {
    throw new InvalidInput(
      "unique.key",
      `unique.key must be a function of the arguments, and it is ${show(value.key)}`,
    );
  }
  const ms = value.for === undefined ? usual : milliseconds(value.for, "unique.for");
  if (ms < 1) throw new InvalidInput("unique.for", "unique.for must be longer than 0");
  return { key: value.key as UniqueSettings["key"], for: ms };
}

/** What a message says of it. @throws {InvalidInput} When the key is no text, or too long. */
export function uniqueOf(
  { key, for: ms }: UniqueSettings,
  task: string,
  args: readonly Json[],
): NonNullable<Message["unique"]> {
  const given = key ? key(...args) : JSON.stringify(args);
  if (typeof given !== "string" || given.length > longestKey) {
    throw new InvalidInput(
      "unique.key",
      `The unique key of task ${JSON.stringify(task)} must be a text of at most ${longestKey} characters, and it ` +
        (typeof given === "string" ? `has ${given.length}: give unique.key` : `is ${show(given)}`),
    );
  }
  return { key: `${task}:${given}`, for: ms };
}
