/**
 * What waits in SQLite: looked at through the indexes that it is taken by, and changed in one transaction.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import type { Signal } from "../../ports/signals.ts";
import { decodeMessage, encodeMessage } from "../../message.ts";
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
} from "../../ports/waiting.ts";
import { add, type Adding } from "./add.ts";
import { laneOf } from "./lanes/lanes.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import type { RecordRow, Statements } from "./statements/statements.ts";
import type { WaitingRow } from "./statements/waiting.ts";

/** A verb at work. */
interface ChangeWork extends Adding {
  woken: boolean;
  readonly tasks: Signal[];
}

/** What it needs of the broker. */
export interface WaitingOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** The time. */
  readonly now: () => number;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
  /** The same for what changes something, all or nothing. */
  readonly change: <T>(run: (work: ChangeWork) => T) => Promise<T>;
}

/** How many messages one call looks at: a filter may fit few of them. */
const mostLooks = 5000;

/** What waits in SQLite. */
export class SqliteWaiting implements Waiting {
  readonly #options: WaitingOptions;

  /** That of this database. */
  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** A part of what waits. */
  async list(query: WaitingQuery): Promise<WaitingPage> {
    return await this.#options.attempt(() => this.#list(query));
  }

  #list({ limit, cursor, ...filter }: WaitingQuery): WaitingPage {
    const tasks: WaitingTask[] = [];
    let looks = mostLooks;
    for (const row of this.#rows(filter.queue, cursor)) {
      const task = this.#found(row);
      if (task && fitsWaiting(task, filter)) tasks.push(task);
      if (tasks.length === limit || --looks === 0) return { tasks, cursor: cursorOf(row) };
    }
    return { tasks };
  }

  /** What waits, from a cursor on. */
  *#rows(only: string | undefined, cursor: string | undefined): Generator<WaitingRow> {
    const from = cursor === undefined ? undefined : readCursor(cursor);
    for (let queue = only ?? from?.queue ?? this.#queueAfter(""); queue !== null; queue = this.#queueAfter(queue)) {
      yield* this.#rowsOf(queue, from?.queue === queue ? from : undefined);
      if (only !== undefined) return;
    }
  }

  /** The next queue in which something waits. */
  #queueAfter(last: string): string | null {
    return (this.#options.statements.nextWaitingQueue.get({ last }) as { queue: string | null }).queue;
  }

  *#rowsOf(queue: string, from: Cursor | undefined): Generator<WaitingRow> {
    const { listDelayed, listLaned, listWaiting } = this.#options.statements;
    for (let priority = from?.priority ?? 9; priority >= 0; priority--) {
      const here = from?.priority === priority ? from : undefined;
      if (here?.lane === undefined) {
        yield* parts((last, most) => listWaiting.all(queue, priority, last.seq, most), here?.seq);
      }
      yield* parts(
        ({ lane, seq }, most) => listLaned.all(queue, priority, lane ?? "", seq, most),
        here?.seq,
        here?.lane,
      );
    }
    yield* parts(({ due, seq }, most) => listDelayed.all(queue, due, seq, most), from?.seq, null, from?.due);
  }

  #found(row: WaitingRow): WaitingTask | undefined {
    const { now } = this.#options;
    const known = this.#record(row.id);
    if (!known || isFinal(known.state)) return undefined;
    return {
      record: { ...known, state: waitingState(known, row.due <= now()) },
      message: decodeMessage(row.id, row.message),
      deaths: row.deaths,
      place: `${row.seq} ${row.message}`,
    };
  }

  /** Looks for tasks where they wait. */
  async find(ids: readonly string[]): Promise<Finding[]> {
    return await this.#options.attempt(() => ids.map((id) => this.#find(id)));
  }

  #find(id: string): Finding {
    const known = this.#record(id);
    if (!known) return "unknown";
    if (isFinal(known.state)) return "ended";
    const row = this.#options.statements.findWaitingMessage.get(id) as unknown as WaitingRow | undefined;
    return (row && this.#found(row)) ?? "running";
  }

  /** Changes tasks where they wait. */
  async change(changes: readonly Change[]): Promise<Changing[]> {
    return await this.#options.change((work) => changes.map((change) => this.#change(change, work)));
  }

  #change({ found, message, nonce }: Change, work: ChangeWork): Changing {
    const { findChanged, findUnchanged, findUnique, noteChange, setRecord } = this.#options.statements;
    const { id, unique } = message;
    const known = this.#record(id);
    if (!known) return "unknown";
    if (findChanged.get(id, nonce)) return "changed";
    if (isFinal(known.state)) return "ended";
    const { seq, text } = readPlace(found.place);
    const row = findUnchanged.get(seq, id, found.deaths, text) as unknown as WaitingRow | undefined;
    if (!row) return "moved";
    const isNewKey = unique !== undefined && unique.key !== found.message.unique?.key;
    const holder = isNewKey ? findUnique.get(unique.key, work.now) as { id: string } | undefined : undefined;
    if (holder && holder.id !== id) return "exists";
    this.#move(row, { found, message, nonce }, work);
    this.#holdUnique(known, { found, message, nonce }, work.now);
    const record = changedRecord(known, message);
    setRecord.run(0, encodeRecord(record), id);
    noteChange.run(nonce, id);
    work.woken = true;
    work.tasks.push({ kind: "changed", id, record: this.#record(id)! });
    return "changed";
  }

  #move(row: WaitingRow, { message }: Change, work: ChangeWork): void {
    const { removeMessage, rewrite } = this.#options.statements;
    const { queue, priority, eta = 0 } = message;
    const due = eta > work.now ? eta : 0;
    const stays = queue === row.queue && priority === row.priority && laneOf(message) === row.lane && due === row.due;
    if (stays) {
      rewrite.run(encodeMessage(message), row.seq);
      return;
    }
    removeMessage.run(row.seq);
    if (row.lane !== null && row.due === 0) {
      work.lanes.leave({ queue: row.queue, priority: row.priority, lane: row.lane });
    }
    add(this.#options.statements, message, row.deaths, work);
  }

  #holdUnique({ unique: held }: TaskRecord, { found, message: { id, unique } }: Change, now: number): void {
    const { freeUnique, setUnique } = this.#options.statements;
    const before = held ?? found.message.unique?.key;
    if (before === unique?.key) return;
    if (before !== undefined) freeUnique.run(before, id);
    if (unique) setUnique.run(unique.key, id, now + unique.for, now);
  }

  #record(id: string): TaskRecord | undefined {
    const { statements, now } = this.#options;
    const row = statements.findRecord.get(id) as unknown as RecordRow | undefined;
    return row && !(row.ends > 0 && row.ends < now()) ? decodeRecord(row.record, now()) : undefined;
  }
}

