/**
 * Waiting for tasks to end: by signals, and by asking with growing pauses where they do not come. All that wait in one
 * app are asked for together.
 *
 * @module
 */
import type { Backend } from "../ports/backend.ts";
import type { Broker } from "../ports/broker.ts";
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import type { ChangeAnswer, ChangeOptions } from "../options/change_options.ts";
import { type Clock, steady } from "../clock.ts";
import { UnknownTaskId } from "../errors.ts";
import { noReason } from "../streams/no_reason.ts";
import type { Wire } from "../wire/wire.ts";

/** The first pause before asking, how it grows, and the longest (ms). */
const pauses = { first: 1000, growth: 1.5, longest: 15_000 };

interface Wait {
  readonly id: string;
  readonly until: number;
  /** Aborted when it is over. */
  readonly stop: AbortSignal;
  readonly end: (record: TaskRecord | undefined) => void;
  readonly fail: (error: unknown) => void;
  pause: number;
  askAt: number;
}

/** All that wait in one app. */
export class Waits {
  /** Opens what comes. */
  readonly wire: Wire;
  readonly #broker: () => Broker;
  readonly #backend: Backend | undefined;
  readonly #clock: Clock;
  readonly #waits = new Set<Wait>();
  #sleep: { readonly until: number; readonly wake: AbortController } | undefined;
  #asking = false;

  /** Changes a task that waits. */
  readonly change: (id: string, options: ChangeOptions) => Promise<ChangeAnswer[]>;

  /** The broker is opened when somebody waits. */
  constructor(
    broker: () => Broker,
    backend: Backend | undefined,
    clock: Clock,
    wire: Wire,
    change: (id: string, options: ChangeOptions) => Promise<ChangeAnswer[]>,
  ) {
    this.wire = wire;
    this.change = change;
    this.#broker = broker;
    this.#backend = backend;
    this.#clock = clock;
  }

  /** Tells the time. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Whether results are kept apart from the broker. */
  get hasBackend(): boolean {
    return this.#backend !== undefined;
  }

  /** Where tasks are. */
  get broker(): Broker {
    return this.#broker();
  }

  /** What is known of tasks, in the same order; what the backend says of one that ended counts more. */
  async fetch(ids: readonly string[], signal?: AbortSignal): Promise<(TaskRecord | undefined)[]> {
    const options = signal ? { signal } : {};
    if (!this.#backend) return await this.broker.fetch(ids, options);
    const [stored, known] = await Promise.all([this.#backend.fetch(ids), this.broker.fetch(ids, options)]);
    return ids.map((_, index) => laterOf(stored[index], known[index]));
  }

  /**
   * Waits until a task has ended.
   *
   * @param limit How long (ms).
   * @returns Its record, or `undefined` when it did not end within the limit.
   */
  wait(id: string, limit: number | undefined, signal: AbortSignal | undefined): Promise<TaskRecord | undefined> {
    return new Promise((resolve, reject) => {
      const now = steady(this.#clock);
      const stop = new AbortController();
      const over = () => {
        signal?.removeEventListener("abort", abort);
        this.#waits.delete(wait);
        stop.abort(noReason);
        if (this.#waits.size === 0) this.#sleep?.wake.abort(noReason);
      };
      const wait: Wait = {
        id,
        until: limit === undefined ? Infinity : now + limit,
        stop: stop.signal,
        end: (record) => (over(), resolve(record)),
        fail: (error) => (over(), reject(error)),
        pause: pauses.first,
        askAt: now + pauses.first,
      };
      const abort = () => wait.fail(signal!.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waits.add(wait);
      void this.#listen(wait);
      this.#plan(Math.min(wait.askAt, wait.until));
    });
  }

  async #listen({ id, stop, end, fail }: Wait): Promise<void> {
    try {
      for await (const signal of this.broker.watch([{ task: id }], { signal: stop })) {
        if (signal.kind !== "ended" || signal.id !== id) continue;
        const record = signal.record && !this.#backend ? signal.record : (await this.fetch([id]))[0];
        if (record && isFinal(record.state)) return end(record);
      }
    } catch (error) {
      // Signals only save asking, which goes on; but what nobody could carry out is said at once.
      if (error instanceof TypeError || error instanceof RangeError) fail(error);
    }
  }

  /** Sees to it that somebody looks at that time. */
  #plan(time: number): void {
    if (this.#sleep) {
      if (time < this.#sleep.until) this.#sleep.wake.abort(noReason);
      return;
    }
    if (!this.#asking) void this.#ask();
  }

  /** Asks for what is due, until nobody waits. */
  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#waits.size > 0) {
      let until = Infinity;
      for (const wait of this.#waits) until = Math.min(until, wait.askAt, wait.until);
      const wake = new AbortController();
      this.#sleep = { until, wake };
      await this.#clock.sleep(until - steady(this.#clock), wake.signal);
      this.#sleep = undefined;
      const now = steady(this.#clock);
      const due: Wait[] = [];
      for (const wait of this.#waits) {
        if (wait.until <= now) wait.end(undefined);
        else if (wait.askAt <= now) due.push(wait);
      }
      if (due.length > 0) await this.#askFor(due);
    }
    this.#asking = false;
  }

  async #askFor(due: readonly Wait[]): Promise<void> {
    try {
      const records = await this.fetch(due.map(({ id }) => id));
      for (const [index, { id, end, fail }] of due.entries()) {
        const record = records[index];
        if (!record) fail(unknownId(id));
        else if (isFinal(record.state)) end(record);
      }
    } catch (error) {
      // A broker that is away for a while does not end the waiting of those who set a limit of their own.
      for (const { until, fail } of due) if (until === Infinity) fail(error);
    }
    const now = steady(this.#clock);
    for (const wait of due) {
      wait.pause = Math.min(wait.pause * pauses.growth, pauses.longest);
      wait.askAt = now + wait.pause;
    }
  }
}

/**
 * A task that ended in the backend and not yet in the broker may be run again: its settlement is on its way. One that was
 * sent again after its end has not ended.
 */
function laterOf(stored: TaskRecord | undefined, known: TaskRecord | undefined): TaskRecord | undefined {
  return stored && known && (stored.finishedAt ?? 0) < (known.resentAt ?? 0) ? known : stored ?? known;
}

/** The error for an id of which nothing is known. */
export function unknownId(id: string): UnknownTaskId {
  return new UnknownTaskId(`Nothing is known of task ${id}: it was never sent, or its record has expired`);
}
