/**
 * All tasks in Redis, the newest first: from the pages of their records, from the set of ids that callers chose, and from
 * the dead letters, which outlive both.
 *
 * @module
 */
import type { Inspector } from "../../ports/inspector.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import { steady, systemClock } from "../../clock.ts";
import { InvalidInput } from "../../errors.ts";
import {
  type CountQuery,
  fitsListing,
  joinParts,
  type ListedTask,
  type Listing,
  type ListingPage,
  type ListingQuery,
  type Placed,
  type SourcePart,
  type StateCounts,
} from "../../ports/listing.ts";
import { defaultQueue, type Message } from "../../message.ts";
import { show } from "../../options/values.ts";
import type { Connection } from "./connection/connection.ts";
import { messagesContaining, type OpenEntries } from "./waiting/containing.ts";
import { countTasks } from "./counting.ts";
import type { Keys } from "./keys.ts";
import { readMember, timeText } from "./records/letter.ts";
import { type Page, PageWalk } from "./records/page_walk.ts";
import { noPage, placeOf, positionOf, timeOf } from "./records/place.ts";
import { decodeEntry, letterOfState, usualKeep } from "./records/record.ts";
import type { Records } from "./records/records.ts";
import { chosenIds, forgetChosen, oldLetters, readPages } from "./scripts/listing.ts";
import { words } from "./records/words.ts";

/** How many pages one request reads, and how often for one answer. */
const scan = { pages: 200, times: 3 };
/** The most ids that callers chose, and dead letters, of one answer where a filter may fit few of them. */
const mostOthers = 500;
/** For how long what was found to contain a text is good for going on (ms). */
const foundFor = 10_000;
/** Above all times. */
const lastTime = 999_999_999_999;

/** What listing needs of the broker. */
export interface ListingOptions extends OpenEntries {
  /** Reads what runs. */
  readonly inspector: Inspector;
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Reads records. */
  readonly records: Records;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** Where to go on: below this task. */
interface Position {
  readonly time: number;
  readonly page: string;
  readonly id: string;
}

/** A task, and its message if that was found where it waits or runs. */
interface Row {
  readonly record: TaskRecord;
  readonly message?: Message | undefined;
}

/** All tasks in Redis. */
export class RedisListing implements Listing {
  readonly #options: ListingOptions;
  /** What was last found to contain a text, and when. */
  #found: { readonly key: string; readonly at: number; readonly messages: ReadonlyMap<string, Message> } | undefined;

  /** Those of these keys. */
  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** A part of them. */
  async list(query: ListingQuery): Promise<ListingPage> {
    const from = readPosition(query);
    const parts = await Promise.all([
      this.#paged(query, from),
      this.#chosen(query, from),
      this.#letters(query, from),
      this.#containing(query, from),
    ]);
    const { rows, reached } = joinParts(parts.map(once()), query.limit);
    const tasks = await this.#withMessages(rows, query);
    return { tasks, ...(reached === undefined ? {} : { cursor: reached }) };
  }

  /** Counts them by state. */
  async count(query: CountQuery): Promise<StateCounts> {
    return await countTasks(query, this.#options);
  }

  /** Those on pages. */
  async #paged(query: ListingQuery, from: Position): Promise<SourcePart<Row>> {
    const { keys, connection, records } = this.#options;
    const lowest = query.from === undefined ? 0 : timeOf(query.from);
    const top = placeOf(from.time, from.page);
    const walk = new PageWalk({ keys, connection, top, isTold: from.id === "", time: from.time, lowest });
    const rows: Placed<Row>[] = [];
    let reached: string | undefined;
    for (let times = 0; times < scan.times && rows.length < query.limit; times++) {
      const pages = await walk.ahead(scan.pages);
      const below = pages[0]?.at === top ? from.id : "";
      const { done, isHalf, found, gone } = await this.#readPages(pages, below, query, query.limit - rows.length);
      walk.pass(done, gone);
      const told = await records.some(found.map(({ id }) => id), found.map(({ text }) => text));
      for (const record of told) {
        if (record && fitsListing(record, query)) rows.push({ at: positionOf(record.id), row: { record } });
      }
      // Not all of them are told when they are too large together.
      const isPart = isHalf || told.length < found.length;
      reached = isPart ? positionOf(found[told.length - 1]!.id) : walk.reached(pages[done - 1]?.at);
      if (isPart || reached === undefined) break;
    }
    await walk.forget();
    return { rows, ...(reached === undefined ? {} : { reached }) };
  }

