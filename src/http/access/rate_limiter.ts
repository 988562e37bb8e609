/**
 * How many requests a caller may make: a bucket for each, which fills as time goes by. In this process alone.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { Recent } from "../../recent.ts";
import { Refusal } from "../answers/problem.ts";

/** So many in so long (ms), and as many at once. */
export interface RequestRate {
  /** How many. */
  readonly limit: number;
  /** In how long (ms). */
  readonly period: number;
}

/** What is left. */
export interface Allowance {
  /** How many may come now. */
  readonly remaining: number;
  /** In how long one more may (ms). */
  readonly wait: number;
  /** In how long all may again (ms). */
  readonly full: number;
}

/** As many callers are told apart; of more those are forgotten that have not called for longest. */
const mostCallers = 10_000;

/** Counts what callers do. */
export class RateLimiter {
  readonly #rate: RequestRate;
  readonly #clock: Clock;
  readonly #buckets = new Recent<string, { readonly level: number; readonly at: number }>(mostCallers);

  /** At this rate, for each of them. */
  constructor(rate: RequestRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** What a caller has left. */
  look(key: string): Allowance {
    return this.#allowance(this.#level(key));
  }

  /** Takes one of what a caller has left. `undefined` when there is nothing, and then nothing is taken. */
  take(key: string): Allowance | undefined {
    const level = this.#level(key);
    if (level < 1) return undefined;
    this.#buckets.set(key, { level: level - 1, at: this.#clock.now() });
    return this.#allowance(level - 1);
  }

  /**
   * Takes one, and tells about it in headers, as the IETF's draft of RateLimit headers has them.
   *
   * @throws {Refusal} 429, when there is nothing.
   */
  pass(key: string): { readonly [name: string]: string } {
    const { limit, period } = this.#rate;
    const taken = this.take(key);
    const { remaining, wait, full } = taken ?? this.look(key);
    const headers = {
      "ratelimit-policy": `"requests";q=${limit};w=${seconds(period)}`,
      "ratelimit": `"requests";r=${remaining};t=${seconds(taken ? full : wait)}`,
    };
    if (taken) return headers;
    throw new Refusal(429, "too_many_requests", `At most ${limit} requests in ${period / 1000} s: try again later`, {
      headers: { ...headers, "retry-after": String(seconds(wait)) },
    });
  }

  #level(key: string): number {
    const { limit, period } = this.#rate;
    const bucket = this.#buckets.get(key);
    if (!bucket) return limit;
    // A clock that was put back fills nothing.
    const passed = Math.max(0, this.#clock.now() - bucket.at);
    return Math.min(limit, bucket.level + passed * limit / period);
  }

  #allowance(level: number): Allowance {
    const { limit, period } = this.#rate;
    const each = period / limit;
    return { remaining: Math.floor(level), wait: Math.max(0, 1 - level) * each, full: (limit - level) * each };
  }
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
