/**
 * Throttle: of the calls of a period only the first one is sent.
 *
 * @module
 */
import type { ThrottleOptions } from "../options/once.ts";
import { checkKeys } from "../options/keys.ts";
import { readKey, readSpan, type UniqueSettings } from "./unique.ts";

/** Checks the option `throttle` of a task or call. @throws {InvalidInput} */
export function readThrottle(value: ThrottleOptions): UniqueSettings {
  checkKeys(value, ["period", "key"], "option of throttle", "throttle");
  const { period, key = "" } = value;
  return { key: readKey(key, "throttle.key"), for: readSpan(period, "throttle.period"), states: "any" };
}
