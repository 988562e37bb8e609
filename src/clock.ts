/**
 * Time comes in through this door: nothing in Umbel calls `Date.now()` or `setTimeout` in the middle of a decision, so
 * a test can pass a clock of its own.
 *
 * @module
 */

/** Tells the time and waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted: never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Milliseconds that go on evenly while people, or the network, set the clock: for how long something takes, and when
   * something is due again. Left out, `now` does that too.
   */
  steady?(): number;
}

/** Milliseconds by a clock that nobody sets. */
export function steady(clock: Clock): number {
  return clock.steady?.() ?? clock.now();
}

/** The longest wait a timer of the platform can take: 2^31 - 1 ms, 24.8 days. Longer ones are made of several. */
const longest = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.timeOrigin + performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const wait = (left: number) => {
        timer = left > longest ? setTimeout(() => wait(left - longest), longest) : setTimeout(done, Math.max(left, 0));
      };
      wait(ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
};
