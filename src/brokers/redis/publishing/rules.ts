/**
 * What limits allow, as texts: `<limit>:<period>:<burst>;<concurrency>;<size>:<wait>`, each part empty when not given.
 *
 * @module
 */
import type { Limit, LimitInfo, Limits } from "../../../ports/limits.ts";
import { checkLimits } from "../../../limits/limit.ts";

/** The text of what a limit allows. */
export function encodeLimit({ rate, concurrency, batch }: Limit): string {
  return [
    rate ? `${rate.limit}:${rate.period}:${rate.burst}` : "",
    concurrency ?? "",
    batch ? `${batch.size}:${batch.wait}` : "",
  ].join(";");
}

/** What a limit allows, of such a text. */
function decodeLimit(text: string): Limit {
  const [rate = "", concurrency = "", batch = ""] = text.split(";");
  const [limit, period, burst] = rate.split(":").map(Number) as [number, number, number];
  const [size, wait] = batch.split(":").map(Number) as [number, number];
  return {
    ...(rate === "" ? {} : { rate: { limit, period, burst } }),
    ...(concurrency === "" ? {} : { concurrency: Number(concurrency) }),
    ...(batch === "" ? {} : { batch: { size, wait } }),
  };
}

/** Names and texts, one after the other, as scripts take them. */
export function limitArgs(limits: Limits): string[] {
  return checkLimits(limits).flatMap(([name, limit]) => [name, encodeLimit(limit)]);
}

/** What is known of a limit: `<declared>|<set>`. */
export function readLimit(name: string, text: string): LimitInfo {
  const [declared = "", set = ""] = text.split("|");
  return { name, ...decodeLimit(declared), ...(set === "" ? {} : { set: decodeLimit(set) }) };
}
