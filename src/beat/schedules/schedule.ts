/**
 * Schedules: plain JSON that says when something is due, and the function that tells the next time.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { durationText } from "../../options/duration.ts";
import { show } from "../../options/values.ts";
import type {
  AtSchedule,
  CrontabSchedule,
  EverySchedule,
  Schedule,
  SolarSchedule,
} from "../../periodic/schedule_data.ts";
import { crontab, crontabText, nextCrontab } from "./crontab.ts";
import { at, every, nextAt, nextEvery } from "./interval.ts";
import { solar } from "./solar_events.ts";

/** What the next time of a schedule is asked with. */
export interface NextOptions {
  /** The time that is looked for comes later than this: ms since 1970. */
  readonly after: number;
  /**
   * The zone whose clocks a crontab goes by, by its IANA name.
   *
   * @default {"UTC"}
   */
  readonly timezone?: string;
  /**
   * From when an interval with `align: "start"` is counted: ms since 1970.
   *
   * @default {1970}
   */
  readonly start?: number;
}

/**
 * The first time after another that a schedule stands for: ms since 1970; `undefined` when there is none.
 *
 * @throws {InvalidInput} When there is no such zone.
 *
 * @example
 * ```ts
 * import { every, nextTime } from "@umbel/umbel/beat";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await nextTime(every({ hours: 1 }), { after: 5_000 }), 3_600_000);
 * ```
 */
export async function nextTime(schedule: Schedule, options: NextOptions): Promise<number | undefined> {
  const { after, timezone = "UTC", start = 0 } = options;
  switch (schedule.kind) {
    case "every":
      return nextEvery(schedule, after, start);
    case "crontab":
      return nextCrontab(schedule, after, timezone);
    case "at":
      return nextAt(schedule, after);
    case "solar":
      // Loaded here: few need it, and it is larger than everything else.
      return (await import("./solar.ts")).nextSolar(schedule, after);
  }
}

/** The next times of a schedule, at most so many. See {@linkcode nextTime}. */
export async function nextTimes(schedule: Schedule, count: number, options: NextOptions): Promise<number[]> {
  const times: number[] = [];
  let { after } = options;
  while (times.length < count) {
    const time = await nextTime(schedule, { ...options, after });
    if (time === undefined) return times;
    times.push(after = time);
  }
  return times;
}

/**
 * A schedule that came from elsewhere, checked. A number or a duration's text is an interval, as in Celery's
 * `beat_schedule`; another text is a crontab.
 *
 * @throws {InvalidInput} When it is no schedule.
 */
export function readSchedule(value: unknown): Schedule {
  if (typeof value === "string" && /\S\s+\S|@/.test(value)) return crontab(value);
  if (typeof value === "number" || typeof value === "string") return every(value);
  const { kind, ...rest } = (typeof value === "object" && value !== null ? value : {}) as { kind?: unknown };
  switch (kind) {
    case "every": {
      const { milliseconds, align } = rest as EverySchedule;
      return every({ milliseconds }, align === undefined ? {} : { align });
    }
    case "crontab":
      return crontab(rest as Omit<CrontabSchedule, "kind">);
    case "at":
      return at((rest as AtSchedule).time);
    case "solar": {
      const { event, latitude, longitude } = rest as SolarSchedule;
      return solar(event, latitude, longitude);
    }
  }
  throw new InvalidInput(
    "schedule",
    `schedule must be made by every, crontab, at or solar, and it is ${show(value)}`,
  );
}

/** A schedule for people: `every 30s`, `0 7 * * mon`, `at 2026-12-24T18:00:00.000Z`, `sunset at 51.48, 0`. */
export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case "every":
      return `every ${durationText(schedule.milliseconds)}`;
    case "crontab":
      return crontabText(schedule);
    case "at":
      return `at ${new Date(schedule.time).toISOString()}`;
    case "solar":
      return `${schedule.event} at ${schedule.latitude}, ${schedule.longitude}`;
  }
}
