/**
 * Following a task: its records one after the other, from what is known now to its end. By signals, and by asking with
 * growing pauses where they do not come.
 *
 * @module
 */
import { isFinal, type TaskRecord } from "../ports/task_record.ts";
import { noReason } from "../streams/no_reason.ts";
import { unknownId, type Waits } from "./waits.ts";

/** The first pause before asking, how it grows, and the longest (ms). */
const pauses = { first: 1000, growth: 1.5, longest: 15_000 };

/**
 * The records of a task: the present one first, at last the one that says how it ended.
 *
 * @param stop Ends it, quietly.
 * @throws {UnknownTaskId} When nothing is known of the task, or nothing any more.
 */
export async function* follow(id: string, waits: Waits, stop: AbortSignal): AsyncGenerator<TaskRecord> {
  const ear = new Ear(id, waits, stop);
  try {
    let record = await ear.ask();
    void ear.listen();
    for (let pause = pauses.first; !stop.aborted;) {
      if (record) {
        yield record;
        if (isFinal(record.state)) return;
      }
      record = await ear.next(pause);
      // Whoever hears something asks as often as at first again.
      pause = record ? pauses.first : Math.min(pause * pauses.growth, pauses.longest);
      if (!stop.aborted) record ??= await ear.ask();
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    await ear.close();
  }
}

/** Hears of one task. */
class Ear {
  readonly #id: string;
  readonly #waits: Waits;
  readonly #stop: AbortSignal;
  readonly #closing = new AbortController();
  /** What was heard and not yet read. */
  readonly #heard: TaskRecord[] = [];
  /** Something was heard that has to be asked for. */
  #isDue = false;
  #failure: unknown;
  #nap: AbortController | undefined;
  #listening: Promise<void> | undefined;

  constructor(id: string, waits: Waits, stop: AbortSignal) {
    this.#id = id;
    this.#waits = waits;
    this.#stop = stop;
  }

  /** Listens, until it is closed. */
  listen(): void {
    this.#listening = this.#listen();
  }

  async #listen(): Promise<void> {
    const { broker, hasBackend } = this.#waits;
    const signal = AbortSignal.any([this.#stop, this.#closing.signal]);
    try {
      for await (const heard of broker.watch([{ task: this.#id, updates: true }], { signal })) {
        if (heard.kind !== "changed" && heard.kind !== "ended") continue;
        // The broker does not know what the backend holds.
        if (heard.record && !(hasBackend && heard.kind === "ended")) this.#heard.push(heard.record);
        else this.#isDue = true;
        this.#nap?.abort(noReason);
      }
    } catch (error) {
      // Signals only save asking, which goes on; but what nobody could carry out is said at once.
      if (error instanceof TypeError || error instanceof RangeError) this.#failure = error;
    }
    if (this.#failure) this.#nap?.abort(noReason);
  }

  /** The next record that is heard within so many ms; `undefined` when it is time to ask. */
  async next(patience: number): Promise<TaskRecord | undefined> {
    if (this.#heard.length === 0 && !this.#isDue && !this.#stop.aborted) {
      this.#nap = new AbortController();
      await this.#waits.clock.sleep(patience, AbortSignal.any([this.#nap.signal, this.#stop]));
    }
    if (this.#failure) throw this.#failure;
    return this.#heard.shift();
  }

  /** What is known now; `undefined` when something newer was heard meanwhile. */
  async ask(): Promise<TaskRecord | undefined> {
    this.#isDue = false;
    const [record] = await this.#waits.fetch([this.#id], this.#stop);
    if (this.#heard.length > 0) return undefined;
    if (record) return record;
    throw unknownId(this.#id);
  }

  /** Listens no longer. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#listening;
  }
}
