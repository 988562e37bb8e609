import type { Clock } from "../clock.ts";
import { type Duration, milliseconds } from "../options/duration.ts";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  /**
   * A clock that stands.
   *
   * @param now Where, at first: ms since 1970.
   */
  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  /** Where it stands: ms since 1970. */
  now(): number {
    return this.#now;
  }

  /** Resolves when the clock was moved so far, or the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** In how many ms the next sleeper wakes; `Infinity` when nobody sleeps. */
  get next(): number {
    return Math.min(...[...this.#sleepers].map(({ until }) => until)) - this.#now;
  }

  /** Moves it on: sleepers wake in the order of their times, and each may act before the next one wakes. */
  async advance(by: Duration): Promise<void> {
    await settled();
    const end = this.#now + milliseconds(by, "by");
    while (this.#now + this.next <= end) {
      this.#now += this.next;
      for (const { until, wake } of [...this.#sleepers]) if (until <= this.#now) wake();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** Moves it in one jump, as when a machine slept: everybody whose time has come wakes together. */
  async jump(by: Duration): Promise<void> {
    await settled();
    this.#now += milliseconds(by, "by");
    for (const { until, wake } of [...this.#sleepers]) if (until <= this.#now) wake();
    await settled();
  }
}

/** Lets everybody act who can without time passing. */
async function settled(): Promise<void> {
  for (let round = 0; round < 100; round++) await Promise.resolve();
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
