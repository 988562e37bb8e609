/**
 * How long what a task goes through may take: the wait for its start, and its run.
 *
 * @module
 */
import type { Duration } from "./duration.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "./keys.ts";
import { readLimit, show } from "./values.ts";

/** How long what a task goes through may take. */
export interface Timeouts {
  /** Ends as `EXPIRED` when it was not started within so long of being due. */
  readonly start?: Duration;
}

/** The longest wait for the start (ms), if any. */
export function readTimeouts(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) {
    throw new InvalidInput("timeouts", `timeouts must be an object as in { start: "5m" }, and it is ${show(value)}`);
  }
  checkKeys(value, ["start"], "timeout");
  const { start } = value as Timeouts;
  return start === undefined ? undefined : readLimit(start, "timeouts.start");
}

/** Refuses a soft limit that is not below the hard one. */
export function checkTimeLimits({ timeLimit, softTimeLimit }: { timeLimit?: number; softTimeLimit?: number }): void {
  if (timeLimit === undefined || softTimeLimit === undefined || softTimeLimit < timeLimit) return;
  throw new InvalidInput(
    "softTimeLimit",
    `softTimeLimit must be shorter than timeLimit, and it is ${softTimeLimit} ms against ${timeLimit} ms`,
  );
}
