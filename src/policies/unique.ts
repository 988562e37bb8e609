/**
 * One task at a time of what is the same: what another one is, and what becomes of it, is decided in the broker. Debounce
 * and throttle are built on it.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Uniqueness } from "../message.ts";
import type { UniqueOptions } from "../options/once.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean, show } from "../options/values.ts";

/** The same, checked: times in ms. */
export interface UniqueSettings {
  /** Says what is the same; all arguments when absent. */
  readonly key?: (...args: readonly Json[]) => string;
  /** Whether the queue counts too. */
  readonly perQueue?: boolean;
  /** How long at most (ms). */
  readonly for: number;
  /** What becomes of another one, unless its sender gets a handle on the first. */
  readonly on?: "reject" | "replace";
  /** Which states count, unless those are that it has not ended. */
  readonly states?: "waiting" | "any";
  /** So long after it was sent a call is due (ms). */
  readonly wait?: number;
  /** A call is due no later than so long after the first of those that replaced one another (ms). */
  readonly within?: number;
}

const usual = 86_400_000;
const longestKey = 1000;

/** Checks the option `unique` of a task or call; `undefined` for `false`. @throws {InvalidInput} */
export function readUnique(value: boolean | UniqueOptions): UniqueSettings | undefined {
  if (value === false) return undefined;
  if (value === true) return { for: usual };
  checkKeys(value, ["key", "perQueue", "for", "on", "states"], "option of unique", "unique");
  const { key, perQueue = false } = value;
  const on = readOneOf(["return", "reject", "replace"], value.on, "unique.on");
  const states = readOneOf(["unfinished", "waiting", "any"], value.states, "unique.states");
  return {
    ...(key === undefined ? {} : { key: readKey(key, "unique.key") }),
    ...(readBoolean(perQueue, "unique.perQueue") ? { perQueue } : {}),
    for: value.for === undefined ? usual : readSpan(value.for, "unique.for"),
    ...(on === "return" ? {} : { on }),
    ...(states === "unfinished" ? {} : { states }),
  };
}

/** Checks what calls are the same by. @throws {InvalidInput} */
export function readKey(value: unknown, field: string): NonNullable<UniqueSettings["key"]> {
  if (typeof value === "function") return value as NonNullable<UniqueSettings["key"]>;
  if (typeof value === "string") return () => value;
  throw new InvalidInput(field, `${field} must be a text or a function of the arguments, and it is ${show(value)}`);
}

/** Checks a time of at least a millisecond. @throws {InvalidInput} */
export function readSpan(value: Duration, field: string): number {
  const ms = milliseconds(value, field);
  if (ms >= 1) return ms;
  throw new InvalidInput(field, `${field} must be longer than 0, and it is ${show(value)}`);
}

/** The first is what it is when nothing was said. */
function readOneOf<const Name extends string>(names: readonly [Name, ...Name[]], value: unknown, field: string): Name {
  if (value === undefined) return names[0];
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new InvalidInput(field, `${field} must be one of ${names.join(", ")}, and it is ${show(value)}`);
}

/** A call, as far as its key depends on it. */
export interface KeyedCall {
  /** The name of the task. */
  readonly task: string;
  /** The queue of the call. */
  readonly queue: string;
  /** Its arguments, as JSON brings them. */
  readonly args: readonly Json[];
}

/** What a message says of it. @throws {InvalidInput} When the key is no text, or too long. */
export function uniqueOf(settings: UniqueSettings, { task, queue, args }: KeyedCall): Uniqueness {
  const { key, perQueue, for: ms, on, states, within } = settings;
  const given = key ? key(...args) : JSON.stringify(args);
  if (typeof given !== "string" || given.length > longestKey) {
    throw new InvalidInput(
      "unique.key",
      `The unique key of task ${JSON.stringify(task)} must be a text of at most ${longestKey} characters, and it ` +
        (typeof given === "string" ? `has ${given.length}: give a key` : `is ${show(given)}`),
    );
  }
  return {
    key: `${task}${perQueue ? `@${queue}` : ""}:${given}`,
    for: ms,
    ...(on === undefined ? {} : { on }),
    ...(states === undefined ? {} : { states }),
    ...(within === undefined ? {} : { within }),
  };
}
