/**
 * Between how many tasks a worker runs at once, where that changes by itself.
 *
 * @module
 */
import { readSetting } from "../config/config.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";

/** Between how many. */
export interface AutoscaleOptions {
  /** The most tasks at once: 1 to 500. */
  readonly max: number;
  /**
   * The fewest.
   *
   * @default {1}
   */
  readonly min?: number;
}

/** The same, checked. */
export type AutoscaleBounds = Required<AutoscaleOptions>;

/** Checks bounds. @throws {InvalidInput} */
export function readAutoscale(options: AutoscaleOptions): AutoscaleBounds {
  checkKeys(options, ["max", "min"], "part of autoscale");
  const max = readSetting("concurrency", options.max, "autoscale.max");
  const min = readSetting("concurrency", options.min ?? 1, "autoscale.min");
  if (min > max) throw new InvalidInput("autoscale.min", `autoscale.min must be at most max, ${max}, and it is ${min}`);
  return { max, min };
}
