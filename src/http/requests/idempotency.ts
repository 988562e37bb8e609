/**
 * The header `Idempotency-Key`, as the IETF's draft of that name has it: a structured field, of which most clients send
 * the bare text.
 *
 * @module
 */
import type { Parameter } from "./parameters.ts";
import { Refusal } from "../answers/problem.ts";

const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:;.*)?$/;
const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/;
const longest = 255;
const rule = `1 to ${longest} printable ASCII characters`;

/** The key of a request, without that of its caller. */
export const idempotencyKey: Parameter<string | undefined> = {
  description: "The same request under the same key, by the same caller, is carried out once and answered alike",
  schema: { type: "string", minLength: 1, maxLength: longest + 2 },
  read(text) {
    if (text === undefined) return undefined;
    const header = text.trim();
    const key = quoted.exec(header)?.[1]?.replace(/\\(.)/g, "$1") ?? bare.exec(header)?.[0] ?? "";
    if (key !== "" && key.length <= longest) return key;
    throw new Refusal(
      400,
      "invalid_idempotency_key",
      `Idempotency-Key must be a text of ${rule}, as in "8e03978e-40d5"`,
      { errors: [{ field: "Idempotency-Key", detail: rule }] },
    );
  },
};
