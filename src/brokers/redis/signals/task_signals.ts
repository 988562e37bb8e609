/**
 * The signals of one client about tasks: one stream for all those that it waits for.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../../../ports/task_record.ts";
import type { Signal } from "../../../ports/signals.ts";
import type { Clock } from "../../../clock.ts";
import { newWord } from "../../../id.ts";
import type { Keys } from "../keys.ts";
import { Mailbox } from "../../../streams/mailbox.ts";
import { decodeRecord } from "../records/record.ts";
import { subscribe } from "./sse.ts";

/** What a stream needs. */
export interface SignalsOptions {
  /** The REST URL and token; without them there are no signals. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
  /** The keys. */
  readonly keys: Keys;
  /** The clock that records are read by. */
  readonly clock: Clock;
  /** Notes on the records that this client waits, for updates too or not, and returns them; safe to repeat. */
  readonly register: (
    client: string,
    ids: readonly string[],
    updates: boolean,
  ) => Promise<(TaskRecord | undefined)[]>;
}

/** How long the stream stays open after the last task that somebody waited for (ms). */
const linger = 1000;
/** How many ends are remembered that came before anybody asked. */
const remembered = 1000;

/** Somebody who waits for a task. */
interface Waiter {
  /** Hears of its end. */
  ended(record: TaskRecord | undefined): void;
  /** Hears of changes before that. */
  readonly changed?: (record: TaskRecord | undefined) => void;
}

/** What somebody watches. */
interface WatchedTask {
  readonly task: string;
  readonly updates?: boolean;
}

/** Hears of tasks. */
export class Signals {
  readonly #options: SignalsOptions;
  readonly #client: string = newWord(12);
  /** Who waits for which task. */
  readonly #waiting = new Map<string, Set<Waiter>>();
  /** Tasks that ended before anybody here asked for them: only those published while the stream was open. */
  readonly #early = new Map<string, TaskRecord | undefined>();
  /** Tasks whose records say already that this client waits. */
  readonly #noted = new Set<string>();
  #stream: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #live = false;
  /** Those that wait until the stream is open, or has failed once. */
  readonly #opening = new Set<() => void>();
  #closing: ReturnType<typeof setTimeout> | undefined;
  #toRegister: Set<string> | undefined;
  /** Those whose present record is asked for, and of which nothing newer was heard meanwhile. */
  readonly #asked = new Set<string>();
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

  /** The ends of tasks, and what changes before that. */
  async *tasks(topics: readonly WatchedTask[], signal: AbortSignal): AsyncGenerator<Signal> {
    const mailbox = new Mailbox<Signal>();
    const left = new Map<string, Waiter>();
    const abort = () => mailbox.end();
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (const { task: id, updates } of topics) {
        const waiter: Waiter = {
          ended: (record) => {
            if (!left.delete(id)) return;
            this.#drop(id, waiter);
            mailbox.put({ kind: "ended", id, ...(record ? { record } : {}) });
            if (left.size === 0) mailbox.end();
          },
          ...(updates
            ? { changed: (record) => mailbox.put({ kind: "changed", id, ...(record ? { record } : {}) }) }
            : {}),
        };
        left.set(id, waiter);
        const others = this.#waiting.get(id);
        if (others) others.add(waiter);
        else this.#waiting.set(id, new Set([waiter]));
      }
      if (signal.aborted) return;
      const wasLive = this.#live;
      if (this.#options.server) await this.#open(signal);
      // A stream that opens asks for all that is waited for.
      const isAsked = this.#live && !wasLive;
      for (const { task: id, updates } of topics) {
        if (this.#early.has(id)) {
          const record = this.#early.get(id);
          this.#early.delete(id);
          left.get(id)?.ended(record);
        } else if (!isAsked && (updates || !this.#noted.has(id) || !this.#live)) {
          this.#register(id);
        }
      }
      yield* mailbox.read();
    } finally {
      signal.removeEventListener("abort", abort);
      for (const [id, waiter] of left) this.#drop(id, waiter);
      if (this.#waiting.size === 0 && this.#stream && !this.#closing) {
        this.#closing = setTimeout(() => this.#hangUp(), linger);
      }
    }
  }

  #drop(id: string, waiter: Waiter): void {
    const others = this.#waiting.get(id);
    others?.delete(waiter);
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
        // Whatever ended while nobody listened was missed.
        this.#registerWaiting();
      } else if (event.kind === "closed") {
        this.#live = false;
        for (const opened of [...this.#opening]) opened();
      } else {
        try {
          this.#readTasks(event.text, clock.now());
        } catch {
          // Of another version, or of anybody who can publish: whatever it was to say is asked for.
          this.#registerWaiting();
        }
      }
    }
  }

  #registerWaiting(): void {
    for (const id of this.#waiting.keys()) this.#register(id);
  }

  /** `<kind>\t<id>\t\t<record>\t\t<id>…`: e that they ended, u that they changed. */
  #readTasks(text: string, now: number): void {
    const parts = text.slice(2).split("\t\t");
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [id, record] = [parts[at]!, parts[at + 1]!];
      const read = record === "" ? undefined : decodeRecord(id, record, now);
      this.#asked.delete(id);
      if (text[0] === "e") this.#ended(id, read);
      else this.#changed(id, read);
    }
  }

  #changed(id: string, record: TaskRecord | undefined): void {
    for (const { changed } of [...this.#waiting.get(id) ?? []]) changed?.(record);
  }

  #ended(id: string, record: TaskRecord | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting) {
      for (const waiter of [...waiting]) waiter.ended(record);
    } else if (this.#noted.delete(id) && record?.state !== "FAILURE") {
      // Of one that failed is asked when somebody waits for it: it may have been sent again by then.
      this.#early.set(id, record);
      if (this.#early.size > remembered) this.#early.delete(this.#early.keys().next().value!);
    }
  }

  /** Registers at the end of this round of the event loop, with all others that come until then. */
  #register(id: string): void {
    if (this.#toRegister) {
      this.#toRegister.add(id);
      return;
    }
    this.#toRegister = new Set([id]);
    queueMicrotask(() => {
      const ids = [...this.#toRegister!];
      this.#toRegister = undefined;
      const wantsUpdates = (id: string) => [...this.#waiting.get(id) ?? []].some(({ changed }) => changed);
      void this.#registerAll(ids.filter((id) => !wantsUpdates(id)), false);
      void this.#registerAll(ids.filter(wantsUpdates), true);
    });
  }

  async #registerAll(ids: readonly string[], updates: boolean): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#asked.add(id);
    try {
      const records = await this.#options.register(this.#client, ids, updates);
      for (const [index, record] of records.entries()) {
        const id = ids[index]!;
        const isNews = this.#asked.delete(id);
        if (!record) continue;
        if (isFinal(record.state)) { for (const waiter of [...this.#waiting.get(id) ?? []]) waiter.ended(record); }
        else if (isNews) this.#changed(id, record);
      }
    } catch {
      // Whoever waits also asks now and then, and is told by that what is wrong.
    }
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
