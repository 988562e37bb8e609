/**
 * What `umbel beat` does with entries: lists them, tells their next times, and changes them.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { checkTask } from "./app.ts";
import {
  at,
  crontab,
  type CrontabSchedule,
  Entries,
  type Entry,
  type EntryChanges,
  every,
  scheduleText,
  solar,
  type SolarEvent,
} from "../beat/mod.ts";
import { InvalidInput } from "../errors.ts";
import type { BeatEntry, EntryCallOptions } from "../periodic/entry_options.ts";
import { readTimezone } from "../options/timezone.ts";
import { anyApp, common, type Options, readDuration, readJson, readNumber, type Values } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit_codes.ts";
import { UsageError } from "./failure.ts";
import { table } from "./output/table.ts";

/** The options of `umbel beat`. */
export const options = {
  ...common,
  ...anyApp,
  log: { value: "FORMAT", help: "text, or json: one object a line (default: text)" },
  "max-interval": { value: "TIME", help: "how often it asks whether entries were changed, at least (default: 60s)" },
  task: { short: "t", value: "NAME", help: "put: the task" },
  every: { short: "e", value: "TIME", help: "put: so often: 30s, 5m, 1d" },
  crontab: { short: "c", value: "PATTERN", help: "put: minute, hour, day of month, month, day of week: '0 7 * * mon'" },
  at: { value: "WHEN", help: "put: once: 2027-01-31T08:00:00Z" },
  solar: { value: "EVENT,LAT,LON", help: "put: by the sun: sunset,51.48,-0.0015" },
  args: { short: "a", value: "JSON", help: "put: the arguments: '[1, 2]'" },
  options: { short: "o", value: "JSON", help: "put: the options of its calls: '{\"priority\": 9}'" },
  queue: { short: "q", value: "NAME", help: "put: the queue of its calls" },
  timezone: { short: "z", value: "ZONE", help: "put: the zone of a crontab; next: the zone beside an entry's own" },
  "start-at": { value: "WHEN", help: "put: not due before" },
  "end-at": { value: "WHEN", help: "put: not due after" },
  "max-runs": { value: "N", help: "put: how often at most" },
  jitter: { value: "TIME", help: "put: delays each call by up to so long" },
  overlap: { value: "HOW", help: "put: allow, skip, queue-one or cancel-previous, while the last task has not ended" },
  "catch-up": { value: "HOW", help: "put: none, one or all of those that were missed (default: one)" },
  description: { value: "TEXT", help: "put: what it is for" },
  disabled: { help: "put: not due until it is enabled" },
  json: { short: "j", help: "list, next: print JSON" },
} as const satisfies Options;

type Given = Values<typeof options>;

/** Lists the entries. */
export async function list(app: Umbel, given: Given): Promise<ExitCode> {
  const entries = await new Entries(app).all();
  if (given.json) console.log(JSON.stringify(entries, null, 2));
  else if (entries.length === 0) console.error(`umbel: app ${app.name} has no periodic tasks`);
  else console.log(table(["NAME", "TASK", "SCHEDULE", "ZONE", "STATE", "NEXT", "LAST", "RUNS"], entries.map(rowOf)));
  return exitCodes.ok;
}

function rowOf(entry: Entry): (string | number)[] {
  const { name, task, schedule, timezone, due, lastSent, runs } = entry;
  const zone = schedule.kind === "crontab" ? timezone : "";
  return [name, task, scheduleText(schedule), zone, stateOf(entry), time(due), time(lastSent), runs];
}

function stateOf({ enabled, due, changed, revision, error }: Entry): string {
  const state = !enabled ? "disabled" : due === undefined ? "over" : revision === 0 ? "new" : "enabled";
  return [state, ...(changed ? ["changed"] : []), ...(error === undefined ? [] : ["failing"])].join(", ");
}

function time(ms: number | undefined): string {
  return ms === undefined ? "" : new Date(ms).toISOString().replace(/\.000Z$/, "Z");
}

/** Tells the next times of each entry, in its zone and in another. */
export async function next(app: Umbel, given: Given, [text = "10", ...more]: readonly string[]): Promise<ExitCode> {
  const count = Number(text);
  if (!/^\d{1,4}$/.test(text) || count < 1 || more.length > 0) {
    throw new UsageError(`beat next takes a number of times from 1 to 9999, and not ${[text, ...more].join(" ")}`);
  }
  const own = given.timezone === undefined ? localZone() : readTimezone(given.timezone, "--timezone");
  const entries = new Entries(app);
  const all = await entries.all();
  const times = await Promise.all(all.map((entry) => entries.next(entry, count)));
  if (given.json) {
    const views = all.map(({ name, timezone }, index) => ({ name, timezone, next: times[index]!.map(time) }));
    console.log(JSON.stringify(views, null, 2));
    return exitCodes.ok;
  }
  const blocks = all.map((entry, index) => {
    const { name, schedule, timezone } = entry;
    const head = `${name}: ${scheduleText(schedule)} (${stateOf(entry)})`;
    if (times[index]!.length === 0) return `${head}\n  not due`;
    const rows = times[index]!.map((time) => ["", inZone(time, timezone), inZone(time, own)]);
    return `${head}\n${table(["", timezone, own], rows)}`;
  });
  if (blocks.length === 0) console.error(`umbel: app ${app.name} has no periodic tasks`);
  else console.log(blocks.join("\n\n"));
  return exitCodes.ok;
}

