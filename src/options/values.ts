/**
 * Values of options, checked at the door: each with a sentence that names the field, the rule and the value.
 *
 * @module
 */
import { type Duration, milliseconds } from "./duration.ts";
import { InvalidInput } from "../errors.ts";

/** A value in an error's sentence. */
export function show(value: unknown): string {
  if (value instanceof Date && Number.isNaN(value.getTime())) return "no date";
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** A whole number from `least` on. @throws {InvalidInput} When it is none. */
export function readWhole(value: unknown, field: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new InvalidInput(field, `${field} must be a whole number from ${least} on, and it is ${show(value)}`);
}

/** The last time that a Date can say (ms since 1970): in the year 275760. */
const latest = 8.64e15;

/** A point in time as ms since 1970. */
export function readTime(value: unknown, field: string): number {
  const ms = value instanceof Date
    ? value.getTime()
    : typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value)
    ? Date.parse(value)
    : value;
  if (typeof ms === "number" && Math.abs(ms) <= latest) return Math.round(ms);
  throw new InvalidInput(
    field,
    `${field} must be a Date, ISO 8601 text or milliseconds since 1970, and it is ${show(value)}`,
  );
}

/** A priority. */
export function readPriority(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9) return value as number;
  throw new InvalidInput("priority", `priority must be a whole number from 0 to 9, and it is ${show(value)}`);
}

/** True or false. */
export function readBoolean(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInput(field, `${field} must be true or false, and it is ${show(value)}`);
}

/** A duration of more than nothing, in ms. */
export function readLimit(value: unknown, field: string): number {
  const ms = milliseconds(value as Duration, field);
  if (ms > 0) return ms;
  throw new InvalidInput(field, `${field} must be longer than 0, and it is ${show(value)}`);
}

/** The most retries: `null` for no limit, as JSON knows no `Infinity`. */
export function readMaxRetries(value: unknown, field = "maxRetries"): number | null {
  if (value === null || value === Infinity) return null;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new InvalidInput(
    field,
    `${field} must be a whole number from 0, or null or Infinity for no limit, and it is ${show(value)}`,
  );
}
