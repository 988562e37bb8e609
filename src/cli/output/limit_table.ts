/**
 * Limits, for people.
 *
 * @module
 */
import { limitText } from "../../limits/text.ts";
import type { LimitView } from "../../operations/control.ts";
import { table } from "./table.ts";

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
