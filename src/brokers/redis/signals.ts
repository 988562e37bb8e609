/**
 * The signals of one client: one stream for the ends of all the tasks that it waits for, and one for each worker in it.
 *
 * @module
 */
import type { Delivery, Signal, TaskRecord } from "../../broker.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { newWord } from "../../id.ts";
import type { Keys } from "./keys.ts";
import { decodeEntry, decodeRecord } from "./record.ts";
import { subscribe } from "./sse.ts";

/** What a stream needs. */
export interface SignalsOptions {
  /** The REST URL and token; without them there are no signals, and readers are told to ask now and then. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
  /** The keys. */
  readonly keys: Keys;
  /** The clock that records are read by. */
  readonly clock: Clock;
  /** How often to ask where there are no signals (ms). */
  readonly pollInterval: number;
  /** Notes on the records that this client waits, and returns those that have ended; safe to repeat. */
  readonly register: (client: string, ids: readonly string[]) => Promise<(TaskRecord | undefined)[]>;
}

/** How long the stream stays open after the last task that somebody waited for (ms). */
const linger = 1000;
/** How many ends are remembered that came before anybody asked. */
const remembered = 1000;

/** A queue of values that one reader awaits. */
class Mailbox<T> {
  readonly #values: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  put(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *read(): AsyncGenerator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#ended) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

type Ended = (record: TaskRecord | undefined) => void;

/** See above. */
export class Signals {
  readonly #options: SignalsOptions;
  readonly #client: string = newWord(12);
  /** Who waits for which task. */
  readonly #waiting = new Map<string, Set<Ended>>();
  /** Tasks that ended before anybody here asked for them: only those published while the stream was open. */
  readonly #early = new Map<string, TaskRecord | undefined>();
  /** Tasks whose records say already that this client waits. */
  readonly #noted = new Set<string>();
  #stream: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #live = false;
  /** Those that wait until the stream is open, or has failed once. */
  readonly #opening = new Set<() => void>();
  #closing: ReturnType<typeof setTimeout> | undefined;
  #toRegister: string[] | undefined;
  #closed = false;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** The word that names this client in a record, while somebody would hear of it. */
  get client(): string | undefined {
    return this.#live ? this.#client : undefined;
  }

  /** Takes back what {@linkcode published} said of a task. */
  forget(id: string): void {
    this.#noted.delete(id);
  }

  /** Notes that these are published with this client's word in their records. */
  published(ids: readonly string[]): void {
    for (const id of ids) {
      this.#noted.add(id);
      if (this.#noted.size > 10 * remembered) this.#noted.delete(this.#noted.values().next().value!);
    }
  }

  /** The signals of a worker, until the signal is aborted or its reader has enough. */
  async *worker(name: string, signal: AbortSignal): AsyncGenerator<Signal> {
    const { server, keys } = this.#options;
    if (signal.aborted) return;
    yield { kind: "wake" };
    if (!server) return yield* this.#polling(signal);
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) stop.abort();
    const mailbox = new Mailbox<Signal>();
    let polls = new AbortController();
    // While the stream is away, asking now and then keeps the worker going.
    const poll = async () => {
      for await (const one of this.#polling(polls.signal)) mailbox.put(one);
    };
    let polling = poll();
    const reading = (async () => {
      for await (const event of subscribe({ ...server, channel: keys.worker(name), signal: stop.signal })) {
        if (event.kind === "open") {
          polls.abort();
          mailbox.put({ kind: "wake" });
        } else if (event.kind === "message") {
          for (const one of readWorkerSignal(event.text)) mailbox.put(one);
        } else if (polls.signal.aborted) {
          await polling;
          polls = new AbortController();
          polling = poll();
        }
      }
      polls.abort();
      await polling;
      mailbox.end();
    })();
    try {
      yield* mailbox.read();
    } finally {
      signal.removeEventListener("abort", abort);
      stop.abort();
      await reading;
    }
  }

  async *#polling(signal: AbortSignal): AsyncGenerator<Signal> {
    while (!signal.aborted) {
      await systemClock.sleep(this.#options.pollInterval, signal);
      if (!signal.aborted) yield { kind: "wake" };
    }
  }

  /** The ends of tasks. */
  async *tasks(ids: readonly string[], signal: AbortSignal): AsyncGenerator<Signal> {
    const mailbox = new Mailbox<Signal>();
    const left = new Map<string, Ended>();
    const abort = () => mailbox.end();
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (const id of ids) {
        const ended: Ended = (record) => {
          if (!left.delete(id)) return;
          this.#drop(id, ended);
          mailbox.put({ kind: "ended", id, ...(record ? { record } : {}) });
          if (left.size === 0) mailbox.end();
        };
        left.set(id, ended);
        const others = this.#waiting.get(id);
        if (others) others.add(ended);
        else this.#waiting.set(id, new Set([ended]));
      }
      if (signal.aborted) return;
      if (this.#options.server) await this.#open(signal);
      for (const id of ids) {
        if (this.#early.has(id)) {
          const record = this.#early.get(id);
          this.#early.delete(id);
          left.get(id)?.(record);
        } else if (!this.#noted.has(id) || !this.#live) {
          this.#register(id);
        }
      }
      yield* mailbox.read();
    } finally {
      signal.removeEventListener("abort", abort);
      for (const [id, ended] of left) this.#drop(id, ended);
      if (this.#waiting.size === 0 && this.#stream && !this.#closing) {
        this.#closing = setTimeout(() => this.#hangUp(), linger);
      }
    }
  }

  #drop(id: string, ended: Ended): void {
    const others = this.#waiting.get(id);
    others?.delete(ended);
    if (others?.size === 0) this.#waiting.delete(id);
  }

