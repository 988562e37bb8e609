/**
 * The embedded broker: one SQLite file for the processes of one machine. Each verb is one transaction.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { realpathSync } from "node:fs";
import type {
  Broker,
  Control,
  Delivery,
  Inspector,
  Lease,
  QueueInfo,
  Receipt,
  Revocation,
  Signal,
  TaskRecord,
  Topic,
  Turn,
  TurnReply,
  WorkerInfo,
} from "../../broker.ts";
import { isFinal } from "../../broker.ts";
import type { Clock } from "../../clock.ts";
import { BrokerRefused, BrokerUnavailable, InvalidInput } from "../../errors.ts";
import { checkName, decodeMessage, encodeMessage, type Message } from "../../message.ts";
import { schema, schemaVersion, tables } from "./schema.ts";
import { Hub } from "./signals.ts";

/** How long the record of a task that ended stays when nothing else was said: a day (ms). */
const usualKeep = 86_400_000;
/** The least: the memory against repetitions that come late (ms). */
const leastKeep = 60_000;
/** For how long a worker that holds nothing counts as alive (ms). */
const idleLease = 360_000;
/** The most settlements, reports and deliveries of one turn. */
const turnLimit = 500;
/** How often records that are over are removed, and how many at once (ms). */
const prune = { every: 1000, most: 1000 };

/** What the broker is made of. */
export interface SqliteBrokerOptions {
  /** The name of the app: its own tables. */
  readonly app: string;
  /** A file, or `:memory:`. */
  readonly path: string;
  /** Tells the time. */
  readonly clock: Clock;
  /** How long to wait for another process's transaction (ms). */
  readonly busyTimeout: number;
  /** When a commit counts as done. */
  readonly synchronous: "normal" | "full";
}

interface MessageRow {
  readonly seq: number;
  readonly id: string;
  readonly queue: string;
  readonly priority: number;
  readonly deaths: number;
  readonly turn: number;
  readonly revoked: number;
  readonly message: string;
}

interface WorkerRow {
  readonly name: string;
  readonly turn: number;
  readonly alive_until: number;
  readonly gone: number;
  readonly queues: string;
  readonly lost: string;
}

/** Holds messages and results in a SQLite file, or in memory. Made by {@linkcode sqlite}. */
export class SqliteBroker implements Broker {
  /** The file and the app. */
  readonly name: string;
  /** Queues and workers. */
  readonly inspector: Inspector;
  /** Revoking and purging. */
  readonly control: Control;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #statements: ReturnType<typeof prepare>;
  #prunedAt = 0;
  #closed = false;

