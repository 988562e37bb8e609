/**
 * One type for every span of time a caller gives. Seconds outside, as in Celery; milliseconds inside.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";

/**
 * A span of time: a number of **seconds** (fractions allowed), text with a unit (`"250ms"`, `"10s"`, `"5m"`, `"2h"`,
 * `"1d"`), or its parts, which are added up.
 */
export type Duration = number | string | DurationParts;

/** A span of time in parts. */
export interface DurationParts {
  /** Days of 24 hours. */
  readonly days?: number;
  /** Hours. */
  readonly hours?: number;
  /** Minutes. */
  readonly minutes?: number;
  /** Seconds. */
  readonly seconds?: number;
  /** Milliseconds. */
  readonly milliseconds?: number;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const parts: Record<string, number> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
};
const wanted = 'seconds, text like "250ms", "10s", "5m", "2h", "1d", or { minutes: 5 }';

/**
 * A duration in whole milliseconds.
 *
 * @param field What the duration is for: named in the error.
 * @throws {InvalidInput} When it is not a duration, is negative or not finite.
 */
export function milliseconds(duration: Duration, field: string): number {
  const ms = Math.round(read(duration, field));
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvalidInput(field, `${field} must be finite and not negative, and it is ${JSON.stringify(duration)}`);
}

function read(duration: Duration, field: string): number {
  if (typeof duration === "number") return duration * 1000;
  if (typeof duration === "string") {
    const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(duration);
    if (match) return Number(match[1]) * units[match[2]!]!;
  } else if (typeof duration === "object" && duration !== null) {
    const entries = Object.entries(duration);
    if (entries.length > 0 && entries.every(([name, value]) => name in parts && typeof value === "number")) {
      return entries.reduce((sum, [name, value]) => sum + value * parts[name]!, 0);
    }
  }
  throw new InvalidInput(field, `${field} must be ${wanted}, and it is ${show(duration)}`);
}

/** So many milliseconds as the text of a duration, in the largest unit that takes no fraction: `1500ms`, `5m`. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(units).reverse().find(([, size]) => ms % size === 0) ?? ["ms", 1];
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
