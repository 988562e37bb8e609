/**
 * The keyspace: the only place that spells a key. All keys of an app share the hash slot of `{umbel:<app>}`.
 *
 * | key                       | type       | holds                                                  | ends                         |
 * | ------------------------- | ---------- | ------------------------------------------------------ | ---------------------------- |
 * | `…:m`                     | hash       | the map, see below                                     | field by field               |
 * | `…:w`                     | sorted set | workers by the time until which they count as alive    | swept after that time        |
 * | `…:q:<queue>:<prio>:<n>`  | list       | waiting entries, oldest first; segment n               | when drained                 |
 * | `…:d:<queue>:<n>`         | sorted set | delayed entries by due time; segment n                 | when drained                 |
 * | `…:p:<page>`              | hash       | a page of task records by id; `#`: open count, expiry  | PEXPIRE once none is open    |
 * | `…:P`                     | sorted set | names of pages, see fragments/page_names.ts            | trimmed to 100,000, and once all pages of one are gone |
 * | `…:t:<id>`                | hash       | the page of one task, whose id was chosen by the caller | the same                   |
 * | `…:r:<id>`                | string     | the whole record of one task: it is large, or a dead letter | PX                     |
 * | `…:i`                     | sorted set | ids that callers chose, by the 1.024 s they were sent in | trimmed now and then, to 100,000 |
 * | `…:f`                     | sorted set | dead letters, all with score 0: see records/letter.ts          | trimmed now and then         |
 * | `…:l:<queue>:<prio>:<n>:<lane>` | list   | waiting entries of a lane; segment n                | when drained                 |
 * | `…:a:<queue>`             | hash       | its lanes: `<prio> <lane>`, see below                   | when drained                 |
 * | `…:o:<queue>:<prio>`      | sorted set | its lanes that are ready, by virtual time               | when drained                 |
 * | `…:y:<queue>`             | sorted set | its lanes that sleep (`<prio> <lane>`), by time         | when drained                 |
 * | `…:b:<limit>`             | sorted set | lanes that wait for a limit (`<queue> <prio> <lane>`), by virtual time | when drained |
 * | `…:g:<limit>`             | string     | a limit: `<next start>|<running>|<lanes that wait>`     | deleted, or PX               |
 * | `…:s`                     | hash       | periodic tasks: see scripts/schedules.ts               | field by field               |
 * | `…:k:<id>`                | list       | the ids of the tasks that this one sent as its children, up to 400,000 | PEXPIRE    |
 * | `…:e:<n>`                | list       | events, see fragments/journal.ts; segment n            | PEXPIRE, or when 16 follow   |
 * | `…:n:<hour>`             | hash       | counts by minute: `<minute> <queue> <task>`            | PEXPIRE                      |
 * | `…:N:<day>`              | hash       | counts by hour: `<hour> <queue> <task>`                | PEXPIRE                      |
 * | `…:i:<id>`               | hash       | the answers to a command: `<part>/<parts> <worker>`     | PEXPIRE                      |
 * | `…:B:<day>`              | hash       | commands by operation; `#`: words of the last requests | PEXPIRE                      |
 * | `…:u:<key>`               | string     | `<id> <until>`: which task holds a unique key          | its end, or PX               |
 *
 * Channels: `…:w:<worker>` for a worker, `…:c:<client>` for a client that waits for results, `…:i:<id>` for the
 * answers to a command.
 *
 * Fields of the map:
 *
 * | field               | holds                                                                                | ends             |
 * | ------------------- | ------------------------------------------------------------------------------------ | ---------------- |
 * | `q:<queue>`         | the queue's layout: its lists and delayed sets, with their counts                    | a worker's leave |
 * | `w:<worker>`        | the worker's last turn, what it answered, the slots it holds                          | swept            |
 * | `h:<worker>:<slot>` | the entry leased in that slot, or a left-over that the next one overwrites            | leave, or swept  |
 * | `m:<worker>`        | its mail: a line for each command, `<expires> <id> <JSON>`; without the JSON once it is read | leave, swept, or a turn |
 * | `parked`            | the workers with free slots that wait for a signal, and what they were offered since  | with them        |
 * | `sweep`             | when the next lease may end                                                           | one value        |
 * | `l:<limit>`         | what a limit allows: as declared, `\|`, as set; each `<limit>:<period>:<burst>;<concurrency>;<size>:<wait>` | stays |
 * | `r:<id>`, `rc`      | tasks that were revoked while a queue or a worker held them (`t`: to be terminated), and how many | met by a turn |
 * | `ev`                | what is written down, and the segments of events: see fragments/journal.ts            | stays            |
 * | `pages`             | names of pages that are not in `…:P` yet, some 100: see fragments/page_names.ts     | stays            |
 * | `n:<queue> <task>`  | what the current minute and hour add up to: `<minute>\|<tally>\|<hour>\|<tally>`      | stays            |
 * | `t:<id>`            | tasks with a unique key that a worker has taken                                       | its end, or return |
 *
 * An _entry_ is `<priority>|<deaths>|<id>|<mark><message JSON>`: a script reads the first four and never the JSON. The mark
 * is `$` for a task that holds a unique key, `^` for one that goes to the head when it comes, and the name of its lane: its
 * limits, by commas. A lane's text is `<head>:<tail>:<count>:<tail count>:<tail bytes>:<virtual time>:<at>:<state>`; the
 * state is `r` (ready), `y` (asleep until then), `z` (at rest until then) or `b` (blocked). Among those that sleep, `= <limit>` is a limit that lanes of
 * the queue wait for, and when its rate lets the next one start.
 *
 * @module
 */
