/**
 * Signals of a database: within a process at once, between processes when the write-ahead log changes.
 *
 * @module
 */
import { type FSWatcher, watch } from "node:fs";
import type { Signal, Topic } from "../../ports/signals.ts";
import { eventWatcher } from "../../ports/journal.ts";
import type { AnswerPart, RemoteCommand } from "../../ports/mail.ts";

/** What a watcher is told of. */
type Listener = (signal: Signal) => void;

/** A run whose task was revoked. */
export interface RevokedRun {
  /** Who runs it. */
  readonly worker: string;
  /** The task. */
  readonly id: string;
  /** Whether it is to be over at once. */
  readonly terminate: boolean;
}

/** A command in a worker's mail, and its place among all. */
export interface PostedCommand {
  readonly seq: number;
  readonly worker: string;
  readonly command: RemoteCommand;
}

/** A part of an answer, and its place among all. */
export interface PostedAnswer {
  readonly seq: number;
  readonly answer: AnswerPart;
}

/** What the hub asks the database. */
export interface HubSource {
  /** The write-ahead log, if there is one. */
  readonly log: string | undefined;
  /** A number that changes when another connection wrote. */
  version(): number;
  /** Which of these tasks have ended. */
  ended(ids: readonly string[]): Signal[];
  /** What is known of those of these tasks that have not. */
  changed(ids: readonly string[]): Signal[];
  /** The commands that came to workers' mail after this one. */
  mail(after: number): PostedCommand[];
  /** The parts of answers to a command that came after this one. */
  answers(command: string, after: number): PostedAnswer[];
}

/**
 * How long after a change of the log to look again (ms). The log is written before the index that makes it count, so a
 * first look may come too early; with `synchronous: "full"` the disk lies in between.
 */
const laterLooks = [1, 5, 25, 100];

/** The least time between two looks (ms). */
const leastRest = 0.2;

/** A look at many tasks takes a while: at most about this part of the time goes into looking. */
const lookingShare = 0.2;

/** The watchers of one broker; hubs of the same app and file in a process know each other. */
export class Hub {
  static readonly #hubs = new Map<string, Set<Hub>>();
  readonly #source: HubSource;
  readonly #place: string | undefined;
  readonly #pollInterval: number;
  readonly #workers = new Map<string, Set<Listener>>();
  readonly #tasks = new Map<string, Set<Listener>>();
  /** Those who hear of a task's changes before its end. */
  readonly #updates = new Map<string, Set<Listener>>();
  /** Those who wait for the answers to a command. */
  readonly #commands = new Map<string, Set<Listener>>();
  /** Ends the streams of a broker that is closed. */
  readonly #wakers = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  /** How many looks followed the last change. */
  #looks = 0;
  #restUntil = 0;
  #version = 0;
  /** The last command, and the last part of an answer, that was found by looking. */
  #lastMail = 0;
  #lastAnswer = 0;
  #closed = false;

  /**
   * @param place The app and the database's file; absent in memory.
   * @param pollInterval How often to look whatever the file system tells: on some it tells nothing (ms).
   */
  constructor(source: HubSource, place: string | undefined, pollInterval = 1000) {
    this.#source = source;
    this.#place = place;
    this.#pollInterval = pollInterval;
    if (place === undefined) return;
    const hubs = Hub.#hubs.get(place) ?? new Set();
    Hub.#hubs.set(place, hubs.add(this));
  }

