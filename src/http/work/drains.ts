/**
 * Drains by request: the worker of a place where nothing runs but requests. Each works for a while and says meanwhile, now
 * and then, how far it is, so that nobody takes its request for dead.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { steady } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import type { WorkerSummary } from "../../worker/telling/summary.ts";
import { Worker } from "../../worker/worker.ts";
import { refusalOf } from "../answers/problem.ts";
import type { WorkSettings } from "./options.ts";
import { Places } from "./places.ts";

/** So often it says how far it is (ms): proxies close what is silent for long. */
const sayEvery = 5000;

/**
 * What a line says: whether it waits for its turn or works; and the last one why it ended: nothing was left (`empty`), its
 * time was over (`time`: there may be more), it was stopped, two others were there before it (`busy`: the second of them
 * begins only now, so that it finds all there is), or it failed.
 */
export type DrainState = "waiting" | "working" | "empty" | "time" | "stopped" | "busy" | "failed";

/** A line of the answer. */
export interface DrainLine extends Partial<WorkerSummary> {
  /** What it is about. */
  readonly state: DrainState;
  /** Why it failed. */
  readonly code?: string;
  /** The same in words. */
  readonly detail?: string;
}

/** One drain. */
export interface DrainOptions {
  /** The queues to take from; the worker's own when absent. */
  readonly queues: readonly string[] | undefined;
  /** For how long (ms). */
  readonly time: number;
  /** Stops it, as a client does that goes: what runs may finish within the grace, the rest goes back. */
  readonly stop: AbortSignal;
}

/** Drains of one process. */
export class Drains {
  readonly #app: Umbel;
  readonly #options: WorkSettings;
  readonly #log: Logger;
  readonly #places: Places;

  /** Of this app. */
  constructor(app: Umbel, options: WorkSettings, log: Logger) {
    this.#app = app;
    this.#options = options;
    this.#log = log;
    this.#places = new Places(options.drains);
  }

  /** Drains, and tells of it: first of all at once, then now and then, at last what came of it. */
  start(drain: DrainOptions): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const left = new AbortController();
    const over = AbortSignal.any([drain.stop, left.signal]);
    return new ReadableStream({
      start: (controller) => {
        const say = (line: DrainLine) => {
          if (!left.signal.aborted) controller.enqueue(encoder.encode(JSON.stringify(line) + "\n"));
        };
        void this.#run({ ...drain, stop: over }, say).then(() => {
          if (!left.signal.aborted) controller.close();
        });
      },
      cancel: () => left.abort(),
    });
  }

  async #run({ queues, time, stop }: DrainOptions, say: (line: DrainLine) => void): Promise<void> {
    let worker: Worker | undefined;
    const now = (): DrainLine => worker ? { state: "working", ...worker.summary } : { state: "waiting" };
    const talk = setInterval(() => say(now()), sayEvery);
    try {
      say(now());
      const place = await this.#places.take(stop);
      if (!place) return say({ state: stop.aborted ? "stopped" : "busy" });
      try {
        const { concurrency } = this.#options;
        worker = new Worker(this.#app, {
          log: this.#log,
          ...(queues ? { queues } : {}),
          ...(concurrency === undefined ? {} : { concurrency }),
        });
        say(await this.#drain(worker, time, stop));
      } finally {
        place.leave();
      }
    } catch (thrown) {
      const { code, message: detail } = refusalOf(thrown, this.#log);
      say({ state: "failed", code, detail, ...worker?.summary });
    } finally {
      clearInterval(talk);
    }
  }

  async #drain(worker: Worker, time: number, signal: AbortSignal): Promise<DrainLine> {
    const { clock } = this.#app;
    const began = steady(clock);
    const stop = () => void worker.stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) return { state: "stopped" };
      const summary = await worker.drain({ seconds: { milliseconds: time } });
      const state = signal.aborted ? "stopped" : steady(clock) - began >= time ? "time" : "empty";
      return { state, ...summary };
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