import { words } from "./records/words.ts";
import { readId } from "../../id.ts";
import { defaultPriority } from "../../message.ts";
import { JournalKeys } from "./journal/journal_keys.ts";

/** When a segment of a queue has so many entries or bytes, the next one begins: no key may grow towards 100 MB. */
export const segmentEntries = 50_000;
/** See {@linkcode segmentEntries}. */
const segmentBytes = 16 * 1024 * 1024;

interface ListLayout {
  readonly priority: number;
  readonly head: number;
  readonly tail: number;
  readonly count: number;
  readonly tailCount: number;
  readonly tailBytes: number;
}

interface DelayedLayout {
  readonly segment: number;
  readonly count: number;
  readonly bytes: number;
  readonly first: number;
}

/** A queue as the broker last told: which segments there are. Only a guess of what is there now. */
export interface QueueLayout {
  readonly lists: readonly ListLayout[];
  readonly delayed: readonly DelayedLayout[];
  readonly paused: boolean;
  /** By priority, how many entries its lanes hold. */
  readonly lanes: readonly { readonly priority: number; readonly count: number }[];
}

/** Reads the layout of a queue: `<prio>:<head>:<tail>:<count>:<tail count>:<tail bytes> …|<n>:<count>:<bytes>:<first> …|P|<prio>:<count>:<virtual time>:<arrivals> …`; P: paused. The last two may be absent. */
export function readLayout(text: string): QueueLayout {
  const [lists = "", delayed = "", flags = "", lanes = ""] = text.split("|");
  return {
    paused: flags === "P",
    lanes: words(lanes).map((word) => {
      const [priority, count] = word.split(":").map(Number) as [number, number];
      return { priority, count };
    }),
    lists: words(lists).map((word) => {
      const [priority, head, tail, count, tailCount, tailBytes] = word.split(":").map(Number) as Tuple6;
      return { priority, head, tail, count, tailCount, tailBytes };
    }),
    delayed: words(delayed).map((word) => {
      const [segment, count, bytes, first] = word.split(":").map(Number) as Tuple4;
      return { segment, count, bytes, first };
    }),
  };
}

type Tuple4 = [number, number, number, number];
type Tuple6 = [number, number, number, number, number, number];

/** The keys of one app. */
export class Keys {
  /** What every key of the app begins with. */
  readonly prefix: string;
  /** What is written down, and where. */
  readonly journal: JournalKeys;
  readonly #layouts = new Map<string, QueueLayout>();
  /** Which priorities a queue was seen to use: a delayed message may need the list of any of them when it is due. */
  readonly #priorities = new Map<string, Set<number>>();

  /** The keys of the app of that name. */
  constructor(app: string) {
    this.prefix = `{umbel:${app}}`;
    this.journal = new JournalKeys(this.prefix);
  }

  /** The map. */
  get map(): string {
    return `${this.prefix}:m`;
  }

  /** The workers. */
  get workers(): string {
    return `${this.prefix}:w`;
  }

  /** The page that the record of a task lies on. */
  page(id: string): string {
    const page = readId(id)?.page;
    return page === undefined ? `${this.prefix}:t:${id}` : `${this.prefix}:p:${page}`;
  }

  /** Whether a page is that of one task, whose id was chosen. */
  isChosen(page: string): boolean {
    return page.startsWith(":t:", this.prefix.length);
  }

  /** The whole record of a task that is not to lie beside others. */
  record(id: string): string {
    return `${this.prefix}:r:${id}`;
  }

  /** The children of a task. */
  children(id: string): string {
    return `${this.prefix}:k:${id}`;
  }

  /** The dead letters. */
  get letters(): string {
    return `${this.prefix}:f`;
  }

  /** The ids that callers chose. */
  get chosen(): string {
    return `${this.prefix}:i`;
  }

  /** The names of pages. */
  get pageNames(): string {
    return `${this.prefix}:P`;
  }

  /** A page by its name: see id.ts. */
  pageNamed(name: string): string {
    return `${this.prefix}:p:${name}`;
  }

  /** What was billed on a day. */
  bill(day: number): string {
    return `${this.prefix}:B:${day}`;
  }

  /** The periodic tasks. */
  get schedules(): string {
    return `${this.prefix}:s`;
  }

