/**
 * Reads entries where they wait: in lists by queue, priority and segment, in those of lanes, and in delayed sets. No index
 * leads from an id to its entry, so a task is looked for by reading lists, some 20,000 entries a request; what is delayed
 * is found by the time in its record.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import type { Connection } from "../connection/connection.ts";
import { type Keys, type QueueLayout, readLayout } from "../keys.ts";
import { decodeEntry } from "../records/record.ts";
import { lanes, layouts, scan, scanDelayed, scanEnds, seekDelayed } from "../scripts/waiting.ts";

/** The most lists that one request reads. */
const mostLists = 500;
/** Behind all that a list may hold. */
const pastEnd = 1e9;

/** What reading needs of the broker. */
export interface WaitingReaderOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Every queue that there is, and its layout. */
  readonly queues: () => Promise<ReadonlyMap<string, string>>;
}

/** Which entries of a list are told, and how many. */
interface Sieve {
  readonly limit: number;
  readonly contains: string;
}

/** A list that entries wait in. */
interface List {
  readonly queue: string;
  readonly priority: number;
  readonly segment: number;
  /** Empty for a queue's own. */
  readonly lane: string;
}

/** An entry, and where it was found. */
export interface Found {
  /** Where: see {@linkcode readPlace}. */
  readonly place: string;
  /** The entry. */
  readonly entry: string;
}

/** What was read in one request. */
export interface Part {
  /** Entries, and where to go on behind each. */
  readonly found: readonly (Found & { readonly cursor: string })[];
  /** Where to go on. */
  readonly next: string;
}

/** Reads entries where they wait. */
export class WaitingReader {
  readonly #options: WaitingReaderOptions;

  /** Those of these keys. */
  constructor(options: WaitingReaderOptions) {
    this.#options = options;
  }

  /**
   * All that waits, in parts that are read in one request each.
   *
   * @param contains What is to be in entries, in lower case; some others may be told, too.
   */
  async *parts(
    limit: number,
    only: string | undefined,
    cursor: string | undefined,
    contains = "",
  ): AsyncGenerator<Part> {
    const from = cursor === undefined ? undefined : readCursor(cursor);
    const queues = [...await this.#options.queues()].sort(([a], [b]) => a < b ? -1 : 1);
    for (const [queue, text] of queues) {
      if ((only ?? queue) !== queue || (from && queue < from.queue)) continue;
      const here = from?.queue === queue ? from : undefined;
      const layout = readLayout(text);
      if (here === undefined || here.kind === "q") {
        yield* this.#lists(listsOf(queue, layout), { limit, contains }, here);
      }
      if (layout.lanes.length > 0 && here?.kind !== "d") {
        yield* this.#lanes(queue, { limit, contains }, here?.kind === "l" ? here : undefined);
      }
      yield* this.#delayed(queue, layout, limit, here?.kind === "d" ? here : undefined);
    }
  }

  /** @param scanned The part of a queue's lanes whose lists these are. */
  async *#lists(
    all: readonly List[],
    sieve: Sieve,
    from: Cursor | undefined,
    scanned?: string,
  ): AsyncGenerator<Part> {
    const where = { kind: scanned === undefined ? "q" as const : "l" as const, scanned: scanned ?? "" };
    // What was drained since is passed over: what is left lies behind it.
    let index = from ? all.findIndex((list) => isAtOrBehind(list, from)) : 0;
    if (index === -1) return;
    let at = from && isSame(all[index]!, from) ? from.at : 0;
    let last = from?.last ?? "";
    while (index < all.length) {
      const part = all.slice(index, index + mostLists);
      const reply = await this.#scan(part, at, last, sieve, []);
      const next = Number(reply.next);
      const behind = next === 0 ? part.at(-1)! : part[next - 1]!;
      at = next === 0 ? pastEnd : reply.at;
      last = reply.last;
      yield {
        found: reply.found.map(({ list, at, entry }) => ({
          entry,
          place: placeOf(list),
          cursor: cursorOf({ ...list, ...where, at: at + 1, last: decodeEntry(entry).message.id }),
        })),
        next: cursorOf({ ...behind, ...where, at, last }),
      };
      if (next === 0) {
        index += part.length;
        at = 0;
        last = "";
      } else {
        index += next - 1;
      }
    }
  }

