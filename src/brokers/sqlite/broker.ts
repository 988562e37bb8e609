/**
 * The embedded broker: one SQLite file for the processes of one machine. Each verb is one transaction.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { realpathSync } from "node:fs";
import type { Bills } from "../../ports/bill.ts";
import type { Broker } from "../../ports/broker.ts";
import type { Control } from "../../ports/control.ts";
import type { Inspector } from "../../ports/inspector.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Signal, Topic } from "../../ports/signals.ts";
import type { Turn, TurnReply } from "../../ports/turn.ts";
import { type Clock, steady } from "../../clock.ts";
import type { DeadLetters } from "../../ports/dead_letters.ts";
import { BrokerUnavailable } from "../../errors.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Listing } from "../../ports/listing.ts";
import { checkName, type Message } from "../../message.ts";
import { type Mail, readPartKey } from "../../ports/mail.ts";
import type { Schedules } from "../../ports/schedules.ts";
import type { Waiting } from "../../ports/waiting.ts";
import { sentEvent } from "../told.ts";
import { checkTurn } from "../turn.ts";
import { add } from "./add.ts";
import { Breath } from "./database/breath.ts";
import { SqliteControl } from "./control.ts";
import { type DatabaseOptions, openDatabase, transaction, translate } from "./database/database.ts";
import { SqliteDeadLetters } from "./dead_letters.ts";
import { DatabaseFile } from "./database/file.ts";
import { SqliteInspector } from "./inspector.ts";
import { Recorder, SqliteJournal } from "./journal.ts";
import { Lanes } from "./lanes/lanes.ts";
import { SqliteMail, toCommand } from "./mail.ts";
import type { AnswerRow, MailRow } from "./statements/mail.ts";
import { SqliteListing } from "./listing.ts";
import { Pruner } from "./database/pruner.ts";
import { publish } from "./publish.ts";
import { decodeRecord } from "./record.ts";
import { findRecord } from "./revoke.ts";
import { SqliteSchedules } from "./schedules.ts";
import { Hub, type PostedAnswer, type PostedCommand } from "./signals.ts";
import { prepare, type Statements } from "./statements/statements.ts";
import { Turns } from "./turns/turns.ts";
import { SqliteWaiting } from "./waiting.ts";
import type { Work } from "./database/work.ts";

/** What the broker is made of. */
export interface SqliteBrokerOptions extends DatabaseOptions {
  /** Tells the time. */
  readonly clock: Clock;
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
  /** Periodic tasks. */
  readonly schedules: Schedules;
  /** What waits. */
  readonly waiting: Waiting;
  /** What happened. */
  readonly journal: Journal;
  /** Commands to workers. */
  readonly mail: Mail;
  /** All tasks. */
  readonly listing: Listing;
  /** Nothing is billed. */
  readonly bills: Bills = { read: () => Promise.resolve([]) };
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #statements: Statements;
  readonly #pruner: Pruner;
  readonly #turns: Turns;
  readonly #breath = new Breath();
  readonly #file: DatabaseFile | undefined;
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
    this.#file = file === undefined ? undefined : new DatabaseFile(file);
    this.#hub = new Hub({
      log: file === undefined ? undefined : `${file}-wal`,
      version: () => this.#closed ? 0 : (this.#statements.version.get() as { data_version: number }).data_version,
      ended: (ids) => this.#closed ? [] : this.#ended(ids),
      changed: (ids) => this.#closed ? [] : this.#changed(ids),
      mail: (after) => this.#closed ? [] : this.#mail(after),
      answers: (command, after) => this.#closed ? [] : this.#answers(command, after),
    }, file === undefined ? undefined : `${app} ${file}`);
    const statements = this.#statements;
    this.#pruner = new Pruner(statements);
    this.#turns = new Turns(statements, this.#pruner);
    const shared = {
      statements,
      now: () => this.#clock.now(),
      attempt: <T>(run: () => T) => this.#attempt(run),
      change: <T>(run: (work: Work) => T) => this.#work(run),
    };
    this.inspector = new SqliteInspector(shared);
    this.control = new SqliteControl({ ...shared, hub: this.#hub });
    this.deadLetters = new SqliteDeadLetters({
      ...shared,
      change: (run) =>
        this.#work((work) =>
          run((message) => {
            add(statements, message, 0, work);
            work.recorder.task(message.id, sentEvent(message));
            work.woken = true;
          })
        ),
    });
    this.schedules = new SqliteSchedules({
      ...shared,
      change: (run) =>
        this.#work((work) =>
          run({
            publish: (messages, options) => this.#publish(messages, options, work),
            wake: () => work.woken = true,
          })
        ),
    });
    this.waiting = new SqliteWaiting(shared);
    this.journal = new SqliteJournal(statements, shared.attempt);
    this.mail = new SqliteMail({ ...shared, hub: this.#hub });
    this.listing = new SqliteListing(shared);
  }

  /** This machine's time. */
  now(): Promise<number> {
    return Promise.resolve(this.#clock.now());
  }

  /** Adds messages, all in one transaction. */
  async publish(messages: readonly Message[], options: PublishOptions = {}): Promise<Receipt[]> {
    return await this.#work((work) => this.#publish(messages, options, work));
  }

  #publish(messages: readonly Message[], { queues, limits, recording }: PublishOptions, work: Work): Receipt[] {
    for (const message of messages) message.limits?.forEach((name) => checkName("limit", name));
    this.#pruner.prune(work.now);
    if (limits) work.lanes.declare(limits, false);
    work.recorder.declare(recording, false);
    const { receipts, ended } = publish(this.#statements, messages, queues, work);
    work.tasks.push(...ended);
    if (receipts.some(({ status }) => status === "added")) work.woken = true;
    return [...receipts];
  }

  /** A worker's turn, in one transaction. */
  async exchange(turn: Turn): Promise<TurnReply> {
    checkTurn(turn);
    return await this.#work((work) => this.#turns.take(turn, work));
  }

  /** What is known of tasks. */
  async fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    const now = this.#clock.now();
    const read = () => ids.map((id) => findRecord(this.#statements, id, now));
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
      const record = findRecord(this.#statements, id, now);
      return record && !isFinal(record.state) ? [{ kind: "changed" as const, id, record }] : [];
    });
  }

  #mail(after: number): PostedCommand[] {
    const rows = this.#statements.laterMail.all(after, this.#clock.now()) as unknown as MailRow[];
    return rows.map((row) => ({ seq: row.seq, worker: row.worker, command: toCommand(row) }));
  }

  #answers(command: string, after: number): PostedAnswer[] {
    const rows = this.#statements.laterAnswers.all(command, after) as unknown as AnswerRow[];
    return rows.map(({ seq, part, text }) => ({ seq, answer: { command, ...readPartKey(part), text } }));
  }

  /** A verb that writes: in one transaction, and then others hear of it. */
  async #work<T>(run: (work: Work) => T): Promise<T> {
    return await this.#attempt(() => {
      const now = this.#clock.now();
      const work: Work = {
        now,
        lanes: new Lanes(this.#statements, now),
        recorder: new Recorder(this.#statements, now),
        woken: false,
        tasks: [],
      };
      const answer = transaction(this.#database, "BEGIN IMMEDIATE", () => {
        const answer = run(work);
        if (work.lanes.close()) work.woken = true;
        return answer;
      });
      const { woken, tasks, recorder } = work;
      if (woken || tasks.length > 0 || recorder.hasTold) this.#hub.tell(woken, tasks, [], recorder.hasTold);
      return answer;
    });
  }

  /** Runs what is synchronous as what is not, so that a failure is a rejection, in the words of the port. */
  async #attempt<T>(run: () => T): Promise<T> {
    if (this.#closed) throw new BrokerUnavailable(`${this.name} is closed`);
    const start = steady(this.#clock);
    this.#file?.check(start);
    try {
      return translate(run);
    } finally {
      const pause = this.#breath.after(steady(this.#clock) - start);
      if (pause) await pause;
    }
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