/** What is known of a task whose message is another one now. */
function changedRecord(known: TaskRecord, { queue, eta, unique }: Change["message"]): TaskRecord {
  const { eta: _eta, unique: _unique, ...rest } = known;
  return {
    ...rest,
    // Whether it is due is seen when it is read.
    state: known.state === "SCHEDULED" ? "QUEUED" : known.state,
    queue,
    ...(eta === undefined ? {} : { eta }),
    ...(unique && unique.states !== "any" ? { unique: unique.key } : {}),
  };
}

/** Reads rows part by part, each from behind the last one. */
function* parts(
  read: (last: Pick<WaitingRow, "seq" | "due" | "lane">, most: number) => unknown[],
  seq: number = Number.MIN_SAFE_INTEGER,
  lane: string | null = null,
  due = 0,
): Generator<WaitingRow> {
  for (let last: Pick<WaitingRow, "seq" | "due" | "lane"> = { seq, lane, due };;) {
    const rows = read(last, 500) as WaitingRow[];
    yield* rows;
    if (rows.length < 500) return;
    last = rows.at(-1)!;
  }
}

function readPlace(place: string): { readonly seq: number; readonly text: string } {
  const space = place.indexOf(" ");
  return { seq: Number(place.slice(0, space)), text: place.slice(space + 1) };
}

/** Behind which row to go on: in the list of a priority, in its lanes, or (priority -1) among what is delayed. */
interface Cursor {
  readonly queue: string;
  readonly priority: number;
  readonly due: number;
  readonly seq: number;
  readonly lane?: string;
}

function cursorOf({ queue, priority, due, seq, lane }: WaitingRow): string {
  return [queue, due > 0 ? -1 : priority, due, seq, ...(lane !== null && due === 0 ? [lane] : [])].join("~");
}

function readCursor(cursor: string): Cursor {
  const [queue = "", priority, due, seq, ...lane] = cursor.split("~");
  return {
    ...{ queue, priority: Number(priority), due: Number(due), seq: Number(seq) },
    ...(lane.length === 0 ? {} : { lane: lane.join("~") }),
  };
}
