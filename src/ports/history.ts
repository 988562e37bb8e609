/**
 * Counts of what tasks came to, by minute and by hour, with histograms of how long they waited and ran.
 *
 * @module
 */

/** How long one point of the history is. */
export type HistoryStep = "minute" | "hour";

/** All steps. */
export const historySteps: readonly HistoryStep[] = ["minute", "hour"];

/** How long points of a step are (ms), and how long they are kept (ms). */
export const steps: { readonly [step in HistoryStep]: { readonly length: number; readonly keep: number } } = {
  minute: { length: 60_000, keep: 86_400_000 },
  hour: { length: 3_600_000, keep: 31 * 86_400_000 },
};

/** The upper bounds of the histograms' buckets (ms), included; one more bucket holds what took longer. */
export const historyBuckets: readonly number[] = Object.freeze([
  ...[10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 1_800_000],
]);

/** How long things took. */
export interface Histogram {
  /** How many. */
  readonly count: number;
  /** How long all of them took together (ms). */
  readonly sum: number;
  /** How many there are in each bucket of `historyBuckets`, and at last how many took longer. */
  readonly buckets: readonly number[];
}

/** What the runs of one task from one queue came to in one minute or hour. */
export interface HistoryPoint {
  /** When it begins: ms since 1970. */
  readonly at: number;
  /** The task. */
  readonly task: string;
  /** The queue. */
  readonly queue: string;
  /** How many succeeded. */
  readonly done: number;
  /** How many failed for good. */
  readonly failed: number;
  /** How many runs were to be tried again. */
  readonly retried: number;
  /** How many expired before they were started. */
  readonly expired: number;
  /** How many were revoked while a worker held them. */
  readonly revoked: number;
  /** From when they might have run until they did. */
  readonly wait: Histogram;
  /** How long they ran. */
  readonly run: Histogram;
}

/** Which points to read. */
export interface HistoryQuery {
  /** Of this task alone. */
  readonly task?: string;
  /** From this queue alone. */
  readonly queue?: string;
  /** From the minute or hour that this time lies in: ms since 1970. */
  readonly from: number;
  /** To the one that this time lies in. */
  readonly to: number;
  /** How long each point is. */
  readonly step: HistoryStep;
}

/**
 * Numbers by short words, as brokers add them up: `d` done, `f` failed, `r` retried, `e` expired, `x` revoked; `w<n>` and
 * `g<n>` how many waited and ran as long as bucket n says, `W` and `G` how long all of them did.
 */
export type Tally = { readonly [word: string]: number };

/** The bucket of a time. */
function bucketOf(ms: number): number {
  const index = historyBuckets.findIndex((bound) => ms <= bound);
  return index === -1 ? historyBuckets.length : index;
}

/** What one run adds to the counts: what it came to (`d`, `f`, `r`, `e`, `x`), and how long it waited and ran (ms). */
export function tallyOf(word: string, wait: number | undefined, run: number | undefined): Tally {
  const [waited, ran] = [wait, run].map((ms) => ms === undefined ? undefined : Math.max(Math.round(ms), 0));
  return {
    [word]: 1,
    ...(waited === undefined ? {} : { [`w${bucketOf(waited)}`]: 1, W: waited }),
    ...(ran === undefined ? {} : { [`g${bucketOf(ran)}`]: 1, G: ran }),
  };
}

/** A tally as text: `<word>:<number> …`. */
export function encodeTally(tally: Tally): string {
  return Object.entries(tally).map(([word, number]) => `${word}:${number}`).join(" ");
}

/** The tally of a text. */
export function decodeTally(text: string): Tally {
  return Object.fromEntries(
    text.split(" ").filter((pair) => pair !== "").map((pair) => {
      const colon = pair.indexOf(":");
      return [pair.slice(0, colon), Number(pair.slice(colon + 1))];
    }),
  );
}

/** Two tallies together. */
export function addTallies(one: Tally, other: Tally): Tally {
  const sum: Record<string, number> = { ...one };
  for (const [word, number] of Object.entries(other)) sum[word] = (sum[word] ?? 0) + number;
  return sum;
}

/** The point that a tally makes. */
export function pointOf(at: number, task: string, queue: string, tally: Tally): HistoryPoint {
  const { d = 0, f = 0, r = 0, e = 0, x = 0 } = tally;
  return {
    ...{ at, task, queue, done: d, failed: f, retried: r, expired: e, revoked: x },
    wait: histogramOf(tally, "w", "W"),
    run: histogramOf(tally, "g", "G"),
  };
}

function histogramOf(tally: Tally, letter: string, sum: string): Histogram {
  const buckets = Array.from({ length: historyBuckets.length + 1 }, (_, index) => tally[`${letter}${index}`] ?? 0);
  return { count: buckets.reduce((all, count) => all + count, 0), sum: tally[sum] ?? 0, buckets };
}

/** In the order that the port promises. */
export function byTime(one: HistoryPoint, other: HistoryPoint): number {
  if (one.at !== other.at) return one.at - other.at;
  return `${one.queue} ${one.task}` < `${other.queue} ${other.task}` ? -1 : 1;
}

/**
 * How long it took at most for a share of them, as far as the buckets tell: `quantileOf(point.run, 0.95)`. In ms;
 * `Infinity` beyond the last bound, `undefined` when there are none.
 */
export function quantileOf({ count, buckets }: Histogram, share: number): number | undefined {
  if (count === 0) return undefined;
  let passed = 0;
  const index = buckets.findIndex((number) => (passed += number) >= share * count);
  return historyBuckets[index] ?? Infinity;
}
