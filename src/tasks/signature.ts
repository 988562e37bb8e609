/**
 * Signatures: calls that were not made yet, as plain JSON, to be kept, sent elsewhere and combined.
 *
 * @module
 */
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import { checkTaskName } from "../message.ts";
import { type CallOptions, readCallOptions } from "../options/call_options.ts";

/** A call that was not made yet, as plain JSON: `add.s(1, 2)`. */
export interface Signature<Result = unknown> {
  /** The name of the task. */
  readonly task: string;
  /** The arguments of its handler. */
  readonly args: readonly Json[];
  /** The options of the call. */
  readonly options?: CallOptions;
  /** Never there: carries the type of what the task returns. */
  readonly returns?: Result;
}

/**
 * Makes a signature.
 *
 * @throws {InvalidInput} When JSON cannot carry it, or an option breaks its rule.
 */
export function signatureOf<Result>(
  task: string,
  args: readonly unknown[],
  options?: CallOptions,
): Signature<Result> {
  checkTaskName(task);
  readCallOptions(options);
  return Object.freeze({
    task,
    args: Object.freeze(JSON.parse(toJson(args, "args"))),
    ...(options === undefined ? {} : { options: JSON.parse(toJson(options, "options")) }),
  });
}