  /** Opens the stream if it is not, and waits until it is or has failed once. */
  async #open(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#closing);
    this.#closing = undefined;
    if (this.#closed) return;
    if (!this.#stream) {
      const stop = new AbortController();
      this.#stream = { stop, done: this.#read(stop.signal) };
    }
    if (this.#live) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#opening.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#opening.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { server, keys, clock } = this.#options;
    for await (const event of subscribe({ ...server!, channel: keys.client(this.#client), signal })) {
      if (event.kind === "open") {
        this.#live = true;
        for (const opened of [...this.#opening]) opened();
        // Whatever ended while nobody listened was missed: ask for all of it.
        for (const id of this.#waiting.keys()) this.#register(id);
      } else if (event.kind === "closed") {
        this.#live = false;
        for (const opened of [...this.#opening]) opened();
      } else {
        const parts = event.text.split("\t\t");
        // "e\t<id>\t\t<record>\t\t<id>…"
        parts[0] = parts[0]!.slice(2);
        for (let at = 0; at + 1 < parts.length; at += 2) {
          this.#ended(parts[at]!, parts[at + 1] ? decodeRecord(parts[at]!, parts[at + 1]!, clock.now()) : undefined);
        }
      }
    }
  }

  #ended(id: string, record: TaskRecord | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting) {
      for (const ended of [...waiting]) ended(record);
    } else if (this.#noted.delete(id)) {
      this.#early.set(id, record);
      if (this.#early.size > remembered) this.#early.delete(this.#early.keys().next().value!);
    }
  }

  /** Registers at the end of this round of the event loop, with all others that come until then. */
  #register(id: string): void {
    if (this.#toRegister) {
      this.#toRegister.push(id);
      return;
    }
    const ids = this.#toRegister = [id];
    queueMicrotask(async () => {
      this.#toRegister = undefined;
      try {
        const records = await this.#options.register(this.#client, ids);
        for (const [index, record] of records.entries()) {
          if (record) { for (const ended of [...this.#waiting.get(ids[index]!) ?? []]) ended(record); }
        }
      } catch {
        // Whoever waits also asks now and then, and is told by that what is wrong.
      }
    });
  }

  #hangUp(): Promise<void> {
    clearTimeout(this.#closing);
    this.#closing = undefined;
    this.#live = false;
    this.#early.clear();
    this.#noted.clear();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.stop.abort();
    return stream?.done ?? Promise.resolve();
  }

  /** Closes the stream of this client; those of workers end by their own signals. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#hangUp();
  }
}

function readWorkerSignal(text: string): Signal[] {
  const [kind, ...rest] = text.split("\t");
  if (kind === "d") {
    const turn = rest[0]!;
    const deliveries: Delivery[] = [];
    for (let at = 1; at + 2 < rest.length; at += 3) {
      deliveries.push({ ...decodeEntry(rest[at + 2]!), lease: `${rest[at]}:${turn}` });
    }
    return [{ kind: "delivery", deliveries }];
  }
  if (kind === "r") return rest.map((id) => ({ kind: "revoked", id }));
  return [{ kind: "wake" }];
}
