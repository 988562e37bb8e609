/**
 * The embedded broker: one SQLite file for the processes of one machine. Each verb is one transaction.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { realpathSync } from "node:fs";
import type {
  Broker,
  Control,
  Delivery,
  Inspector,
  Lease,
  PublishOptions,
  QueueInfo,
  Receipt,
  Revocation,
  Settlement,
  Signal,
  TaskRecord,
  Topic,
  Turn,
  TurnReply,
  WorkerInfo,
} from "../../broker.ts";
import { isFinal } from "../../broker.ts";
import type { DeadLetters } from "../../dead_letters.ts";
import type { Clock } from "../../clock.ts";
import { BrokerUnavailable, InvalidInput } from "../../errors.ts";
import { checkName, decodeMessage, encodeMessage, type Message } from "../../message.ts";
import { type DatabaseOptions, openDatabase, transaction, translate } from "./database.ts";
import { publish } from "./publish.ts";
import { decodeRecord, encodeRecord, endOf, leastKeep, toDelivery, toLease } from "./record.ts";
import { SqliteDeadLetters } from "./dead_letters.ts";
import { Hub } from "./signals.ts";
import {
  type HeldRow,
  type MessageRow,
  prepare,
  type RecordRow,
  type Statements,
  type WorkerRow,
} from "./statements.ts";

/** For how long a worker that holds nothing counts as alive (ms). */
const idleLease = 360_000;
/** The most settlements, reports and deliveries of one turn. */
const turnLimit = 500;
/** How often records that are over are looked for (ms), and how many a verb removes; more wait for the next verb. */
const prune = { every: 1000, most: 1000 };
/** How many messages a purge revokes in one transaction: others get their turn in between. */
const purgeChunk = 1000;

/** What the broker is made of. */
export interface SqliteBrokerOptions extends DatabaseOptions {
  /** Tells the time. */
  readonly clock: Clock;
}

/** What others are to hear of once a transaction is done. */
interface News {
  /** Workers may find something to do. */
  woken: boolean;
  /** What became of tasks. */
  readonly tasks: Signal[];
}

/** Holds messages and results in a SQLite file, or in memory. Made by {@linkcode sqlite}. */
export class SqliteBroker implements Broker {
  /** The file and the app. */
  readonly name: string;
  /** Queues and workers. */
  readonly inspector: Inspector;
  /** Revoking and purging. */
  readonly control: Control;
  /** What failed for good. */
  readonly deadLetters: DeadLetters;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #statements: Statements;
  #prunedAt = 0;
  #closed = false;

