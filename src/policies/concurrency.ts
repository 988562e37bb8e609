/**
 * At most so many at once, over all workers: what a task or a queue says about it.
 *
 * @module
 */
import { readWhole } from "../options/values.ts";
import { checkKeys } from "../options/keys.ts";
import { type LimitKey, readLimitKey } from "../limits/key.ts";

/** At most so many at once, for each key of its own. */
export interface ConcurrencyOptions {
  /** How many. */
  readonly limit: number;
  /**
   * Says by the arguments what is counted together: at most 200 characters.
   *
   * @default {all calls}
   */
  readonly key?: (...args: never[]) => string;
}

/** The option of a task, checked. */
export interface ConcurrencySettings {
  /** How many. */
  readonly limit: number;
  /** Says what is counted together; all calls when absent. */
  readonly key?: LimitKey;
}

/** Checks the option `concurrency` of a task. @throws {InvalidInput} */
export function readConcurrency(value: number | ConcurrencyOptions, field: string): ConcurrencySettings {
  if (typeof value !== "object" || value === null) return { limit: readWhole(value, field, 1) };
  checkKeys(value, ["limit", "key"], `part of ${field}`);
  const { limit, key } = value;
  return {
    limit: readWhole(limit, `${field}.limit`, 1),
    ...(key === undefined ? {} : { key: readLimitKey(key, `${field}.key`) }),
  };
}
