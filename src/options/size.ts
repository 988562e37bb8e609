/**
 * Sizes as options give them.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "./values.ts";

const units: { readonly [unit: string]: number } = { b: 1, kb: 1024, mb: 1_048_576 };

/** A size in bytes: a whole number, or text as `"8kb"` and `"1mb"`, of 1,024 and 1,048,576 bytes. @throws {InvalidInput} */
export function readSize(value: unknown, field: string): number {
  const match = typeof value === "string" ? /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb)\s*$/i.exec(value) : undefined;
  const size = match ? Math.round(Number(match[1]) * units[match[2]!.toLowerCase()]!) : value;
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number;
  throw new InvalidInput(field, `${field} must be bytes, or text like "8kb" or "1mb", and it is ${show(value)}`);
}
