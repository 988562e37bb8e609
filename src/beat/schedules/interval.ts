/**
 * Intervals, and single moments.
 *
 * @module
 */
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { checkKeys } from "../../options/keys.ts";
import { readTime, show } from "../../options/values.ts";
import type { AtSchedule, EverySchedule } from "../../periodic/schedule_data.ts";

/** How an interval is aligned. */
export interface EveryOptions {
  /**
   * From when it is counted: `"epoch"`, 1970 in UTC, so that hours are full hours; or `"start"`, when the entry was first
   * put, or its `startAt`.
   *
   * @default {"epoch"}
   */
  readonly align?: "epoch" | "start";
}

/** The shortest interval: what comes oftener is no matter for a beat (ms). */
const shortest = 100;

/**
 * An interval of elapsed time, whatever clocks on walls do: `every(30)`, `every("90s")`, `every({ hours: 1, minutes: 15 })`.
 *
 * @param interval Seconds, or another duration, of at least 100 ms.
 * @throws {InvalidInput} When it is no duration, or shorter.
 */
export function every(interval: Duration, options: EveryOptions = {}): EverySchedule {
  checkKeys(options, ["align"], "option of every");
  const { align = "epoch" } = options;
  const ms = milliseconds(interval, "every");
  if (ms < shortest) throw new InvalidInput("every", `every must be at least 100 ms, and it is ${show(interval)}`);
  if (align !== "epoch" && align !== "start") {
    throw new InvalidInput("align", `align must be "epoch" or "start", and it is ${show(align)}`);
  }
  return Object.freeze({ kind: "every", milliseconds: ms, align });
}

/**
 * One moment: `at("2026-12-24T18:00:00Z")`.
 *
 * @param time A `Date`, ISO 8601 text, or **milliseconds** since 1970.
 * @throws {InvalidInput} When it is none of them.
 */
export function at(time: Date | string | number): AtSchedule {
  return Object.freeze({ kind: "at", time: readTime(time, "at") });
}

/** The first time after another, counted from `start`. */
export function nextEvery({ milliseconds, align }: EverySchedule, after: number, start: number): number {
  const from = align === "epoch" ? 0 : start;
  return from + (Math.floor((after - from) / milliseconds) + 1) * milliseconds;
}

/** The moment, if it is still to come. */
export function nextAt({ time }: AtSchedule, after: number): number | undefined {
  return time > after ? time : undefined;
}
