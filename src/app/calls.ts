/**
 * Calls as `sendMany` takes them, and the handles that it gives for them.
 *
 * @module
 */
import type { Json } from "../json.ts";
import type { CallOptions } from "../options/call_options.ts";
import type { AsyncResult } from "../results/result.ts";
import type { Call } from "../tasks/task.ts";

/** A call by the task's name: `["send_mail", ["a@example.org"], { countdown: 10 }]`. */
export type NamedCall = readonly [name: string, args?: readonly unknown[], options?: CallOptions];

/** The handles of calls that were sent together. */
export type Handles<Calls extends readonly (Call | NamedCall)[]> = {
  -readonly [index in keyof Calls]: Calls[index] extends Call<infer Result> ? AsyncResult<Result> : AsyncResult<Json>;
};

/** A call, however it was said. */
export function toCall(call: Call | NamedCall): Call {
  if (!isNamed(call)) return call;
  const [task, args = [], options] = call;
  return { task, args, ...(options ? { options } : {}) };
}

function isNamed(call: Call | NamedCall): call is NamedCall {
  return Array.isArray(call);
}
