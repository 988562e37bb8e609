/**
 * The history, for people.
 *
 * @module
 */
import { type Histogram, type HistoryPoint, quantileOf } from "../../ports/history.ts";
import { timeText } from "../../operations/task_view.ts";
import { table } from "./table.ts";

/** A table of points: what tasks came to, and how long 95 of 100 waited and ran at most. */
export function historyTable(points: readonly HistoryPoint[]): string {
  const rows = points.map(({ at, queue, task, done, failed, retried, expired, revoked, wait, run }) => [
    timeText(at).slice(0, 16),
    ...[queue, task, done, failed, retried, expired + revoked, tookText(wait), tookText(run)],
  ]);
  return table(["FROM", "QUEUE", "TASK", "DONE", "FAILED", "RETRIED", "DROPPED", "WAIT p95", "RUN p95"], rows);
}

/** How long 95 of 100 took at most, as far as buckets tell. */
function tookText(histogram: Histogram): string {
  const ms = quantileOf(histogram, 0.95);
  if (ms === undefined) return "";
  if (ms === Infinity) return ">30m";
  if (ms < 1000) return `≤${ms}ms`;
  return ms < 60_000 ? `≤${ms / 1000}s` : `≤${ms / 60_000}m`;
}
