/**
 * How a call meets others that are the same, as a program says it: the policies of these names read it.
 *
 * @module
 */
import type { Duration } from "./duration.ts";

/** How a call meets others that are the same. One of these at most. */
export interface OnceOptions {
  /**
   * Whether a call is not added while another one of the same arguments (or the same `key`) has not ended: its sender gets
   * a handle on that one, which says `existed`.
   *
   * @default {false}
   */
  readonly unique?: boolean | UniqueOptions;
  /** Calls wait for the last of them, which runs alone: `{ wait: "5s", maxWait: "1m" }`. */
  readonly debounce?: DebounceOptions;
  /** Of the calls of a period only the first one is sent: `{ period: "1m" }`. */
  readonly throttle?: ThrottleOptions;
}

/** What calls are the same by: a text of at most 1,000 characters, or a function that makes one of the arguments. */
export type UniqueKey = string | ((...args: never[]) => string);

/** Which calls of a task are the same, for how long, and what becomes of another one. */
export interface UniqueOptions {
  /**
   * Calls of this task with equal keys are the same.
   *
   * @default {all arguments}
   */
  readonly key?: UniqueKey;
  /**
   * Whether the queue counts too: then calls in two queues are never the same.
   *
   * @default {false}
   */
  readonly perQueue?: boolean;
  /**
   * The longest time that a task keeps others out, from its sending: should it never end.
   *
   * @default {"1d"}
   */
  readonly for?: Duration;
  /**
   * What becomes of a call while there is one that is the same: its sender gets a handle on that one (`"return"`), or the
   * error `AlreadyExists` (`"reject"`); or it takes the other one's place (`"replace"`), if that one still waits: its
   * record ends as `REVOKED` and says by whom it was replaced. One that runs is left alone, as with `"return"`.
   *
   * @default {"return"}
   */
  readonly on?: "return" | "reject" | "replace";
  /**
   * While a task is in which state it keeps others out: only while it waits (`"waiting"`), so that one may wait while
   * another runs; until it has ended (`"unfinished"`); or in any (`"any"`), after its end too, until `for` is over.
   *
   * @default {"unfinished"}
   */
  readonly states?: "waiting" | "unfinished" | "any";
}

/** How long calls wait for the last of them. */
export interface DebounceOptions {
  /** A call is due so long after it was sent, unless another one takes its place before it runs. */
  readonly wait: Duration;
  /**
   * The longest that calls put one another off: the last one is due so long after the first.
   *
   * @default {no limit}
   */
  readonly maxWait?: Duration;
  /**
   * Calls of this task with equal keys take one another's place.
   *
   * @default {all calls of the task}
   */
  readonly key?: UniqueKey;
}

/** How rarely calls are sent. */
export interface ThrottleOptions {
  /** For so long after a call was sent, however it ends, others get a handle on it and are not added. */
  readonly period: Duration;
  /**
   * Calls of this task with equal keys share a period.
   *
   * @default {all calls of the task}
   */
  readonly key?: UniqueKey;
}
