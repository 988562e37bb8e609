/**
 * Debounce: a call waits a while, and one that comes meanwhile takes its place and waits anew. The last arguments win.
 *
 * @module
 */
import type { Duration } from "../duration.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options.ts";
import { readKey, readSpan, type UniqueKey, type UniqueSettings } from "./unique.ts";

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

/** How long a key outlasts the wait (ms): until a worker has taken the task. */
const untilTaken = 86_400_000;

/** Checks the option `debounce` of a task or call. @throws {InvalidInput} */
export function readDebounce(value: DebounceOptions): UniqueSettings {
  checkKeys(value, ["wait", "maxWait", "key"], "option of debounce");
  const { maxWait, key = "" } = value;
  const wait = readSpan(value.wait, "debounce.wait");
  const within = maxWait === undefined ? undefined : readSpan(maxWait, "debounce.maxWait");
  if (within !== undefined && within < wait) {
    throw new InvalidInput(
      "debounce.maxWait",
      `debounce.maxWait must not be shorter than debounce.wait, and it is ${within} ms against ${wait} ms`,
    );
  }
  return {
    key: readKey(key, "debounce.key"),
    for: wait + untilTaken,
    on: "replace",
    states: "waiting",
    wait,
    ...(within === undefined ? {} : { within }),
  };
}