  async *#lanes(queue: string, sieve: Sieve, from: Cursor | undefined): AsyncGenerator<Part> {
    let scanned = from?.scanned ?? "0";
    do {
      const { lists, next } = await this.#laneLists(queue, scanned);
      yield* this.#lists(lists, sieve, from, scanned);
      from = undefined;
      scanned = next;
    } while (scanned !== "0");
  }

  async #laneLists(queue: string, cursor: string): Promise<{ readonly lists: List[]; readonly next: string }> {
    const { keys, connection } = this.#options;
    const [next, ...fields] = await connection.run(lanes, [keys.lanes(queue)], [cursor], undefined) as string[];
    const lists: List[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [priority, lane] = [Number(fields[at]![0]), fields[at]!.slice(2)];
      const [head, tail] = fields[at + 1]!.split(":").map(Number) as [number, number];
      for (let segment = head; segment <= tail; segment++) lists.push({ queue, priority, segment, lane });
    }
    return { lists: lists.sort(inOrder), next: next! };
  }

  async *#delayed(
    queue: string,
    { delayed }: QueueLayout,
    limit: number,
    from: Cursor | undefined,
  ): AsyncGenerator<Part> {
    for (const { segment } of delayed) {
      if (from && segment < from.segment) continue;
      let [due, skip] = from?.segment === segment ? [from.at, Number(from.last)] : [0, 0];
      for (let more = true; more;) {
        const { entries, hasMore } = await this.#scanDelayed(queue, segment, due, skip, limit);
        more = hasMore;
        const found = entries.map(([score, entry]) => {
          skip = score === due ? skip + 1 : 1;
          due = score;
          const where = { queue, kind: "d" as const, priority: 0, segment, lane: "", scanned: "" };
          return {
            entry,
            place: `d ${queue} ${segment} ${due}`,
            cursor: cursorOf({ ...where, at: due, last: String(skip) }),
          };
        });
        if (found.length > 0) yield { found, next: found.at(-1)!.cursor };
      }
    }
  }

  async #scanDelayed(queue: string, segment: number, from: number, skip: number, most: number) {
    const { keys, connection } = this.#options;
    const args = [String(from), String(skip), String(most)];
    const [more, ...reply] = await connection.run(
      scanDelayed,
      [keys.delayedSet(queue, segment)],
      args,
      undefined,
    ) as string[];
    const entries: [due: number, entry: string][] = [];
    for (let at = 0; at < reply.length; at += 2) entries.push([Number(reply[at]), reply[at + 1]!]);
    return { entries, hasMore: more === "1" };
  }

  async #scan(lists: readonly List[], from: number, last: string, sieve: Sieve, ids: readonly string[]) {
    const { keys, connection } = this.#options;
    const names = lists.map(({ queue, priority, segment, lane }) => keys.list(queue, priority, segment, lane));
    const args = [String(from), last, String(sieve.limit), sieve.contains, ...ids];
    const [next, at, id, ...rest] = await connection.run(scan, names, args, undefined) as string[];
    const found: { list: List; at: number; entry: string }[] = [];
    for (let index = 0; index < rest.length; index += 3) {
      found.push({ list: lists[Number(rest[index]) - 1]!, at: Number(rest[index + 1]), entry: rest[index + 2]! });
    }
    return { next: next!, at: Number(at), last: id!, found };
  }

  /** The entries of those that came to their queues last, of whatever priority: some of them, without limits. */
  async seekLast(records: readonly TaskRecord[]): Promise<string[]> {
    const { keys, connection } = this.#options;
    const due = records.filter(({ eta }) => eta === undefined);
    const queues = [...new Set(due.map(({ queue }) => queue))];
    if (queues.length === 0) return [];
    const texts = await connection.run(layouts, [keys.map], queues, undefined) as string[];
    const lists = queues.flatMap((queue, index) =>
      readLayout(texts[index]!).lists.map(({ priority, tail }) => keys.list(queue, priority, tail))
    );
    if (lists.length === 0) return [];
    const ids = due.map(({ id }) => id);
    return await connection.run(scanEnds, lists.slice(0, mostLists), ids, undefined) as string[];
  }

  /** Where tasks wait, those that do: first what is delayed, since that is where they come from when they are due. */
  async seek(records: ReadonlyMap<string, TaskRecord>): Promise<Found[]> {
    const { keys, connection } = this.#options;
    const queues = [...new Set([...records.values()].map(({ queue }) => queue))];
    const texts = await connection.run(layouts, [keys.map], queues, undefined) as string[];
    const found: Found[] = [];
    for (const [index, queue] of queues.entries()) {
      const layout = readLayout(texts[index]!);
      const here = [...records.values()].filter((record) => record.queue === queue);
      const delayed = await this.#seekDelayed(queue, layout, here);
      const ids = new Set(here.map(({ id }) => id));
      for (const { entry } of delayed) ids.delete(decodeEntry(entry).message.id);
      found.push(...delayed, ...await this.#seekLists(queue, layout, ids));
    }
    return found;
  }

  async #seekDelayed(queue: string, { delayed }: QueueLayout, records: readonly TaskRecord[]) {
    const { keys, connection } = this.#options;
    const args = records.flatMap(({ id, eta }) => eta === undefined ? [] : [id, String(eta)]);
    if (args.length === 0 || delayed.length === 0) return [];
    const names = delayed.map(({ segment }) => keys.delayedSet(queue, segment));
    const reply = await connection.run(seekDelayed, names, args, undefined) as string[];
    const found: Found[] = [];
    for (let at = 0; at < reply.length; at += 3) {
      const { eta } = records.find(({ id }) => id === reply[at])!;
      found.push({ entry: reply[at + 2]!, place: `d ${queue} ${delayed[Number(reply[at + 1]) - 1]!.segment} ${eta}` });
    }
    return found;
  }

  async #seekLists(queue: string, layout: QueueLayout, ids: Set<string>) {
    const found: Found[] = [];
    const seek = async (lists: readonly List[]) => {
      let at = 0;
      let last = "";
      for (let index = 0; index < lists.length && ids.size > 0;) {
        const part = lists.slice(index, index + mostLists);
        const reply = await this.#scan(part, at, last, { limit: ids.size, contains: "" }, [...ids]);
        for (const { list, entry } of reply.found) {
          found.push({ entry, place: placeOf(list) });
          ids.delete(decodeEntry(entry).message.id);
        }
        const next = Number(reply.next);
        index += next === 0 ? part.length : next - 1;
        [at, last] = next === 0 ? [0, ""] : [reply.at, reply.last];
      }
    };
    await seek(listsOf(queue, layout));
    let scanned = layout.lanes.length > 0 ? "0" : undefined;
    while (scanned !== undefined && ids.size > 0) {
      const { lists, next }: { lists: List[]; next: string } = await this.#laneLists(queue, scanned);
      await seek(lists);
      scanned = next === "0" ? undefined : next;
    }
    return found;
  }
}

