/**
 * Crontabs: Celery's patterns, and the times that they stand for in a zone.
 *
 * @module
 */
import { Cron } from "croner";
import { InvalidInput } from "../../errors.ts";
import { checkKeys } from "../../options/keys.ts";
import { show } from "../../options/values.ts";
import type { CrontabSchedule } from "../../periodic/schedule_data.ts";
import { type Field, type FieldName, fieldText, isWhole, readField } from "./crontab_field.ts";
import { Zone } from "./zone.ts";

/** A field of a crontab: a pattern, a number, or numbers. */
export type CrontabField = string | number | Iterable<number>;

/** The fields of a crontab, by Celery's names. */
export interface CrontabFields {
  /**
   * 0 to 59. An extension: Celery knows none.
   *
   * @default {0}
   */
  readonly second?: CrontabField;
  /**
   * 0 to 59.
   *
   * @default {"*"}
   */
  readonly minute?: CrontabField;
  /**
   * 0 to 23.
   *
   * @default {"*"}
   */
  readonly hour?: CrontabField;
  /**
   * 1 to 31; `L` for the last.
   *
   * @default {"*"}
   */
  readonly dayOfMonth?: CrontabField;
  /**
   * 1 to 12, or names.
   *
   * @default {"*"}
   */
  readonly monthOfYear?: CrontabField;
  /**
   * 0 (Sunday) to 6, or names; `1#2` for the second Monday, `5L` for the last Friday.
   *
   * @default {"*"}
   */
  readonly dayOfWeek?: CrontabField;
}

const order = ["minute", "hour", "dayOfMonth", "monthOfYear", "dayOfWeek"] as const;

const nicknames: { readonly [name: string]: string } = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * A crontab of Celery's grammar: by its text, `minute hour dayOfMonth monthOfYear dayOfWeek`, or by its fields. A day
 * must fit both day fields. Without anything: every minute.
 *
 * @throws {InvalidInput} When a field breaks the grammar, or when no day fits (30 February).
 *
 * @example
 * ```ts
 * import { crontab, nextTime } from "@umbel/umbel/beat";
 * import { assertEquals } from "@std/assert";
 *
 * const monday = crontab({ minute: 0, hour: 7, dayOfWeek: "mon" }); // or crontab("0 7 * * mon")
 * const next = await nextTime(monday, { after: Date.parse("2026-11-20T10:20Z"), timezone: "Europe/London" });
 * assertEquals(new Date(next!), new Date("2026-11-23T07:00Z"));
 * ```
 */
export function crontab(pattern: string | CrontabFields = {}): CrontabSchedule {
  const given = typeof pattern === "string" ? fieldsOf(pattern) : pattern;
  checkKeys(given, ["second", ...order], "field of a crontab");
  const schedule: CrontabSchedule = Object.freeze({
    kind: "crontab",
    ...(given.second === undefined ? {} : { second: text("second", given.second) }),
    minute: text("minute", given.minute),
    hour: text("hour", given.hour),
    dayOfMonth: text("dayOfMonth", given.dayOfMonth),
    monthOfYear: text("monthOfYear", given.monthOfYear),
    dayOfWeek: text("dayOfWeek", given.dayOfWeek),
  });
  if (timesOf(schedule).search(Date.UTC(2000, 0, 1)) !== undefined) return schedule;
  throw new InvalidInput(
    "dayOfMonth",
    `dayOfMonth must fit monthOfYear and dayOfWeek on some day, and ${show(schedule.dayOfMonth)} never does with ` +
      `${show(schedule.monthOfYear)} and ${show(schedule.dayOfWeek)}`,
  );
}

/** The text of a crontab, as `crontab()` takes it. */
export function crontabText({ second, ...fields }: CrontabSchedule): string {
  return [...(second === undefined ? [] : [second]), ...order.map((name) => fields[name])].join(" ");
}

/**
 * The first time after another that a crontab stands for.
 *
 * Where the hour has a `*`, every moment counts whose time of day fits, be it the first or the second one of that
 * reading; and for as long as the clocks were moved by, so does the time of day that would be without that. Other hours
 * count once a reading: the first time, and when the clocks jump over it, right after the jump.
 */
