/**
 * Signals of tasks over HTTP: all that begin to wait at the same moment share one stream.
 *
 * @module
 */
import type { Signal } from "../../ports/signals.ts";
import { Mailbox } from "../../streams/mailbox.ts";
import type { Line } from "./line.ts";
import { openChannel, readSignal } from "./signals.ts";

/** How many tasks share a stream. */
const mostTasks = 5000;

/** A task to be watched: its end, and with `updates` whatever changes. */
interface TaskTopic {
  readonly task: string;
  readonly updates?: boolean;
}

/** Somebody who waits. */
interface Waiter {
  /** The tasks that have not ended, and whether it wants to hear of changes. */
  readonly left: Map<string, boolean>;
  /** What it hears. */
  readonly mailbox: Mailbox<Signal>;
}

/** The signals of tasks for one broker. */
export class TaskSignals {
  readonly #line: Line;
  #gathering: Group | undefined;

  /** Over this line. */
  constructor(line: Line) {
    this.#line = line;
  }

  /** The signals of tasks, each end once, until all have ended or the signal is aborted. */
  async *watch(topics: readonly TaskTopic[], signal: AbortSignal): AsyncGenerator<Signal> {
    if (signal.aborted) return;
    const waiter: Waiter = {
      left: new Map(topics.map(({ task, updates = false }) => [task, updates])),
      mailbox: new Mailbox(),
    };
    const group = this.#group();
    group.join(waiter);
    // At once, whether anybody asks for the next signal or not.
    const abort = () => {
      waiter.mailbox.end();
      void group.leave(waiter);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      yield* waiter.mailbox.read();
    } finally {
      signal.removeEventListener("abort", abort);
      await group.leave(waiter);
    }
  }

  /** Opened at the end of this round of the event loop, with all that come until then. */
  #group(): Group {
    if (this.#gathering && !this.#gathering.isFull) return this.#gathering;
    const group = this.#gathering = new Group(this.#line);
    queueMicrotask(() => {
      if (this.#gathering === group) this.#gathering = undefined;
      group.open();
    });
    return group;
  }
}

/** Those that share a stream. */
class Group {
  readonly #line: Line;
  readonly #waiters = new Set<Waiter>();
  readonly #stop = new AbortController();
  #reading: Promise<void> | undefined;
  #size = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Whether others are to take another stream. */
  get isFull(): boolean {
    return this.#size >= mostTasks;
  }

  join(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#size += waiter.left.size;
  }

  /** Who is the last one to leave closes the stream. */
  async leave(waiter: Waiter): Promise<void> {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return;
    this.#stop.abort();
    await this.#reading;
  }

  open(): void {
    if (this.#waiters.size > 0) this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const event of openChannel(() => this.#topics(), this.#line, this.#stop.signal)) {
      if (event.kind !== "message") continue;
      for (const signal of readSignal(event.text)) this.#tell(signal);
      if (this.#topics().length === 0) break;
    }
    for (const { mailbox } of this.#waiters) mailbox.end();
  }

  /** What is still waited for: all that a stream is asked for that is opened again. */
  #topics(): TaskTopic[] {
    const topics = new Map<string, boolean>();
    for (const { left } of this.#waiters) {
      for (const [task, updates] of left) topics.set(task, updates || (topics.get(task) ?? false));
    }
    return [...topics].map(([task, updates]) => ({ task, ...(updates ? { updates } : {}) }));
  }

  #tell(signal: Signal): void {
    if (signal.kind !== "ended" && signal.kind !== "changed") return;
    for (const { left, mailbox } of this.#waiters) {
      const updates = left.get(signal.id);
      if (updates === undefined || (signal.kind === "changed" && !updates)) continue;
      mailbox.put(signal);
      if (signal.kind === "ended") left.delete(signal.id);
      if (left.size === 0) mailbox.end();
    }
  }
}
