/**
 * What the history came to in a span of time: sums for each bar of a chart.
 *
 * @module
 */
import { type Histogram, historyBuckets, type HistoryPoint, type HistoryStep } from "../../../ports/history.ts";

/** How far back one looks. */
export type Period = "hour" | "day" | "month";

/** All periods. */
export const periods: readonly Period[] = ["hour", "day", "month"];

/** How many bars a period has, how long each is (ms), and of which points it is made. */
export const spans: {
  readonly [period in Period]: { readonly bars: number; readonly length: number; readonly step: HistoryStep };
} = {
  hour: { bars: 60, length: 60_000, step: "minute" },
  day: { bars: 24, length: 3_600_000, step: "hour" },
  month: { bars: 30, length: 86_400_000, step: "hour" },
};

/** What tasks came to. */
export interface Sum {
  /** When it begins (ms since 1970). */
  readonly at: number;
  /** How many succeeded. */
  readonly done: number;
  /** How many failed for good. */
  readonly failed: number;
  /** How many runs were to be tried again. */
  readonly retried: number;
  /** From when they might have run until they did. */
  readonly wait: Histogram;
  /** How long they ran. */
  readonly run: Histogram;
}

/** When the first bar of a period begins, with the present one as the last. Those of a month are days of UTC. */
export function startOf(period: Period, now: number): number {
  const { bars, length } = spans[period];
  return Math.floor(now / length) * length - (bars - 1) * length;
}

/** A sum for each bar. */
export function barsOf(points: readonly HistoryPoint[], period: Period, now: number): readonly Sum[] {
  const { bars, length } = spans[period];
  const start = startOf(period, now);
  const groups: HistoryPoint[][] = Array.from({ length: bars }, () => []);
  for (const point of points) groups[Math.floor((point.at - start) / length)]?.push(point);
  return groups.map((group, index) => sumOf(group, start + index * length));
}

/** All of them together. */
export function sumOf(parts: readonly Omit<Sum, "at">[], at: number): Sum {
  const add = (name: "done" | "failed" | "retried") => parts.reduce((sum, part) => sum + part[name], 0);
  return {
    ...{ at, done: add("done"), failed: add("failed"), retried: add("retried") },
    wait: mergeOf(parts.map(({ wait }) => wait)),
    run: mergeOf(parts.map(({ run }) => run)),
  };
}

function mergeOf(histograms: readonly Histogram[]): Histogram {
  return {
    count: histograms.reduce((sum, { count }) => sum + count, 0),
    sum: histograms.reduce((all, { sum }) => all + sum, 0),
    buckets: Array.from(
      { length: historyBuckets.length + 1 },
      (_, index) => histograms.reduce((sum, { buckets }) => sum + (buckets[index] ?? 0), 0),
    ),
  };
}

/** Beyond the last bucket nobody knows how long it took: an hour stands for that (ms). */
export const beyond = 3_600_000;

/**
 * About how long it took at most for a share of them (ms): as if those of each bucket were spread evenly over it.
 * `undefined` when there are none.
 */
export function estimate({ count, buckets }: Histogram, share: number): number | undefined {
  if (count === 0) return undefined;
  let passed = 0;
  for (const [index, number] of buckets.entries()) {
    if (number > 0 && passed + number >= share * count) {
      const [low = 0, high] = [historyBuckets[index - 1], historyBuckets[index]];
      return high === undefined ? beyond : low + (high - low) * (share * count - passed) / number;
    }
    passed += number;
  }
  return beyond;
}
