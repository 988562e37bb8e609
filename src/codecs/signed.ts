/**
 * Signed messages: a worker runs only what somebody sent who has a key.
 *
 * HMAC-SHA-256 by WebCrypto.
 *
 * @module
 */
import type { Duration } from "../options/duration.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean, readLimit } from "../options/values.ts";
import { fromBase64, toBase64 } from "../wire/base64.ts";
import type { SigningCodec } from "../wire/codec.ts";
import { KeyRing, type Keys } from "./keys.ts";

/** How to sign. */
export interface SignedOptions {
  /** Keys by their ids, of 32 bytes each: the first one signs, all of them are accepted. */
  readonly keys: Keys;
  /**
   * How long after it is due a message may be run: what waits longer is refused. A retry counts from its own time.
   *
   * @default {"7d"}
   */
  readonly maxAge?: Duration;
  /**
   * Whether unsigned messages are refused. `false` while signing is introduced and unsigned ones still wait; those that
   * are signed wrongly are refused even so.
   *
   * @default {true}
   */
  readonly required?: boolean;
}

const algorithm = { name: "HMAC", hash: "SHA-256" };
const utf8 = new TextEncoder();

/**
 * Signs messages.
 *
 * @throws {InvalidInput} When a key is not of 32 bytes.
 */
export function signed(options: SignedOptions): SigningCodec {
  checkKeys(options, ["keys", "maxAge", "required"], "option of signed");
  const ring = new KeyRing(
    options.keys,
    (raw) => crypto.subtle.importKey("raw", raw, algorithm, false, ["sign", "verify"]),
  );
  return Object.freeze<SigningCodec>({
    name: "hmac",
    stage: "sign",
    maxAge: readLimit(options.maxAge ?? "7d", "maxAge"),
    isRequired: readBoolean(options.required ?? true, "required"),
    async sign(text) {
      const mac = await crypto.subtle.sign(algorithm, await ring.get(ring.first)!, utf8.encode(text));
      return `${ring.first}:${toBase64(new Uint8Array(mac))}`;
    },
    async verify(text, signature) {
      const [, id, mac] = /^([\w.-]+):([A-Za-z0-9+/]{43}=)$/.exec(signature) ?? [];
      if (!id || !mac) return "its signature is none";
      const key = await ring.get(id);
      if (!key) return `it is signed with the key ${JSON.stringify(id)}, and accepted are ${ring.ids.join(", ")}`;
      const isRight = await crypto.subtle.verify(algorithm, key, fromBase64(mac), utf8.encode(text));
      return isRight ? undefined : "its signature is wrong: it was changed, or signed with another key of that id";
    },
  });
}
