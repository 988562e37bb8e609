/**
 * How fast a worker starts tasks, and so how many messages it may hold beyond those that it runs.
 *
 * @module
 */

/** The time over which the rate is smoothed (ms). */
const smoothing = 50;
/** What would be started within this time may wait in the worker (ms): it covers a slow round trip. */
export const horizon = 100;

/** Measures while the worker has something to do. */
export class StartRate {
  #perMs = 0;
  #started = 0;
  #since = 0;

  /** A task was started. */
  count(): void {
    this.#started++;
  }

  /** Nothing is to be done from now on: time that passes says nothing about speed. */
  pause(now: number): void {
    this.#started = 0;
    this.#since = now;
  }

  /** Nothing was started though something waits: whatever the rate was, it is over. */
  stall(now: number): void {
    this.#perMs = 0;
    this.pause(now);
  }

  /** Takes in what was started so far. */
  sample(now: number): void {
    const elapsed = now - this.#since;
    if (elapsed < 1) return;
    const weight = 1 - Math.exp(-elapsed / smoothing);
    this.#perMs += weight * (this.#started / elapsed - this.#perMs);
    this.#started = 0;
    this.#since = now;
  }

  /**
   * How many messages may wait in the worker. None when tasks are slow: whoever waits here cannot be taken by another
   * worker.
   *
   * @param concurrency How many tasks run at once.
   */
  buffer(concurrency: number): number {
    const soon = Math.floor(this.#perMs * horizon);
    return soon < concurrency ? 0 : soon;
  }
}
