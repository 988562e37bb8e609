/**
 * Throttle: of the calls of a period only the first one is sent.
 *
 * @module
 */
import type { Duration } from "../duration.ts";
import { checkKeys } from "../options.ts";
import { readKey, readSpan, type UniqueKey, type UniqueSettings } from "./unique.ts";

/** How rarely calls are sent. */
export interface ThrottleOptions {
  /** For so long after a call was sent, however it ends, others get a handle on it and are not added. */
  readonly period: Duration;
  /**
   * Calls of this task with equal keys share a period.
   *
   * @default {all calls of the task}
   */
  readonly key?: UniqueKey;
}

/** Checks the option `throttle` of a task or call. @throws {InvalidInput} */
export function readThrottle(value: ThrottleOptions): UniqueSettings {
  checkKeys(value, ["period", "key"], "option of throttle");
  const { period, key = "" } = value;
  return { key: readKey(key, "throttle.key"), for: readSpan(period, "throttle.period"), states: "any" };
}
