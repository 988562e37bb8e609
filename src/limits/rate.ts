/**
 * So many starts in a time: how a rate is said.
 *
 * @module
 */
import type { Limit } from "../ports/limits.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { readWhole, show } from "../options/values.ts";
import { checkKeys } from "../options/keys.ts";

/** So many starts a second, minute, hour or day: `"10/s"`, `"100/m"`, `"5/h"`, `"1000/d"`. */
export type RateText = `${number}/${"s" | "m" | "h" | "d"}`;

/** So many starts in a time. */
export interface RateOptions {
  /** How many. */
  readonly limit: number;
  /** In how long. */
  readonly period: Duration;
  /**
   * How many of them may come at once after a while without any; else they are evenly spread.
   *
   * @default {1}
   */
  readonly burst?: number;
}

/** A rate, checked: in ms. */
export type Rate = NonNullable<Limit["rate"]>;

const periods: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Checks a rate that knows no keys. @throws {InvalidInput} */
export function readRate(value: RateText | RateOptions, field: string): Rate {
  if (typeof value === "object" && value !== null) {
    checkKeys(value, ["limit", "period", "burst"], `part of ${field}`);
    const { limit, period, burst = 1 } = value;
    return {
      limit: readWhole(limit, `${field}.limit`, 1),
      period: readWhole(milliseconds(period, `${field}.period`), `${field}.period`, 1),
      burst: readWhole(burst, `${field}.burst`, 1),
    };
  }
  const [, limit, unit] = (typeof value === "string" && /^(\d+)\/([smhd])$/.exec(value)) || [];
  if (unit !== undefined && Number(limit) > 0) return { limit: Number(limit), period: periods[unit]!, burst: 1 };
  throw new InvalidInput(
    field,
    `${field} must be a rate like "10/s", "100/m", "5/h" or "1000/d", or { limit, period }, and it is ${show(value)}`,
  );
}