  /** See {@linkcode sqlite}. */
  constructor({ app, path, clock, busyTimeout, synchronous }: SqliteBrokerOptions) {
    checkName("app", app);
    this.#clock = clock;
    this.name = `sqlite ${path} ${app}`;
    this.#database = translate(() => {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous.toUpperCase()}`);
      const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
      if (version > schemaVersion) {
        database.close();
        throw new BrokerRefused(
          `${path} was written by a later version of Umbel: schema ${version}, known ${schemaVersion}`,
        );
      }
      database.exec(`BEGIN IMMEDIATE; ${schema(app)} COMMIT`);
      return database;
    });
    this.#statements = prepare(this.#database, app);
    const file = path === ":memory:" ? undefined : realpathSync(path);
    this.#hub = new Hub({
      log: file === undefined ? undefined : `${file}-wal`,
      version: () => this.#closed ? 0 : (this.#statements.version.get() as { data_version: number }).data_version,
      ended: (ids) => this.#closed ? [] : this.#ended(ids),
    }, file === undefined ? undefined : `${app} ${file}`);
    this.inspector = {
      queues: () => this.#attempt(() => this.#queues()),
      workers: () => this.#attempt(() => this.#workers()),
    };
    this.control = {
      revoke: (ids) => this.#attempt(() => this.#revoke(ids)),
      purge: (queue) => this.#attempt(() => this.#purge(queue)),
    };
  }

  /** This machine's time. */
  now(): Promise<number> {
    return Promise.resolve(this.#clock.now());
  }

  /** Adds messages, all in one transaction. */
  async publish(messages: readonly Message[]): Promise<Receipt[]> {
    const { findRecord, addRecord, addMessage } = this.#statements;
    return await this.#attempt(() => {
      const now = this.#clock.now();
      const receipts = this.#transaction(() => {
        this.#prune(now);
        return messages.map((message): Receipt => {
          const { id, task, queue, priority, sentAt, eta = 0, nonce = "" } = message;
          const known = findRecord.get(id) as { nonce: string; ends: number } | undefined;
          if (known && !(known.ends > 0 && known.ends < now)) {
            return { id, status: nonce === "" || known.nonce === nonce ? "added" : "exists" };
          }
          const record: TaskRecord = {
            id,
            task,
            state: "QUEUED",
            queue,
            sentAt,
            retries: 0,
            ...(eta > 0 ? { eta } : {}),
          };
          addRecord.run(id, nonce, 0, encodeRecord(record));
          addMessage.run(id, queue, priority, eta > now ? eta : 0, 0, encodeMessage(message));
          return { id, status: "added" };
        });
      });
      this.#hub.tell(true, []);
      return receipts;
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
      const ended: Signal[] = [];
      let woken = false;
      const reply = this.#transaction(() => {
        const now = this.#clock.now();
        const s = this.#statements;
        const known = s.findWorker.get(turn.worker) as WorkerRow | undefined;
        if (known && (turn.number < known.turn || (known.gone === 1 && turn.number !== known.turn))) {
          throw new InvalidInput(
            "number",
            `Turn ${turn.number} of worker ${turn.worker} is over: a later one was answered already`,
          );
        }
        if (known && turn.number === known.turn) {
          return {
            deliveries: this.#unknown(turn),
            lost: known.lost === "" ? [] : known.lost.split(" "),
            revoked: [],
            aliveUntil: known.alive_until,
            ...this.#outlook(turn),
          };
        }
        this.#prune(now);
        const settling = new Set(turn.settlements.map(({ lease }) => lease));
        const lost: Lease[] = turn.holds.filter((lease) => !settling.has(lease) && !this.#held(turn.worker, lease));
        for (const { lease, record, again } of turn.settlements) {
          const row = this.#held(turn.worker, lease);
          if (!row) {
            lost.push(lease);
            continue;
          }
          const before = this.#record(record.id);
          const over = before !== undefined && isFinal(before.state);
          if (!over) {
            s.setRecord.run(endOf(record, now), encodeRecord(record), record.id);
            if (isFinal(record.state)) ended.push({ kind: "ended", id: record.id, record });
          }
          if (again && !over) {
            const { message, head, deaths } = again;
            const due = (message.eta ?? 0) > now ? message.eta! : 0;
            woken = true;
            if (head) {
              s.putBack.run(message.queue, message.priority, due, deaths, encodeMessage(message), row.seq);
            } else {
              s.removeMessage.run(row.seq);
              s.addMessage.run(message.id, message.queue, message.priority, due, deaths, encodeMessage(message));
            }
          } else {
            s.removeMessage.run(row.seq);
          }
        }
        for (const { lease, record } of turn.reports) {
          if (!this.#held(turn.worker, lease)) continue;
          const before = this.#record(record.id);
          if (before && !isFinal(before.state)) s.setRecord.run(0, encodeRecord(record), record.id);
        }
        if (turn.leave) {
          s.dropRevoked.run(turn.worker);
          woken = Number(s.returnAll.run(0, turn.worker).changes) > 0 || woken;
        }
        for (const { name } of s.deadWorkers.all(now, turn.worker) as { name: string }[]) {
          s.dropRevoked.run(name);
          woken = Number(s.returnAll.run(1, name).changes) > 0 || woken;
          s.removeWorker.run(name);
        }
        const deliveries = turn.leave ? [] : this.#unknown(turn);
        for (const queue of turn.leave ? [] : turn.queues) {
          s.release.run(queue, now);
          const room = turn.limit - deliveries.length;
          if (room > 0) {
            const rows = s.take.all(turn.worker, turn.number, queue, room) as unknown as MessageRow[];
            rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq);
            deliveries.push(...rows.map(toDelivery));
          }
        }
        const held = (s.countHeld.get(turn.worker) as { count: number }).count;
        const aliveUntil = turn.leave ? now + leastKeep : now + (held > 0 ? turn.lease : idleLease);
        s.setWorker.run(
          turn.worker,
          turn.number,
          aliveUntil,
          turn.leave ? 1 : 0,
          turn.queues.join(" "),
          lost.join(" "),
        );
        const revoked = (s.revokedHeld.all(turn.worker) as unknown as MessageRow[]).map(toLease)
          .filter((lease) => turn.holds.includes(lease));
        return { deliveries, lost, revoked, aliveUntil, ...this.#outlook(turn) };
      });
      if (woken || ended.length > 0) this.#hub.tell(woken, ended);
      return reply;
    });
  }

  /** Whether more is waiting, and when something else will be worth a turn. */
  #outlook({ worker, queues, leave }: Turn): { readonly more: boolean; readonly wakeAt?: number } {
    const { anyWaiting, firstDue, nextDeath } = this.#statements;
    if (leave) return { more: false };
    const { next } = nextDeath.get(worker) as { next: number | null };
    const times = next === null ? [] : [next];
    for (const queue of queues) {
      const { due } = firstDue.get(queue) as { due: number | null };
      if (due !== null) times.push(due);
    }
    return {
      more: queues.some((queue) => anyWaiting.get(queue) !== undefined),
      ...(times.length === 0 ? {} : { wakeAt: Math.min(...times) }),
    };
  }

  /** What the worker holds without knowing: an answer was lost. */
  #unknown({ worker, holds }: Turn): Delivery[] {
    const known = new Set(holds);
    const rows = this.#statements.allHeld.all(worker) as unknown as MessageRow[];
    return rows.filter((row) => !known.has(toLease(row))).map(toDelivery);
  }

  #held(worker: string, lease: Lease): MessageRow | undefined {
    const [seq, turn] = lease.split(":").map(Number) as [number, number];
    return this.#statements.held.get(seq, worker, turn) as MessageRow | undefined;
  }

  #record(id: string): TaskRecord | undefined {
    const row = this.#statements.findRecord.get(id) as { ends: number; record: string } | undefined;
    if (!row || (row.ends > 0 && row.ends < this.#clock.now())) return undefined;
    const record = decodeRecord(row.record);
    if (record.state === "QUEUED" && (record.eta ?? 0) > this.#clock.now()) return { ...record, state: "SCHEDULED" };
    return record;
  }

  /** What is known of tasks. */
  async fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    return await this.#attempt(() => ids.map((id) => this.#record(id)));
  }

  /** Signals, until the signal is aborted. */
  watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncIterable<Signal> {
    return this.#hub.watch(topics, signal);
  }

  #ended(ids: readonly string[]): Signal[] {
    return ids.flatMap((id) => {
      const record = this.#record(id);
      return record && isFinal(record.state) ? [{ kind: "ended" as const, id, record }] : [];
    });
  }

  #revoke(ids: readonly string[]): Revocation[] {
    const s = this.#statements;
    const now = this.#clock.now();
    const ended: Signal[] = [];
    const running: { worker: string; id: string }[] = [];
    const answers = this.#transaction(() =>
      ids.map((id): Revocation => {
        const known = this.#record(id);
        if (!known) return "unknown";
        if (known.state === "REVOKED") return "revoked";
        if (isFinal(known.state)) return "ended";
        const record: TaskRecord = { ...known, state: "REVOKED", finishedAt: now };
        s.setRecord.run(endOf(record, now), encodeRecord(record), id);
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

  #purge(queue: string): number {
    checkName("queue", queue);
    const s = this.#statements;
    const now = this.#clock.now();
    let count = 0;
    while (true) {
      const ended: Signal[] = [];
      this.#transaction(() => {
        for (const { seq, id, message } of s.waiting.all(queue) as unknown as MessageRow[]) {
          const known = this.#record(id);
          if (known && !isFinal(known.state)) {
            const record: TaskRecord = {
              ...known,
              state: "REVOKED",
              finishedAt: now,
              message: decodeMessage(id, message),
            };
            s.setRecord.run(endOf(record, now), encodeRecord(record), id);
            ended.push({ kind: "ended", id, record });
          }
          s.removeMessage.run(seq);
          count++;
        }
      });
      if (ended.length === 0) return count;
      this.#hub.tell(false, ended);
    }
  }

  #queues(): QueueInfo[] {
    const rows = this.#statements.queues.all() as unknown as { queue: string; waiting: number; delayed: number }[];
    const queues = new Map(rows.map(({ queue, waiting, delayed }) => [queue, { name: queue, waiting, delayed }]));
    for (const { queues: served } of this.#workers()) {
      for (const name of served) if (!queues.has(name)) queues.set(name, { name, waiting: 0, delayed: 0 });
    }
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
    this.#prunedAt = now;
    this.#statements.prune.run(now, prune.most);
    this.#statements.pruneWorkers.run(now);
  }

  #transaction<T>(run: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = run();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
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

