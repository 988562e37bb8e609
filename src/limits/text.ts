/**
 * Limits as one writes them: `10/s`, `4 at once`.
 *
 * @module
 */
import type { Limit } from "../ports/limits.ts";

const units: readonly (readonly [unit: string, ms: number])[] = [
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
];

/** A rate as `rateLimit` takes it: `10/s`, and its burst where it has one. */
export function rateText({ limit, period, burst }: NonNullable<Limit["rate"]>): string {
  const [unit] = units.find(([, ms]) => ms === period) ?? [`${period}ms`];
  return `${limit}/${unit}${burst > 1 ? `, ${burst} at once` : ""}`;
}

/** What a limit allows, in words. */
export function limitText({ rate, concurrency, batch }: Limit): string {
  const parts: string[] = [];
  if (rate) parts.push(rateText(rate));
  if (concurrency !== undefined) parts.push(concurrency === 0 ? "none" : `${concurrency} at once`);
  if (batch) parts.push(`${batch.size}, or ${batch.wait}ms`);
  return parts.join("; ");
}
