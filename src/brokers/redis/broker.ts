/**
 * The broker over Redis: each verb is one script. Why it is built so stands in docs/redis_broker.md.
 *
 * @module
 */
import type {
  Broker,
  Control,
  Delivery,
  Inspector,
  Lease,
  Limit,
  LimitInfo,
  PublishOptions,
  QueueInfo,
  Receipt,
  Revocation,
  RevokeOptions,
  Signal,
  TaskRecord,
  TaskState,
  Topic,
  Turn,
  TurnReply,
  WorkerInfo,
} from "../../broker.ts";
import type { DeadLetters, Resending } from "../../dead_letters.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { BrokerRefused, InvalidInput } from "../../errors.ts";
import { newWord } from "../../id.ts";
import { checkLimit } from "../../limit.ts";
import { checkName, type Message } from "../../message.ts";
import type { Schedules } from "../../schedules.ts";
import { childrenOf } from "./children.ts";
import type { Connection } from "./connection.ts";
import { running } from "./running.ts";
import { memberOf, RedisDeadLetters } from "./dead_letters.ts";
import { Keys, readLayout } from "./keys.ts";
import { decodeEntry, encodeEntry, encodeInPlace, encodeRecord, endOf, pageEndOf, waitingRecord } from "./record.ts";
import { oldestOf } from "./oldest.ts";
import { addingKeys, chunks, most, type Prepared, prepared } from "./prepared.ts";
import { Publication } from "./publication.ts";
import { Records } from "./records.ts";
import { encodeLimit, limitArgs, readLimit } from "./rules.ts";
import type { Script } from "./script.ts";
import { exchange } from "./scripts/exchange.ts";
import { limit as limitScript } from "./scripts/limit.ts";
import { resend } from "./scripts/dead_letters.ts";
import { RedisJournal } from "./journal.ts";
import { recordingArg } from "./journal_keys.ts";
import { lineOf, reportLines, settlementLines } from "./journal_text.ts";
import { settledEvent } from "../told.ts";
import type { Journal } from "../../journal.ts";
import { RedisSchedules } from "./schedules.ts";
import { publish } from "./scripts/publish.ts";
import { inspect, pause, watch } from "./scripts/records.ts";
import { revoke } from "./scripts/revoke.ts";
import { Signals } from "./signals.ts";
import type { Waiting } from "../../waiting.ts";
import { RedisWaiting } from "./waiting.ts";
import { workerSignals, type WorkerSignalsOptions } from "./worker_signals.ts";

/** How long an offer that was made by a signal waits for the worker's turn (ms). */
const offerLease = 5000;
/** How long an idle worker counts as alive (ms): long, since telling so is billed. */
const idleLease = 360_000;
/** How often a script is called at most until it was given all keys that it needs. */
const mostCalls = 50;
/** The most settlements, reports and deliveries of one turn. */
const turnLimit = 500;

/** What the script says of a letter that was to be sent again. */
const resendings: { readonly [status: string]: Resending } = {
  S: "resent",
  E: "exists",
  A: "not_failed",
  U: "unknown",
};

