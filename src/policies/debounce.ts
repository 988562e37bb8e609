/**
 * Debounce: a call waits a while, and one that comes meanwhile takes its place and waits anew. The last arguments win.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { DebounceOptions } from "../options/once.ts";
import { checkKeys } from "../options/keys.ts";
import { readKey, readSpan, type UniqueSettings } from "./unique.ts";

/** How long a key outlasts the wait (ms): until a worker has taken the task. */
const untilTaken = 86_400_000;

/** Checks the option `debounce` of a task or call. @throws {InvalidInput} */
export function readDebounce(value: DebounceOptions): UniqueSettings {
  checkKeys(value, ["wait", "maxWait", "key"], "option of debounce", "debounce");
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
