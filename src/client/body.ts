/**
 * What a client sends: JSON, of what JSON carries as it is.
 *
 * @module
 */
import { toJson } from "../to_json.ts";

/** What a call or a change holds, with times as JSON has none. */
interface Options {
  readonly args?: readonly unknown[];
  readonly eta?: unknown;
  readonly expires?: unknown;
  readonly maxRetries?: number | null;
}

/**
 * A call, or a change, as JSON.
 *
 * @throws {InvalidInput} With the path of what JSON cannot carry in the arguments.
 */
export function bodyOf(options: Options): string {
  return JSON.stringify(dataOf(options));
}

/** A call, or a change, as it may be written in JSON. */
export function dataOf({ args, eta, expires, maxRetries, ...rest }: Options): Record<string, unknown> {
  // What JSON would change without a word is refused; the server checks the rest.
  if (args !== undefined) toJson(args, "args");
  return {
    ...rest,
    args,
    eta: textOf(eta),
    expires: textOf(expires),
    maxRetries: maxRetries === Infinity ? null : maxRetries,
  };
}

/** A date as text: one that is none stays what the server will refuse. */
function textOf(time: unknown): unknown {
  if (!(time instanceof Date)) return time;
  return Number.isNaN(time.getTime()) ? "no date" : time.toISOString();
}
