/**
 * Which of `unique`, `debounce` and `throttle` a task or a call asks for.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { OnceOptions } from "../options/once.ts";
import { readDebounce } from "./debounce.ts";
import { readThrottle } from "./throttle.ts";
import { readUnique, type UniqueSettings } from "./unique.ts";

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
