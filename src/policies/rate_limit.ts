/**
 * So many starts in a time, over all workers: what a task says about its rate.
 *
 * @module
 */
import { type LimitKey, readLimitKey } from "../limits/key.ts";
import { checkKeys } from "../options/keys.ts";
import { type Rate, type RateOptions, type RateText, readRate } from "../limits/rate.ts";

/** So many starts in a time, for each key of its own. */
export interface RateLimitOptions extends RateOptions {
  /**
   * Says by the arguments what is counted together: at most 200 characters.
   *
   * @default {all calls}
   */
  readonly key?: (...args: never[]) => string;
}

/** The rate limit of a task, checked. */
export interface RateLimitSettings {
  /** How many in how many ms, and how many at once. */
  readonly rate: Rate;
  /** Says what is counted together; all calls when absent. */
  readonly key?: LimitKey;
}

/** Checks the option `rateLimit` of a task. @throws {InvalidInput} */
export function readRateLimit(value: RateText | RateLimitOptions, field: string): RateLimitSettings {
  if (typeof value !== "object" || value === null) return { rate: readRate(value, field) };
  checkKeys(value, ["limit", "period", "burst", "key"], `part of ${field}`);
  const { key, ...rate } = value;
  return { rate: readRate(rate, field), ...(key === undefined ? {} : { key: readLimitKey(key, `${field}.key`) }) };
}