  /** Who holds a unique key. */
  unique(key: string): string {
    return `${this.prefix}:u:${key}`;
  }

  /** What a limit stands at. */
  limit(name: string): string {
    return `${this.prefix}:g:${name}`;
  }

  /** The keys needed to add messages to a lane: as a rule, its first segment. */
  addingToLane(queue: string, priority: number, lane: string): string[] {
    return [...this.#laneKeys(queue, [priority]), this.list(queue, priority, 0, lane)];
  }

  #laneKeys(queue: string, priorities: readonly number[]): string[] {
    return [
      this.lanes(queue),
      `${this.prefix}:y:${queue}`,
      ...priorities.map((priority) => `${this.prefix}:o:${queue}:${priority}`),
    ];
  }

  /** The answers to a command, and the channel that they are signalled on. */
  answers(command: string): string {
    return `${this.prefix}:i:${command}`;
  }

  /** The channel of a client. */
  client(name: string): string {
    return `${this.prefix}:c:${name}`;
  }

  /** The channel of a worker. */
  worker(name: string): string {
    return `${this.prefix}:w:${name}`;
  }

  /** Notes what the broker told of a queue. */
  learn(queue: string, layout: string): void {
    const read = readLayout(layout);
    this.#layouts.set(queue, read);
    for (const { priority } of read.lists) this.use(queue, priority);
  }

  /** Notes that messages of this priority come to a queue. */
  use(queue: string, priority: number): void {
    const seen = this.#priorities.get(queue);
    if (seen) seen.add(priority);
    else this.#priorities.set(queue, new Set([defaultPriority, priority]));
  }

  /** The keys needed to add so many messages of so many bytes to the end of a queue, now or delayed; or to its head. */
  adding(queue: string, priority: number, entries: number, bytes: number): string[] {
    const list = this.#list(queue, priority);
    const tail = list?.tail ?? 0;
    const keys = [this.#listKey(queue, priority, tail)];
    if (list && list.head !== tail) keys.push(this.#listKey(queue, priority, list.head));
    if ((list?.tailCount ?? 0) + entries >= segmentEntries || (list?.tailBytes ?? 0) + bytes >= segmentBytes) {
      keys.push(this.#listKey(queue, priority, tail + 1));
    }
    return keys;
  }

  /** The keys needed to delay messages of a queue. */
  delaying(queue: string): string[] {
    const last = this.#layouts.get(queue)?.delayed.at(-1);
    const segment = last?.segment ?? 0;
    const next = last && (last.count >= segmentEntries / 2 || last.bytes >= segmentBytes / 2);
    return next
      ? [this.#delayedKey(queue, segment), this.#delayedKey(queue, segment + 1)]
      : [this.#delayedKey(queue, segment)];
  }

  /** The keys needed to take from a queue. */
  taking(queue: string): string[] {
    const keys: string[] = [];
    for (const priority of this.#priorities.get(queue) ?? [defaultPriority]) {
      const { head, tail } = this.#list(queue, priority) ?? { head: 0, tail: 0 };
      keys.push(this.#listKey(queue, priority, head));
      if (tail > head) keys.push(this.#listKey(queue, priority, head + 1));
      if (tail > head + 1) keys.push(this.#listKey(queue, priority, tail));
    }
    const { lanes = [] } = this.#layouts.get(queue) ?? {};
    if (lanes.length > 0) keys.push(...this.#laneKeys(queue, lanes.map(({ priority }) => priority)));
    return [...keys, ...this.delayed(queue)];
  }

  /** A segment of a queue's list, or of a lane's. */
  list(queue: string, priority: number, segment: number, lane = ""): string {
    if (lane === "") return this.#listKey(queue, priority, segment);
    return `${this.prefix}:l:${queue}:${priority}:${segment}:${lane}`;
  }

  /** A segment of what is delayed of a queue. */
  delayedSet(queue: string, segment: number): string {
    return this.#delayedKey(queue, segment);
  }

  /** The lanes of a queue, and where they stand. */
  lanes(queue: string): string {
    return `${this.prefix}:a:${queue}`;
  }

  /** The keys needed to change lanes of a queue. */
  changingLanes(queue: string, priority: number): string[] {
    return this.#laneKeys(queue, [priority]);
  }

  /** What is delayed of a queue. */
  delayed(queue: string): string[] {
    return (this.#layouts.get(queue)?.delayed ?? []).map(({ segment }) => this.#delayedKey(queue, segment));
  }

  #list(queue: string, priority: number): ListLayout | undefined {
    return this.#layouts.get(queue)?.lists.find((list) => list.priority === priority);
  }

  #listKey(queue: string, priority: number, segment: number): string {
    return `${this.prefix}:q:${queue}:${priority}:${segment}`;
  }

  #delayedKey(queue: string, segment: number): string {
    return `${this.prefix}:d:${queue}:${segment}`;
  }
}
