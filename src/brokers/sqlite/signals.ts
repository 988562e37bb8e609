/**
 * Signals of a database: within a process at once, between processes when the write-ahead log changes.
 *
 * @module
 */
import { type FSWatcher, watch } from "node:fs";
import type { Signal, Topic } from "../../broker.ts";

/** What a watcher is told of. */
type Listener = (signal: Signal) => void;

/** What the hub asks the database. */
export interface HubSource {
  /** The write-ahead log, if there is one. */
  readonly log: string | undefined;
  /** A number that changes when another connection wrote. */
  version(): number;
  /** Which of these tasks have ended. */
  ended(ids: readonly string[]): Signal[];
}

/** How often to look where the file system does not tell of changes (ms). */
const pollInterval = 1000;

/** The watchers of one broker; hubs of the same file in a process know each other. */
export class Hub {
  static readonly #hubs = new Map<string, Set<Hub>>();
  readonly #source: HubSource;
  readonly #file: string | undefined;
  readonly #workers = new Map<string, Set<Listener>>();
  readonly #tasks = new Map<string, Set<Listener>>();
  #watcher: FSWatcher | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #version = 0;
  #looking = false;

  /** @param file The database's file; absent in memory. */
  constructor(source: HubSource, file: string | undefined) {
    this.#source = source;
    this.#file = file;
    if (file === undefined) return;
    const hubs = Hub.#hubs.get(file) ?? new Set();
    Hub.#hubs.set(file, hubs.add(this));
  }

  /** Tells everybody in this process: workers that there may be something to do, and who waits for these tasks. */
  tell(wake: boolean, ended: readonly Signal[], revoked: readonly { worker: string; id: string }[] = []): void {
    for (const hub of (this.#file === undefined ? undefined : Hub.#hubs.get(this.#file)) ?? [this]) {
      hub.#tell(wake, ended, revoked);
    }
  }

  #tell(wake: boolean, ended: readonly Signal[], revoked: readonly { worker: string; id: string }[]): void {
    // What is told now is not to be found again as somebody else's doing.
    if (this.#active) this.#version = this.#source.version();
    if (wake) { for (const listeners of this.#workers.values()) for (const one of listeners) one({ kind: "wake" }); }
    for (const { worker, id } of revoked) {
      for (const one of this.#workers.get(worker) ?? []) one({ kind: "revoked", id });
    }
    for (const signal of ended) {
      if (signal.kind !== "ended") continue;
      for (const one of [...this.#tasks.get(signal.id) ?? []]) one(signal);
    }
  }

  get #active(): boolean {
    return this.#workers.size > 0 || this.#tasks.size > 0;
  }

  /** Signals on these topics until the signal is aborted. */
  async *watch(topics: readonly Topic[], signal: AbortSignal): AsyncGenerator<Signal> {
    const waiting: Signal[] = [];
    let wake: () => void = () => {};
    const listener: Listener = (one) => {
      // A second wake says nothing new.
      if (one.kind !== "wake" || waiting.at(-1)?.kind !== "wake") waiting.push(one);
      wake();
    };
    const abort = () => wake();
    signal.addEventListener("abort", abort, { once: true });
    const ids = topics.flatMap((topic) => "task" in topic ? [topic.task] : []);
    const names = topics.flatMap((topic) => "worker" in topic ? [topic.worker] : []);
    for (const id of ids) add(this.#tasks, id, listener);
    for (const name of names) add(this.#workers, name, listener);
    this.#listen();
    try {
      if (signal.aborted) return;
      if (names.length > 0) yield { kind: "wake" };
      for (const one of ids.length > 0 ? this.#source.ended(ids) : []) yield one;
      while (!signal.aborted) {
        while (waiting.length > 0 && !signal.aborted) yield waiting.shift()!;
        if (!signal.aborted) await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", abort);
      for (const id of ids) remove(this.#tasks, id, listener);
      for (const name of names) remove(this.#workers, name, listener);
      if (!this.#active) this.#unlisten();
    }
  }

  #listen(): void {
    const { log } = this.#source;
    if (log === undefined || this.#watcher || this.#timer) return;
    this.#version = this.#source.version();
    try {
      this.#watcher = watch(log, () => this.#lookSoon());
      this.#watcher.on("error", () => this.#poll());
    } catch {
      this.#poll();
    }
  }

  #poll(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#timer ??= setInterval(() => this.#look(), pollInterval);
  }

  /** A transaction changes the log several times: one look is enough for all that come before it. */
  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      this.#look();
    });
  }

  #look(): void {
    if (!this.#active) return;
    const version = this.#source.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#tell(true, this.#tasks.size > 0 ? this.#source.ended([...this.#tasks.keys()]) : [], []);
  }

  #unlisten(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Forgets everything. */
  close(): void {
    this.#unlisten();
    if (this.#file === undefined) return;
    const hubs = Hub.#hubs.get(this.#file);
    hubs?.delete(this);
    if (hubs?.size === 0) Hub.#hubs.delete(this.#file);
  }
}

function add(map: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const listeners = map.get(key);
  if (listeners) listeners.add(listener);
  else map.set(key, new Set([listener]));
}

function remove(map: Map<string, Set<Listener>>, key: string, listener: Listener): void {
  const listeners = map.get(key);
  listeners?.delete(listener);
  if (listeners?.size === 0) map.delete(key);
}
