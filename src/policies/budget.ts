/**
 * A budget for brokers that bill commands: `"100k/day"`. From four fifths of it on a worker spreads its turns over what
 * is left of the time; once it is used up, it takes nothing until the next time begins.
 *
 * @module
 */
import type { Meter } from "../ports/bill.ts";
import { InvalidInput } from "../errors.ts";
import type { Logger } from "../log.ts";
import { show } from "../options/values.ts";

/** So many commands an hour, a day or a month, by UTC: `"2000/hour"`, `"100k/day"`, `"5M/month"`. */
export type BudgetText = `${number}${"" | "k" | "M"}/${"hour" | "day" | "month"}`;

/** A budget, checked. */
export interface BudgetLimit {
  /** How many commands. */
  readonly limit: number;
  /** In which time. */
  readonly per: "hour" | "day" | "month";
}

/** Checks a budget. @throws {InvalidInput} */
export function readBudget(value: unknown): BudgetLimit {
  const [, count, unit, per] =
    (typeof value === "string" && /^(\d+(?:\.\d+)?)([kM]?)\/(hour|day|month)$/.exec(value)) || [];
  const limit = Math.floor(Number(count) * (unit === "M" ? 1e6 : unit === "k" ? 1e3 : 1));
  if (limit >= 1) return { limit, per: per as BudgetLimit["per"] };
  throw new InvalidInput(
    "budget",
    `budget must be commands in a time, like "2000/hour", "100k/day" or "5M/month", and it is ${show(value)}`,
  );
}

/** From this part of it on turns are spread. */
const slowFrom = 0.8;
/** A turn's cost is the mean of about so many. */
const remembered = 20;

/** Watches over a budget. All times are this machine's. */
export class Budget {
  readonly #limit: BudgetLimit;
  readonly #meter: Meter;
  readonly #log: Logger;
  #end = -Infinity;
  /** What was billed when this time began. */
  #base = 0;
  #mood: "ample" | "slow" | "spent" = "ample";
  /** What was billed at the last turn, and what a turn costs as a rule. */
  #before: number;
  #cost = 1;

  /** A budget of which nothing is used. */
  constructor(limit: BudgetLimit, meter: Meter, log: Logger) {
    this.#limit = limit;
    this.#meter = meter;
    this.#log = log;
    this.#before = meter.billed;
  }

  /** A turn is made. */
  turn(now: number): void {
    const { billed } = this.#meter;
    this.#cost += (billed - this.#before - this.#cost) / remembered;
    this.#before = billed;
    this.#look(now);
  }

  /** Whether turns are to be spread, or not taken at all. */
  isShort(now: number): boolean {
    this.#look(now);
    return this.#mood !== "ample";
  }

  /**
   * When the next turn that takes is due, so that what is left of the budget lasts.
   *
   * @param turnAt When the last one was: `-Infinity` when there was none.
   */
  nextTurnAt(turnAt: number): number {
    const left = this.#limit.limit - this.#used;
    if (left > 0 && turnAt === -Infinity) return turnAt;
    const time = this.#end - turnAt;
    return left <= 0 ? this.#end : turnAt + Math.min(time, time * Math.max(1, this.#cost) / left);
  }

  /** Whether nothing may be taken any more. */
  isSpent(now: number): boolean {
    this.#look(now);
    return this.#mood === "spent";
  }

  get #used(): number {
    return this.#meter.billed - this.#base;
  }

  /** Says when something changes. */
  #look(now: number): void {
    const { limit, per } = this.#limit;
    if (now >= this.#end) this.#begin(now);
    const mood = this.#used >= limit ? "spent" : this.#used >= slowFrom * limit ? "slow" : "ample";
    if (mood === this.#mood) return;
    this.#mood = mood;
    const until = new Date(this.#end).toISOString();
    if (mood === "slow") {
      const pause = ((this.nextTurnAt(now) - now) / 1000).toFixed(1);
      this.#log.warning(
        `${this.#used} of ${limit} commands of this ${per}'s budget are used: turns are ${pause} s apart, until ${until}`,
      );
    } else if (mood === "spent") {
      this.#log.error(`This ${per}'s budget of ${limit} commands is used up: nothing is taken until ${until}`);
    }
  }

  #begin(now: number): void {
    const { limit, per } = this.#limit;
    if (this.#mood !== "ample") this.#log.info(`A new ${per} begins, and with it the budget of ${limit} commands`);
    this.#mood = "ample";
    this.#base = this.#meter.billed;
    this.#end = endOf(per, now);
  }
}

/** When the hour, day or month ends, by UTC. */
function endOf(per: BudgetLimit["per"], now: number): number {
  const time = new Date(now);
  if (per === "month") return Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1);
  const length = per === "day" ? 86_400_000 : 3_600_000;
  return (Math.floor(now / length) + 1) * length;
}
