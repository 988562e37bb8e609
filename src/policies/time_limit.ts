/**
 * Time limits of runs: one timer for all of them, and none while no run has a limit.
 *
 * @module
 */
import { type Clock, steady } from "../clock.ts";

/** A run that can be told that its time is over. */
export interface Limited {
  /** It has run for so long (ms). It may still finish until the hard limit. */
  softLimit(limit: number): void;
  /** It has run for so long (ms), and counts as failed. */
  hardLimit(limit: number): void;
}

interface Ends {
  readonly startedAt: number;
  soft: number;
  readonly hard: number;
}

/** Watches over the runs that have a limit. */
export class TimeLimits {
  readonly #clock: Clock;
  readonly #ends = new Map<Limited, Ends>();
  #sleep: { readonly until: number; readonly wake: AbortController } | undefined;

  /** By this clock. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Limits a run from now on (ms). */
  add(run: Limited, soft: number | undefined, hard: number | undefined): void {
    if (soft === undefined && hard === undefined) return;
    const now = steady(this.#clock);
    const ends = {
      startedAt: now,
      soft: soft === undefined ? Infinity : now + soft,
      hard: hard === undefined ? Infinity : now + hard,
    };
    this.#ends.set(run, ends);
    if (!this.#sleep) void this.#watch();
    else if (Math.min(ends.soft, ends.hard) < this.#sleep.until) this.#sleep.wake.abort();
  }

  /** The run has ended. */
  remove(run: Limited): void {
    if (this.#ends.delete(run) && this.#ends.size === 0) this.#sleep?.wake.abort();
  }

  async #watch(): Promise<void> {
    while (this.#ends.size > 0) {
      let until = Infinity;
      for (const { soft, hard } of this.#ends.values()) until = Math.min(until, soft, hard);
      const wake = new AbortController();
      this.#sleep = { until, wake };
      await this.#clock.sleep(until - steady(this.#clock), wake.signal);
      this.#tell(steady(this.#clock));
    }
    this.#sleep = undefined;
  }

  #tell(now: number): void {
    for (const [run, ends] of this.#ends) {
      if (ends.hard <= now) {
        this.#ends.delete(run);
        run.hardLimit(ends.hard - ends.startedAt);
      } else if (ends.soft <= now) {
        const limit = ends.soft - ends.startedAt;
        ends.soft = Infinity;
        if (ends.hard === Infinity) this.#ends.delete(run);
        run.softLimit(limit);
      }
    }
  }
}