  /** See {@linkcode sqlite}. */
  constructor({ clock, ...options }: SqliteBrokerOptions) {
    const { app, path } = options;
    checkName("app", app);
    this.#clock = clock;
    this.name = `sqlite ${path} ${app}`;
    this.#database = openDatabase(options);
    this.#statements = prepare(this.#database, app);
    const file = path === ":memory:" ? undefined : realpathSync(path);
    this.#hub = new Hub({
      log: file === undefined ? undefined : `${file}-wal`,
      version: () => this.#closed ? 0 : (this.#statements.version.get() as { data_version: number }).data_version,
      ended: (ids) => this.#closed ? [] : this.#ended(ids),
      changed: (ids) => this.#closed ? [] : this.#changed(ids),
    }, file === undefined ? undefined : `${app} ${file}`);
    this.deadLetters = new SqliteDeadLetters({
      statements: this.#statements,
      now: () => this.#clock.now(),
      attempt: (run) => this.#attempt(run),
      transaction: (run) => this.#transaction(run),
      woken: () => this.#hub.tell(true, []),
    });
    this.inspector = {
      queues: () => this.#attempt(() => this.#queues()),
      workers: () => this.#attempt(() => this.#workers()),
    };
    this.control = {
      revoke: (ids) => this.#attempt(() => this.#revoke(ids)),
      purge: (queue) => this.#purge(queue),
      pause: (queue) => this.#attempt(() => this.#pause(queue, true)),
      resume: (queue) => this.#attempt(() => this.#pause(queue, false)),
    };
  }

  /** This machine's time. */
  now(): Promise<number> {
    return Promise.resolve(this.#clock.now());
  }

  /** Adds messages, all in one transaction. */
  async publish(messages: readonly Message[], { queues }: PublishOptions = {}): Promise<Receipt[]> {
    return await this.#attempt(() => {
      const now = this.#clock.now();
      const { receipts, ended } = this.#transaction(() => {
        this.#prune(now);
        return publish(this.#statements, messages, queues, now);
      });
      if (receipts.some(({ status }) => status === "added")) this.#hub.tell(true, ended);
      return [...receipts];
    });
  }

  /** A worker's turn, in one transaction. */
  async exchange(turn: Turn): Promise<TurnReply> {
    checkName("worker", turn.worker);
    for (const queue of turn.queues) checkName("queue", queue);
    check("limit", turn.limit);
    check("settlements", turn.settlements.length);
    check("reports", turn.reports.length);
    return await this.#attempt(() => {
      const news: News = { woken: false, tasks: [] };
      const reply = this.#transaction(() => this.#turn(turn, news));
      if (news.woken || news.tasks.length > 0) this.#hub.tell(news.woken, news.tasks);
      return reply;
    });
  }

  #turn(turn: Turn, news: News): TurnReply {
    const { worker, number, holds, settlements, reports, leave } = turn;
    const { findWorker, setWorker } = this.#statements;
    const now = this.#clock.now();
    const known = findWorker.get(worker) as unknown as WorkerRow | undefined;
    if (known && (number < known.turn || (known.gone === 1 && number !== known.turn))) {
      throw new InvalidInput("number", `Turn ${number} of worker ${worker} is over: a later one was answered already`);
    }
    const held = this.#held(worker);
    if (known && number === known.turn) {
      return {
        deliveries: this.#unknown(held, holds),
        lost: known.lost === "" ? [] : known.lost.split(" "),
        revoked: [],
        aliveUntil: known.alive_until,
        ...this.#outlook(turn, now),
      };
    }
    this.#prune(now);
    const settling = new Set(settlements.map(({ lease }) => lease));
    const lost = holds.filter((lease) => !settling.has(lease) && !held.has(lease));
    for (const settlement of settlements) {
      const row = held.get(settlement.lease);
      if (!row) {
        lost.push(settlement.lease);
        continue;
      }
      held.delete(settlement.lease);
      this.#settle(settlement, row, now, news);
    }
    for (const { lease, record } of reports) if (held.has(lease)) this.#report(record, now, news);
    const revoked = holds.filter((lease) => held.get(lease)?.revoked === 1);
    if (leave) {
      this.#returnAll(worker, 0, news);
      held.clear();
    }
    this.#sweep(worker, now, news);
    const again = this.#unknown(held, holds);
    const taken = leave ? [] : this.#take(turn, turn.limit - again.length, now);
    const holdsAny = held.size + taken.length > 0;
    const aliveUntil = now + (leave ? leastKeep : holdsAny ? turn.lease : idleLease);
    setWorker.run(worker, number, aliveUntil, leave ? 1 : 0, turn.queues.join(" "), lost.join(" "));
    return { deliveries: [...again, ...taken], lost, revoked, aliveUntil, ...this.#outlook(turn, now) };
  }

  /** What the worker holds, by lease. The messages are not read: most turns know them all. */
  #held(worker: string): Map<Lease, HeldRow> {
    const rows = this.#statements.allHeld.all(worker) as unknown as HeldRow[];
    return new Map(rows.map((row) => [toLease(row), row]));
  }

  /** What the worker holds without knowing: an answer was lost. */
  #unknown(held: ReadonlyMap<Lease, HeldRow>, holds: readonly Lease[]): Delivery[] {
    const unknown = new Map(held);
    for (const lease of holds) unknown.delete(lease);
    const { findMessage } = this.#statements;
    return [...unknown.values()].map(({ seq }) => toDelivery(findMessage.get(seq) as unknown as MessageRow));
  }

  #settle({ record, again }: Settlement, row: HeldRow, now: number, news: News): void {
    const { setRecord, removeMessage } = this.#statements;
    const before = this.#record(record.id, now);
    if (before && isFinal(before.state)) {
      removeMessage.run(row.seq);
      return;
    }
    setRecord.run(endOf(record, now), encodeRecord(record), record.id);
    if (record.state === "FAILURE") this.#statements.bury.run(record.finishedAt ?? now, record.id);
    if (isFinal(record.state)) {
      this.#freeUnique(record);
      news.tasks.push({ kind: "ended", id: record.id, record });
    } else {
      news.tasks.push({ kind: "changed", id: record.id, record });
    }
    if (!again) {
      removeMessage.run(row.seq);
      return;
    }
    this.#putBack(again, row, now);
    news.woken = true;
  }

  /** A task that has ended holds its unique key no longer. */
  #freeUnique({ id, unique }: TaskRecord): void {
    if (unique !== undefined) this.#statements.freeUnique.run(unique, id);
  }

  #putBack({ message, head, deaths }: NonNullable<Settlement["again"]>, row: HeldRow, now: number): void {
    const { addMessage, firstPlace, putBack, removeMessage } = this.#statements;
    const { id, queue, priority, eta = 0 } = message;
    const due = eta > now ? eta : 0;
    if (!head) {
      removeMessage.run(row.seq);
      addMessage.run(id, queue, priority, due, deaths, encodeMessage(message));
      return;
    }
    // Its own place is at the head of where it stood; elsewhere, only the first place of all surely is.
    const { seq } = queue === row.queue && priority === row.priority ? row : firstPlace.get() as { seq: number };
    putBack.run(seq, queue, priority, due, deaths, encodeMessage(message), row.seq);
  }

  #report(record: TaskRecord, now: number, news: News): void {
    const before = this.#record(record.id, now);
    if (!before || isFinal(before.state)) return;
    this.#statements.setRecord.run(0, encodeRecord(record), record.id);
    news.tasks.push({ kind: "changed", id: record.id, record });
  }

  /** What a worker holds goes back to where it stood; what was revoked meanwhile goes. */
  #returnAll(worker: string, deaths: 0 | 1, news: News): void {
    this.#statements.dropRevoked.run(worker);
    if (Number(this.#statements.returnAll.run(deaths, worker).changes) > 0) news.woken = true;
  }

  /** Workers whose lease has ended are forgotten, whoever finds them. */
  #sweep(worker: string, now: number, news: News): void {
    for (const { name } of this.#statements.deadWorkers.all(now, worker) as { name: string }[]) {
      this.#returnAll(name, 1, news);
      this.#statements.removeWorker.run(name);
    }
  }

  /** Those of these queues that are not paused. */
  #open(queues: readonly string[]): readonly string[] {
    return queues.filter((queue) => !this.#statements.isPaused.get(queue));
  }

  #take({ worker, number, queues }: Turn, limit: number, now: number): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const queue of this.#open(queues)) {
      this.#release(queue, now);
      const room = limit - deliveries.length;
      if (room <= 0) continue;
      const rows = this.#statements.take.all(worker, number, queue, room) as unknown as MessageRow[];
      // RETURNING says nothing of the order.
      rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq);
      deliveries.push(...rows.map(toDelivery));
    }
    return deliveries;
  }

  /** What is due goes to the end of its queue, earliest first: at most as much as a turn can take. */
  #release(queue: string, now: number): void {
    const { firstDue, release, removeReleased } = this.#statements;
    const { due } = firstDue.get(queue) as { due: number | null };
    if (due === null || due > now) return;
    release.run(queue, now, turnLimit);
    removeReleased.run(queue, now, turnLimit);
  }

  /** Whether more is waiting, and when something else will be worth a turn. */
  #outlook(
    { worker, queues, leave }: Turn,
    now: number,
  ): { readonly more: boolean; readonly wakeAt?: number } {
    const { anyWaiting, firstDue, nextDeath } = this.#statements;
    if (leave) return { more: false };
    const { next } = nextDeath.get(worker) as { next: number | null };
    let wakeAt = next ?? Infinity;
    let more = false;
    for (const queue of this.#open(queues)) {
      const { due } = firstDue.get(queue) as { due: number | null };
      if (anyWaiting.get(queue) || (due !== null && due <= now)) more = true;
      else if (due !== null) wakeAt = Math.min(wakeAt, due);
    }
    return { more, ...(wakeAt === Infinity ? {} : { wakeAt }) };
  }

  #record(id: string, now: number): TaskRecord | undefined {
    const row = this.#statements.findRecord.get(id) as unknown as RecordRow | undefined;
    return row && !(row.ends > 0 && row.ends < now) ? decodeRecord(row.record, now) : undefined;
  }

  /** What is known of tasks. */
  async fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    const now = this.#clock.now();
    const read = () => ids.map((id) => this.#record(id, now));
    return await this.#attempt(() => ids.length > 1 ? transaction(this.#database, "BEGIN", read) : read());
  }

  /** Signals, until the signal is aborted. */
  watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncIterable<Signal> {
    return this.#hub.watch(topics, signal);
  }

  #ended(ids: readonly string[]): Signal[] {
    const now = this.#clock.now();
    return ids.flatMap((id) => {
      const row = this.#statements.findEnded.get(id, now) as { record: string } | undefined;
      return row ? [{ kind: "ended" as const, id, record: decodeRecord(row.record, now) }] : [];
    });
  }

  #changed(ids: readonly string[]): Signal[] {
    const now = this.#clock.now();
    return ids.flatMap((id) => {
      const record = this.#record(id, now);
      return record && !isFinal(record.state) ? [{ kind: "changed" as const, id, record }] : [];
    });
  }

  #revoke(ids: readonly string[]): Revocation[] {
    const s = this.#statements;
    const now = this.#clock.now();
    const ended: Signal[] = [];
    const running: { worker: string; id: string }[] = [];
    const answers = this.#transaction(() =>
      ids.map((id): Revocation => {
        const known = this.#record(id, now);
        if (!known) return "unknown";
        if (known.state === "REVOKED") return "revoked";
        if (isFinal(known.state)) return "ended";
        const record: TaskRecord = { ...known, state: "REVOKED", finishedAt: now };
        s.setRecord.run(endOf(record, now), encodeRecord(record), id);
        this.#freeUnique(record);
        ended.push({ kind: "ended", id, record });
        const holder = s.revokeMessage.get(id) as { worker: string | null } | undefined;
        if (holder?.worker) running.push({ worker: holder.worker, id });
        s.removeWaiting.run(id);
        return "revoked";
      })
    );
    this.#hub.tell(false, ended, running);
    return answers;
  }

  async #purge(queue: string): Promise<number> {
    checkName("queue", queue);
    const { purgeDelayed, purgeWaiting } = this.#statements;
    let count = 0;
    // What is delayed goes first: what becomes due meanwhile is found among what waits.
    for (const some of [purgeDelayed, purgeWaiting]) {
      for (let purged = purgeChunk; purged === purgeChunk;) {
        purged = await this.#attempt(() => this.#purgeSome(some, queue));
        count += purged;
        // A macrotask: the program breathes between chunks.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return count;
  }

  #purgeSome(some: Statements["purgeWaiting"], queue: string): number {
    const { removeMessage, setRecord } = this.#statements;
    const now = this.#clock.now();
    const ended: Signal[] = [];
    const count = this.#transaction(() => {
      const rows = some.all(queue, purgeChunk) as { seq: number; id: string; message: string }[];
      for (const { seq, id, message } of rows) {
        removeMessage.run(seq);
        const known = this.#record(id, now);
        if (!known || isFinal(known.state)) continue;
        const record: TaskRecord = { ...known, state: "REVOKED", finishedAt: now, message: decodeMessage(id, message) };
        setRecord.run(endOf(record, now), encodeRecord(record), id);
        this.#freeUnique(record);
        ended.push({ kind: "ended", id, record });
      }
      return rows.length;
    });
    this.#hub.tell(false, ended);
    return count;
  }

  #pause(queue: string, pauses: boolean): void {
    const { pause, resume } = this.#statements;
    const { changes } = (pauses ? pause : resume).run(checkName("queue", queue));
    if (Number(changes) > 0 && !pauses) this.#hub.tell(true, []);
  }

  #queues(): QueueInfo[] {
    const { countDelayed, countWaiting, paused } = this.#statements;
    const queues = new Map<string, { name: string; waiting: number; delayed: number; paused: boolean }>();
    const at = (name: string) => {
      const queue = queues.get(name) ?? { name, waiting: 0, delayed: 0, paused: false };
      queues.set(name, queue);
      return queue;
    };
    for (const { queue, count } of countWaiting.all() as { queue: string; count: number }[]) at(queue).waiting = count;
    const rows = countDelayed.all(this.#clock.now()) as { queue: string; due: number; count: number }[];
    for (const { queue, due, count } of rows) {
      at(queue).waiting += due;
      at(queue).delayed = count - due;
    }
    for (const { queues: served } of this.#workers()) for (const name of served) at(name);
    for (const { queue } of paused.all() as { queue: string }[]) at(queue).paused = true;
    return [...queues.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  #workers(): WorkerInfo[] {
    const rows = this.#statements.workers.all() as unknown as (WorkerRow & { holds: number })[];
    return rows.map(({ name, alive_until: aliveUntil, holds, queues }) => ({
      name,
      aliveUntil,
      holds,
      queues: queues === "" ? [] : queues.split(" "),
    }));
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < prune.every) return;
    const { changes } = this.#statements.pruneRecords.run(now, prune.most);
    if (Number(changes) < prune.most) this.#prunedAt = now;
    this.#statements.pruneWorkers.run(now);
    this.#statements.pruneUniques.run(now);
  }

  #transaction<T>(run: () => T): T {
    return transaction(this.#database, "BEGIN IMMEDIATE", run);
  }

  /** Runs what is synchronous as what is not, so that a failure is a rejection, in the words of the port. */
  // deno-lint-ignore require-await
  async #attempt<T>(run: () => T): Promise<T> {
    if (this.#closed) throw new BrokerUnavailable(`${this.name} is closed`);
    return translate(run);
  }

  /** Closes the file. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#hub.close();
      this.#database.close();
    }
    return Promise.resolve();
  }
}

function check(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= turnLimit) return;
  throw new InvalidInput(field, `${field} of a turn must be 0 to ${turnLimit}, and it is ${value}`);
}
