/**
 * What waits in Redis: in lists by queue, priority and segment, in those of lanes, and in delayed sets. No index leads
 * from an id to its entry, so a task is looked for by reading lists, some 20,000 entries a request; what is delayed is
 * found by the time in its record.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../broker.ts";
import type { Message } from "../../message.ts";
import {
  type Change,
  type Changing,
  type Finding,
  type Waiting,
  type WaitingPage,
  type WaitingQuery,
  waitingState,
  type WaitingTask,
} from "../../waiting.ts";
import type { Connection } from "./connection.ts";
import { type Keys, type QueueLayout, readLayout } from "./keys.ts";
import { decodeEntry, encodeEntry, encodeRecord } from "./record.ts";
import type { Records } from "./records.ts";
import type { Script } from "./script.ts";
import { change, lanes, layouts, scan, scanDelayed, seekDelayed } from "./scripts/waiting.ts";

/** How often scripts read for one part: a filter may fit little of it. */
const mostReads = 10;
/** The most lists that one request reads. */
const mostLists = 500;
/** How many tasks are changed in one request: each is looked for in its list once more. */
const mostChanges = 50;
/** Behind all that a list may hold. */
const pastEnd = 1e9;
/** How often a task is looked for that moves about meanwhile. */
const mostRounds = 3;

/** What it needs of the broker. */
export interface WaitingOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Reads records. */
  readonly records: Records;
  /** The broker's time. */
  readonly now: () => Promise<number>;
  /** Every queue that there is. */
  readonly queues: () => Promise<ReadonlyMap<string, string>>;
  /** The keys needed to add messages. */
  readonly adding: (
    messages: readonly { readonly message: Message; readonly entry: string }[],
    now: number,
  ) => string[];
  /** Calls a script; when it needs other keys than were guessed, again with those it told of. */
  readonly call: (script: Script<string, string>, keys: () => string[], args: () => string[]) => Promise<string[]>;
  /** Takes in the layouts of queues that a reply tells. */
  readonly learn: (reply: readonly string[], from: number) => void;
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
interface Found {
  readonly place: string;
  readonly entry: string;
  /** Where to go on behind it. */
  readonly cursor: string;
}

/** What waits in Redis. */
export class RedisWaiting implements Waiting {
  readonly #options: WaitingOptions;

  /** That of these keys. */
  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** A part of what waits. */
  async list({ limit, cursor, queue, task, state }: WaitingQuery): Promise<WaitingPage> {
    const tasks: WaitingTask[] = [];
    let reads = mostReads;
    for await (const { found, next } of this.#parts(limit, queue, cursor)) {
      const known = await this.#tasks(found);
      for (const [index, one] of known.entries()) {
        if (
          !one || (task ?? one.message.task) !== one.message.task || (state ?? one.record.state) !== one.record.state
        ) {
          continue;
        }
        tasks.push(one);
        if (tasks.length === limit) return { tasks, cursor: found[index]!.cursor };
      }
      if (--reads <= 0 && next !== undefined) return { tasks, cursor: next };
    }
    return { tasks };
  }

