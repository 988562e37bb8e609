/**
 * Limits, for people.
 *
 * @module
 */
import type { Limit } from "../broker.ts";
import type { LimitView } from "../operations/control.ts";
import { table } from "./table.ts";

const units: readonly (readonly [unit: string, ms: number])[] = [
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
];

/** A table of limits: whose they are, what is declared, and what was set over that. */
export function limitTable(limits: readonly LimitView[]): string {
  const rows = limits.map(({ name, kind, of = name, key, set, ...declared }) => [
    kind ?? "",
    of,
    key ?? "",
    limitText(declared),
    set ? limitText(set) : "",
  ]);
  return table(["LIMIT", "OF", "KEY", "DECLARED", "SET"], rows);
}

/** What a limit allows, in words. */
function limitText({ rate, concurrency, batch }: Limit): string {
  const parts: string[] = [];
  if (rate) {
    const [unit] = units.find(([, ms]) => ms === rate.period) ?? [`${rate.period}ms`];
    parts.push(`${rate.limit}/${unit}${rate.burst > 1 ? `, ${rate.burst} at once` : ""}`);
  }
  if (concurrency !== undefined) parts.push(concurrency === 0 ? "none" : `${concurrency} at once`);
  if (batch) parts.push(`${batch.size}, or ${batch.wait}ms`);
  return parts.join("; ");
}
