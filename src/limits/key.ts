/**
 * Keys of limits: what is counted together, by the arguments of a call.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";

/** Says by a call's arguments what is counted together. */
export type LimitKey = (...args: readonly unknown[]) => unknown;

/** The most characters of a key. */
const longestKey = 200;

/** Checks that it is a function. @throws {InvalidInput} */
export function readLimitKey(value: unknown, field: string): LimitKey {
  if (typeof value === "function") return value as LimitKey;
  throw new InvalidInput(field, `${field} must be a function of the arguments, and it is ${show(value)}`);
}

/**
 * Checks a key that a function gave, or that somebody names.
 *
 * @throws {InvalidInput} When it is no text, or too long.
 */
export function checkLimitKey(value: unknown, field: string): string {
  if (typeof value === "string" && value.length <= longestKey) return value;
  throw new InvalidInput(
    field,
    `${field} must give text of at most ${longestKey} characters, and it is ` +
      (typeof value === "string" ? `${value.length} characters long` : show(value)),
  );
}
