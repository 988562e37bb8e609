/**
 * All metrics of a worker as one text, what matters most first.
 *
 * @module
 */
import type { WorkerView } from "../worker/view.ts";
import type { Counts } from "./counts.ts";
import { metric, type Sample } from "./exposition.ts";
import { type HistoryPoint, quantileOf } from "../ports/history.ts";
import type { Seen } from "./overview.ts";

/** The text for Prometheus. Without what the broker tells while that does not answer. */
export function text(worker: WorkerView, counts: Counts, seen: Seen | undefined): string {
  const { running, waiting, concurrency, summary } = worker;
  const labels = { worker: worker.name };
  const one = (value: number): Sample[] => [["", labels, value]];
  return [
    brokerText(seen),
    metric("umbel_tasks_total", "counter", "Runs that ended, by task and how", counts.ends()),
    metric("umbel_received_total", "counter", "Messages that arrived", one(summary.received)),
    metric("umbel_returned_total", "counter", "Messages that were handed back", one(summary.returned)),
    metric("umbel_lost_total", "counter", "Messages whose lease was lost to another worker", one(summary.lost)),
    metric(
      "umbel_task_wait_seconds",
      "histogram",
      "From when tasks were due to their start, by queue",
      counts.waits.samples("queue"),
    ),
    metric("umbel_task_run_seconds", "histogram", "How long handlers ran, by task", counts.runs.samples("task")),
    metric("umbel_worker_running", "gauge", "Tasks that run in this worker", one(running)),
    metric("umbel_worker_waiting", "gauge", "Messages that it holds and that do not run yet", one(waiting)),
    metric("umbel_worker_concurrency", "gauge", "How many tasks it may run at once", one(concurrency)),
  ].join("");
}

/** What the broker tells, for whoever has no worker. */
export function brokerText(seen: Seen | undefined): string {
  return [
    ...(seen ? queueMetrics(seen) : []),
    metric("umbel_broker_up", "gauge", "Whether the broker answers", [["", {}, seen ? 1 : 0]]),
  ].join("");
}

/** What tasks came to in the last whole minute, where the history is kept. */
export function minuteText(points: readonly HistoryPoint[]): string {
  const ends = ["done", "failed", "retried", "expired", "revoked"] as const;
  const samples = points.flatMap((point) =>
    ends.map((end): Sample => ["", { task: point.task, queue: point.queue, end }, point[end]])
  );
  const slow = (name: "wait" | "run") =>
    points.flatMap(({ task, queue, [name]: times }) => {
      const p95 = quantileOf(times, 0.95);
      return p95 === undefined ? [] : [["", { task, queue }, p95 / 1000] as Sample];
    });
  return [
    metric("umbel_minute_tasks", "gauge", "Runs that ended in the last whole minute, on all workers", samples),
    metric("umbel_minute_wait_p95_seconds", "gauge", "How long 95% of them had waited at most", slow("wait")),
    metric("umbel_minute_run_p95_seconds", "gauge", "How long 95% of them ran at most", slow("run")),
  ].join("");
}

function queueMetrics({ queues, workers }: Seen): string[] {
  const each = (value: (queue: Seen["queues"][number]) => number): Sample[] =>
    queues.map((queue) => ["", { queue: queue.name }, value(queue)]);
  return [
    metric("umbel_queue_waiting", "gauge", "Messages that may be taken", each(({ waiting }) => waiting)),
    metric(
      "umbel_queue_oldest_age_seconds",
      "gauge",
      "How long the one that has waited longest has waited",
      each(({ age }) => age / 1000),
    ),
    metric("umbel_queue_delayed", "gauge", "Messages that are due later", each(({ delayed }) => delayed)),
    metric("umbel_queue_paused", "gauge", "Whether nothing is taken", each(({ paused }) => paused ? 1 : 0)),
    metric("umbel_workers", "gauge", "Workers that are alive", [["", {}, workers]]),
  ];
}
