/**
 * Signed requests: for a cron elsewhere that is to do one thing and is to hold no token that can do all.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import type { Reader } from "../requests/call.ts";
import { fromBase64 } from "../../wire/base64.ts";
import { fromHex, toBase64url } from "./secrets.ts";

const encoder = new TextEncoder();

/** How far the time of a signature may be from now (s). */
const tolerance = 300;

/** Keys that requests may be signed with; several, so that they can be replaced in turn. */
export class SigningKeys {
  readonly #texts: readonly string[];
  #keys: Promise<readonly CryptoKey[]> | undefined;

  /** @throws {InvalidInput} When one is too short to be a secret. */
  constructor(texts: readonly string[]) {
    for (const [index, text] of texts.entries()) {
      if (typeof text === "string" && text.length >= 16) continue;
      throw new InvalidInput(
        `signingKeys[${index}]`,
        `signingKeys[${index}] must be a secret of at least 16 characters`,
      );
    }
    this.#texts = [...texts];
  }

  /**
   * Whether a request is signed with one of the keys, now: by `Umbel-Signature`, or by `Upstash-Signature`, as QStash
   * signs what it sends.
   *
   * @param read Reads the body.
   * @param now ms since 1970.
   */
  async verify({ method, url, headers }: Request, read: Reader, now: number): Promise<boolean> {
    const { pathname } = new URL(url);
    const own = headers.get("umbel-signature");
    if (own !== null) return await this.#verifyOwn(own, `${method} ${pathname}`, now / 1000);
    const jwt = headers.get("upstash-signature");
    return jwt !== null && await this.#verifyJwt(jwt, pathname, read, now / 1000);
  }

  /** `t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<method> <path>`. */
  async #verifyOwn(header: string, what: string, now: number): Promise<boolean> {
    const [, time, hex] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
    if (time === undefined || Math.abs(Number(time) - now) > tolerance) return false;
    return await this.#isSigned(fromHex(hex!), `${time}.${what}`);
  }

  /** A JSON Web Token by HS256: for whom, until when, and the SHA-256 of the body. */
  async #verifyJwt(jwt: string, path: string, read: Reader, now: number): Promise<boolean> {
    const [header, payload, signature, ...more] = jwt.split(".");
    if (!header || !payload || !signature || more.length > 0) return false;
    try {
      if (JSON.parse(decode(header)).alg !== "HS256") return false;
      if (!await this.#isSigned(fromBase64(signature), `${header}.${payload}`)) return false;
      const { iss, sub, exp, nbf = 0, body: digest } = JSON.parse(decode(payload));
      if (iss !== "Upstash" || !(exp > now - 1) || nbf > now + tolerance) return false;
      if (new URL(sub).pathname !== path) return false;
      // Only now: a body that nobody signed is not read.
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await read()));
      return String(digest).replace(/=+$/, "") === toBase64url(hash);
    } catch {
      return false;
    }
  }

  async #isSigned(signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
    this.#keys ??= Promise.all(
      this.#texts.map((key) =>
        crypto.subtle.importKey("raw", encoder.encode(key), { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
      ),
    );
    for (const key of await this.#keys) {
      if (await crypto.subtle.verify("HMAC", key, signature, encoder.encode(text))) return true;
    }
    return false;
  }
}

function decode(text: string): string {
  return new TextDecoder().decode(fromBase64(text));
}
