/**
 * Sealed payloads: whoever runs the broker reads no arguments, headers, results, errors, log lines or progress.
 *
 * AES-256-GCM by WebCrypto, with a random nonce for each payload. What is sealed is bound to the app, the task's id and
 * name, and to what it is: moved to another message it does not open.
 *
 * @module
 */
import { CannotDecode } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean } from "../options/values.ts";
import { toBase64 } from "../wire/base64.ts";
import type { ByteCodec, Bytes } from "../wire/codec.ts";
import { KeyRing, type Keys } from "./keys.ts";

/** How to seal. */
export interface SealedOptions {
  /** Keys by their ids, of 32 bytes each: the first one seals, all of them open. */
  readonly keys: Keys;
  /**
   * Whether arguments and results that are not sealed are refused. `false` while sealing is introduced and others still
   * wait.
   *
   * @default {true}
   */
  readonly required?: boolean;
}

interface ReadyKey {
  readonly seal: CryptoKey;
  readonly blind: CryptoKey;
}

/** The first byte: of another layout it would be another one. */
const layout = 1;
const nonceLength = 12;
const utf8 = new TextEncoder();
const ascii = new TextDecoder();

/**
 * Seals payloads.
 *
 * @throws {InvalidInput} When a key is not of 32 bytes.
 */
export function sealed(options: SealedOptions): ByteCodec {
  checkKeys(options, ["keys", "required"], "option of sealed");
  const ring = new KeyRing(options.keys, ready);
  return Object.freeze<ByteCodec>({
    name: "sealed",
    stage: "seal",
    isRequired: readBoolean(options.required ?? true, "required"),
    async encode(bytes, place) {
      const head = headOf(ring.first);
      const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
      const { seal } = await ring.get(ring.first)!;
      const body = await crypto.subtle.encrypt(algorithm(iv, head, place), seal, bytes);
      return joined(head, iv, new Uint8Array(body));
    },
    async decode(bytes, place) {
      const { head, id, iv, body } = parts(bytes);
      const key = await ring.get(id);
      if (!key) {
        throw new CannotDecode(
          `A payload is sealed with the key ${JSON.stringify(id)}, and known are ${ring.ids.join(", ")}`,
        );
      }
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, head, place), key.seal, body));
      } catch (cause) {
        throw new CannotDecode(
          `A payload does not open with the key ${JSON.stringify(id)}: it was changed, or sealed for ` +
            `another task, or with another key of that id`,
          { cause, isDamaged: true },
        );
      }
    },
    async blind(text) {
      const { blind } = await ring.get(ring.first)!;
      const mac = toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", blind, utf8.encode(text))));
      return mac.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    },
  });
}

async function ready(raw: Bytes): Promise<ReadyKey> {
  const hash = { name: "HMAC", hash: "SHA-256" };
  // One key, two uses: each gets a key of its own.
  const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const derive = (use: string) => ({
    ...{ name: "HKDF", hash: "SHA-256", salt: new Uint8Array() },
    info: utf8.encode(`umbel ${use}`),
  });
  const [seal, blind] = await Promise.all([
    crypto.subtle.deriveKey(derive("seal"), base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveKey(derive("blind"), base, { ...hash, length: 256 }, false, ["sign"]),
  ]);
  return { seal, blind };
}

function algorithm(iv: Bytes, head: Bytes, place: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: joined(head, utf8.encode(place)) };
}

/** Which layout it is, and the id of the key. */
function headOf(id: string): Bytes {
  return joined(Uint8Array.of(layout, id.length), utf8.encode(id));
}

function parts(bytes: Bytes): { readonly head: Bytes; readonly id: string; readonly iv: Bytes; readonly body: Bytes } {
  const end = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== layout || bytes.length < end + nonceLength + 16) {
    throw new CannotDecode("A sealed payload is not whole", { isDamaged: true });
  }
  const head = bytes.subarray(0, end);
  return {
    head,
    id: ascii.decode(head.subarray(2)),
    iv: bytes.subarray(end, end + nonceLength),
    body: bytes.subarray(end + nonceLength),
  };
}

function joined(...all: readonly Bytes[]): Bytes {
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
