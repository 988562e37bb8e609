/**
 * Reading what was written down.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import { InvalidInput } from "../../../errors.ts";
import {
  addTallies,
  byTime,
  decodeTally,
  type HistoryPoint,
  type HistoryQuery,
  pointOf,
  steps,
  type Tally,
} from "../../../ports/history.ts";
import type { AppEvent, EventPage, EventQuery, Journal, Recording } from "../../../ports/journal.ts";
import { show } from "../../../options/values.ts";
import type { Connection } from "../connection/connection.ts";
import { readRecording, recordingArg } from "./journal_keys.ts";
import { readElement } from "./journal_text.ts";
import type { Keys } from "../keys.ts";
import { readEvents, readHistory, record } from "../scripts/journal.ts";

/** What it is read with. */
export interface RedisJournalOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** The broker's time. */
  readonly now: () => Promise<number>;
  /** What is known of tasks. */
  readonly fetch: (ids: readonly string[]) => Promise<(TaskRecord | undefined)[]>;
}

/** How many elements of a segment are read at once; each may hold many events. */
const mostElements = 200;

/** A place among the events: the segment, the element, and how many events of that one come before it. */
interface Place {
  readonly segment: number;
  readonly index: number;
  readonly offset: number;
}

/** Which segments there are, and how many elements the last one holds. */
interface Layout {
  readonly segments: readonly { readonly number: number; readonly start: number }[];
  readonly count: number;
}

/** Elements of a segment, and the layout at that time. */
interface Part {
  readonly layout: Layout;
  readonly elements: readonly string[];
  /** Whether the segment holds more than these. */
  readonly hasMore: boolean;
}

/** What was written down in Redis. */
export class RedisJournal implements Journal {
  readonly #options: RedisJournalOptions;

  /** That of an app. */
  constructor(options: RedisJournalOptions) {
    this.#options = options;
  }

  /** A part of the events. */
  async events({ since, from, limit }: EventQuery): Promise<EventPage> {
    const asked = since === undefined ? undefined : readCursor(since);
    let part = await this.#read(asked);
    let place = asked ? withinLayout(asked, part.layout) : from === undefined ? undefined : placeAt(part.layout, from);
    if (!place) return { events: [], cursor: cursorOf(endOf(part.layout)), missed: false };
    const missed = asked !== undefined && place !== asked;
    if (place !== asked) part = await this.#read(place);
    const events: AppEvent[] = [];
    for (;;) {
      place = take(part.elements, place, limit, from ?? 0, events);
      const { segment } = place;
      // A segment that another one follows has come to its end.
      const next = part.hasMore ? segment : part.layout.segments.find(({ number }) => number > segment)?.number;
      if (next === undefined || events.length >= limit) break;
      if (next !== segment) place = { segment: next, index: 0, offset: 0 };
      part = await this.#read(place);
    }
    return { events: await this.#named(events), cursor: cursorOf(place), missed };
  }

  async #read(place: Place | undefined): Promise<Part> {
    const { keys, connection } = this.#options;
    const keysOf = place ? [keys.map, keys.journal.segment(place.segment)] : [keys.map];
    const args = [place ? "1" : "0", String(place?.index ?? 0), String(mostElements)];
    const reply = await connection.run(readEvents, keysOf, args, undefined) as string[];
    const [layout = "", more, ...elements] = reply;
    return { layout: readLayout(layout), hasMore: more === "1", elements };
  }

  /** Scripts do not read messages: the names of tasks that they tell of are found in their records. */
  async #named(events: readonly AppEvent[]): Promise<readonly AppEvent[]> {
    const names = new Map<string, Pick<TaskRecord, "task" | "queue">>();
    for (const { id, task, queue } of events) if (id && task) names.set(id, { task, queue: queue ?? "" });
    const unknown = new Set(events.flatMap(({ id, task }) => id && !task && !names.has(id) ? [id] : []));
    if (unknown.size > 0) {
      for (const record of await this.#options.fetch([...unknown])) if (record) names.set(record.id, record);
    }
    return events.map((event) => {
      if (event.id === undefined || event.task !== undefined) return event;
      const { task = "", queue = "" } = names.get(event.id) ?? {};
      return { ...event, task, queue: event.queue ?? queue };
    });
  }

  /** What is written down. */
  async recording(): Promise<Recording> {
    const { keys, connection } = this.#options;
    return readRecording(await connection.run(record, [keys.map], [""], undefined) as string);
  }

