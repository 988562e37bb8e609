/**
 * How many tasks are in which state: counted by scripts on the pages of their records, and on those of ids that callers
 * chose; of dead letters that outlived their pages by the set that names them.
 *
 * @module
 */
import { timePrefix } from "../../id.ts";
import { defaultQueue } from "../../message.ts";
import { type CountQuery, fitsListing, listedAt, type StateCounts } from "../../ports/listing.ts";
import type { Connection } from "./connection/connection.ts";
import type { Keys } from "./keys.ts";
import { readMember, timeText } from "./records/letter.ts";
import { PageWalk } from "./records/page_walk.ts";
import { placeOf, positionOf, slice, timeOf } from "./records/place.ts";
import { usualKeep } from "./records/record.ts";
import type { Records } from "./records/records.ts";
import { words } from "./records/words.ts";
import { chosenIds, countPages, oldLetters } from "./scripts/listing.ts";

/** How many pages and records one request counts, how many ids and letters it tells; and how often one count asks at most. */
const most = { pages: 500, records: 10_000, chosen: 500, letters: 5000, times: 20 };
/** Above all times, and above all pages of a time. */
const [lastTime, lastPage] = [999_999_999_999, "~~"];

/** What counting needs of the broker. */
export interface CountingOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Reads records. */
  readonly records: Records;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** What one source of tasks counts. */
interface Counted {
  /** By time: how many are in which state. */
  readonly counts: readonly { readonly time: number; readonly state: string; readonly count: number }[];
  /** From which time on these are all; absent when there are no others. */
  readonly since: number | undefined;
  /** How many records were looked at. */
  readonly looked: number;
}

/** Counts tasks by state. */
export async function countTasks(query: CountQuery, options: CountingOptions): Promise<StateCounts> {
  const now = await options.now();
  const parts = await Promise.all([
    countPaged(query, now, options),
    countChosen(query, now, options),
    countLetters(query, now, options),
  ]);
  const since = Math.max(...parts.map((part) => part.since ?? -Infinity));
  const states: Record<string, number> = {};
  for (const { time, state, count } of parts.flatMap(({ counts }) => counts)) {
    if (time >= since) states[state] = (states[state] ?? 0) + count;
  }
  const looked = parts.reduce((sum, part) => sum + part.looked, 0);
  return { states, looked, ...(since === -Infinity ? {} : { since: since * slice }) };
}

async function countPaged(query: CountQuery, now: number, options: CountingOptions): Promise<Counted> {
  const { keys, connection } = options;
  const { highest, lowest } = boundsOf(query);
  const top = placeOf(highest, lastPage);
  const walk = new PageWalk({ keys, connection, top, isTold: true, time: highest, lowest });
  const counts: Counted["counts"][number][] = [];
  let [looked, first, since]: [number, number?, number?] = [0];
  // The first time is counted whole, whatever that takes: or the next count would begin where this one did.
  for (let times = 0; times < most.times || since! > first!; times++) {
    const left = query.looks > looked ? query.looks - looked : most.records;
    const pages = await walk.ahead(Math.min(left, most.pages));
    if (pages.length === 0) break;
    const part = await countKeys(pages.map(({ name }) => keys.pageNamed(name)), left, query, now, options);
    for (const [index, states] of part.states.entries()) {
      for (const state of states) counts.push({ time: pages[index]!.time, ...state });
    }
    walk.pass(part.states.length, part.gone.map((index) => pages[index]!));
    looked += part.looked;
    first ??= pages[0]!.time;
    const reached = walk.reached(pages[part.states.length - 1]!.at);
    // Others of the last time may be ahead: it is left out.
    since = reached === undefined ? undefined : timeIn(reached) + 1;
    if (since === undefined || looked >= query.looks && since <= first) break;
  }
  await walk.forget();
  return { counts, since, looked };
}

