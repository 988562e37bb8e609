/**
 * What each task came to in a period.
 *
 * @module
 */
import type { HistoryPoint } from "../../../ports/history.ts";
import { barsOf, estimate, type Period, type Sum, sumOf } from "./span.ts";

/** What the tasks of one name came to. */
export interface Tally {
  /** Their name. */
  readonly task: string;
  /** All of it together. */
  readonly sum: Sum;
  /** The same for each bar of the period. */
  readonly bars: readonly Sum[];
}

/** What is known of each name, in the order of the names. */
export function talliesOf(points: readonly HistoryPoint[], period: Period, now: number): readonly Tally[] {
  const byTask = Map.groupBy(points, ({ task }) => task);
  return [...byTask].map(([task, some]) => ({ task, sum: sumOf(some, 0), bars: barsOf(some, period, now) }))
    .sort((one, other) => one.task < other.task ? -1 : 1);
}

/** How many came to an end by themselves. */
export function endedOf({ done, failed }: Sum): number {
  return done + failed;
}

/** Which share of those failed; 0 where none ended. */
export function failingOf(sum: Sum): number {
  return sum.failed === 0 ? 0 : sum.failed / endedOf(sum);
}

/** What tallies may be sorted by, beside their names: the highest first. */
const measures = {
  done: ({ done }: Sum) => done,
  failed: ({ failed }: Sum) => failed,
  failing: failingOf,
  retried: ({ retried }: Sum) => retried,
  p50: ({ run }: Sum) => estimate(run, 0.5) ?? 0,
  p95: ({ run }: Sum) => estimate(run, 0.95) ?? 0,
  wait: ({ wait }: Sum) => estimate(wait, 0.95) ?? 0,
  total: ({ run }: Sum) => run.sum,
} as const;

/** What tallies may be sorted by. */
export type Order = keyof typeof measures | "task";

/** The order that is asked for: what fails stands first unless something else is wanted. */
export function readOrder(text: string | undefined): Order {
  return text === "task" || (text !== undefined && Object.hasOwn(measures, text)) ? text as Order : "failed";
}

/** Sorted by one measure; those that are equal by how many ended, then by name. */
export function sortTallies(tallies: readonly Tally[], order: Order): readonly Tally[] {
  if (order === "task") return tallies;
  const measure = measures[order];
  return tallies.toSorted(({ sum: one }, { sum: other }) =>
    measure(other) - measure(one) || endedOf(other) - endedOf(one)
  );
}
