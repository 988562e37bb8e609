/**
 * Entries as they are kept: checked, with their defaults, as plain JSON.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import { checkTaskName } from "../message.ts";
import { type CallOptions, readCallOptions } from "../options/call_options.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean, readTime, show } from "../options/values.ts";
import { type BeatEntry, type EntryCallOptions, entryOptionNames } from "../periodic/entry_options.ts";
import type { Schedule } from "../periodic/schedule_data.ts";
import { readTimezone } from "../options/timezone.ts";
import { readSchedule } from "./schedules/schedule.ts";

/** What is sent, and when: an entry with its defaults. All times in ms. */
export interface EntryDefinition {
  /** The name of the task. */
  readonly task: string;
  /** The arguments of its handler. */
  readonly args: readonly Json[];
  /** The arguments are made when a call is sent: only a beat that has the code can send it. */
  readonly lazy?: true;
  /** The options of its calls. */
  readonly options?: EntryCallOptions;
  /** When. */
  readonly schedule: Schedule;
  /** The zone of a crontab. */
  readonly timezone: string;
  /** Whether it is due at all. */
  readonly enabled: boolean;
  /** Not due before. */
  readonly startAt?: number;
  /** Not due after. */
  readonly endAt?: number;
  /** How often it is sent at most. */
  readonly maxRuns?: number;
  /** By how much its calls are delayed at most. */
  readonly jitter?: number;
  /** What it is for. */
  readonly description?: string;
  /** What becomes of a tick while the last task has not ended; `allow` when absent. */
  readonly overlap?: "skip" | "queue-one" | "cancel-previous";
  /** What becomes of ticks that no beat was there for; `one` when absent. */
  readonly catchUp?: "none" | "all";
  /** How many `all` makes up for. */
  readonly catchUpMax?: number;
}

const optionNames: readonly (keyof BeatEntry)[] = ["task", "schedule", "args", "options", ...entryOptionNames];

/** What says when, or what a beat gives itself. */
const noCallOptions: readonly (keyof CallOptions)[] = ["id", "idempotencyKey", "eta", "publishDeadline", "parent"];

/**
 * The name of an entry: 1 to 150 printable characters. It becomes part of the ids of its tasks.
 *
 * @throws {InvalidInput} When it is none.
 */
export function checkEntryName(name: unknown): string {
  // deno-lint-ignore no-control-regex
  if (typeof name === "string" && /^[^\x00-\x1f\x7f]{1,150}$/.test(name) && idPart(name).length <= 170) return name;
  throw new InvalidInput(
    "name",
    `The name of a periodic task must be 1 to 150 printable characters, and it is ${show(name)}`,
  );
}

/** The id of the task of a tick: whoever sends it gives it the same. */
export function tickId(name: string, due: number): string {
  return `beat:${idPart(name)}:${due}`;
}

const encoder = new TextEncoder();

/** What an id may not hold is written as in quoted-printable: `=20` for a blank. */
function idPart(name: string): string {
  return name.replace(
    /[^\w.:@/+-]/gu,
    (sign) => Array.from(encoder.encode(sign), (byte) => "=" + byte.toString(16).padStart(2, "0")).join(""),
  );
}

/**
 * Reads an entry.
 *
 * @param timezone The zone of an entry that names none.
 * @throws {InvalidInput} When an option is unknown or breaks its rule.
 */
export function readEntry(entry: BeatEntry, timezone: string): EntryDefinition {
  checkKeys(entry, optionNames, "option of a periodic task");
  const { task, schedule, args = [], options, startAt, endAt, description, jitter } = entry;
  const { overlap = "allow", catchUp = "one", oneOff = false } = entry;
  const maxRuns = readRuns(entry.maxRuns, oneOff);
  const definition: EntryDefinition = {
    task: checkTaskName(typeof task === "object" ? task?.name : task),
    ...(typeof args === "function" ? { args: [], lazy: true } : { args: readArgs(args) }),
    ...(options === undefined || Object.keys(options).length === 0 ? {} : { options: readOptions(options) }),
    schedule: readSchedule(schedule),
    timezone: entry.timezone === undefined ? timezone : readTimezone(entry.timezone),
    enabled: readBoolean(entry.enabled ?? true, "enabled"),
    ...(startAt === undefined ? {} : { startAt: readTime(startAt, "startAt") }),
    ...(endAt === undefined ? {} : { endAt: readTime(endAt, "endAt") }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(jitter === undefined ? {} : { jitter: milliseconds(jitter, "jitter") }),
    ...(description === undefined ? {} : { description: readText(description) }),
    ...(oneOf("overlap", overlap, overlaps) === "allow" ? {} : { overlap: overlap as "skip" }),
    ...(oneOf("catchUp", catchUp, catchUps) === "one" ? {} : { catchUp: catchUp as "none" }),
    ...(entry.catchUpMax === undefined ? {} : { catchUpMax: whole("catchUpMax", entry.catchUpMax, 1000) }),
  };
  if (definition.startAt !== undefined && definition.endAt !== undefined && definition.endAt < definition.startAt) {
    throw new InvalidInput("endAt", `endAt must not come before startAt, and it is ${show(endAt)}`);
  }
  // Through JSON, so that what is compared with what comes out of a broker has gone the same way.
  return JSON.parse(JSON.stringify(definition));
}

const overlaps = ["allow", "skip", "queue-one", "cancel-previous"] as const;
const catchUps = ["none", "one", "all"] as const;

function readArgs(args: unknown): readonly Json[] {
  if (Array.isArray(args)) return JSON.parse(toJson(args, "args"));
  throw new InvalidInput("args", `args must be an array, or a function that returns one, and it is ${show(args)}`);
}

function readOptions(options: EntryCallOptions): EntryCallOptions {
  for (const name of noCallOptions) {
    if (Object.hasOwn(options, name)) {
      throw new InvalidInput(name, `${name} is no option of a periodic task: each of its calls has its own`);
    }
  }
  readCallOptions(options as CallOptions);
  if ((options.expires as unknown) instanceof Date) {
    throw new InvalidInput("expires", "expires of a periodic task must be a duration: it is counted from each sending");
  }
  return JSON.parse(toJson(options, "options"));
}

function readRuns(maxRuns: number | undefined, oneOff: boolean): number | undefined {
  if (readBoolean(oneOff, "oneOff")) {
    if (maxRuns === undefined || maxRuns === 1) return 1;
    throw new InvalidInput("maxRuns", "oneOff and maxRuns say different things: give one of them");
  }
  return maxRuns === undefined ? undefined : whole("maxRuns", maxRuns, Number.MAX_SAFE_INTEGER);
}

function whole(field: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number;
  throw new InvalidInput(field, `${field} must be a whole number from 1 to ${most}, and it is ${show(value)}`);
}

function readText(value: unknown): string {
  if (typeof value === "string" && value.length <= 1000) return value;
  throw new InvalidInput("description", `description must be a text of at most 1,000 characters`);
}

function oneOf<T extends string>(field: string, value: unknown, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  throw new InvalidInput(field, `${field} must be one of ${known.join(", ")}, and it is ${show(value)}`);
}

/** A definition as the options that make it: to be changed and read again. */
export function toOptions({ startAt, endAt, jitter, lazy: _lazy, ...rest }: EntryDefinition): BeatEntry {
  return {
    ...rest,
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
    ...(jitter === undefined ? {} : { jitter: { milliseconds: jitter } satisfies Duration }),
  };
}