async function countChosen(query: CountQuery, now: number, options: CountingOptions): Promise<Counted> {
  const { keys, connection } = options;
  const { highest, lowest } = boundsOf(query);
  const counts: Counted["counts"][number][] = [];
  let [looked, to, below, first, since]: [number, number, string, number?, number?] = [0, highest, ""];
  // As above: the first time is counted whole.
  for (let times = 0; times < most.times || since! > first!; times++) {
    const left = query.looks > looked ? query.looks - looked : most.records;
    const args = [String(to), below, String(lowest), String(Math.min(left, most.chosen))];
    const [more, ...reply] = await connection.run(chosenIds, [keys.chosen], args, undefined) as string[];
    const found: { id: string; time: number }[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) found.push({ id: reply[at]!, time: Number(reply[at + 1]) });
    const part = await countKeys(found.map(({ id }) => keys.page(id)), left, query, now, options);
    for (const [index, states] of part.states.entries()) {
      for (const state of states) counts.push({ time: found[index]!.time, ...state });
    }
    looked += part.looked;
    first ??= found[0]?.time;
    const last = found[part.states.length - 1];
    // Others of the last time may be ahead: it is left out.
    since = last && (more === "1" || part.states.length < found.length) ? last.time + 1 : undefined;
    if (since === undefined || looked >= query.looks && since <= first!) break;
    [to, below] = [last!.time, last!.id];
  }
  return { counts, since, looked };
}

async function countLetters(query: CountQuery, now: number, options: CountingOptions): Promise<Counted> {
  const { keys, connection, records } = options;
  const { highest, lowest } = boundsOf(query);
  const { worker, ...filter } = query;
  const counts: Counted["counts"][number][] = [];
  let [looked, top, first, since]: [number, string, number?, number?] = [0, placeOf(highest, lastPage)];
  do {
    // A page stays for a day at least after a failure, and counts them for so long.
    const args = [`(${timeText(now - usualKeep)}`, top, placeOf(lowest, ""), String(most.letters)];
    const members = await connection.run(oldLetters, [keys.letters], args, undefined) as string[];
    const letters = members.map(readMember);
    const fitting = letters.filter(({ id, ends, task, queue }) =>
      ends >= now && fitsListing({ id, task, queue, state: "FAILURE", sentAt: listedAt(id, 0), retries: 0 }, filter)
    );
    const known = worker === undefined ? undefined : await records.letters(fitting.map(({ id }) => id));
    for (const [index, { id }] of fitting.entries()) {
      if (known && known[index]?.worker !== worker) continue;
      counts.push({ time: timeOf(listedAt(id, 0)), state: "FAILURE", count: 1 });
    }
    looked += members.length;
    const last = members.length === most.letters ? letters.at(-1)!.id : undefined;
    first ??= timeOf(listedAt(letters[0]?.id ?? "", 0));
    since = last === undefined ? undefined : timeOf(listedAt(last, 0)) + 1;
    if (last !== undefined) top = positionOf(last);
    // As above: the first time is counted whole.
  } while (since !== undefined && since > first);
  return { counts, since, looked };
}

/** What these pages hold, as many of them as one request may look at. */
async function countKeys(
  pages: readonly string[],
  looks: number,
  query: CountQuery,
  now: number,
  { connection }: CountingOptions,
) {
  const states: { readonly state: string; readonly count: number }[][] = [];
  const gone: number[] = [];
  let looked = 0;
  if (pages.length === 0) return { states, gone, looked };
  const { task, queue, worker, from = 0, to = lastTime * slice } = query;
  const args = [
    String(now),
    String(Math.min(looks, most.records)),
    memberOf("task", task),
    queue === defaultQueue ? "-" : memberOf("queue", queue),
    memberOf("worker", worker),
    ...[from, to].map(String),
    ...[from, to].map(timePrefix),
  ];
  const [count, ...texts] = await connection.run(countPages, [...pages], args, undefined) as string[];
  looked = Number(count);
  for (const [index, text] of texts.entries()) {
    if (text === "-") gone.push(index);
    states.push(
      text === "-" ? [] : words(text).map((word) => {
        const [state, number] = word.split(":");
        return { state: state!, count: Number(number) };
      }),
    );
  }
  return { states, gone, looked };
}

/** As it stands in a record. */
function memberOf(name: string, value: string | undefined): string {
  return value === undefined ? "" : `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function boundsOf({ from, to }: CountQuery): { readonly highest: number; readonly lowest: number } {
  // A time that begins where it is counted to holds nothing: else it would be the first one, and the next count the same.
  return {
    highest: to === undefined ? lastTime : timeOf(Math.ceil(to) - 1),
    lowest: from === undefined ? 0 : timeOf(from),
  };
}

function timeIn(place: string): number {
  return Number(place.slice(0, 12));
}
