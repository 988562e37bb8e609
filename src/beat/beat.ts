/**
 * A beat: waits for what is due, and sends it.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { codeOf, InvalidInput } from "../errors.ts";
import { createLogger, type Logger } from "../log.ts";
import { checkKeys } from "../options/keys.ts";
import { beatTopic } from "../ports/schedules.ts";
import { Book } from "./book.ts";
import type { Entry } from "./kept.ts";

/** How a beat works. */
export interface BeatOptions {
  /**
   * How long it waits at most before it asks whether entries were changed, should it not have been told.
   *
   * @default {"60s"}
   */
  readonly maxInterval?: Duration;
  /**
   * Says what happens.
   *
   * @default {a text log of warnings and errors}
   */
  readonly log?: Logger;
}

/** The least time between two readings of all entries (ms): a broker may wake everybody for whatever happens. */
const leastReading = 1000;
/** How often it looks after an entry that waits for the end of a task, should it not hear of that (ms). */
const holdPause = 30_000;
/** How long it waits when the broker is away (ms): doubled up to the longest. */
const pauses = { first: 500, longest: 30_000 };

interface Life {
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

/**
 * Sends an app's periodic tasks when they are due. There may be any number of beats: each tick is sent once.
 *
 * @example
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { Beat } from "@umbel/umbel/beat";
 * import { sqlite } from "@umbel/umbel/sqlite";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const sweep = app.task("sweep", () => {});
 * app.beatSchedule = { "sweep-every-5-minutes": { task: sweep, schedule: "5m" } };
 *
 * await using beat = new Beat(app);
 * void beat.run();
 * ```
 */
export class Beat implements AsyncDisposable {
  readonly #app: Umbel;
  readonly #maxInterval: number;
  readonly #log: Logger;
  /** The tasks whose end some entry waits for. */
  readonly #awaited = new Map<string, Promise<void>>();
  #life: Life | undefined;
  #sent = 0;

  /**
   * Makes a beat; it does nothing yet.
   *
   * @throws {InvalidInput} When an option is unknown or breaks its rule.
   */
  constructor(app: Umbel, options: BeatOptions = {}) {
    checkKeys(options, ["maxInterval", "log"], "option of a beat");
    const { maxInterval = "60s", log = createLogger({ level: "warning", name: "beat" }) } = options;
    this.#app = app;
    this.#maxInterval = Math.max(milliseconds(maxInterval, "maxInterval"), leastReading);
    this.#log = log;
  }

  /** How many tasks it has sent. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Works until it is told to stop.
   *
   * @param options `signal`: stops it when aborted, as {@linkcode stop} does.
   * @throws {InvalidInput} When an entry that the code declares breaks a rule, or this beat runs already.
   * @throws {BrokerRefused} When the broker refuses what it asks first.
   */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return;
    if (this.#life) throw new InvalidInput("beat", "This beat runs already");
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const over = this.#work(stop).finally(() => this.#life = undefined);
    this.#life = { stop, over };
    try {
      await over;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Stops it. Resolves when that is done. */
  async stop(): Promise<void> {
    const life = this.#life;
    life?.stop.abort();
    // Whoever started it hears of its error.
    await life?.over.catch(() => {});
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #work(stop: AbortController): Promise<void> {
    const book = new Book(this.#app, this.#log, holdPause);
    const alarm = new Alarm();
    const listening = this.#listen(alarm, stop.signal);
    try {
      await this.#loop(book, alarm, stop.signal);
    } finally {
      stop.abort();
      await Promise.all([listening, ...this.#awaited.values()]);
    }
  }

  async #loop(book: Book, alarm: Alarm, signal: AbortSignal): Promise<void> {
    const { broker } = this.#app;
    let pause = 0;
    let hasBegun = false;
    let readAt = -Infinity;
    while (!signal.aborted) {
      try {
        const now = await broker.now();
        if (alarm.rang && now >= readAt + leastReading || now >= readAt + this.#maxInterval) {
          alarm.rang = false;
          readAt = now;
          await book.read();
        }
        if (!hasBegun) this.#log.info("beat begins", { app: this.#app.name });
        hasBegun = true;
        if (pause > 0) this.#log.info("The broker is back");
        pause = 0;
        if (signal.aborted) return;
        if (book.next <= now) await this.#send(book, now, alarm, signal);
        else await alarm.wait(this.#app.clock, this.#until(book, alarm, readAt) - now, signal);
      } catch (error) {
        // What is wrong from the start is not put right by waiting.
        if (!hasBegun && codeOf(error) !== "broker_unavailable") throw error;
        if (signal.aborted) return;
        pause = Math.min(Math.max(pause * 2, pauses.first), pauses.longest);
        const sentence = error instanceof Error ? error.message : String(error);
        this.#log.warning(`${sentence}; trying again in ${pause / 1000} s`);
        alarm.rang = true;
        await this.#app.clock.sleep(pause, signal);
      }
    }
  }

  /** When to look again, should nothing be told before. */
  #until(book: Book, alarm: Alarm, readAt: number): number {
    return Math.min(book.next, readAt + (alarm.rang ? leastReading : this.#maxInterval));
  }

  async #send(book: Book, now: number, alarm: Alarm, signal: AbortSignal): Promise<void> {
    for (const { entry, ids, isHeld } of await book.send(now)) {
      if (isHeld) {
        this.#awaitEnd(entry, signal, () => {
          book.release(entry.name);
          alarm.ring();
        });
      }
      if (ids.length === 0) continue;
      this.#sent += ids.length;
      const late = now - (entry.lastDue ?? now);
      const tasks = ids.map((id) => `${entry.task}[${id}]`).join(", ");
      this.#log.info(`${entry.name} sent ${tasks}`, { entry: entry.name, task: entry.task, ids, late });
    }
  }

  /** Hears of the end of the task that an entry waits for. */
  #awaitEnd({ lastId, overlap }: Entry, signal: AbortSignal, then: () => void): void {
    if (lastId === undefined || overlap !== "queue-one" || this.#awaited.has(lastId)) return;
    const { broker } = this.#app;
    const wait = async () => {
      try {
        for await (const { kind } of broker.watch([{ task: lastId }], { signal })) if (kind === "ended") break;
        then();
      } catch (error) {
        this.#log.debug(`The beat hears nothing of ${lastId}: ${error instanceof Error ? error.message : error}`);
      } finally {
        this.#awaited.delete(lastId);
      }
    };
    this.#awaited.set(lastId, wait());
  }

  /** Rings whenever entries may have been changed. */
  async #listen(alarm: Alarm, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of this.#app.broker.watch([{ worker: beatTopic }], { signal })) alarm.ring();
    } catch (error) {
      // Without being told it asks now and then.
      this.#log.debug(`The beat hears of no changes: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Ends a wait before its time. */
class Alarm {
  /** Whether it rang since somebody last looked. */
  rang = true;
  #wake: () => void = () => {};

  /** Ends the present wait. */
  ring(): void {
    if (this.rang) return;
    this.rang = true;
    this.#wake();
  }

  /** Waits so long, until it rings, or until the signal is aborted. */
  async wait(clock: Umbel["clock"], ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
    this.#wake = () => {};
  }
}
