/**
 * All tasks in SQLite, the newest first.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import { InvalidInput } from "../../errors.ts";
import { readId, timePrefix } from "../../id.ts";
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
import { decodeMessage } from "../../message.ts";
import { show } from "../../options/values.ts";
import type { ListedRow } from "./statements/listing.ts";
import { decodeRecord } from "./record.ts";
import type { Statements } from "./statements/statements.ts";

/** What listing needs of the broker. */
export interface ListingOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** The time. */
  readonly now: () => number;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
}

/** How many records one call looks at: the program stands still meanwhile, some 10 ms. */
const looks = 10_000;
/** How many records one call counts: by the database itself, some 20 ms. */
const mostCounted = 20_000;
/** How many characters of records one call tells. */
const largest = 4 * 1024 * 1024;
/** Above all ids whose first digits are hexadecimal. */
const aboveAll = "g";
/** The highest time that an id can carry (ms). */
const lastTime = 2 ** 48 - 1;

/** Behind which task to go on. */
interface Position {
  readonly time: number;
  readonly id: string;
}

/** All tasks in SQLite. */
export class SqliteListing implements Listing {
  readonly #options: ListingOptions;

  /** Those of this database. */
  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** A part of them. */
  async list(query: ListingQuery): Promise<ListingPage> {
    const from = readPosition(query);
    return await this.#options.attempt(() => this.#list(query, from));
  }

  /** Counts them by state. */
  async count(query: CountQuery): Promise<StateCounts> {
    return await this.#options.attempt(() => this.#count(query));
  }

  #count(
    { task, queue, worker, from = 0, to = lastTime, looks: wanted }: CountQuery,
  ): StateCounts {
    const { lastTimed, countTimed, lastChosen, countChosen } = this.#options.statements;
    const [before, time] = [timePrefix(to), Math.ceil(to)];
    const skip = Math.min(wanted, mostCounted) - 1;
    // Whole milliseconds are counted: the last one that is looked at, too.
    const timed = lastTimed.get({ before, from: timePrefix(from), skip }) as { id: string } | undefined;
    const chosen = lastChosen.get({ time: time - 1, before: aboveAll, from, skip }) as { sent: number } | undefined;
    const since = Math.max(timed ? readId(timed.id)!.madeAt : -1, chosen?.sent ?? -1);
    const least = Math.max(since, from, 0);
    const filter = { task: task ?? null, queue: queue ?? null, worker: worker ?? null, now: this.#options.now() };
    const rows = [
      ...countTimed.all({ ...filter, before, from: timePrefix(least) }),
      ...countChosen.all({ ...filter, time, from: least }),
    ] as { count: number; known: string }[];
    const states: Record<string, number> = {};
    for (const { count, known } of rows) states[known] = (states[known] ?? 0) + count;
    return { states, looked: skip + 1, ...(since === -1 ? {} : { since }) };
  }

  #list(query: ListingQuery, from: Position): ListingPage {
    const { rows, reached } = joinParts([this.#timed(query, from), this.#chosen(query, from)], query.limit);
    const tasks = rows.map(({ at, row }) => this.#taskOf(row, at, query));
    return { tasks, ...(reached === undefined ? {} : { cursor: reached }) };
  }

  /** Those whose ids carry their time. */
  #timed(query: ListingQuery, { time, id }: Position): SourcePart<TaskRecord> {
    const { lastOpen, lastTimed, listOpen, listTimed } = this.#options.statements;
    // What has not ended has a message: these are few.
    const isOpen = query.states?.every((state) => !isFinal(state)) ?? false;
    const before = time > lastTime ? aboveAll : latest(timePrefix(time), earliest(id, timePrefix(time + 1)));
    const range = { before, from: timePrefix(query.from ?? 0) };
    const [list, last] = isOpen ? [listOpen, lastOpen] : [listTimed, lastTimed];
    const rows = list.iterate({ ...range, ...this.#filter(query) }) as Iterable<unknown> as Iterable<ListedRow>;
    return this.#part(rows, query, () => last.get({ ...range, skip: looks - 1 }) as ListedRow | undefined);
  }

  /** Those that callers chose. */
  #chosen(query: ListingQuery, { time, id }: Position): SourcePart<TaskRecord> {
    const { lastChosen, listChosen } = this.#options.statements;
    const range = { time, before: id, from: query.from ?? 0 };
    const rows = listChosen.iterate({ ...range, ...this.#filter(query) }) as Iterable<unknown> as Iterable<ListedRow>;
    return this.#part(rows, query, () => lastChosen.get({ ...range, skip: looks - 1 }) as ListedRow | undefined);
  }

  #part(rows: Iterable<ListedRow>, query: ListingQuery, last: () => ListedRow | undefined): SourcePart<TaskRecord> {
    const now = this.#options.now();
    const found: Placed<TaskRecord>[] = [];
    let count = 0;
    let size = 0;
    for (const row of rows) {
      const record = decodeRecord(row.record, now);
      if (fitsListing(record, query)) found.push({ at: positionOf(row), row: record });
      size += row.record.length;
      if (++count === query.limit || size >= largest) return { rows: found, reached: positionOf(row) };
    }
    const end = last();
    return { rows: found, ...(end ? { reached: positionOf(end) } : {}) };
  }

  #filter({ states, task, queue, worker, contains, limit }: ListingQuery) {
    // What is delayed is written as what waits.
    const written = [...new Set(states?.map((state) => state === "SCHEDULED" ? "QUEUED" : state))];
    const word = (name: string, value: string | undefined) =>
      value === undefined ? null : `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    const few = written.length <= 3 ? written : [];
    return {
      now: this.#options.now(),
      state1: word("state", few[0]),
      state2: word("state", few[1]),
      state3: word("state", few[2]),
      task: word("task", task),
      queue: word("queue", queue),
      worker: word("worker", worker),
      like: contains === undefined ? null : `%${contains.replace(/[%_\\]/g, "\\$&")}%`,
      looks,
      limit,
    };
  }

  #taskOf(record: TaskRecord, cursor: string, { messages = false }: ListingQuery): ListedTask {
    const row = record.message || !messages
      ? undefined
      : this.#options.statements.findAnyMessage.get(record.id) as { message: string } | undefined;
    const message = record.message ?? (row && decodeMessage(record.id, row.message));
    return { record, cursor, ...(message ? { message } : {}) };
  }
}

/** Time and id, in the order of texts. */
function positionOf({ id, sent }: ListedRow): string {
  return `${String(sent ?? readId(id)!.madeAt).padStart(15, "0")}:${id}`;
}

function readPosition({ cursor, to }: ListingQuery): Position {
  const top = to === undefined ? { time: Number.MAX_SAFE_INTEGER, id: "" } : { time: to, id: "" };
  if (cursor === undefined) return top;
  const [, time, id] = /^(\d{15}):(.+)$/.exec(cursor) ?? [];
  if (id === undefined) {
    throw new InvalidInput("cursor", `cursor must be the one that the last part came with, and it is ${show(cursor)}`);
  }
  return Number(time) < top.time ? { time: Number(time), id } : top;
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}

function earliest(a: string, b: string): string {
  return a < b ? a : b;
}
