/**
 * What may be a promise.
 *
 * @module
 */

/** Whether this is to be waited for: a promise, or anything with `then`. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
