/**
 * How far a limit is used, and when it lets another one through.
 *
 * @module
 */
import type { Limit } from "../../../ports/limits.ts";
import { nextStart, startsNow } from "./rate.ts";

/** One limit, with its key: what it allows, and how far it is used. */
export interface Account extends Limit {
  readonly name: string;
  /** How many are leased. */
  running: number;
  /** The first free place on the rate's time line (ms since 1970). */
  free: number;
  /** The lane that one place is held for, and until when: to others it is taken. */
  heldBy: number;
  heldUntil: number;
}

/** When it lets one of a lane through: not in the future for now; `Infinity` for when another one is handed in. */
export function opensAt(account: Account, lane: number, now: number, waited: boolean): number {
  const { rate, concurrency = Infinity, running, free, heldUntil } = account;
  if (running >= concurrency) return Infinity;
  const held = heldFromOthers(account, lane, now);
  const at = rate ? nextStart(rate, free, now, waited) : 0;
  return held && (rate || running + 1 >= concurrency) ? Math.max(at, heldUntil) : at;
}

/** How many of a lane it lets through now. */
export function letsThrough(account: Account, lane: number, now: number, waited: boolean): number {
  const { rate, concurrency = Infinity, running, free } = account;
  const places = concurrency - running - (heldFromOthers(account, lane, now) ? 1 : 0);
  return rate ? Math.min(places, startsNow(rate, free, now, waited)) : places;
}

/** Whether a place is held for another lane. */
export function heldFromOthers({ heldBy, heldUntil }: Account, lane: number, now: number): boolean {
  return heldUntil > now && heldBy !== lane;
}
