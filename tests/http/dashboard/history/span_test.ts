import { assertEquals } from "@std/assert";
import { historyBuckets, type HistoryPoint } from "@umbel/umbel";
import { barsOf, beyond, estimate, startOf } from "../../../../src/http/dashboard/history/span.ts";

const now = Date.parse("2026-11-21T12:30:10Z");

/** So many in each of some buckets. */
function histogram(counts: { readonly [bucket: number]: number }) {
  const buckets = Array.from({ length: historyBuckets.length + 1 }, (_, index) => counts[index] ?? 0);
  return { count: buckets.reduce((sum, one) => sum + one, 0), sum: 0, buckets };
}

function point(at: string, done: number): HistoryPoint {
  return {
    ...{ at: Date.parse(at), task: "add", queue: "default", done, failed: 1, retried: 0, expired: 0, revoked: 0 },
    ...{ wait: histogram({ 0: done }), run: histogram({ 1: done }) },
  };
}

Deno.test("barsOf() sums up points by the bars that they lie in, the present one last", () => {
  const points = [point("2026-11-20T23:00:00Z", 1), point("2026-11-21T00:00:00Z", 2), point("2026-11-21T12:00:00Z", 3)];
  const days = barsOf(points, "month", now);
  assertEquals(days.length, 30);
  assertEquals(new Date(startOf("month", now)).toISOString(), "2026-10-23T00:00:00.000Z");
  assertEquals(days.slice(-2).map(({ done, failed, run }) => [done, failed, run.count]), [[1, 1, 1], [5, 2, 5]]);
  const hours = barsOf(points, "day", now);
  assertEquals(hours.map(({ done }) => done).filter((done) => done > 0), [1, 2, 3]);
  assertEquals([hours.at(-1)!.done, hours[0]!.at], [3, Date.parse("2026-11-20T13:00:00Z")]);
  assertEquals(barsOf(points, "hour", now).length, 60);
});

Deno.test("estimate() spreads what lies in a bucket evenly over it", () => {
  assertEquals(estimate(histogram({}), 0.5), undefined);
  assertEquals(estimate(histogram({ 0: 10 }), 0.5), 5);
  assertEquals(estimate(histogram({ 0: 5, 1: 5 }), 0.5), 10);
  assertEquals(estimate(histogram({ 2: 4 }), 1), 50);
  assertEquals(estimate(histogram({ [historyBuckets.length]: 1 }), 0.5), beyond);
});
