/**
 * Amounts of memory, as people write them.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "./values.ts";

/** Bytes; or text as `"200mb"`: `b`, `kb`, `mb` and `gb`, each 1024 of the one before. */
export type Memory = number | string;

const units = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** An amount of memory in bytes. @throws {InvalidInput} When it is none, or less than one byte. */
export function readMemory(value: Memory, field: string): number {
  const [, digits, unit = "b"] = /^(\d+(?:\.\d+)?)\s*([kmg]?b)?$/i.exec(String(value)) ?? [];
  const bytes = Math.floor(Number(digits) * units[unit.toLowerCase() as keyof typeof units]);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidInput(
    field,
    `${field} must be an amount of memory as 200mb, or a number of bytes, and it is ${show(value)}`,
  );
}
