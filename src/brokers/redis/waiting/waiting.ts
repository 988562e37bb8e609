/**
 * What waits in Redis: listed, found, and changed where it waits.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { Message } from "../../../message.ts";
import {
  type Change,
  type Changing,
  type Finding,
  fitsWaiting,
  type Waiting,
  type WaitingPage,
  type WaitingQuery,
  waitingState,
  type WaitingTask,
} from "../../../ports/waiting.ts";
import type { Caller } from "../connection/caller.ts";
import { decodeEntry, encodeEntry, encodeRecord } from "../records/record.ts";
import type { Records } from "../records/records.ts";
import { change } from "../scripts/change.ts";
import type { Connection } from "../connection/connection.ts";
import type { Keys } from "../keys.ts";
import { type Found, type Place, readPlace, type WaitingReader } from "./waiting_reader.ts";

/** How often scripts read for one part: a filter may fit little of it. */
const mostReads = 10;
/** How many tasks are changed in one request, since each is looked for in its list once more; and how long they are. */
const chunk = { changes: 50, characters: 1024 * 1024 };
/** How often a task is looked for that moves about meanwhile. */
const mostRounds = 3;

/** What it needs of the broker. */
export interface WaitingOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Reads entries where they wait. */
  readonly reader: WaitingReader;
  /** Reads records. */
  readonly records: Records;
  /** The broker's time. */
  readonly now: () => Promise<number>;
  /** The keys needed to add messages. */
  readonly adding: (
    messages: readonly { readonly message: Message; readonly entry: string }[],
    now: number,
  ) => string[];
  /** Calls scripts that may ask for more keys. */
  readonly caller: Caller;
}

/** What waits in Redis. */
export class RedisWaiting implements Waiting {
  readonly #options: WaitingOptions;
  readonly #reader: WaitingReader;

  /** That of these keys. */
  constructor(options: WaitingOptions) {
    this.#options = options;
    this.#reader = options.reader;
  }

  /** A part of what waits. */
  async list({ limit, cursor, ...filter }: WaitingQuery): Promise<WaitingPage> {
    const tasks: WaitingTask[] = [];
    let reads = mostReads;
    for await (const { found, next } of this.#reader.parts(limit, filter.queue, cursor)) {
      for (const [index, task] of (await this.#tasks(found)).entries()) {
        if (task && fitsWaiting(task, filter)) tasks.push(task);
        if (tasks.length === limit) return { tasks, cursor: found[index]!.cursor };
      }
      if (--reads === 0) return { tasks, cursor: next };
    }
    return { tasks };
  }

  /** Entries with what is known of their tasks; `undefined` for one that was revoked, and is still to be met. */
  async #tasks(found: readonly Found[]): Promise<(WaitingTask | undefined)[]> {
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
      const found = await this.#reader.seek(left);
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

  /** Changes tasks where they wait. */
  async change(changes: readonly Change[]): Promise<Changing[]> {
    const answers: Changing[] = [];
    for (const part of chunks(changes)) answers.push(...await this.#change(part));
    return answers;
  }

  async #change(changes: readonly Prepared[]): Promise<Changing[]> {
    const { keys, records, now: ask, adding, caller } = this.#options;
    const before = await records.read(changes.map(({ message }) => message.id));
    const now = await ask();
    const queues = new Map<string, number>();
    const number = (queue: string) => {
      if (!queues.has(queue)) queues.set(queue, queues.size + 1);
      return String(queues.get(queue));
    };
    const own = new Set<string>();
    const declare = (key: string) => own.add(key) && key;
    const uniqueKey = (key: string | undefined) => key === undefined ? "" : declare(keys.unique(key));
    const items = changes.flatMap(({ found, message, nonce, entry }, index) => {
      const { id, queue, priority, eta, unique } = message;
      const record = before[index] ?? found.record;
      const place = readPlace(found.place);
      for (const key of this.#keysOf(place)) declare(key);
      return [
        ...[declare(keys.page(id)), id, nonce, encodeRecord(changedRecord(record, message)), unique ? " k" : ""],
        ...[number(place.queue), ...place.where, place.entry],
        ...[number(queue), String(priority), String(eta ?? 0), entry],
        ...[uniqueKey(record.unique ?? found.message.unique?.key), uniqueKey(unique?.key), String(unique?.for ?? "")],
      ];
    });
    const reply = await caller.call(
      change,
      () => [keys.map, ...new Set([...own, ...adding(changes, now)])],
      () => [keys.prefix, String(now), String(queues.size), ...queues.keys(), ...items],
    );
    caller.learn(reply, 2);
    return Array.from(reply[1]!, (status) => changings[status]!);
  }

  /** The keys needed to take an entry out of its place. */
  #keysOf({ queue, where: [first, segment, name] }: Place): string[] {
    const { keys } = this.#options;
    if (first === "d") return [keys.delayedSet(queue, Number(segment))];
    const list = keys.list(queue, Number(first), Number(segment), name);
    return name === "" ? [list] : [list, ...keys.changingLanes(queue, Number(first))];
  }
}

/** A change with the entry that it makes. */
interface Prepared extends Change {
  readonly entry: string;
}

function* chunks(changes: readonly Change[]): Generator<Prepared[]> {
  let part: Prepared[] = [];
  let size = 0;
  for (const change of changes) {
    const entry = encodeEntry(change.message, change.found.deaths);
    size += change.found.place.length + entry.length;
    if (part.length === chunk.changes || (part.length > 0 && size > chunk.characters)) {
      yield part;
      part = [];
      size = change.found.place.length + entry.length;
    }
    part.push({ ...change, entry });
  }
  if (part.length > 0) yield part;
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
