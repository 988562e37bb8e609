/**
 * What an entry is due for: pure decisions over its schedule, its limits and what was missed.
 *
 * @module
 */
import type { EntryDefinition } from "./entry.ts";
import type { Entry } from "./kept.ts";
import { nextTime } from "./schedules/schedule.ts";

/** What is to be done about an entry that is due. */
export interface Plan {
  /** The times that are sent for; none when they were missed and are not made up for. */
  readonly dues: readonly number[];
  /** When it is due next. */
  readonly next?: number;
}

/** How late a tick may be that is not missed yet (ms): a cron that comes each minute, and is late itself, leaves none out. */
const grace = 90_000;
const usualCatchUpMax = 100;

/** When an entry is first due, from a time on. */
export async function firstDue(
  definition: EntryDefinition,
  since: number,
  now: number,
  runs = 0,
): Promise<number | undefined> {
  const { enabled, maxRuns = Infinity, startAt } = definition;
  if (!enabled || runs >= maxRuns) return undefined;
  return await nextDue(definition, since, Math.max(now, (startAt ?? 0) - 1));
}

/** What is to be done about an entry whose time has come. */
export async function planOf(entry: Entry, now: number): Promise<Plan> {
  const dues = await duesOf(entry, now);
  return { dues, ...await nextAfter(entry, now, dues.length) };
}

/** The same, when nothing is to be sent. */
export async function passedOver(entry: Entry, now: number): Promise<Plan> {
  return { dues: [], ...await nextAfter(entry, now, 0) };
}

async function nextAfter(entry: Entry, now: number, sent: number): Promise<{ readonly next?: number }> {
  const { since, runs, maxRuns = Infinity } = entry;
  const next = runs + sent < maxRuns ? await nextDue(entry, since, now) : undefined;
  return next === undefined ? {} : { next };
}

async function duesOf(entry: Entry, now: number): Promise<number[]> {
  const { since, due = Infinity, runs, maxRuns = Infinity, catchUp, overlap, catchUpMax = usualCatchUpMax } = entry;
  const most = Math.min(maxRuns - runs, catchUp === "all" && overlap === undefined ? catchUpMax : 1);
  const dues: number[] = [];
  if (catchUp === "none" && due < now - grace) {
    const late = await nextDue(entry, since, now - grace - 1);
    if (late !== undefined && late <= now) dues.push(late);
  } else {
    for (let time: number | undefined = due; time !== undefined && time <= now && dues.length < most;) {
      dues.push(time);
      if (dues.length < most) time = await nextDue(entry, since, time);
    }
  }
  return dues;
}

async function nextDue(
  { schedule, timezone, startAt, endAt = Infinity }: EntryDefinition,
  since: number,
  after: number,
): Promise<number | undefined> {
  const next = await nextTime(schedule, { after, timezone, start: startAt ?? since });
  return next !== undefined && next <= endAt ? next : undefined;
}

/** The next times of an entry as it is, at most so many. */
export async function upcoming(entry: Entry, count: number): Promise<number[]> {
  const { due, since, runs, maxRuns = Infinity } = entry;
  const times: number[] = [];
  for (let time = due; time !== undefined && times.length < Math.min(count, maxRuns - runs);) {
    times.push(time);
    time = await nextDue(entry, since, time);
  }
  return times;
}

/**
 * By how much the call of a tick is delayed (ms): spread evenly, and the same whoever asks.
 *
 * @param id The id of the tick's task.
 */
export function jitterOf(id: string, most: number): number {
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  // Its low bits follow the last letters too closely.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return Math.floor(((hash ^ (hash >>> 12)) >>> 0) / 2 ** 32 * most);
}
