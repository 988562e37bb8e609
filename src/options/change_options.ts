/**
 * What may be changed of a task that waits, as a program says it, and what became of that.
 *
 * @module
 */
import type { Json } from "../json.ts";
import type { Duration } from "./duration.ts";

/** What is to be other than it was with a task that waits. What is not named stays. */
export interface ChangeOptions {
  /** 0 to 9: it goes to the end of that priority. */
  readonly priority?: number;
  /** Not to be started before so long from now; 0 makes it due. */
  readonly countdown?: Duration;
  /** Not to be started before: a `Date`, ISO 8601 text, or **milliseconds** since 1970. */
  readonly eta?: Date | string | number;
  /** Other arguments. With these alone it stays where it stands, unless its limits depend on them. */
  readonly args?: readonly unknown[];
  /** The queue it is to wait in: it goes to the end of that one. */
  readonly queue?: string;
  /** Not to be started after: so long from now, or a `Date`. It ends as `EXPIRED` then. */
  readonly expires?: Duration | Date;
  /** Other headers, in place of all that it had. */
  readonly headers?: { readonly [name: string]: Json };
  /** Keep neither result nor error. */
  readonly ignoreResult?: boolean;
  /** After so long the handler's signal is aborted and the run counts as failed. */
  readonly timeLimit?: Duration;
  /** After so long the handler's signal is aborted; it may still finish until `timeLimit`. */
  readonly softTimeLimit?: Duration;
  /** The most retries it may have; `null` or `Infinity` for no limit. */
  readonly maxRetries?: number | null;
  /** How long its record stays after its end. */
  readonly resultExpires?: Duration;
}

/**
 * What became of a change: `changed`; `running`, when a worker holds the task, which stays as it is; `exists`, when
 * another task holds the unique key of the new arguments; `ended`; `unknown`. But for `changed` nothing was done.
 */
export type ChangeAnswer = "changed" | "running" | "exists" | "ended" | "unknown";
