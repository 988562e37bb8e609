/**
 * The options of a call, as a body says them.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import type { CallOptions } from "../../options/call_options.ts";
import type { Body } from "./body.ts";

/**
 * The options of a call.
 *
 * @param idempotencyKey That of the request, with what tells its caller from others: it counts for that one alone.
 */
export function readCallOptions(options: Body, idempotencyKey: string | undefined): CallOptions {
  if (idempotencyKey === undefined) return withDates(options) as CallOptions;
  if (options.id !== undefined) {
    throw new InvalidInput("Idempotency-Key", "Idempotency-Key gives the task its id: give no id beside it");
  }
  return { ...withDates(options), idempotencyKey } as CallOptions;
}

/** JSON has no dates: what `expires` says in ISO 8601 is one. */
export function withDates(options: Body): Body {
  const { expires } = options;
  const isTime = typeof expires === "string" && /^\d{4}-\d\d-\d\d/.test(expires);
  return isTime ? { ...options, expires: new Date(expires) } : options;
}
