/**
 * The broker over Redis: each verb is one script. Why it is built so stands in docs/redis_broker.md.
 *
 * @module
 */
import type { Broker } from "../../ports/broker.ts";
import type { Control } from "../../ports/control.ts";
import type { Inspector } from "../../ports/inspector.ts";
import type { Bills, Meter } from "../../ports/bill.ts";
import type { PublishOptions, Receipt } from "../../ports/publishing.ts";
import type { Signal, Topic } from "../../ports/signals.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import type { Turn, TurnReply } from "../../ports/turn.ts";
import { type Clock, systemClock } from "../../clock.ts";
import type { DeadLetters } from "../../ports/dead_letters.ts";
import { eventWatcher, type Journal } from "../../ports/journal.ts";
import type { Listing } from "../../ports/listing.ts";
import { checkName, type Message } from "../../message.ts";
import type { Mail } from "../../ports/mail.ts";
import type { Schedules } from "../../ports/schedules.ts";
import type { Waiting } from "../../ports/waiting.ts";
import { merge } from "../../streams/merge.ts";
import { RedisBills } from "./connection/bill.ts";
import { Caller } from "./connection/caller.ts";
import type { Connection } from "./connection/connection.ts";
import { RedisControl } from "./control.ts";
import { RedisDeadLetters } from "./dead_letters.ts";
import { RedisInspector } from "./inspector.ts";
import { eventSignals } from "./signals/event_signals.ts";
import { RedisJournal } from "./journal/journal.ts";
import { Keys } from "./keys.ts";
import { RedisMail } from "./mail.ts";
import { RedisListing } from "./listing.ts";
import { addingKeys, chunks, type Prepared, prepared } from "./publishing/prepared.ts";
import { Publication } from "./publishing/publication.ts";
import { messagesOf } from "./waiting/messages.ts";
import { Records } from "./records/records.ts";
import { RedisSchedules } from "./schedules.ts";
import { publish } from "./scripts/publish.ts";
import { watch } from "./scripts/records.ts";
import { Signals } from "./signals/task_signals.ts";
import { Turns } from "./turns.ts";
import { RedisWaiting } from "./waiting/waiting.ts";
import { answerSignals, workerSignals, type WorkerSignalsOptions } from "./signals/worker_signals.ts";
import { WaitingReader } from "./waiting/waiting_reader.ts";

/** How long an offer that was made by a signal waits for the worker's turn (ms). */
const offerLease = 5000;

/** What the broker is made of. */
export interface RedisBrokerOptions {
  /** The name of the app: its keys' hash slot. */
  readonly app: string;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Where signals come from. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
  /** The clock. */
  readonly clock: Clock;
  /** How often to ask where there are no signals (ms). */
  readonly pollInterval: number;
}

/** Holds messages and results in Redis, over REST. Made by {@linkcode upstash}. */
export class RedisBroker implements Broker {
  /** The host and the app. */
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
  /** What is billed. */
  readonly bills: Bills;
  readonly #keys: Keys;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #signals: Signals;
  readonly #workerSignals: WorkerSignalsOptions;
  readonly #caller: Caller;
  readonly #records: Records;
  readonly #turns: Turns;
  readonly #bills: RedisBills;