  /** What was read in one request each, and where to go on. */
  async *#parts(
    limit: number,
    only: string | undefined,
    cursor: string | undefined,
  ): AsyncGenerator<{ readonly found: readonly Found[]; readonly next: string }> {
    const from = cursor === undefined ? undefined : readCursor(cursor);
    const queues = [...await this.#options.queues()].sort(([a], [b]) => a < b ? -1 : 1);
    for (const [queue, text] of queues) {
      if ((only ?? queue) !== queue || (from && queue < from.queue)) continue;
      const here = from?.queue === queue ? from : undefined;
      const layout = readLayout(text);
      if (here === undefined || here.kind === "q") {
        yield* this.#lists(listsOf(queue, layout), limit, here);
      }
      if (layout.lanes.length > 0 && here?.kind !== "d") {
        yield* this.#lanes(queue, limit, here?.kind === "l" ? here : undefined);
      }
      yield* this.#delayed(queue, layout, limit, here?.kind === "d" ? here : undefined);
    }
  }

  /** @param scanned The part of a queue's lanes whose lists these are. */
  async *#lists(all: readonly List[], limit: number, from: Cursor | undefined, scanned?: string) {
    const where = { kind: scanned === undefined ? "q" as const : "l" as const, scanned: scanned ?? "" };
    // What was drained since is passed over: what is left lies behind it.
    let index = from ? all.findIndex((list) => isAtOrBehind(list, from)) : 0;
    if (index === -1) return;
    let at = from && isSame(all[index]!, from) ? from.at : 0;
    let last = from?.last ?? "";
    while (index < all.length) {
      const part = all.slice(index, index + mostLists);
      const reply = await this.#scan(part, at, last, limit, []);
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

  async *#lanes(queue: string, limit: number, from: Cursor | undefined) {
    let scanned = from?.scanned ?? "0";
    do {
      const { lists, next } = await this.#laneLists(queue, scanned);
      yield* this.#lists(lists, limit, from, scanned);
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

  async *#delayed(queue: string, { delayed }: QueueLayout, limit: number, from: Cursor | undefined) {
    const { keys, connection } = this.#options;
    for (const { segment } of delayed) {
      if (from && segment < from.segment) continue;
      let [due, skip] = from?.segment === segment ? [from.at, Number(from.last)] : [0, 0];
      for (let count = limit; count === limit;) {
        const args = [String(due), String(skip), String(limit)];
        const reply = await connection.run(scanDelayed, [keys.delayedSet(queue, segment)], args, undefined) as string[];
        const found: Found[] = [];
        for (let at = 0; at < reply.length; at += 2) {
          const score = Number(reply[at]);
          skip = score === due ? skip + 1 : 1;
          due = score;
          found.push({
            entry: reply[at + 1]!,
            place: `d ${queue} ${segment} ${due}`,
            cursor: cursorOf({
              queue,
              kind: "d",
              priority: 0,
              segment,
              at: due,
              last: String(skip),
              lane: "",
              scanned: "",
            }),
          });
        }
        count = found.length;
        if (count > 0) yield { found, next: found.at(-1)!.cursor };
      }
    }
  }

  async #scan(lists: readonly List[], from: number, last: string, most: number, ids: readonly string[]) {
    const { keys, connection } = this.#options;
    const names = lists.map(({ queue, priority, segment, lane }) => keys.list(queue, priority, segment, lane));
    const args = [String(from), last, String(most), ...ids];
    const [next, at, id, ...rest] = await connection.run(scan, names, args, undefined) as string[];
    const found: { list: List; at: number; entry: string }[] = [];
    for (let index = 0; index < rest.length; index += 3) {
      found.push({ list: lists[Number(rest[index]) - 1]!, at: Number(rest[index + 1]), entry: rest[index + 2]! });
    }
    return { next: next!, at: Number(at), last: id!, found };
  }

  /** Entries with what is known of their tasks; `undefined` for one that was revoked, and is still to be met. */
  async #tasks(found: readonly Pick<Found, "entry" | "place">[]): Promise<(WaitingTask | undefined)[]> {
    const decoded = found.map(({ entry }) => decodeEntry(entry));
    const records = await this.#options.records.read(decoded.map(({ message }) => message.id));
    const now = await this.#options.now();
    return found.map(({ entry, place }, index) => {
      const record = records[index];
      if (!record || isFinal(record.state)) return undefined;
      const { message, deaths } = decoded[index]!;
      const isDue = !place.startsWith("d ") || (message.eta ?? 0) <= now;
      return {
        record: { ...record, state: waitingState(record, isDue) },
        message,
        deaths,
        place: `${place}\n${entry}`,
      };
    });
  }

  /** Looks for tasks where they wait. */
  async find(ids: readonly string[]): Promise<Finding[]> {
    const answers = new Map<string, Finding>();
    let left = new Map<string, TaskRecord>();
    for (let round = 0; round < mostRounds; round++) {
      const wanted = round === 0 ? [...new Set(ids)] : [...left.keys()];
      const records = await this.#options.records.read(wanted);
      const before = left;
      left = new Map();
      for (const [index, id] of wanted.entries()) {
        const record = records[index];
        if (!record || isFinal(record.state)) answers.set(id, record ? "ended" : "unknown");
        // Not found where its record says that it is, twice: a worker holds it.
        else if (isStill(before.get(id), record)) answers.set(id, "running");
        else left.set(id, record);
      }
      if (left.size === 0) break;
      const found = await this.#seek(left);
      const tasks = await this.#tasks(found);
      for (const [index, task] of tasks.entries()) {
        const { id } = decodeEntry(found[index]!.entry).message;
        answers.set(id, task ?? "ended");
        left.delete(id);
      }
      if (left.size === 0) break;
    }
    return ids.map((id) => answers.get(id) ?? "running");
  }

  /** Where tasks wait, those that do: first what is delayed, since that is where they come from when they are due. */
  async #seek(records: ReadonlyMap<string, TaskRecord>): Promise<Pick<Found, "entry" | "place">[]> {
    const { keys, connection } = this.#options;
    const queues = [...new Set([...records.values()].map(({ queue }) => queue))];
    const texts = await connection.run(layouts, [keys.map], queues, undefined) as string[];
    const found: Pick<Found, "entry" | "place">[] = [];
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
    const found: Pick<Found, "entry" | "place">[] = [];
    for (let at = 0; at < reply.length; at += 3) {
      const { eta } = records.find(({ id }) => id === reply[at])!;
      found.push({ entry: reply[at + 2]!, place: `d ${queue} ${delayed[Number(reply[at + 1]) - 1]!.segment} ${eta}` });
    }
    return found;
  }

  async #seekLists(queue: string, layout: QueueLayout, ids: Set<string>) {
    const found: Pick<Found, "entry" | "place">[] = [];
    const seek = async (lists: readonly List[]) => {
      let at = 0;
      let last = "";
      for (let index = 0; index < lists.length && ids.size > 0;) {
        const part = lists.slice(index, index + mostLists);
        const reply = await this.#scan(part, at, last, ids.size, [...ids]);
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

  /** Changes tasks where they wait. */
  async change(changes: readonly Change[]): Promise<Changing[]> {
    const answers: Changing[] = [];
    for (let from = 0; from < changes.length; from += mostChanges) {
      answers.push(...await this.#change(changes.slice(from, from + mostChanges)));
    }
    return answers;
  }

  async #change(changes: readonly Change[]): Promise<Changing[]> {
    const { keys, records, now: ask, adding, call, learn } = this.#options;
    const before = await records.read(changes.map(({ message }) => message.id));
    const now = await ask();
    const queues = new Map<string, number>();
    const number = (queue: string) => {
      if (!queues.has(queue)) queues.set(queue, queues.size + 1);
      return String(queues.get(queue));
    };
    const own = new Set<string>();
    const declare = (key: string) => own.add(key) && key;
    const prepared: { readonly message: Message; readonly entry: string }[] = [];
    const items = changes.flatMap(({ found, message, nonce }, index) => {
      const { id, queue, priority, eta, unique } = message;
      const { from, entry: old } = readPlace(found.place);
      const [kind, oldQueue, ...rest] = from.split(" ") as [string, string, ...string[]];
      const entry = encodeEntry(message, found.deaths);
      prepared.push({ message, entry });
      if (kind === "d") declare(keys.delayedSet(oldQueue, Number(rest[0])));
      else {
        const [oldPriority, segment, lane = ""] = rest as [string, string, string?];
        declare(keys.list(oldQueue, Number(oldPriority), Number(segment), lane));
        if (lane !== "") { for (const key of keys.changingLanes(oldQueue, Number(oldPriority))) declare(key); }
      }
      const leaves = before[index]?.unique ?? found.message.unique?.key;
      return [
        declare(keys.page(id)),
        id,
        nonce,
        encodeRecord(changedRecord(before[index] ?? found.record, message)),
        unique === undefined ? "" : " k",
        number(oldQueue),
        ...kind === "d" ? ["d", rest[0]!, rest[1]!] : [rest[0]!, rest[1]!, rest[2] ?? ""],
        old,
        number(queue),
        String(priority),
        String(eta ?? 0),
        entry,
        leaves === undefined ? "" : declare(keys.unique(leaves)),
        unique === undefined ? "" : declare(keys.unique(unique.key)),
        unique === undefined ? "" : String(unique.for),
      ];
    });
    const reply = await call(
      change,
      () => [keys.map, ...new Set([...own, ...adding(prepared, now)])],
      () => [keys.prefix, String(now), String(queues.size), ...queues.keys(), ...items],
    );
    learn(reply, 2);
    return Array.from(reply[1]!, (status) => changings[status]!);
  }
}

const changings: { readonly [status: string]: Changing } = {
  C: "changed",
  M: "moved",
  X: "exists",
  E: "ended",
  U: "unknown",
};

/** What is known of a task whose message is another one now. Its state stays: what is due is seen when it is read. */
function changedRecord(record: TaskRecord, { queue, eta, unique }: Message): TaskRecord {
  const { eta: _eta, unique: _unique, ...rest } = record;
  return {
    ...rest,
    queue,
    ...(eta === undefined ? {} : { eta }),
    ...(unique && unique.states !== "any" ? { unique: unique.key } : {}),
  };
}

/** Whether nothing was said of a task since. */
function isStill(before: TaskRecord | undefined, now: TaskRecord): boolean {
  return before !== undefined && before.state === now.state && before.queue === now.queue && before.eta === now.eta;
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

function readPlace(place: string): { readonly from: string; readonly entry: string } {
  const end = place.indexOf("\n");
  return { from: place.slice(0, end), entry: place.slice(end + 1) };
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
