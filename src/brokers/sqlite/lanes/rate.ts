/**
 * Starts at an even rate (GCRA): each start has its place on a time line, one interval apart, and `free` is the first
 * place that nobody has.
 *
 * @module
 */
import type { Limit } from "../../../ports/limits.ts";

/** So many starts in so many ms, and how many at once. */
export type Rate = NonNullable<Limit["rate"]>;

/**
 * How far behind a place may be used when somebody waited for it and no worker came sooner (ms): so the rate is kept
 * exactly although workers come a little late.
 */
export const lateness = 100;

/** Places are fractions of a ms, and their sums are not exact. */
const hair = 0.001;

/** The first place that may be used now; only who waited for it gets one that is over. */
function firstPlace(free: number, now: number, waited: boolean): number {
  return Math.max(free, waited ? now - lateness : now);
}

/** When the next start may be: not in the future when it may be now. In whole ms. */
export function nextStart(rate: Rate, free: number, now: number, waited: boolean): number {
  const ahead = (rate.burst - 1) * rate.period / rate.limit;
  return Math.ceil(firstPlace(free, now, waited) - ahead - hair);
}

/** How many may start now. */
export function startsNow(rate: Rate, free: number, now: number, waited: boolean): number {
  const interval = rate.period / rate.limit;
  const ahead = now - firstPlace(free, now, waited) + hair;
  return Math.max(Math.floor(ahead / interval) + rate.burst, 0);
}

/** The first free place once so many have started. */
export function afterStarts(rate: Rate, free: number, now: number, waited: boolean, count: number): number {
  return firstPlace(free, now, waited) + count * rate.period / rate.limit;
}
