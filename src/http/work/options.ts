/**
 * How `POST /work` works.
 *
 * @module
 */
import { readSetting } from "../../config/config.ts";
import type { Duration } from "../../options/duration.ts";
import { readLimit, readWhole } from "../../options/values.ts";
import { InvalidInput } from "../../errors.ts";
import { checkName } from "../../message.ts";
import { checkKeys } from "../../options/keys.ts";

/** How `POST /work` works. */
export interface WorkOptions {
  /**
   * The longest that a request works, whatever it says.
   *
   * @default {"60s"}
   */
  readonly longest?: Duration;
  /**
   * How many requests work at once in one process; one more waits for its turn.
   *
   * @default {1}
   */
  readonly drains?: number;
  /**
   * The queues to take from.
   *
   * @default {those that the app and its tasks name}
   */
  readonly queues?: readonly string[];
  /**
   * How many tasks run at once in each of them.
   *
   * @default {the app's `concurrency`}
   */
  readonly concurrency?: number;
}

/** The same, checked. */
export interface WorkSettings {
  /** The longest that a request works (ms). */
  readonly longest: number;
  /** How many requests work at once. */
  readonly drains: number;
  /** The queues to take from. */
  readonly queues: readonly string[] | undefined;
  /** How many tasks run at once. */
  readonly concurrency: number | undefined;
}

/** Checks them. @throws {InvalidInput} */
export function readWork(options: WorkOptions = {}): WorkSettings {
  checkKeys(options, ["longest", "drains", "queues", "concurrency"], "option of work");
  const { longest = "60s", drains = 1, queues, concurrency } = options;
  if (queues?.length === 0) throw new InvalidInput("work.queues", "work.queues must name at least one queue");
  return {
    longest: readLimit(longest, "work.longest"),
    drains: readWhole(drains, "work.drains", 1),
    queues: queues?.map((queue) => checkName("queue", queue)),
    concurrency: concurrency === undefined ? undefined : readSetting("concurrency", concurrency, "work.concurrency"),
  };
}
