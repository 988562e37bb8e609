/**
 * Signatures of webhooks, as Standard Webhooks has them: HMAC-SHA256 of the id, the time and the body. See
 * https://www.standardwebhooks.com.
 *
 * @module
 */
import { InvalidInput, UmbelError } from "../errors.ts";

const encoder = new TextEncoder();

/** A webhook that nobody vouches for: it is unsigned, its signature is wrong, or too old. */
export class WebhookRefused extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "webhook_refused";
}

/** Secrets that webhooks are signed with; several, so that they can be replaced in turn. */
export class WebhookSecrets {
  readonly #secrets: readonly Uint8Array<ArrayBuffer>[];
  #keys: Promise<readonly CryptoKey[]> | undefined;

  /**
   * Those of these texts: each `whsec_` and 24 to 64 bytes in base64.
   *
   * @param field What they are called in the sentence that refuses one.
   * @throws {InvalidInput} When one is none.
   */
  constructor(secrets: readonly string[], field: string) {
    if (!Array.isArray(secrets) || secrets.length === 0) {
      throw new InvalidInput(field, `${field} must hold at least one secret`);
    }
    this.#secrets = secrets.map((text, index) => readSecret(text, `${field}[${index}]`));
  }

  /** The header `webhook-signature`: one signature for each secret, by spaces. */
  async sign(id: string, timestamp: number, body: string): Promise<string> {
    const signed = encoder.encode(`${id}.${timestamp}.${body}`);
    const signatures = (await this.#imported()).map(async (key) =>
      `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`
    );
    return (await Promise.all(signatures)).join(" ");
  }

  /** Whether one of the signatures is of one of the secrets. Compared in constant time. */
  async verify(header: string, id: string, timestamp: number, body: string): Promise<boolean> {
    const signed = encoder.encode(`${id}.${timestamp}.${body}`);
    const signatures = header.split(" ").flatMap((word) => {
      const text = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(word)?.[1];
      return text === undefined ? [] : [fromBase64(text)];
    });
    for (const key of await this.#imported()) {
      for (const signature of signatures.slice(0, 10)) {
        if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
      }
    }
    return false;
  }

  #imported(): Promise<readonly CryptoKey[]> {
    return this.#keys ??= Promise.all(
      this.#secrets.map((secret) =>
        crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"])
      ),
    );
  }
}

function readSecret(text: string, field: string): Uint8Array<ArrayBuffer> {
  try {
    const secret = fromBase64(/^whsec_(.*)$/.exec(text)![1]!);
    if (secret.length >= 24 && secret.length <= 64) return secret;
  } catch {
    // What is no base64 is said below, and the secret itself never.
  }
  throw new InvalidInput(field, `${field} must be whsec_ and 24 to 64 bytes in base64`);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}
