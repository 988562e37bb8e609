/**
 * How long retries wait: exponential with full jitter, unless a task says otherwise, so that tasks that failed together
 * do not come back together.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import { readLimit, readMaxRetries, show } from "../options/values.ts";

/** How often and how late a task is tried again. */
export interface RetryPolicy {
  /**
   * The most retries: the first run is none. `Infinity` or `null` for no limit.
   *
   * @default {the app's `maxRetries`: 3}
   */
  readonly max?: number | null;
  /**
   * How long the first retry waits.
   *
   * @default {the app's `retryDelay`: 180 s}
   */
  readonly delay?: Duration;
  /**
   * How the delay grows: `delay × factor^retries`, `delay × (retries + 1)`, or not at all.
   *
   * @default {"exponential"}
   */
  readonly backoff?: "exponential" | "linear" | "fixed";
  /**
   * With exponential backoff: by how much each delay is longer than the one before. From 1.
   *
   * @default {2}
   */
  readonly factor?: number;
  /**
   * No delay is longer.
   *
   * @default {10 minutes, or `delay` where that is longer}
   */
  readonly maxDelay?: Duration;
  /**
   * The share of each delay that is left to chance, 0 to 1: with `true`, or 1, a retry waits anything from 0 to its
   * delay; with `false`, or 0, exactly its delay.
   *
   * @default {true}
   */
  readonly jitter?: boolean | number;
}

/** A policy once it is checked: times in ms. */
export interface RetrySettings {
  /** The most retries; `null` for no limit; the app's when absent. */
  readonly max?: number | null;
  /** How long the first retry waits (ms); the app's when absent. */
  readonly delay?: number;
  /** How the delay grows. */
  readonly backoff: "exponential" | "linear" | "fixed";
  /** By how much, with exponential backoff. */
  readonly factor: number;
  /** No delay is longer (ms). */
  readonly maxDelay?: number;
  /** The share that is left to chance. */
  readonly jitter: number;
}

/** What holds for a task that says nothing. */
export const usualPolicy: RetrySettings = Object.freeze({ backoff: "exponential", factor: 2, jitter: 1 });

const usualMaxDelay = 600_000;
const names = ["max", "delay", "backoff", "factor", "maxDelay", "jitter"];

/**
 * Checks a policy.
 *
 * @throws {InvalidInput} When a part is unknown or breaks its rule.
 */
export function readRetryPolicy(policy: RetryPolicy): RetrySettings {
  checkKeys(policy, names, "part of retry", "retry");
  const { max, backoff = usualPolicy.backoff, factor, jitter = true } = policy;
  if (backoff !== "exponential" && backoff !== "linear" && backoff !== "fixed") {
    throw refused("backoff", 'must be "exponential", "linear" or "fixed"', backoff);
  }
  if (factor !== undefined) {
    if (!Number.isFinite(factor) || factor < 1) throw refused("factor", "must be a number from 1", factor);
    if (backoff !== "exponential") throw refused("factor", `belongs to exponential backoff, not to ${backoff}`, factor);
  }
  if (typeof jitter !== "boolean" && !(typeof jitter === "number" && jitter >= 0 && jitter <= 1)) {
    throw refused("jitter", "must be true, false or a number from 0 to 1", jitter);
  }
  const delay = policy.delay === undefined ? undefined : milliseconds(policy.delay, "retry.delay");
  const maxDelay = policy.maxDelay === undefined ? undefined : readLimit(policy.maxDelay, "retry.maxDelay");
  if (delay !== undefined && maxDelay !== undefined && maxDelay < delay) {
    throw new InvalidInput(
      "retry.maxDelay",
      `retry.maxDelay must not be shorter than retry.delay, and it is ${maxDelay} ms against ${delay} ms`,
    );
  }
  return Object.freeze({
    ...(max === undefined ? {} : { max: readMaxRetries(max, "retry.max") }),
    ...(delay === undefined ? {} : { delay }),
    backoff,
    factor: factor ?? usualPolicy.factor,
    ...(maxDelay === undefined ? {} : { maxDelay }),
    jitter: Number(jitter),
  });
}

/**
 * How long the next retry waits (ms).
 *
 * @param retries How many there were before.
 * @param usualDelay How long the first one waits when the policy does not say.
 * @param random Gives numbers from 0 to 1.
 */
export function nextDelay(
  policy: RetrySettings,
  retries: number,
  usualDelay: number,
  random: () => number,
): number {
  const { delay = usualDelay, backoff, factor, maxDelay, jitter } = policy;
  const grown = backoff === "fixed" ? delay : backoff === "linear"
    ? delay * (retries + 1)
    // Unlimited retries reach numbers that are no numbers any more.
    : delay * Math.min(factor ** retries, Number.MAX_SAFE_INTEGER);
  const capped = Math.min(grown, maxDelay ?? Math.max(usualMaxDelay, delay));
  return Math.round(capped * (1 - jitter) + (jitter > 0 ? capped * jitter * random() : 0));
}

function refused(part: string, rule: string, value: unknown): InvalidInput {
  return new InvalidInput(`retry.${part}`, `retry.${part} ${rule}, and it is ${show(value)}`);
}
