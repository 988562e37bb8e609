/**
 * Rich values for people: as JSON that says what they are, where nobody makes values of it again.
 *
 * @module
 */
import type { Json } from "../json.ts";
import { toBase64 } from "./base64.ts";

/** So many values are shown at most: what refers to itself in many places would never end. */
const most = 1_000_000;
/** What stands for a value that is not shown. */
const more = "…";

/**
 * A value as JSON: a `Date` as ISO 8601 text, a `Map` as its entries, a `Set` as a list, a `BigInt` as its digits, bytes in
 * base64, an error as its sentence, `undefined` and what is no number as `null`, a cycle as `…`.
 */
export function readable(value: unknown): Json {
  let left = most;
  const above = new Set<unknown>();

  function show(value: unknown): Json {
    if (left-- <= 0) return more;
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : null;
      case "bigint":
        return String(value);
      case "object":
        return value === null ? null : showObject(value);
      default:
        return null;
    }
  }

  function showObject(value: object): Json {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof ArrayBuffer) return toBase64(new Uint8Array(value));
    if (ArrayBuffer.isView(value)) return toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (value instanceof Error || value instanceof RegExp || value instanceof URL) return String(value);
    if (above.has(value)) return more;
    above.add(value);
    const shown = Array.isArray(value) || value instanceof Set || value instanceof Map
      ? Array.from(value, show)
      : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, show(item)]));
    above.delete(value);
    return shown;
  }

  return show(value);
}
