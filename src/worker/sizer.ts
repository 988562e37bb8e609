/**
 * Holds how many tasks a worker runs at once: a number, or as many as it takes.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import type { AutoscaleBounds } from "../policies/autoscale.ts";
import { Autoscaler } from "./autoscale.ts";
import type { Holdings } from "./holdings.ts";

/** How many tasks run at once: a number, or as many as it takes. */
export type Size = number | AutoscaleBounds;

/** What a sizer is made of. */
export interface SizerOptions {
  /** How many at first. */
  readonly size: Size;
  /** The worker's id. */
  readonly id: string;
  /** Says when it is another number. */
  readonly log: Logger;
  /** What there is to do. */
  readonly holdings: Holdings;
  /** Hears of another number. */
  readonly changed: (concurrency: number) => void;
}

/** Holds it. */
export class Sizer {
  readonly #options: SizerOptions;
  #concurrency: number;
  #scaler: Autoscaler | undefined;

  /** So many at first. */
  constructor(options: SizerOptions) {
    this.#options = options;
    const { size } = options;
    this.#concurrency = typeof size === "number" ? size : size.min;
    this.#scaler = typeof size === "number" ? undefined : new Autoscaler(size);
  }

  /** How many tasks run at once. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Between how many, where that changes by itself. */
  get bounds(): AutoscaleBounds | undefined {
    return this.#scaler?.bounds;
  }

  /** One while there may be more runners: what waits for one shows that it is missing. */
  get spare(): number {
    return this.#scaler && this.#concurrency < this.#scaler.bounds.max ? 1 : 0;
  }

  /** So many from now on. */
  resize(size: Size): void {
    this.#scaler = typeof size === "number" ? undefined : new Autoscaler(size);
    this.#change(typeof size === "number" ? size : Math.max(size.min, Math.min(size.max, this.#concurrency)));
  }

  /** A task took so long (ms). */
  took(duration: number): void {
    this.#scaler?.took(duration);
  }

  /**
   * Looks at what there is to do.
   *
   * @param more Whether the broker has more than it gave.
   * @param now This machine's time (ms).
   */
  look(more: boolean, now: number): void {
    if (!this.#scaler) return;
    const { running, waiting, oldestWaiting } = this.#options.holdings;
    const waited = oldestWaiting ? now - oldestWaiting.takenAt : 0;
    this.#change(this.#scaler.look(now, { size: this.#concurrency, running, waiting, waited, more }));
  }

  #change(concurrency: number): void {
    const before = this.#concurrency;
    if (concurrency === before) return;
    const { log, id, changed } = this.#options;
    log.info(`${id} runs ${concurrency} tasks at once from now on: ${before} so far`);
    this.#concurrency = concurrency;
    changed(concurrency);
  }
}
