/**
 * The header `Idempotency-Key`, as the IETF's draft of that name has it: a structured field, of which most clients send
 * the bare text.
 *
 * @module
 */
import type { Context } from "hono";
import { problem } from "./problem.ts";

/** By this name the guard notes who calls: keys of one caller are none of another's. */
export const callerVariable = "umbelCaller";

const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:;.*)?$/;
const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/;
const longest = 255;

/** The key of a request with that of its caller; `undefined` when there is none, or why it is none. */
export function readIdempotencyKey(context: Context): string | undefined | Response {
  const header = context.req.header("idempotency-key")?.trim();
  if (header === undefined) return undefined;
  const key = quoted.exec(header)?.[1]?.replace(/\\(.)/g, "$1") ?? bare.exec(header)?.[0] ?? "";
  if (key === "" || key.length > longest) {
    return problem(
      400,
      "invalid_idempotency_key",
      `Idempotency-Key must be a text of 1 to ${longest} printable ASCII characters, as in "8e03978e-40d5"`,
      { errors: [{ field: "Idempotency-Key", detail: `1 to ${longest} printable ASCII characters` }] },
    );
  }
  return `${context.get(callerVariable) ?? ""} ${key}`;
}
