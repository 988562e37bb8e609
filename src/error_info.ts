/**
 * Errors as data: what is kept and told of something that was thrown.
 *
 * @module
 */
import type { Encoded } from "./wire/encoded.ts";

/** What is kept of something that was thrown. */
export interface ErrorInfo {
  /** Its class: `TypeError`, or `Error` for something that was not an error. */
  readonly type: string;
  /** Its message. */
  readonly message: string;
  /** Its stack, at most 16 KiB. */
  readonly stack?: string;
  /** What caused it, at most 4 deep. */
  readonly cause?: ErrorInfo;
  /** All that, sealed; what stands beside it says only so. */
  readonly encoded?: Encoded;
}

const maxStack = 16_384;

/** Turns what was thrown, whatever it is, into data. */
export function errorInfo(thrown: unknown, depth = 0): ErrorInfo {
  if (!(thrown instanceof Error)) return { type: "Error", message: text(thrown) };
  return {
    type: nameOf(thrown),
    message: String(thrown.message),
    ...(thrown.stack ? { stack: thrown.stack.slice(0, maxStack) } : {}),
    ...(thrown.cause !== undefined && depth < 4 ? { cause: errorInfo(thrown.cause, depth + 1) } : {}),
  };
}

/** The name that an error was given, by itself or its class; else that of its class, since few classes say one. */
function nameOf(thrown: Error): string {
  const { name, constructor } = thrown;
  const isGiven = Object.hasOwn(thrown, "name") || Object.hasOwn(constructor?.prototype ?? {}, "name");
  return (isGiven ? name : constructor?.name) || name || "Error";
}

function text(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
