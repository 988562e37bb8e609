/**
 * What the form of a periodic task says, and what it is filled with.
 *
 * @module
 */
import { at, scheduleText, solar, type SolarEvent } from "../../../beat/mod.ts";
import type { Entry } from "../../../beat/kept.ts";
import type { EntryChanges } from "../../../beat/entries.ts";
import { InvalidInput } from "../../../errors.ts";
import type { BeatEntry, EntryCallOptions } from "../../../periodic/entry_options.ts";

/** The fields of the form, as they are filled in. */
export const entryFields = [
  "task",
  "schedule",
  "timezone",
  "args",
  "queue",
  "priority",
  "options",
  "startAt",
  "endAt",
  "maxRuns",
  "jitter",
  "overlap",
  "catchUp",
  "description",
] as const;

/** The name of a field. */
export type EntryField = (typeof entryFields)[number];

/** What the fields hold. */
export type EntryInput = { readonly [field in EntryField]: string };

/** A form that nothing was filled in yet. */
export const emptyInput: EntryInput = {
  ...{ task: "", schedule: "", timezone: "", args: "", queue: "", priority: "", options: "", startAt: "", endAt: "" },
  ...{ maxRuns: "", jitter: "", overlap: "allow", catchUp: "one", description: "" },
};

/**
 * What the form of an entry holds before anybody changes it.
 *
 * @param isHidden Whether its arguments are not to be shown: an empty field lets them be what they are.
 */
export function inputOf(entry: Entry, isHidden = false): EntryInput {
  const { task, schedule, timezone, args, lazy, options = {}, startAt, endAt, maxRuns, jitter } = entry;
  const { queue, priority, ...others } = options;
  const time = (ms: number | undefined) => ms === undefined ? "" : new Date(ms).toISOString();
  return {
    ...{ task, timezone, schedule: scheduleText(schedule) },
    args: lazy || isHidden || args.length === 0 ? "" : JSON.stringify(args),
    queue: queue ?? "",
    priority: priority === undefined ? "" : String(priority),
    options: Object.keys(others).length === 0 ? "" : JSON.stringify(others),
    startAt: time(startAt),
    endAt: time(endAt),
    maxRuns: maxRuns === undefined ? "" : String(maxRuns),
    jitter: jitter === undefined ? "" : `${jitter}ms`,
    overlap: entry.overlap ?? "allow",
    catchUp: entry.catchUp ?? "one",
    description: entry.description ?? "",
  };
}

/**
 * An entry as the form says it.
 *
 * @throws {InvalidInput} When a field breaks its rule.
 */
export function entryOf(input: EntryInput): BeatEntry {
  const changes = changesOf(emptyInput, input);
  if (changes.task === undefined) throw new InvalidInput("task", "task must be named: which one is to be sent");
  if (changes.schedule === undefined) throw new InvalidInput("schedule", "schedule must say when it is due");
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as BeatEntry;
}

/**
 * What a form changes: only the fields that are not as they were before. An empty one takes an option away.
 *
 * @throws {InvalidInput} When a field breaks its rule.
 */
export function changesOf(before: EntryInput, input: EntryInput): EntryChanges {
  const isChanged = (field: EntryField) => input[field] !== before[field];
  const changes: { -readonly [name in keyof EntryChanges]: EntryChanges[name] } = {};
  for (const field of ["task", "timezone", "startAt", "endAt", "jitter", "description"] as const) {
    if (isChanged(field)) Object.assign(changes, { [field]: input[field] || undefined });
  }
  if (isChanged("schedule")) changes.schedule = readScheduleText(input.schedule);
  if (isChanged("args")) changes.args = input.args === "" ? [] : readArray(input.args);
  if (isChanged("maxRuns")) changes.maxRuns = input.maxRuns === "" ? undefined : Number(input.maxRuns);
  if (isChanged("overlap")) changes.overlap = input.overlap as NonNullable<BeatEntry["overlap"]>;
  if (isChanged("catchUp")) changes.catchUp = input.catchUp as NonNullable<BeatEntry["catchUp"]>;
  if (isChanged("queue") || isChanged("priority") || isChanged("options")) changes.options = readOptions(input);
  return changes;
}

function readOptions({ queue, priority, options }: EntryInput): EntryCallOptions {
  return {
    ...(options === "" ? {} : readObject(options)),
    ...(queue === "" ? {} : { queue }),
    ...(priority === "" ? {} : { priority: Number(priority) }),
  };
}

function readArray(text: string): readonly unknown[] {
  const value = readJson(text, "args");
  if (Array.isArray(value)) return value;
  throw new InvalidInput("args", `args must be a JSON array, as [1, 2], and it is ${text}`);
}

function readObject(text: string): EntryCallOptions {
  const value = readJson(text, "options");
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InvalidInput("options", `options must be a JSON object, as {"expires": "1h"}, and it is ${text}`);
}

function readJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidInput(field, `${field} must be JSON: ${(error as Error).message}`);
  }
}

const solarText = /^([a-z_]+) at (-?[\d.]+) *, *(-?[\d.]+)$/;

/** A schedule as people write it: what `scheduleText` says, and what an entry in code takes as text. */
export function readScheduleText(text: string): NonNullable<BeatEntry["schedule"]> {
  const [, event, latitude, longitude] = solarText.exec(text) ?? [];
  if (event !== undefined) return solar(event as SolarEvent, Number(latitude), Number(longitude));
  if (/^at /.test(text)) return at(text.slice(3).trim());
  return text.replace(/^every +/, "");
}
