/**
 * What this server says of itself and wants to recognize: signed with its secret, readable by anybody.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import type { Json } from "../../json.ts";
import { fromBase64 } from "../../wire/base64.ts";
import { isEqual, toBase64url } from "./secrets.ts";

const encoder = new TextEncoder();
const leastLength = 32;

/** Signs and recognizes. */
export class Signer {
  readonly #secrets: readonly Uint8Array<ArrayBuffer>[];
  #keys: Promise<readonly CryptoKey[]> | undefined;

  /** With these secrets: the first one signs, all are recognized. */
  constructor(secrets: readonly Uint8Array<ArrayBuffer>[]) {
    this.#secrets = secrets;
  }

  /**
   * With secrets that are texts.
   *
   * @throws {InvalidInput} When one is too short to be a secret.
   */
  static of(secrets: string | readonly string[]): Signer {
    const texts = typeof secrets === "string" ? [secrets] : secrets;
    for (const text of texts) {
      if (typeof text === "string" && text.length >= leastLength) continue;
      throw new InvalidInput(
        "secret",
        `secret must be a text of at least ${leastLength} characters that nobody guesses`,
      );
    }
    if (texts.length === 0) throw new InvalidInput("secret", "secret must be a text, or a list of at least one");
    return new Signer(texts.map((text) => encoder.encode(text)));
  }

  /** With a secret of its own, which ends with it. */
  static random(): Signer {
    return new Signer([crypto.getRandomValues(new Uint8Array(32))]);
  }

  /** A statement, signed for one purpose: it is none for another. */
  async sign(purpose: string, statement: Json): Promise<string> {
    const text = toBase64url(encoder.encode(JSON.stringify(statement)));
    return `${text}.${await this.mac(purpose, text)}`;
  }

  /** The statement of a text that was signed here for this purpose. */
  async open(purpose: string, signed: string): Promise<unknown> {
    const [text, mac, ...more] = signed.split(".");
    if (!text || !mac || more.length > 0 || !await this.isMac(purpose, text, mac)) return undefined;
    return JSON.parse(new TextDecoder().decode(fromBase64(text)));
  }

  /** A text's signature for one purpose. */
  async mac(purpose: string, text: string): Promise<string> {
    const [key] = await this.#ready();
    return toBase64url(await macBy(key!, purpose, text));
  }

  /** Whether this is a text's signature for that purpose. */
  async isMac(purpose: string, text: string, mac: string): Promise<boolean> {
    for (const key of await this.#ready()) {
      const right = toBase64url(await macBy(key, purpose, text));
      if (isEqual(encoder.encode(right), encoder.encode(mac))) return true;
    }
    return false;
  }

  #ready(): Promise<readonly CryptoKey[]> {
    return this.#keys ??= Promise.all(
      this.#secrets.map((secret) =>
        crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
      ),
    );
  }
}

async function macBy(key: CryptoKey, purpose: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(`umbel ${purpose}.${text}`)));
}