  /** Says what is to be written down. */
  async record(recording: Recording): Promise<void> {
    const { keys, connection } = this.#options;
    await connection.run(record, [keys.map], [recordingArg(recording, undefined)], undefined);
  }

  /** Points of the history. */
  async history({ task, queue, from, to, step }: HistoryQuery): Promise<HistoryPoint[]> {
    const { keys, connection } = this.#options;
    const now = await this.#options.now();
    const { length, keep } = steps[step];
    const first = Math.floor(Math.max(from, now - keep) / length);
    const last = Math.floor(to / length);
    const hashes = keys.journal.hashes(step, from, now);
    const reply = await connection.run(readHistory, [keys.map, ...hashes], [], undefined) as string[];
    const tallies = new Map<string, Tally>();
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const [name, text] = readCount(reply[at]!, reply[at + 1]!, step);
      tallies.set(name, addTallies(tallies.get(name) ?? {}, decodeTally(text)));
    }
    const points: HistoryPoint[] = [];
    for (const [name, tally] of tallies) {
      const [number, ofQueue, ofTask] = readName(name);
      if (number < first || number > last || (queue ?? ofQueue) !== ofQueue || (task ?? ofTask) !== ofTask) continue;
      points.push(pointOf(number * length, ofTask, ofQueue, tally));
    }
    return points.sort(byTime);
  }
}

/** Takes events out of elements, from a place on; returns the place behind the last one. */
function take(elements: readonly string[], from: Place, limit: number, since: number, events: AppEvent[]): Place {
  let { segment, index, offset } = from;
  for (const element of elements) {
    const found = [...readElement(element)];
    for (const event of found.slice(offset)) {
      if (events.length >= limit) return { segment, index, offset };
      offset++;
      if (event.at >= since) events.push({ ...event, cursor: cursorOf({ segment, index, offset }) });
    }
    index++;
    offset = 0;
  }
  return { segment, index, offset };
}

function readLayout(text: string): Layout {
  const [, segments = "", count = "0"] = text.split("|");
  return {
    segments: segments.split(" ").filter((one) => one !== "").map((one) => {
      const [number, start] = one.split(":").map(Number) as [number, number];
      return { number, start };
    }),
    count: Number(count),
  };
}

/** Behind the last event. */
function endOf({ segments, count }: Layout): Place {
  return { segment: segments.at(-1)?.number ?? 0, index: count, offset: 0 };
}

/** At the beginning of the segment that holds what happened at a time. */
function placeAt({ segments }: Layout, time: number): Place {
  const segment = segments.findLast(({ start }) => start <= time) ?? segments[0];
  return { segment: segment?.number ?? 0, index: 0, offset: 0 };
}

/** The same place, or the first one that is still kept: also where the server has lost what was there. */
function withinLayout(place: Place, { segments, count }: Layout): Place {
  const first = segments[0];
  const last = segments.at(-1);
  if (!first || !last) return place;
  const isKept = place.segment >= first.number && place.segment <= last.number &&
    (place.segment < last.number || place.index <= count);
  return isKept ? place : { segment: first.number, index: 0, offset: 0 };
}

function cursorOf({ segment, index, offset }: Place): string {
  return `${segment}-${index}-${offset}`;
}

function readCursor(cursor: string): Place {
  const match = /^(\d{1,15})-(\d{1,15})-(\d{1,15})$/.exec(cursor);
  if (!match) throw new InvalidInput("since", `since must be the cursor of an event, and it is ${show(cursor)}`);
  const [segment, index, offset] = match.slice(1).map(Number) as [number, number, number];
  return { segment, index, offset };
}

/** The name of a count (`<minute or hour> <queue> <task>`) and its tally: of a hash, or of the map (`n:<queue> <task>`). */
function readCount(field: string, value: string, step: HistoryQuery["step"]): [name: string, text: string] {
  if (!field.startsWith("n:")) return [field, value];
  const [minute, inMinute, hour, inHour] = value.split("|");
  const name = field.slice(2);
  return step === "minute" ? [`${minute} ${name}`, inMinute ?? ""] : [`${hour} ${name}`, inHour ?? ""];
}

function readName(name: string): [number: number, queue: string, task: string] {
  const first = name.indexOf(" ");
  const second = name.indexOf(" ", first + 1);
  return [Number(name.slice(0, first)), name.slice(first + 1, second), name.slice(second + 1)];
}
