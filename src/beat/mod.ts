/**
 * Beat: periodic tasks. Schedules are plain JSON and know their next time; docs/beat.md tells the whole.
 *
 * ```ts
 * import { crontab, every, nextTimes } from "@umbel/umbel/beat";
 * import { assertEquals } from "@std/assert";
 *
 * // In London the clocks go from 2:00 back to 1:00 that night: half hours stay half hours.
 * const times = await nextTimes(crontab("0,30 * * * *"), 4, {
 *   after: Date.parse("2026-10-25T00:10Z"),
 *   timezone: "Europe/London",
 * });
 * assertEquals(times.map((time) => new Date(time).toISOString().slice(11, 16)), ["00:30", "01:00", "01:30", "02:00"]);
 * assertEquals(every({ minutes: 90 }).milliseconds, 5_400_000);
 * ```
 *
 * @module
 */
export { crontab, type CrontabField, type CrontabFields, type CrontabSchedule } from "./crontab.ts";
export { at, type AtSchedule, every, type EveryOptions, type EverySchedule } from "./interval.ts";
export {
  type NextOptions,
  nextTime,
  nextTimes,
  readSchedule,
  readTimezone,
  type Schedule,
  scheduleText,
} from "./schedule.ts";
export { solar, type SolarEvent, type SolarSchedule } from "./solar_events.ts";
