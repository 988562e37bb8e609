/**
 * What a limit may say, checked at the door.
 *
 * @module
 */
import type { Limit, Limits } from "../ports/limits.ts";
import { checkName } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readWhole } from "../options/values.ts";

/**
 * Checks what a limit allows.
 *
 * @returns The same, always in the same order: two that say the same have the same JSON.
 * @throws {InvalidInput} When the name is none, a member is unknown, or a number is not whole or too small.
 */
export function checkLimit(name: string, limit: Limit): Limit {
  checkName("limit", name);
  checkKeys(limit, ["rate", "concurrency", "batch"], `member of the limit ${name}`);
  const { rate, concurrency, batch } = limit;
  if (rate !== undefined) checkKeys(rate, ["limit", "period", "burst"], `member of the rate of ${name}`);
  if (batch !== undefined) checkKeys(batch, ["size", "wait"], `member of the batch of ${name}`);
  return {
    ...(rate === undefined ? {} : {
      rate: {
        limit: readWhole(rate.limit, "rate.limit", 1),
        period: readWhole(rate.period, "rate.period", 1),
        burst: readWhole(rate.burst, "rate.burst", 1),
      },
    }),
    ...(concurrency === undefined ? {} : { concurrency: readWhole(concurrency, "concurrency", 0) }),
    ...(batch === undefined ? {} : {
      batch: { size: readWhole(batch.size, "batch.size", 1), wait: readWhole(batch.wait, "batch.wait", 0) },
    }),
  };
}

/** Checks what limits allow, by their names without a key. */
export function checkLimits(limits: Limits): [name: string, limit: Limit][] {
  return Object.entries(limits).map(([name, limit]) => [name, checkLimit(name, limit)]);
}

/** The name of a limit without the key. */
export function withoutKey(name: string): string {
  const end = name.indexOf("#");
  return end === -1 ? name : name.slice(0, end);
}