function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function inZone(time: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "shortOffset",
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  const { weekday, year, month, day, hour, minute, second, timeZoneName } = parts;
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZoneName}`;
}

/** Adds an entry, or changes what is given of one that is there. */
export async function put(app: Umbel, given: Given, names: readonly string[]): Promise<ExitCode> {
  const name = theOne("put", names);
  const entries = new Entries(app);
  const changes = readChanges(given);
  if (changes.task !== undefined) checkTask(app, given.task!);
  const known = (await entries.list()).some((entry) => entry.name === name);
  if (!known && changes.task === undefined) throw new UsageError(`beat put needs the task of ${name}: --task NAME`);
  if (!known && changes.schedule === undefined) {
    throw new UsageError(`beat put needs to know when ${name} is due: --every, --crontab, --at or --solar`);
  }
  const entry = known ? await entries.change(name, changes) : await entries.put(name, changes as BeatEntry);
  console.error(
    `umbel: ${name} is ${known ? "changed" : "added"}: ${scheduleText(entry.schedule)}; next ${nextText(entry)}`,
  );
  return exitCodes.ok;
}

function nextText({ due }: Entry): string {
  return due === undefined ? "never" : time(due);
}

function readChanges(given: Given): EntryChanges {
  const { task, timezone, jitter, overlap, description } = given;
  const args = readJson(given.args, "--args");
  if (args !== undefined && !Array.isArray(args)) throw new UsageError("--args must be an array, as in '[1, 2]'");
  const schedule = readSchedule(given);
  const options = readOptions(given);
  const maxRuns = readNumber(given["max-runs"], "--max-runs");
  return {
    ...(task === undefined ? {} : { task }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(args === undefined ? {} : { args }),
    ...(options === undefined ? {} : { options }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(given["start-at"] === undefined ? {} : { startAt: given["start-at"] }),
    ...(given["end-at"] === undefined ? {} : { endAt: given["end-at"] }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(jitter === undefined ? {} : { jitter: readDuration(jitter)! }),
    ...(overlap === undefined ? {} : { overlap: overlap as NonNullable<BeatEntry["overlap"]> }),
    ...(given["catch-up"] === undefined ? {} : { catchUp: given["catch-up"] as NonNullable<BeatEntry["catchUp"]> }),
    ...(description === undefined ? {} : { description }),
    ...(given.disabled ? { enabled: false } : {}),
  };
}

function readSchedule(given: Given): BeatEntry["schedule"] | undefined {
  const kinds = (["every", "crontab", "at", "solar"] as const).filter((kind) => given[kind] !== undefined);
  if (kinds.length > 1) throw new UsageError(`${kinds.map((kind) => `--${kind}`).join(" and ")} exclude each other`);
  if (given.every !== undefined) return every(readDuration(given.every)!);
  if (given.crontab !== undefined) return crontab(given.crontab) satisfies CrontabSchedule;
  if (given.at !== undefined) return at(given.at);
  if (given.solar === undefined) return undefined;
  const [event, latitude, longitude, ...more] = given.solar.split(",");
  if (longitude === undefined || more.length > 0) {
    throw new UsageError(
      `--solar takes EVENT,LATITUDE,LONGITUDE, as in sunset,51.48,-0.0015, and it is ${given.solar}`,
    );
  }
  return solar(event as SolarEvent, Number(latitude), Number(longitude));
}

function readOptions(given: Given): EntryCallOptions | undefined {
  const options = readJson(given.options, "--options");
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options))) {
    throw new UsageError("--options must be an object, as in '{\"priority\": 9}'");
  }
  if (options === undefined && given.queue === undefined) return undefined;
  return { ...options, ...(given.queue === undefined ? {} : { queue: given.queue }) };
}

/** Removes entries. */
export async function remove(app: Umbel, names: readonly string[]): Promise<ExitCode> {
  for (const name of some("rm", names)) {
    await new Entries(app).remove(name);
    console.error(`umbel: ${name} is removed`);
  }
  return exitCodes.ok;
}

/** Lets entries be due, or not. */
export async function enable(app: Umbel, names: readonly string[], on: boolean): Promise<ExitCode> {
  for (const name of some(on ? "enable" : "disable", names)) {
    const entry = await new Entries(app)[on ? "enable" : "disable"](name);
    console.error(`umbel: ${name} is ${on ? `enabled; next ${nextText(entry)}` : "disabled"}`);
  }
  return exitCodes.ok;
}

/** Gives up what was changed of entries that the code declares. */
export async function reset(app: Umbel, names: readonly string[]): Promise<ExitCode> {
  for (const name of some("reset", names)) {
    const entry = await new Entries(app).reset(name);
    console.error(`umbel: ${name} is as the code says: ${scheduleText(entry.schedule)}; next ${nextText(entry)}`);
  }
  return exitCodes.ok;
}

/** Sends the tasks of entries now, and prints their ids. */
export async function run(app: Umbel, names: readonly string[]): Promise<ExitCode> {
  for (const name of some("run", names)) console.log((await new Entries(app).run(name)).id);
  return exitCodes.ok;
}

function some(action: string, names: readonly string[]): readonly string[] {
  if (names.length > 0) return names;
  throw new InvalidInput("name", `beat ${action} needs the name of a periodic task`);
}

function theOne(action: string, names: readonly string[]): string {
  const [name, ...more] = some(action, names);
  if (more.length === 0) return name!;
  throw new UsageError(`beat ${action} takes one name, and not ${names.join(" ")}`);
}