function listsOf(queue: string, { lists }: QueueLayout): List[] {
  const all: List[] = [];
  for (const { priority, head, tail } of [...lists].sort((a, b) => b.priority - a.priority)) {
    for (let segment = head; segment <= tail; segment++) all.push({ queue, priority, segment, lane: "" });
  }
  return all;
}

function inOrder(a: List, b: List): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.lane !== b.lane) return a.lane < b.lane ? -1 : 1;
  return a.segment - b.segment;
}

function isAtOrBehind(list: List, from: List): boolean {
  return inOrder(list, from) >= 0;
}

function isSame(list: List, from: List): boolean {
  return inOrder(list, from) === 0;
}

function placeOf({ queue, priority, segment, lane }: List): string {
  return `q ${queue} ${priority} ${segment}${lane === "" ? "" : ` ${lane}`}`;
}

/** A place, read. */
export interface Place {
  /** The queue. */
  readonly queue: string;
  /** Of a list: priority, segment and lane; of a delayed set: `d`, segment and due time. As the script takes them. */
  readonly where: readonly [first: string, segment: string, name: string];
  /** The entry. */
  readonly entry: string;
}

/** Reads `q <queue> <priority> <segment> <lane>` or `d <queue> <segment> <due>`, with the entry behind a line's end. */
export function readPlace(place: string): Place {
  const end = place.indexOf("\n");
  const [kind, queue = "", first = "", second = "", third = ""] = place.slice(0, end).split(" ");
  return { queue, where: kind === "d" ? ["d", first, second] : [first, second, third], entry: place.slice(end + 1) };
}

/** Where to go on: in a list behind `at` entries, or in a delayed set behind `last` entries that are due at `at`. */
interface Cursor extends List {
  readonly kind: "q" | "l" | "d";
  readonly at: number;
  readonly last: string;
  /** The part of a queue's lanes. */
  readonly scanned: string;
}

function cursorOf({ queue, kind, priority, segment, at, last, scanned, lane }: Cursor): string {
  return [queue, kind, priority, segment, at, last, scanned, lane].join("~");
}

function readCursor(cursor: string): Cursor {
  const [queue = "", kind, priority, segment, at, last = "", scanned = "", ...lane] = cursor.split("~");
  return {
    ...{ queue, kind: kind as Cursor["kind"], priority: Number(priority), segment: Number(segment), at: Number(at) },
    ...{ last, scanned, lane: lane.join("~") },
  };
}