  /** See {@linkcode upstash}. */
  constructor({ app, connection, server, clock, pollInterval }: RedisBrokerOptions) {
    this.#keys = new Keys(checkName("app", app));
    this.#connection = connection;
    this.#clock = clock;
    this.name = `redis ${server ? new URL(server.url).host : "client"} ${this.#keys.prefix}`;
    this.#workerSignals = { server, keys: this.#keys, opened: () => connection.counted(1), pollInterval };
    this.#signals = new Signals({
      server,
      keys: this.#keys,
      clock: { now: () => this.#nowSoFar(), sleep: clock.sleep.bind(clock) },
      register: (client, ids, updates) => this.#register(client, ids, updates),
    });
    const keys = this.#keys;
    const now = () => this.now();
    this.#caller = new Caller(keys, connection);
    this.#records = new Records(keys, connection, now);
    this.#turns = new Turns(keys, this.#caller);
    const shared = { keys, connection, caller: this.#caller, records: this.#records, now };
    const inspector: RedisInspector = new RedisInspector({
      ...shared,
      messages: (ids) => messagesOf(ids, { ...shared, reader }),
    });
    const reader = new WaitingReader({ ...shared, queues: async () => (await inspector.overview()).queues });
    this.inspector = inspector;
    this.control = new RedisControl({ ...shared, turns: this.#turns, inspector });
    this.deadLetters = new RedisDeadLetters(shared);
    this.schedules = new RedisSchedules({
      ...shared,
      publication: (messages, options) => this.#publication([...prepared(messages)], options),
    });
    this.waiting = new RedisWaiting({
      ...shared,
      reader,
      adding: (messages, now) => addingKeys(keys, messages, now),
    });
    this.journal = new RedisJournal({ ...shared, fetch: (ids) => this.fetch(ids) });
    this.mail = new RedisMail(shared);
    this.#bills = new RedisBills({ ...shared, nowSoFar: () => this.#nowSoFar() });
    this.bills = this.#bills;
    this.listing = new RedisListing({ ...shared, reader, inspector });
  }

  /** Counts what this client is billed. */
  meter(): Meter {
    return this.#connection.meter();
  }

  /** The server's time; a clock that was handed in rules instead. */
  async now(): Promise<number> {
    return this.#clock === systemClock ? this.#clock.now() + await this.#connection.offset() : this.#clock.now();
  }

  #nowSoFar(): number {
    return this.#clock === systemClock ? this.#clock.now() + (this.#connection.offsetSoFar ?? 0) : this.#clock.now();
  }

  /** Adds messages. */
  async publish(messages: readonly Message[], options: PublishOptions = {}): Promise<Receipt[]> {
    for (const message of messages) for (const name of message.limits ?? []) checkName("limit", name);
    const receipts: Receipt[] = [];
    this.#bills.note(options.recording?.history ?? false);
    for (const part of chunks(messages)) receipts.push(...await this.#publish(part, options));
    return receipts;
  }

  async #publish(messages: readonly Prepared[], options: PublishOptions): Promise<Receipt[]> {
    const publication = await this.#publication(messages, options);
    const reply = await this.#caller.call(
      publish,
      () => publication.keys(),
      () => publication.args(),
      { signal: options.signal, look: (ids) => publication.look(ids) },
    );
    return publication.read(reply);
  }

  /** What publishing is called with, by itself or within another script. */
  async #publication(messages: readonly Prepared[], options: PublishOptions): Promise<Publication> {
    // Before the first measurement this machine's clock may be wrong, and so would be the end of an offer: then the
    // worker is only woken.
    const measured = this.#clock !== systemClock || this.#connection.offsetSoFar !== undefined;
    const timed = messages.some(({ message }) => message.eta !== undefined || message.limits !== undefined);
    const now = timed ? await this.now() : this.#nowSoFar();
    const { signal } = options;
    return new Publication(messages, options, {
      keys: this.#keys,
      signals: this.#signals,
      now,
      offerEnds: measured ? now + offerLease : 0,
      fetch: (ids) => this.fetch(ids, signal ? { signal } : {}),
      caller: this.#caller,
    });
  }

  /** A worker's turn. */
  async exchange(turn: Turn, { signal }: { readonly signal?: AbortSignal } = {}): Promise<TurnReply> {
    this.#bills.note(turn.recording?.history ?? false);
    return await this.#turns.take(turn, { now: await this.now(), signal });
  }

  /** What is known of tasks. */
  async fetch(
    ids: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<(TaskRecord | undefined)[]> {
    this.#bills.note(false);
    return await this.#records.read(ids, signal);
  }

  async #register(client: string, ids: readonly string[], updates: boolean): Promise<(TaskRecord | undefined)[]> {
    const first = [client, String(this.#nowSoFar()), updates ? "1" : "0"];
    const records = await this.#records.read(ids, undefined, watch, first);
    this.#signals.published(ids);
    return records;
  }

  #watchWorker(worker: string, signal: AbortSignal): AsyncGenerator<Signal> {
    if (worker !== eventWatcher) return workerSignals(worker, this.#workerSignals, signal);
    const now = () => this.now();
    return eventSignals({ ...this.#workerSignals, connection: this.#connection, now }, signal);
  }

  /** Signals. */
  async *watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Signal> {
    const tasks = topics.flatMap((topic) => "task" in topic ? [topic] : []);
    const streams = topics.flatMap((topic) => "worker" in topic ? [this.#watchWorker(topic.worker, signal)] : []);
    for (const topic of topics) {
      if ("command" in topic) streams.push(answerSignals(topic.command, this.#workerSignals, signal));
    }
    if (tasks.length > 0) streams.push(this.#signals.tasks(tasks, signal));
    if (streams.length === 1) yield* streams[0]!;
    else yield* merge(streams);
  }

  /** Closes the signals and ends what is being repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#signals.close();
    await this.#bills.close();
    await this.#connection.close();
  }
}
