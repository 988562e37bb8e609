/**
 * Rich values for people: as JSON that says what they are, where nobody makes values of it again.
 *
 * @module
 */
import type { Json } from "../json.ts";
import { toBase64 } from "./base64.ts";

/** Deeper than this nothing is shown. */
const deepest = 20;

/**
 * A value as JSON: a `Date` as ISO 8601 text, a `Map` as its entries, a `Set` as a list, a `BigInt` as its digits, bytes in
 * base64, an error as its sentence, `undefined` and what is no number as `null`.
 */
export function readable(value: unknown, depth = 0): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return String(value);
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (depth === deepest) return "…";
  const inside = (items: Iterable<unknown>) => Array.from(items, (item) => readable(item, depth + 1));
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return inside(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof ArrayBuffer) return toBase64(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof Error || value instanceof RegExp || value instanceof URL) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, readable(item, depth + 1)]));
}
