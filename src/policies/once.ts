/**
 * Which of `unique`, `debounce` and `throttle` a task or a call asks for.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { type DebounceOptions, readDebounce } from "./debounce.ts";
import { readThrottle, type ThrottleOptions } from "./throttle.ts";
import { readUnique, type UniqueOptions, type UniqueSettings } from "./unique.ts";

/** How a call meets others that are the same. One of these at most. */
export interface OnceOptions {
  /**
   * Whether a call is not added while another one of the same arguments (or the same `key`) has not ended: its sender gets
   * a handle on that one, which says `existed`.
   *
   * @default {false}
   */
  readonly unique?: boolean | UniqueOptions;
  /** Calls wait for the last of them, which runs alone: `{ wait: "5s", maxWait: "1m" }`. */
  readonly debounce?: DebounceOptions;
  /** Of the calls of a period only the first one is sent: `{ period: "1m" }`. */
  readonly throttle?: ThrottleOptions;
}

/**
 * Checks them.
 *
 * @returns What they come to; `null` when `unique: false` says that there is nothing, `undefined` when nothing is said.
 * @throws {InvalidInput} When one breaks its rule, or two are given.
 */
export function readOnce({ unique, debounce, throttle }: OnceOptions): UniqueSettings | null | undefined {
  if (unique === undefined && debounce === undefined && throttle === undefined) return undefined;
  const given = Object.entries({ unique, debounce, throttle }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name);
    throw new InvalidInput(names[1]!, `${names.join(" and ")} exclude each other: give one of them`);
  }
  if (debounce !== undefined) return readDebounce(debounce);
  if (throttle !== undefined) return readThrottle(throttle);
  return unique === undefined ? undefined : readUnique(unique) ?? null;
}