export function nextCrontab(schedule: CrontabSchedule, after: number, timezone: string): number | undefined {
  const times = timesOf(schedule);
  const zone = Zone.of(timezone);
  return times.followsElapsed ? nextElapsed(times, after, zone) : nextReading(times, after, zone);
}

function nextReading({ search }: Times, after: number, zone: Zone): number | undefined {
  let wall = search(after + zone.offsetAt(after));
  while (wall !== undefined) {
    const time = zone.firstShowing(wall);
    if (time > after) return time;
    wall = search(wall);
  }
  return undefined;
}

const twoDays = 2 * 86_400_000;

function nextElapsed({ search }: Times, after: number, zone: Zone): number | undefined {
  let from = after + 1;
  while (true) {
    const offset = zone.offsetAt(from);
    const wall = search(from + offset - 1);
    if (wall === undefined) return undefined;
    const time = wall - offset;
    const change = zone.nextChange(from, time);
    const late = asBefore(search, from, zone);
    if (late !== undefined && late <= (change ? change.at : time)) return late;
    if (!change) return time;
    // Whatever the offsets do in between, no reading fits until then: but for those that the clocks show again since they
    // are set back behind where this began.
    const isShownAgain = change.at + change.after < from + offset;
    from = isShownAgain ? change.at : Math.max(change.at, time - twoDays);
  }
}

/** The next time by the offset that held before the last change, for as long as that change was. */
function asBefore(search: Times["search"], from: number, zone: Zone): number | undefined {
  const change = zone.changes(from - twoDays, from).at(-1);
  if (!change) return undefined;
  const end = change.at + Math.abs(change.after - change.before);
  if (from >= end) return undefined;
  const wall = search(from + change.before - 1);
  return wall !== undefined && wall - change.before < end ? wall - change.before : undefined;
}

/** A crontab that is ready to be searched. */
interface Times {
  /** Whether the hour has a `*`. */
  readonly followsElapsed: boolean;
  /** The first reading after another, both as if they were UTC. */
  search(wall: number): number | undefined;
}

/** By text: an entry that comes out of a broker is another object each time. */
const prepared = new Map<string, Times>();
const mostPrepared = 1000;

function timesOf(schedule: CrontabSchedule): Times {
  const key = crontabText(schedule);
  const known = prepared.get(key);
  if (known) return known;
  const fields = (["second", ...order] as const).map((name): [FieldName, Field] => [
    name,
    readField(name, schedule[name] ?? 0),
  ]);
  // Expanded, since croner knows neither ranges that wrap nor long names; in UTC, since zones are our own business.
  const cron = new Cron(fields.map(([name, field]) => pattern(name, field)).join(" "), {
    utcOffset: 0,
    domAndDow: true,
    paused: true,
  });
  const times: Times = {
    followsElapsed: fields[2]![1].hasStar,
    search: (wall) => cron.nextRun(new Date(Math.floor(wall / 1000) * 1000))?.getTime(),
  };
  if (prepared.size === mostPrepared) prepared.clear();
  prepared.set(key, times);
  return times;
}

function pattern(name: FieldName, field: Field): string {
  if (isWhole(name, field)) return "*";
  return [
    ...field.values,
    ...(field.last ? ["L"] : []),
    ...field.nth.map(({ weekday, nth }) => nth === "L" ? `${weekday}L` : `${weekday}#${nth}`),
  ].join(",");
}

function text(name: FieldName, value: CrontabField = "*"): string {
  readField(name, value);
  return fieldText(value);
}

function fieldsOf(pattern: string): CrontabFields {
  const words = (nicknames[pattern.trim().toLowerCase()] ?? pattern).trim().split(/\s+/);
  if (words.length === 5 || words.length === 6) {
    const names = words.length === 5 ? order : ["second", ...order] as const;
    return Object.fromEntries(names.map((name, index) => [name, words[index]!]));
  }
  throw new InvalidInput(
    "crontab",
    `A crontab must have 5 fields (minute, hour, day of month, month, day of week), or 6 with the second first, and it ` +
      `is ${show(pattern)}`,
  );
}