/** In these states nobody holds a task: there is no worker to be told that it was revoked. */
const notRunning: ReadonlySet<TaskState> = new Set(["SCHEDULED", "QUEUED", "RETRY", "SUCCESS", "FAILURE", "EXPIRED"]);

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
  readonly #keys: Keys;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #signals: Signals;
  readonly #workerSignals: WorkerSignalsOptions;
  readonly #records: Records;
  /** The keys of lanes and limits that a worker's next turn is likely to need, as its last one told. */
  readonly #hints = new Map<string, readonly string[]>();

  /** See {@linkcode upstash}. */
  constructor({ app, connection, server, clock, pollInterval }: RedisBrokerOptions) {
    this.#keys = new Keys(checkName("app", app));
    this.#connection = connection;
    this.#clock = clock;
    this.name = `redis ${server ? new URL(server.url).host : "client"} ${this.#keys.prefix}`;
    this.#workerSignals = { server, keys: this.#keys, pollInterval };
    this.#signals = new Signals({
      server,
      keys: this.#keys,
      clock: { now: () => this.#nowSoFar(), sleep: clock.sleep.bind(clock) },
      register: (client, ids, updates) => this.#register(client, ids, updates),
    });
    const now = () => this.now();
    this.#records = new Records(this.#keys, connection, now);
    this.deadLetters = new RedisDeadLetters({
      keys: this.#keys,
      connection,
      records: this.#records,
      now,
      resend: (messages) => this.#resend(messages),
    });
    this.schedules = new RedisSchedules({
      keys: this.#keys,
      connection,
      call: (script, keys, args, look) => this.#call(script, keys, args, undefined, look),
      publication: (messages, options) => this.#publication([...prepared(messages)], options),
    });
    this.waiting = new RedisWaiting({
      keys: this.#keys,
      connection,
      records: this.#records,
      now,
      queues: async () => (await this.#inspect()).queues,
      adding: (messages, now) => addingKeys(this.#keys, messages, now),
      call: (script, keys, args) => this.#call(script, keys, args, undefined),
      learn: (reply, from) => void this.#learn(reply, from),
    });
    this.journal = new RedisJournal({ keys: this.#keys, connection, now, fetch: (ids) => this.fetch(ids) });
    this.inspector = {
      children: (ids) => childrenOf(ids, { keys: this.#keys, connection }),
      running: (queue) => running(queue, { keys: this.#keys, connection }),
      limits: () => this.#limits(),
      queues: (options) => this.#queues(options),
      workers: () => this.#workers(),
    };
    this.control = {
      revoke: (ids, options) => this.#revoke(ids, options),
      purge: (queue) => this.#purge(queue),
      pause: (queue) => this.#pause(queue, true),
      resume: (queue) => this.#pause(queue, false),
      limit: (name, limit) => this.#limit(name, limit),
    };
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
    for (const part of chunks(messages)) receipts.push(...await this.#publish(part, options));
    return receipts;
  }

  async #publish(messages: readonly Prepared[], options: PublishOptions): Promise<Receipt[]> {
    const publication = await this.#publication(messages, options);
    const reply = await this.#call(
      publish,
      () => publication.keys(),
      () => publication.args(),
      options.signal,
      (ids) => publication.look(ids),
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
      learn: (reply, from) => void this.#learn(reply, from),
    });
  }

  /** A worker's turn. */
  async exchange(turn: Turn, { signal }: { readonly signal?: AbortSignal } = {}): Promise<TurnReply> {
    return await this.#exchange(turn, await this.now(), false, signal);
  }

  async #exchange(
    {
      worker,
      number,
      queues,
      limit,
      holds,
      settlements,
      reports,
      lease,
      limits = {},
      recording: declared,
      park,
      leave,
    }: Turn,
    now: number,
    early: boolean,
    signal: AbortSignal | undefined,
  ): Promise<TurnReply> {
    checkName("worker", worker);
    check("limit", limit, turnLimit);
    check("settlements", settlements.length, turnLimit);
    check("reports", reports.length, turnLimit);
    const names = new Map<string, number>();
    for (const queue of queues) names.set(checkName("queue", queue), names.size + 1);
    const served = names.size;
    const backs: Prepared[] = [];
    const settled = new Set<Lease>();
    const pageKeys = new Set<string>();
    const items: string[][] = [];
    for (const { lease, record, again } of settlements) {
      settled.add(lease);
      let queueNumber = 0;
      let entry = "";
      if (again) {
        const { queue } = again.message;
        queueNumber = names.get(queue) ?? 0;
        if (queueNumber === 0) names.set(queue, queueNumber = names.size + 1);
        entry = encodeEntry(again.message, again.deaths);
        backs.push({ message: again.message, entry });
      }
      const page = this.#keys.page(record.id);
      pageKeys.add(page);
      const text = encodeRecord(record);
      const inPlace = again ? undefined : encodeInPlace(record, text);
      const own = inPlace === undefined ? "" : this.#keys.record(record.id);
      if (own !== "") pageKeys.add(own);
      const isLetter = record.state === "FAILURE";
      if (isLetter) pageKeys.add(this.#keys.letters);
      items.push([
        page,
        record.id,
        lease,
        inPlace ?? text,
        String(pageEndOf(record, now)),
        String(queueNumber),
        String(again?.message.priority ?? 0),
        String(again?.message.eta ?? 0),
        again?.head ? "head" : "tail",
        entry,
        own,
        own === "" ? "" : text,
        this.#uniqueKey(record, pageKeys),
        isLetter ? memberOf(record) : "",
      ]);
    }
    for (const { lease, record } of reports) {
      const page = this.#keys.page(record.id);
      pageKeys.add(page);
      items.push([page, record.id, lease, encodeRecord(record), "0", "0", "0", "0", "tail", "", "", "", "", ""]);
    }
    const { journal } = this.#keys;
    // What it is about is known only from the broker's answer, should others have declared something else.
    const recording = () => journal.overriding(declared);
    const lines = () => [
      ...settlements.map((one) => settlementLines(one, recording())),
      ...reports.map(({ record }) => reportLines(record, recording())),
    ];
    const args = () => [
      this.#keys.prefix,
      String(now),
      worker,
      String(number),
      String(lease),
      String(idleLease),
      park ? "1" : "0",
      leave ? "1" : "0",
      early ? "1" : "0",
      [...new Set([...holds, ...settled])].join(" "),
      String(limit),
      String(names.size),
      String(served),
      String(Object.keys(limits).length),
      recordingArg(recording(), declared),
      ...names.keys(),
      ...limitArgs(limits),
      ...lines().flatMap((texts, index) => [...items[index]!, ...texts]),
    ];
    const keys = () => [
      this.#keys.map,
      this.#keys.workers,
      ...new Set([
        ...pageKeys,
        ...queues.flatMap((queue) => this.#keys.taking(queue)),
        ...addingKeys(this.#keys, backs, now),
        ...this.#hints.get(worker) ?? [],
        ...journal.needed(recording(), now),
      ]),
    ];
    const reply = await this.#call(exchange, keys, args, signal);
    if (reply[0] === "old") {
      throw new InvalidInput("number", `Turn ${number} of worker ${worker} is over: a later one was answered already`);
    }
    const [, lost, revoked, more, wakeAt, aliveUntil, count] = reply;
    const deliveries: Delivery[] = [];
    let at = 7;
    for (let left = Number(count); left > 0; left--, at += 4) {
      deliveries.push({ ...decodeEntry(reply[at + 3]!), lease: `${reply[at]}:${reply[at + 1]}` });
    }
    const hints = this.#learn(reply, at);
    // What a turn without lanes needed says nothing of the next one with some.
    if (leave) this.#hints.delete(worker);
    else if (hints) this.#hints.set(worker, hints);
    return {
      deliveries,
      lost: words(lost!),
      ...readRevoked(words(revoked!)),
      more: more === "1",
      aliveUntil: Number(aliveUntil),
      ...(wakeAt === "0" ? {} : { wakeAt: Number(wakeAt) }),
    };
  }

  /** What is known of tasks. */
  async fetch(
    ids: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<(TaskRecord | undefined)[]> {
    return await this.#records.read(ids, signal);
  }

  async #register(client: string, ids: readonly string[], updates: boolean): Promise<(TaskRecord | undefined)[]> {
    const first = [client, String(this.#nowSoFar()), updates ? "1" : "0"];
    const records = await this.#records.read(ids, undefined, watch, first);
    this.#signals.published(ids);
    return records;
  }

  /** Signals. */
  async *watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Signal> {
    const tasks = topics.flatMap((topic) => "task" in topic ? [topic] : []);
    const streams = topics.flatMap((topic) =>
      "worker" in topic ? [workerSignals(topic.worker, this.#workerSignals, signal)] : []
    );
    if (tasks.length > 0) streams.push(this.#signals.tasks(tasks, signal));
    if (streams.length === 1) yield* streams[0]!;
    else yield* merge(streams);
  }

  async #revoke(ids: readonly string[], options: RevokeOptions = {}): Promise<Revocation[]> {
    const answers: Revocation[] = [];
    for (let from = 0; from < ids.length; from += most.messages) {
      answers.push(...await this.#revokeSome(ids.slice(from, from + most.messages), options));
    }
    return answers;
  }

  async #revokeSome(ids: readonly string[], { terminate, tree }: RevokeOptions): Promise<Revocation[]> {
    const before = await this.fetch(ids);
    const now = await this.now();
    const { journal } = this.#keys;
    const more = new Set<string>();
    const items = ids.map((id, index) => {
      const known = before[index];
      const record: TaskRecord = {
        ...(known ?? { id, task: "", queue: "", sentAt: now, retries: 0 }),
        state: "REVOKED",
        finishedAt: now,
      };
      const worker = known && !notRunning.has(known.state) ? known.worker ?? "" : "";
      const unique = this.#uniqueKey(record, more);
      const texts = [this.#keys.page(id), id, encodeRecord(record), String(endOf(record, now)), worker, unique];
      return { record, texts };
    });
    const keys = () => [
      this.#keys.map,
      ...new Set([...ids.map((id) => this.#keys.page(id)), ...more, ...journal.needed(journal.recording(), now)]),
    ];
    const args = () => [
      ...[this.#keys.prefix, String(now), terminate ? "1" : "0", tree ? "1" : "0"],
      recordingArg(journal.recording(), undefined),
      ...items.flatMap(({ record, texts }) => [
        ...texts,
        lineOf(record.id, settledEvent(record), journal.recording()),
      ]),
    ];
    const reply = await this.#call(revoke, keys, args, undefined);
    this.#learn(reply, 2);
    return Array.from(reply[1]!, (status) => status === "X" ? "revoked" : status === "E" ? "ended" : "unknown");
  }

  async #resend(messages: readonly Message[]): Promise<Resending[]> {
    const answers: Resending[] = [];
    for (const part of chunks(messages)) answers.push(...await this.#resendSome(part));
    return answers;
  }

  async #resendSome(messages: readonly Prepared[]): Promise<Resending[]> {
    const before = await this.#records.read(messages.map(({ message }) => message.id));
    const now = await this.now();
    const { journal } = this.#keys;
    const queues = new Map<string, number>();
    const own = new Set<string>();
    const items = messages.flatMap(({ message, entry }, index) => {
      const { id, queue, priority, nonce = "", unique } = message;
      const known = before[index];
      const number = queues.get(queue) ?? queues.size + 1;
      queues.set(queue, number);
      const page = this.#keys.page(id);
      const record = this.#keys.record(id);
      const uniqueKey = unique === undefined ? "" : this.#keys.unique(unique.key);
      for (const key of [page, record, uniqueKey]) if (key !== "") own.add(key);
      return [
        page,
        id,
        String(number),
        String(priority),
        waitingRecord(message, ""),
        nonce,
        entry,
        record,
        known?.state === "FAILURE" ? memberOf(known) : "",
        uniqueKey,
        unique === undefined ? "" : String(unique.for),
      ];
    });
    const keys = () => [
      this.#keys.map,
      this.#keys.letters,
      ...new Set([...own, ...addingKeys(this.#keys, messages, now), ...journal.needed(journal.recording(), now)]),
    ];
    const args = () => [
      ...[this.#keys.prefix, String(now), String(queues.size), recordingArg(journal.recording(), undefined)],
      ...queues.keys(),
      ...items,
    ];
    const reply = await this.#call(resend, keys, args, undefined);
    this.#learn(reply, 2);
    return Array.from(reply[1]!, (status) => resendings[status]!);
  }

  async #pause(queue: string, paused: boolean): Promise<void> {
    const args = [this.#keys.prefix, checkName("queue", queue), paused ? "1" : "0"];
    await this.#connection.run(pause, [this.#keys.map], args, undefined);
  }

  /** A purge is a worker that takes everything, due or not, and settles it as revoked: there is no second way to take. */
  async #purge(queue: string): Promise<number> {
    checkName("queue", queue);
    const worker = `purge~${newWord()}`;
    let count = 0;
    let holds: readonly Delivery[] = [];
    for (let number = 1;; number++) {
      const now = await this.now();
      const settlements = holds.map(({ lease, message }) => {
        const { id, task, queue, sentAt, retries, unique } = message;
        const state = "REVOKED" as const;
        const held = unique === undefined || unique.states === "any" ? {} : { unique: unique.key };
        return { lease, record: { id, task, queue, sentAt, retries, state, finishedAt: now, message, ...held } };
      });
      const turn = {
        worker,
        number,
        queues: [queue],
        holds: holds.map(({ lease }) => lease),
        settlements,
        reports: [],
        lease: 30_000,
        park: false,
      };
      const reply = await this.#exchange({ ...turn, limit: turnLimit, leave: false }, now, true, undefined);
      count += holds.length;
      holds = reply.deliveries;
      if (holds.length === 0 && !reply.more) {
        await this.#exchange(
          { ...turn, holds: [], settlements: [], number: number + 1, limit: 0, leave: true },
          now,
          false,
          undefined,
        );
        return count;
      }
    }
  }

  async #limit(name: string, limit: Limit | undefined): Promise<void> {
    checkName("limit", name);
    const rule = limit === undefined ? "" : encodeLimit(checkLimit(name, limit));
    const now = await this.now();
    const { queues } = await this.#inspect();
    const keys = () => [this.#keys.map];
    const args = () => [this.#keys.prefix, String(now), name, rule, ...queues.keys()];
    await this.#call(limitScript, keys, args, undefined);
  }

  async #limits(): Promise<LimitInfo[]> {
    const { limits } = await this.#inspect();
    return [...limits].map(([name, text]) => readLimit(name, text)).sort(byName);
  }

  async #queues({ oldest = false }: { readonly oldest?: boolean } = {}): Promise<QueueInfo[]> {
    const { queues, workers } = await this.#inspect();
    const ages = oldest ? await oldestOf(queues, { keys: this.#keys, connection: this.#connection }) : new Map();
    for (const { queues: served } of workers) {
      for (const queue of served) if (!queues.has(queue)) queues.set(queue, "|");
    }
    return [...queues].map(([name, layout]) => {
      const { lists, lanes, delayed, paused } = readLayout(layout);
      return {
        paused,
        name,
        waiting: [...lists, ...lanes].reduce((sum, { count }) => sum + count, 0),
        delayed: delayed.reduce((sum, { count }) => sum + count, 0),
        ...(ages.has(name) ? { oldest: ages.get(name) } : {}),
      };
    }).sort(byName);
  }

  async #workers(): Promise<WorkerInfo[]> {
    return (await this.#inspect()).workers.sort(byName);
  }

  async #inspect(): Promise<
    {
      readonly queues: Map<string, string>;
      readonly limits: Map<string, string>;
      readonly workers: WorkerInfo[];
    }
  > {
    const reply = await this.#connection.run(inspect, [this.#keys.map, this.#keys.workers], [], undefined) as string[];
    const queues = new Map<string, string>();
    const limits = new Map<string, string>();
    const workers: WorkerInfo[] = [];
    for (let at = 0; at < reply.length; at += 2) {
      const field = reply[at]!;
      const text = reply[at + 1]!;
      if (field.startsWith("q:")) {
        queues.set(field.slice(2), text);
        continue;
      }
      if (field.startsWith("l:")) {
        limits.set(field.slice(2), text);
        continue;
      }
      const [, aliveUntil, , left, served, , holds] = text.split("|");
      if (Number(left) % 2 === 1) continue;
      workers.push({
        name: field.slice(2),
        aliveUntil: Number(aliveUntil),
        holds: words(holds ?? "").length,
        queues: words(served ?? ""),
      });
    }
    return { queues, limits, workers };
  }

  /** Closes the signals and ends what is being repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#signals.close();
    await this.#connection.close();
  }

  /** The unique key that a task holds, declared with the others; empty for one that holds none. */
  #uniqueKey({ unique }: TaskRecord, keys: Set<string>): string {
    if (unique === undefined) return "";
    const key = this.#keys.unique(unique);
    keys.add(key);
    return key;
  }

  /** Calls a script; when it needs other keys than were guessed, again with those it told of. */
  async #call(
    script: Script<string, string>,
    keys: () => string[],
    args: () => string[],
    signal: AbortSignal | undefined,
    look?: (ids: readonly string[]) => Promise<void>,
  ): Promise<string[]> {
    const missing = new Set<string>();
    for (let attempt = 0; attempt < mostCalls; attempt++) {
      // Others change what was asked for, in step with this one: by chance each gets its turn.
      if (attempt > 2) await systemClock.sleep(Math.random() * Math.min(5 * 2 ** attempt, 250), signal);
      const first = keys();
      for (const key of first) missing.delete(key);
      const reply = await this.#connection.run(script, [...first, ...missing], args(), signal) as string[];
      if (reply[0] === "look") {
        this.#learn(reply, 2);
        await look!(words(reply[1]!));
      } else if (reply[0] === "need") {
        for (const key of this.#learn(reply, 1) ?? []) missing.add(key);
      } else {
        return reply;
      }
    }
    throw new BrokerRefused(`The keys of ${script.name} changed ${mostCalls} times while it was called`);
  }

  /** Takes in the layouts of queues that a reply tells, and gives the keys that it names. */
  #learn(reply: readonly string[], from: number): readonly string[] | undefined {
    let keys: readonly string[] | undefined;
    for (let at = from; at + 1 < reply.length; at += 2) {
      if (reply[at] === "?") keys = reply[at + 1]!.split("\n");
      else if (reply[at] === "!") this.#keys.journal.learn(reply[at + 1]!);
      else this.#keys.learn(reply[at]!, reply[at + 1]!);
    }
    return keys;
  }
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

/** The leases of those that were revoked, and of those that are to be over at once. */
function readRevoked(words: readonly string[]): Pick<TurnReply, "revoked" | "terminated"> {
  const revoked = words.map((word) => word.replace("!", ""));
  const terminated = revoked.filter((lease, index) => lease !== words[index]);
  return { revoked, ...(terminated.length > 0 ? { terminated } : {}) };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function check(field: string, value: number, limit: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= limit) return;
  throw new InvalidInput(field, `${field} of a turn must be 0 to ${limit}, and it is ${value}`);
}

async function* merge<T>(streams: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = new Map(streams.map((stream) => [stream, stream.next().then((result) => ({ stream, result }))]));
  try {
    while (next.size > 0) {
      const { stream, result } = await Promise.race(next.values());
      if (result.done) {
        next.delete(stream);
      } else {
        next.set(stream, stream.next().then((result) => ({ stream, result })));
        yield result.value;
      }
    }
  } finally {
    for (const stream of next.keys()) void stream.return(undefined);
  }
}
