/**
 * What went wrong, as one sentence and an exit code.
 *
 * @module
 */
import { type ExitCode, exitCodes } from "./exit_codes.ts";

/** A command line that is not as it must be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something that a command needs and cannot have now. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

const byCode: { readonly [code: string]: ExitCode } = {
  invalid_input: exitCodes.usage,
  schema_mismatch: exitCodes.usage,
  unknown_task: exitCodes.usage,
  too_large: exitCodes.usage,
  idempotency_mismatch: exitCodes.usage,
  unknown_id: exitCodes.unknown,
  broker_unavailable: exitCodes.unavailable,
  queue_full: exitCodes.unavailable,
  broker_refused: exitCodes.refused,
  cannot_decode: exitCodes.refused,
  store_failed: exitCodes.unavailable,
  already_exists: exitCodes.refused,
  result_timeout: exitCodes.pending,
  task_failed: exitCodes.failed,
  task_revoked: exitCodes.failed,
  task_expired: exitCodes.failed,
};

/** Says what went wrong on stderr, with its stack for those who look for a fault. */
export function report(error: unknown, debug: boolean): ExitCode {
  const code = exitCodeOf(error);
  console.error(`umbel: ${sentenceOf(error)}`);
  if (debug && error instanceof Error) console.error(error);
  else if (code === exitCodes.internal) console.error("umbel: -l debug shows where this happened");
  return code;
}

/** What is told of an error: its message, in one line. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "The port is in use: choose another";
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof Unavailable || error instanceof Deno.errors.AddrInUse) return exitCodes.unavailable;
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return exitCodes.refused;
  }
  // By code, not by class: the app's file may have brought its own copy of the package.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return (typeof code === "string" ? byCode[code] : undefined) ?? exitCodes.internal;
}
