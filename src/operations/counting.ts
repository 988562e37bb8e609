/**
 * How many of an app's tasks are in which state.
 *
 * @module
 */
import { checkKeys } from "../options/keys.ts";
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";
import { listedAt } from "../ports/listing.ts";
import { filterNames, readFilter, type SearchedApp, type SearchFilter, searchTasks } from "./search.ts";

/** Which tasks are counted, and how far that goes. */
export interface CountOptions extends SearchFilter {
  /**
   * How many records are looked at, about: 1 to 1,000,000. With a `text`, how many tasks are found.
   *
   * @default {10_000}
   */
  readonly looks?: number;
}

/** How many tasks are in which state. */
export interface SearchCounts {
  /** By state. One that no task is in is absent. */
  readonly states: { readonly [state: string]: number };
  /** All of them together. */
  readonly total: number;
  /** Only those were counted that were sent at this time or later (ms since 1970); absent when all were. */
  readonly since?: number;
}

/** What one part of a count says. */
interface Part {
  readonly states: { readonly [state: string]: number };
  readonly since?: number;
  readonly looked: number;
}

const usualLooks = 10_000;
const mostLooks = 1_000_000;
/** How many tasks are searched for at once, and how many records are counted. */
const [searched, counted] = [500, 100_000];

/**
 * Counts tasks by state, the newest first.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function countTasks(app: SearchedApp, options: CountOptions = {}): Promise<SearchCounts> {
  checkKeys(options, [...filterNames, "looks"], "option of count");
  const { looks: given = usualLooks, ...filter } = options;
  const looks = readLooks(given);
  const { contains: _, states: wanted, ...query } = readFilter(filter);
  const states: Record<string, number> = {};
  let [since, left]: [number | undefined, number] = [query.to, looks];
  do {
    const to: number | undefined = since;
    const upTo = to === undefined ? {} : { to };
    const part: Part = filter.text === undefined
      ? await app.broker.listing.count({ ...query, ...upTo, looks: Math.min(left, counted) })
      : await countFound(app, { ...filter, ...upTo }, left);
    for (const [state, count] of Object.entries(part.states)) {
      if (wanted?.includes(state) ?? true) states[state] = (states[state] ?? 0) + count;
    }
    left -= Math.max(part.looked, 1);
    since = part.since;
    // So many of one moment that none could be told from the others.
    if (since !== undefined && since >= (to ?? Infinity)) break;
  } while (since !== undefined && left > 0);
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return { states, total, ...(since === undefined ? {} : { since }) };
}

/** Counts those in which a text is found: only the app can tell what of them may be seen. */
async function countFound(app: SearchedApp, filter: SearchFilter, looks: number): Promise<Part> {
  const found: { readonly at: number; readonly state: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await searchTasks(app, { ...filter, limit: searched, ...(cursor === undefined ? {} : { cursor }) });
    for (const { record: { id, sentAt, state } } of page.tasks) found.push({ at: listedAt(id, sentAt), state });
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < looks);
  // The order is one of about a second: what was sent in the last one is left to who goes on.
  const last = found.at(-1);
  const since = cursor === undefined || !last ? undefined : (Math.floor(last.at / 1024) + 1) * 1024;
  const states: Record<string, number> = {};
  for (const { at, state } of found) if (at >= (since ?? 0)) states[state] = (states[state] ?? 0) + 1;
  return { states, looked: found.length, ...(since === undefined ? {} : { since }) };
}

function readLooks(value: unknown): number {
  if (Number.isInteger(value) && value as number >= 1 && value as number <= mostLooks) return value as number;
  throw new InvalidInput("looks", `looks must be a whole number from 1 to ${mostLooks}, and it is ${show(value)}`);
}
