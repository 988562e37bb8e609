/**
 * What happened, in SQLite: written in the transactions of the changes themselves.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import type { Settlement } from "../../ports/turn.ts";
import { InvalidInput } from "../../errors.ts";
import {
  addTallies,
  decodeTally,
  encodeTally,
  type HistoryPoint,
  type HistoryQuery,
  historySteps,
  pointOf,
  steps,
  type Tally,
} from "../../ports/history.ts";
import {
  type AppEvent,
  type EventDetails,
  type EventLevel,
  type EventPage,
  type EventQuery,
  type EventType,
  isKept,
  type Journal,
  type Recording,
} from "../../ports/journal.ts";
import { show } from "../../options/values.ts";
import { progressEvent, settledEvent, settledTally, startedEvent, type Told } from "../told.ts";
import type { Statements } from "./statements/statements.ts";

/** How long events are kept (ms), how many, and how many are removed at once. */
const kept = { time: 26 * 3_600_000, events: 200_000, prune: 5000 };

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly type: EventType;
  readonly about: string;
  readonly worker: string | null;
  readonly details: string;
}

interface TallyRow {
  readonly at: number;
  readonly queue: string;
  readonly task: string;
  readonly tally: string;
}

/** Writes down what one verb does, within its transaction. */
export class Recorder {
  readonly #statements: Statements;
  readonly #now: number;
  #recording: Recording | undefined;
  /** Whether it has told something. */
  hasTold = false;

  /** For a verb at this time. */
  constructor(statements: Statements, now: number) {
    this.#statements = statements;
    this.#now = now;
  }

  /** What is written down. Looked up once, and only by verbs that have something to tell. */
  get recording(): Recording {
    if (this.#recording) return this.#recording;
    const row = this.#statements.findRecording.get() as { events: EventLevel; history: number } | undefined;
    return this.#recording = { events: row?.events ?? "none", history: row?.history === 1 };
  }

  /** What is to be written down from now on; unless it `overrides`, only where nothing was said before. */
  declare(recording: Recording | undefined, overrides: boolean): void {
    if (!recording) return;
    const { findRecording, setRecording } = this.#statements;
    if (!overrides && findRecording.get()) return;
    const { events, history } = this.recording;
    if (events === recording.events && history === recording.history) return;
    setRecording.run(recording.events, recording.history ? 1 : 0);
    this.#recording = recording;
  }

  /** Something that happened to a task. */
  task(id: string, told: Told | undefined, worker?: string): void {
    if (told) this.#add(told.type, id, worker, told.details);
  }

  /** Something that happened to a worker. */
  worker(type: EventType, name: string, details: EventDetails = {}): void {
    this.#add(type, name, undefined, details);
  }

  /** A task that a worker hands in: its start too, unless an earlier report has told of it. */
  settled(settlement: Settlement, before: TaskRecord | undefined, worker: string): void {
    const { record } = settlement;
    this.#started(record, before, worker);
    this.task(record.id, settledEvent(record), worker);
    const tally = this.recording.history ? settledTally(settlement) : undefined;
    if (tally) this.#count(record, tally);
  }

  /** A task that was revoked while it ran, told then, and counted now that its run is over. */
  overruled(record: TaskRecord): void {
    if (this.recording.history) this.#count(record, { x: 1 });
  }

  /** What a worker tells of a task that still runs. */
  reported(record: TaskRecord, before: TaskRecord, worker: string): void {
    this.#started(record, before, worker);
    this.task(record.id, progressEvent(record), worker);
  }

  #started(record: TaskRecord, before: TaskRecord | undefined, worker: string): void {
    const isTold = before?.startedAt === record.startedAt && before !== undefined && !isWaiting(before);
    if (!isTold) this.task(record.id, startedEvent(record), worker);
  }

  #add(type: EventType, about: string, worker: string | undefined, details: EventDetails): void {
    if (!isKept(type, this.recording.events)) return;
    this.hasTold = true;
    this.#statements.addEvent.run(this.#now, type, about, worker ?? null, JSON.stringify(details));
  }

  #count({ queue, task }: TaskRecord, tally: Tally): void {
    const { findTally, setTally } = this.#statements;
    for (const step of historySteps) {
      const at = Math.floor(this.#now / steps[step].length) * steps[step].length;
      const known = findTally.get(step, at, queue, task) as { tally: string } | undefined;
      const sum = known ? addTallies(decodeTally(known.tally), tally) : tally;
      setTally.run(step, at, queue, task, encodeTally(sum));
    }
  }
}

function isWaiting({ state }: TaskRecord): boolean {
  return state === "QUEUED" || state === "SCHEDULED" || state === "RETRY" || isFinal(state);
}

/** Removes what is no longer kept. */
export function pruneJournal({ pruneEvents, pruneTallies }: Statements, now: number): void {
  pruneEvents.run(now - kept.time, kept.events, kept.prune);
  for (const step of historySteps) {
    pruneTallies.run(step, now - steps[step].keep - steps[step].length);
  }
}

/** What was written down in SQLite. */
export class SqliteJournal implements Journal {
  readonly #statements: Statements;
  readonly #attempt: <T>(run: () => T) => Promise<T>;

  /** @param attempt Runs what is synchronous as what is not, with the port's errors. */
  constructor(statements: Statements, attempt: <T>(run: () => T) => Promise<T>) {
    this.#statements = statements;
    this.#attempt = attempt;
  }

  /** A part of the events. */
  async events({ since, from, limit }: EventQuery): Promise<EventPage> {
    const { endsOfEvents, readEvents } = this.#statements;
    return await this.#attempt(() => {
      const { first, last } = endsOfEvents.get() as { first: number; last: number };
      if (since === undefined && from === undefined) return { events: [], cursor: String(last), missed: false };
      const after = since === undefined ? 0 : readCursor(since);
      const rows = readEvents.all(after, from ?? 0, limit) as unknown as EventRow[];
      const events = rows.map((row) => this.#read(row));
      // Where nothing of that time is there yet, what comes is what comes from now on.
      const end = since === undefined ? String(last) : since;
      return { events, cursor: events.at(-1)?.cursor ?? end, missed: since !== undefined && after + 1 < first };
    });
  }

  #read({ seq, at, type, about, worker, details }: EventRow): AppEvent {
    const cursor = String(seq);
    const told = { type, at, cursor, ...JSON.parse(details) };
    if (type.startsWith("worker-")) return { ...told, worker: about };
    return { ...told, id: about, ...(worker === null ? {} : { worker }) };
  }

  /** What is written down. */
  async recording(): Promise<Recording> {
    return await this.#attempt(() => new Recorder(this.#statements, 0).recording);
  }

  /** Says what is to be written down. */
  async record(recording: Recording): Promise<void> {
    await this.#attempt(() => new Recorder(this.#statements, 0).declare(recording, true));
  }

  /** Points of the history. */
  async history({ task, queue, from, to, step }: HistoryQuery): Promise<HistoryPoint[]> {
    const first = Math.floor(from / steps[step].length) * steps[step].length;
    return await this.#attempt(() => {
      const rows = this.#statements.readTallies.all(step, first, to, queue ?? null, task ?? null);
      return (rows as unknown as TallyRow[]).map((row) => pointOf(row.at, row.task, row.queue, decodeTally(row.tally)));
    });
  }
}

function readCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new InvalidInput("since", `since must be the cursor of an event, and it is ${show(cursor)}`);
}
