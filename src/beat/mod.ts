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
import { registerBeat } from "../periodic/engine.ts";
import { checkEntryName, readEntry } from "./entry.ts";
import { tick } from "./tick.ts";

export type {
  AtSchedule,
  CrontabSchedule,
  EverySchedule,
  Schedule,
  SolarEvent,
  SolarSchedule,
} from "../periodic/schedule_data.ts";
export { crontab, type CrontabField, type CrontabFields } from "./schedules/crontab.ts";
export { at, every, type EveryOptions } from "./schedules/interval.ts";
export { type NextOptions, nextTime, nextTimes, readSchedule, scheduleText } from "./schedules/schedule.ts";
export { solar } from "./schedules/solar_events.ts";
export { Beat, type BeatOptions } from "./beat.ts";
export { denoCron } from "./deno_cron.ts";
export { Entries, type EntryChanges } from "./entries.ts";
export type { EntryDefinition } from "./entry.ts";
export type { Entry, KeptState } from "./kept.ts";

registerBeat({
  check(app, name, entry) {
    checkEntryName(name);
    readEntry(entry, app.config.timezone);
  },
  tick,
});
