import { assertEquals } from "@std/assert";
import { historyBuckets, type HistoryPoint } from "@umbel/umbel";
import { failingOf, readOrder, sortTallies, talliesOf } from "../../../../src/http/dashboard/history/tallies.ts";

const now = Date.parse("2026-11-21T12:30:10Z");

/** What a task came to; all its runs lie in one bucket. */
function point(task: string, done: number, failed: number, bucket: number, queue = "default"): HistoryPoint {
  const buckets = historyBuckets.map((_, index) => index === bucket ? done + failed : 0).concat(0);
  const times = { count: done + failed, sum: historyBuckets[bucket]! * (done + failed), buckets };
  return {
    ...{ at: now - 60_000, task, queue, done, failed, retried: 0, expired: 0, revoked: 0 },
    ...{ wait: times, run: times },
  };
}

const tallies = talliesOf(
  [point("slow", 2, 0, 8), point("many", 40, 1, 1), point("many", 60, 0, 1, "mail"), point("bad", 1, 3, 2)],
  "hour",
  now,
);
const sorted = (order: Parameters<typeof sortTallies>[1]) => sortTallies(tallies, order).map(({ task }) => task);

Deno.test("talliesOf() sums up what each task came to from all queues, over the period and in its bars", () => {
  const many = tallies.find(({ task }) => task === "many")!;
  assertEquals([many.sum.done, many.sum.failed, many.bars.length], [100, 1, 60]);
  assertEquals([many.bars.at(-2)!.done, many.bars.at(-1)!.done], [100, 0]);
  assertEquals(tallies.map(({ sum }) => failingOf(sum)), [0.75, 1 / 101, 0]);
});

Deno.test("sortTallies() puts the highest first, and of those that are equal the one with more runs", () => {
  assertEquals(sorted("failed"), ["bad", "many", "slow"]);
  assertEquals(sorted("done"), ["many", "slow", "bad"]);
  assertEquals(sorted("p95"), ["slow", "bad", "many"]);
  assertEquals(sorted("total"), ["slow", "many", "bad"]);
  assertEquals(sorted("retried"), ["many", "bad", "slow"]);
  assertEquals(sorted("task"), ["bad", "many", "slow"]);
});

Deno.test("readOrder() takes what there is to sort by, and else what fails", () => {
  assertEquals(["p95", "task", "toString", undefined].map(readOrder), ["p95", "task", "failed", "failed"]);
});