function translate<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (
      !(error instanceof Error) ||
      !/sqlite|database|disk|unable to open/i.test(`${error.message} ${(error as { code?: string }).code}`)
    ) {
      throw error;
    }
    if (/locked|busy/i.test(error.message)) {
      throw new BrokerUnavailable(`The database is locked by another process: ${error.message}`, { cause: error });
    }
    throw new BrokerRefused(`SQLite refused: ${error.message}`, { cause: error });
  }
}

function prepare(database: DatabaseSync, app: string) {
  const [messages, records, workers] = tables(app);
  const columns = "seq, id, queue, priority, deaths, turn, revoked, message";
  const sql = {
    version: "PRAGMA data_version",
    findRecord: `SELECT nonce, ends, record FROM ${records} WHERE id = ?`,
    addRecord: `INSERT OR REPLACE INTO ${records} (id, nonce, ends, record) VALUES (?, ?, ?, ?)`,
    setRecord: `UPDATE ${records} SET ends = ?, record = ? WHERE id = ?`,
    prune: `DELETE FROM ${records} WHERE id IN (SELECT id FROM ${records} WHERE ends > 0 AND ends < ? LIMIT ?)`,
    addMessage: `INSERT INTO ${messages} (id, queue, priority, due, deaths, message) VALUES (?, ?, ?, ?, ?, ?)`,
    putBack:
      `UPDATE ${messages} SET worker = NULL, turn = NULL, queue = ?, priority = ?, due = ?, deaths = ?, message = ?
      WHERE seq = ?`,
    removeMessage: `DELETE FROM ${messages} WHERE seq = ?`,
    removeWaiting: `DELETE FROM ${messages} WHERE id = ? AND worker IS NULL`,
    revokeMessage: `UPDATE ${messages} SET revoked = 1 WHERE id = ? RETURNING worker`,
    held: `SELECT ${columns} FROM ${messages} WHERE seq = ? AND worker = ? AND turn = ?`,
    allHeld: `SELECT ${columns} FROM ${messages} WHERE worker = ? ORDER BY seq`,
    countHeld: `SELECT count(*) AS count FROM ${messages} WHERE worker = ?`,
    revokedHeld: `SELECT ${columns} FROM ${messages} WHERE worker = ? AND revoked = 1`,
    dropRevoked: `DELETE FROM ${messages} WHERE worker = ? AND revoked = 1`,
    returnAll: `UPDATE ${messages} SET worker = NULL, turn = NULL, deaths = deaths + ? WHERE worker = ?`,
    release: `UPDATE ${messages} SET due = 0 WHERE queue = ? AND worker IS NULL AND due > 0 AND due <= ?`,
    take: `UPDATE ${messages} SET worker = ?, turn = ? WHERE seq IN (
      SELECT seq FROM ${messages} WHERE queue = ? AND worker IS NULL AND due = 0 ORDER BY priority DESC, seq LIMIT ?
    ) RETURNING ${columns}`,
    anyWaiting: `SELECT 1 FROM ${messages} WHERE queue = ? AND worker IS NULL AND due = 0 LIMIT 1`,
    firstDue: `SELECT min(due) AS due FROM ${messages} WHERE queue = ? AND worker IS NULL AND due > 0`,
    waiting: `SELECT ${columns} FROM ${messages} WHERE queue = ? AND worker IS NULL LIMIT 1000`,
    queues: `SELECT queue, sum(due = 0) AS waiting, sum(due > 0) AS delayed FROM ${messages} WHERE worker IS NULL
      GROUP BY queue`,
    findWorker: `SELECT * FROM ${workers} WHERE name = ?`,
    setWorker:
      `INSERT OR REPLACE INTO ${workers} (name, turn, alive_until, gone, queues, lost) VALUES (?, ?, ?, ?, ?, ?)`,
    removeWorker: `DELETE FROM ${workers} WHERE name = ?`,
    pruneWorkers: `DELETE FROM ${workers} WHERE gone = 1 AND alive_until <= ?`,
    deadWorkers: `SELECT name FROM ${workers} WHERE alive_until <= ? AND gone = 0 AND name <> ?`,
    nextDeath: `SELECT min(alive_until) AS next FROM ${workers} WHERE gone = 0 AND name <> ?`,
    workers: `SELECT *, (SELECT count(*) FROM ${messages} m WHERE m.worker = w.name) AS holds FROM ${workers} w
      WHERE gone = 0 ORDER BY name`,
  };
  const statements = {} as Record<keyof typeof sql, StatementSync>;
  for (const [name, text] of Object.entries(sql)) statements[name as keyof typeof sql] = database.prepare(text);
  return statements;
}

function toLease({ seq, turn }: MessageRow): Lease {
  return `${seq}:${turn}`;
}

function toDelivery(row: MessageRow): Delivery {
  return { message: decodeMessage(row.id, row.message), lease: toLease(row), deaths: row.deaths };
}

function encodeRecord({ message, ...record }: TaskRecord): string {
  return JSON.stringify(message ? { ...record, message: encodeMessage(message) } : record);
}

function decodeRecord(text: string): TaskRecord {
  const { message, ...record } = JSON.parse(text);
  return message === undefined ? record : { ...record, message: decodeMessage(record.id, message) };
}

function endOf(record: TaskRecord, now: number): number {
  return isFinal(record.state) ? now + Math.max(record.keep ?? usualKeep, leastKeep) : 0;
}

function check(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= turnLimit) return;
  throw new InvalidInput(field, `${field} of a turn must be 0 to ${turnLimit}, and it is ${value}`);
}