  /**
   * Tells everybody in this process: workers that there may be something to do, who watches these tasks, and who watches
   * events that some were `told`.
   */
  tell(wake: boolean, tasks: readonly Signal[], revoked: readonly RevokedRun[] = [], told = false): void {
    for (const hub of (this.#place === undefined ? undefined : Hub.#hubs.get(this.#place)) ?? [this]) {
      hub.#tell(wake, tasks, revoked, told);
    }
  }

  #tell(wake: boolean, tasks: readonly Signal[], revoked: readonly RevokedRun[], told: boolean): void {
    if (wake) { for (const listeners of this.#workers.values()) for (const one of listeners) one({ kind: "wake" }); }
    else if (told) { for (const one of this.#workers.get(eventWatcher) ?? []) one({ kind: "wake" }); }
    for (const { worker, id, terminate } of revoked) {
      for (const one of this.#workers.get(worker) ?? []) one({ kind: "revoked", id, terminate });
    }
    for (const signal of tasks) {
      if (signal.kind === "ended") { for (const one of this.#tasks.get(signal.id) ?? []) one(signal); }
      if (signal.kind === "changed") { for (const one of this.#updates.get(signal.id) ?? []) one(signal); }
    }
  }

  /** Tells workers in this process of commands, and whoever waits for them of answers. */
  pass(commands: readonly Omit<PostedCommand, "seq">[], answers: readonly AnswerPart[]): void {
    for (const hub of (this.#place === undefined ? undefined : Hub.#hubs.get(this.#place)) ?? [this]) {
      hub.#pass(commands, answers);
    }
  }

  #pass(commands: readonly Omit<PostedCommand, "seq">[], answers: readonly AnswerPart[]): void {
    for (const { worker, command } of commands) {
      for (const one of this.#workers.get(worker) ?? []) one({ kind: "mail", command });
    }
    for (const answer of answers) {
      for (const one of this.#commands.get(answer.command) ?? []) one({ kind: "answer", answer });
    }
  }

  get #active(): boolean {
    return this.#workers.size > 0 || this.#tasks.size > 0 || this.#commands.size > 0;
  }

  /** Signals on these topics until the signal is aborted. */
  async *watch(topics: readonly Topic[], signal: AbortSignal): AsyncGenerator<Signal> {
    if (this.#closed) return;
    const waiting: Signal[] = [];
    let wake: () => void = () => {};
    const listener: Listener = (one) => {
      // A second wake says nothing new, and a task ends once.
      if (one.kind === "wake" && waiting.at(-1)?.kind === "wake") return;
      if (one.kind === "ended") {
        remove(this.#tasks, one.id, listener);
        remove(this.#updates, one.id, listener);
      }
      // A reader that is late hears of the last change alone.
      const before = waiting.at(-1);
      if (one.kind === "changed" && before?.kind === "changed" && before.id === one.id) waiting.pop();
      waiting.push(one);
      wake();
    };
    const waker = () => wake();
    signal.addEventListener("abort", waker, { once: true });
    this.#wakers.add(waker);
    const ids = topics.flatMap((topic) => "task" in topic ? [topic.task] : []);
    const names = topics.flatMap((topic) => "worker" in topic ? [topic.worker] : []);
    const updated = topics.flatMap((topic) => "task" in topic && topic.updates ? [topic.task] : []);
    const commands = topics.flatMap((topic) => "command" in topic ? [topic.command] : []);
    for (const id of commands) add(this.#commands, id, listener);
    for (const id of ids) add(this.#tasks, id, listener);
    for (const id of updated) add(this.#updates, id, listener);
    for (const name of names) add(this.#workers, name, listener);
    const isOver = () => signal.aborted || this.#closed;
    try {
      this.#listen();
      if (isOver()) return;
      if (names.length > 0 || commands.length > 0) listener({ kind: "wake" });
      for (const one of ids.length > 0 ? this.#source.ended(ids) : []) listener(one);
      for (const one of updated.length > 0 ? this.#source.changed(updated) : []) listener(one);
      while (!isOver()) {
        while (waiting.length > 0 && !isOver()) yield waiting.shift()!;
        if (!isOver()) await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      signal.removeEventListener("abort", waker);
      this.#wakers.delete(waker);
      for (const id of commands) remove(this.#commands, id, listener);
      for (const id of ids) remove(this.#tasks, id, listener);
      for (const id of updated) remove(this.#updates, id, listener);
      for (const name of names) remove(this.#workers, name, listener);
      if (!this.#active) this.#unlisten();
    }
  }

  #listen(): void {
    const { log } = this.#source;
    if (log === undefined || this.#poll) return;
    this.#version = this.#source.version();
    this.#poll = setInterval(() => this.#look(), this.#pollInterval);
    try {
      this.#watcher = watch(log, () => this.#lookSoon());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // Without the file system's help, the poll is all there is.
    }
  }

  /** The log changed: looks now and a few times later, but never without the pause that follows a look. */
  #lookSoon(): void {
    // A watcher that is closed may still tell of what it had noticed.
    if (!this.#poll) return;
    this.#looks = 0;
    clearTimeout(this.#later);
    const wait = this.#restUntil - performance.now();
    if (wait <= 0) this.#lookAndWait();
    else this.#later = setTimeout(() => this.#lookAndWait(), wait);
  }

  #lookAndWait(): void {
    this.#later = undefined;
    const began = performance.now();
    this.#look();
    const now = performance.now();
    this.#restUntil = now + Math.max(leastRest, (now - began) / lookingShare);
    const pause = laterLooks[this.#looks++];
    if (pause === undefined || !this.#poll) return;
    this.#later = setTimeout(() => this.#lookAndWait(), Math.max(pause, this.#restUntil - now));
  }

  /**
   * Tells of what other connections did. This one's own commits do not change its version; those of others in this
   * process do, and are told twice: once too often rather than never.
   */
  #look(): void {
    if (!this.#active) return;
    const version = this.#source.version();
    if (version === this.#version) return;
    this.#version = version;
    const changed = this.#updates.size > 0 ? this.#source.changed([...this.#updates.keys()]) : [];
    const ended = this.#tasks.size > 0 ? this.#source.ended([...this.#tasks.keys()]) : [];
    this.#tell(true, [...changed, ...ended], [], true);
    this.#lookIntoMail();
  }

  #lookIntoMail(): void {
    const commands = this.#workers.size > 0 ? this.#source.mail(this.#lastMail) : [];
    this.#lastMail = commands.at(-1)?.seq ?? this.#lastMail;
    const answers = [...this.#commands.keys()].flatMap((id) => this.#source.answers(id, this.#lastAnswer));
    this.#lastAnswer = Math.max(this.#lastAnswer, ...answers.map(({ seq }) => seq));
    this.#pass(commands, answers.map(({ answer }) => answer));
  }

  #unlisten(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#poll);
    this.#poll = undefined;
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    this.#unlisten();
    for (const wake of this.#wakers) wake();
    if (this.#place === undefined) return;
    const hubs = Hub.#hubs.get(this.#place);
    hubs?.delete(this);
    if (hubs?.size === 0) Hub.#hubs.delete(this.#place);
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