  async #readPages(pages: readonly Page[], below: string, query: ListingQuery, most: number) {
    const { keys, connection } = this.#options;
    const { states, contains = "", task, queue, worker } = query;
    if (pages.length === 0) return { done: 0, isHalf: false, found: [], gone: [] };
    const members = Object.entries({ task, queue: queue === defaultQueue ? undefined : queue, worker });
    const texts = members.flatMap(([name, value]) => value === undefined ? [] : [wordOf(name, value)]);
    const letters = [...new Set(states?.map(letterOfState))].join("");
    const [done, half, gone, ...reply] = await connection.run(
      readPages,
      pages.map(({ name }) => keys.pageNamed(name)),
      [below, String(most), letters, contains, ...texts],
      undefined,
    ) as string[];
    const found: { id: string; text: string }[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) found.push({ id: reply[at]!, text: reply[at + 1]! });
    return {
      ...{ done: Number(done), isHalf: half === "1", found },
      gone: words(gone!).map((number) => pages[Number(number) - 1]!),
    };
  }

  /** Those whose ids callers chose. */
  async #chosen(query: ListingQuery, { time, page, id }: Position): Promise<SourcePart<Row>> {
    const { keys, connection, records } = this.#options;
    const lowest = query.from === undefined ? 0 : timeOf(query.from);
    const rows: Placed<Row>[] = [];
    const args = [
      String(page < noPage ? time - 1 : time),
      page === noPage ? id : "",
      String(lowest),
      mostOf(query),
    ];
    const [more, ...reply] = await connection.run(chosenIds, [keys.chosen], args, undefined) as string[];
    const found: { id: string; at: string }[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      found.push({ id: reply[at]!, at: placeOf(Number(reply[at + 1]), noPage) + reply[at]! });
    }
    const known = await records.some(found.map(({ id }) => id));
    const gone = known.flatMap((record, index) => record ? [] : [found[index]!.id]);
    if (gone.length > 0) await this.#forget(gone);
    for (const [index, record] of known.entries()) {
      if (record && fitsListing(record, query)) rows.push({ at: found[index]!.at, row: { record } });
    }
    return { rows, ...(more === "1" || known.length < found.length ? { reached: found[known.length - 1]!.at } : {}) };
  }

  async #forget(ids: readonly string[]): Promise<void> {
    const { keys, connection } = this.#options;
    const own = ids.flatMap((id) => [keys.page(id), keys.record(id)]);
    await connection.run(forgetChosen, [keys.chosen, ...own], [...ids], undefined);
  }

  /** Dead letters whose pages are gone. */
  async #letters(query: ListingQuery, from: Position): Promise<SourcePart<Row>> {
    if (query.states && !query.states.includes("FAILURE")) return { rows: [] };
    const { keys, connection, records, now } = this.#options;
    // A page stays for a day at least after a failure.
    const before = `(${timeText(await now() - usualKeep)}`;
    const lowest = query.from === undefined ? "" : placeOf(timeOf(query.from), "");
    const most = mostOf(query);
    const args = [before, placeOf(from.time, from.page) + from.id, lowest, most];
    const members = await connection.run(oldLetters, [keys.letters], args, undefined) as string[];
    const ids = members.map((member) => readMember(member).id);
    const known = await records.some(ids);
    const rows = known.flatMap((record) =>
      record && fitsListing(record, query) ? [{ at: positionOf(record.id), row: { record } }] : []
    );
    const isAll = ids.length < Number(most) && known.length === ids.length;
    return { rows, ...(isAll ? {} : { reached: positionOf(ids[known.length - 1]!) }) };
  }

  /** What waits or runs and may contain a text: only its entry tells. */
  async #containing(query: ListingQuery, from: Position): Promise<SourcePart<Row>> {
    const { contains, states } = query;
    if (contains === undefined || states?.every(isFinal)) return { rows: [] };
    const messages = await this.#messagesContaining(contains, query);
    const known = await this.#options.records.read([...messages.keys()]);
    const top = placeOf(from.time, from.page) + from.id;
    const rows = known.flatMap((record) => {
      if (!record || isFinal(record.state) || !fitsListing(record, query)) return [];
      const at = positionOf(record.id, record.sentAt);
      return at < top ? [{ at, row: { record, message: messages.get(record.id) } }] : [];
    });
    return { rows };
  }

  /** All that waits is read for that: who goes on in a list at once need not have it read again. */
  async #messagesContaining(
    text: string,
    { cursor, queue, task }: ListingQuery,
  ): Promise<ReadonlyMap<string, Message>> {
    const where = { ...(queue === undefined ? {} : { queue }), ...(task === undefined ? {} : { task }) };
    const key = JSON.stringify([text, queue, task]);
    const now = steady(systemClock);
    const found = this.#found;
    if (cursor !== undefined && found?.key === key && now - found.at < foundFor) return found.messages;
    const messages = await messagesContaining(text, where, this.#options);
    this.#found = { key, at: now, messages };
    return messages;
  }

  async #withMessages(rows: readonly Placed<Row>[], { messages = false }: ListingQuery): Promise<ListedTask[]> {
    const open = rows.flatMap(({ row: { record, message } }) =>
      messages && !message && !record.message && (!isFinal(record.state) || record.state === "REVOKED") ? [record] : []
    );
    const found = await this.#messagesOf(open);
    return rows.map(({ at, row }) => {
      const message = row.message ?? row.record.message ?? found.get(row.record.id);
      return { record: row.record, cursor: at, ...(message ? { message } : {}) };
    });
  }

  /** The newest are at the ends of their queues, as a rule; the others are looked for everywhere. */
  async #messagesOf(records: readonly TaskRecord[]): Promise<ReadonlyMap<string, Message>> {
    const last = await this.#options.reader.seekLast(records);
    const found = new Map(last.map((entry) => decodeEntry(entry).message).map((message) => [message.id, message]));
    const others = records.flatMap(({ id }) => found.has(id) ? [] : [id]);
    const sought = others.length === 0 ? [] : await this.#options.inspector.messages(others);
    for (const message of sought) if (message) found.set(message.id, message);
    return found;
  }
}

/** Leaves out of each part what an earlier one has told. */
function once(): (part: SourcePart<Row>) => SourcePart<Row> {
  const told = new Map<string, Placed<Row>>();
  return ({ rows, ...rest }) => ({
    ...rest,
    rows: rows.filter((one) => !told.has(one.row.record.id) && told.set(one.row.record.id, one)),
  });
}

/** How many of those are worth asking for whose records are read one by one. */
function mostOf({ limit, states, task, queue, worker, contains }: ListingQuery): string {
  const isFiltered = [states, task, queue, worker, contains].some((one) => one !== undefined);
  return String(isFiltered ? mostOthers : limit);
}

/** As it stands in a record. */
function wordOf(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function readPosition({ cursor, to }: ListingQuery): Position {
  const top = { time: to === undefined ? lastTime : timeOf(to), page: "~~", id: "" };
  if (cursor === undefined) return top;
  const [, time, page, id] = /^(\d{12}):([^:]*):(.*)$/.exec(cursor) ?? [];
  if (id === undefined) {
    throw new InvalidInput("cursor", `cursor must be the one that the last part came with, and it is ${show(cursor)}`);
  }
  return Number(time) > top.time ? top : { time: Number(time), page: page!, id };
}
