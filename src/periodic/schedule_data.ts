/**
 * Schedules as data: what says when something is due, and how it is stored and sent. Made in src/beat/.
 *
 * @module
 */

/** An interval, as plain JSON. */
export interface EverySchedule {
  /** Tells the kinds apart. */
  readonly kind: "every";
  /** How long (ms). */
  readonly milliseconds: number;
  /** From when it is counted. */
  readonly align: "epoch" | "start";
}

/** One moment, as plain JSON. */
export interface AtSchedule {
  /** Tells the kinds apart. */
  readonly kind: "at";
  /** When: ms since 1970. */
  readonly time: number;
}

/** A crontab, as plain JSON: each field a pattern. */
export interface CrontabSchedule {
  /** Tells the kinds apart. */
  readonly kind: "crontab";
  /** The seconds; absent for 0. */
  readonly second?: string;
  /** The minutes. */
  readonly minute: string;
  /** The hours. */
  readonly hour: string;
  /** The days of the month. */
  readonly dayOfMonth: string;
  /** The months. */
  readonly monthOfYear: string;
  /** The days of the week. */
  readonly dayOfWeek: string;
}

/**
 * What the sun does: it rises and sets with its upper edge, at noon it stands highest, and at the dawns and dusks its
 * centre is 6 (civil), 12 (nautical) or 18 (astronomical) degrees below the horizon.
 */
export type SolarEvent =
  | "dawn_astronomical"
  | "dawn_nautical"
  | "dawn_civil"
  | "sunrise"
  | "solar_noon"
  | "sunset"
  | "dusk_civil"
  | "dusk_nautical"
  | "dusk_astronomical";

/** A schedule by the sun, as plain JSON. */
export interface SolarSchedule {
  /** Tells the kinds apart. */
  readonly kind: "solar";
  /** What the sun does. */
  readonly event: SolarEvent;
  /** Degrees north; south is negative. */
  readonly latitude: number;
  /** Degrees east; west is negative. */
  readonly longitude: number;
}

/** When something is due, as plain JSON: made by `every`, `crontab`, `at` and `solar`. */
export type Schedule = EverySchedule | CrontabSchedule | AtSchedule | SolarSchedule;
