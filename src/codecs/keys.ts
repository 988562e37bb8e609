/**
 * The keys of codecs: several that are accepted, of which the first is used, so that they can be replaced in turn.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";
import { fromBase64 } from "../wire/base64.ts";
import type { Bytes } from "../wire/codec.ts";

/**
 * Keys by their ids: 32 bytes each, as they are or in base64 (`openssl rand -base64 32`). The first one is used, all of
 * them are accepted.
 */
export type Keys = { readonly [id: string]: string | Uint8Array };

/** Keys of one use, ready for it. */
export class KeyRing<Ready> {
  /** The id of the first one. */
  readonly first: string;
  readonly #raw: ReadonlyMap<string, Bytes>;
  readonly #make: (raw: Bytes) => Promise<Ready>;
  readonly #ready = new Map<string, Promise<Ready>>();

  /**
   * Checks keys.
   *
   * @param make Makes one ready, once.
   * @throws {InvalidInput} When there are none, or one is not of 32 bytes. The sentence does not say the key.
   */
  constructor(keys: Keys, make: (raw: Bytes) => Promise<Ready>) {
    this.#raw = readKeys(keys);
    this.#make = make;
    this.first = this.#raw.keys().next().value!;
  }

  /** The ids of all of them. */
  get ids(): readonly string[] {
    return [...this.#raw.keys()];
  }

  /** The key of that id. */
  get(id: string): Promise<Ready> | undefined {
    const raw = this.#raw.get(id);
    if (!raw) return undefined;
    let ready = this.#ready.get(id);
    if (!ready) this.#ready.set(id, ready = this.#make(raw));
    return ready;
  }
}

function readKeys(keys: unknown): ReadonlyMap<string, Bytes> {
  if (typeof keys !== "object" || keys === null || Array.isArray(keys)) {
    throw new InvalidInput(
      "keys",
      `keys must be an object of ids and keys, and it is ${Array.isArray(keys) ? "a list" : show(keys)}`,
    );
  }
  const entries = Object.entries(keys);
  if (entries.length === 0) throw new InvalidInput("keys", "keys must hold at least one key, and it is empty");
  return new Map(entries.map(([id, key]) => [checkId(id), readKey(id, key)]));
}

function checkId(id: string): string {
  if (!/^[\w.-]{1,64}$/.test(id)) {
    throw new InvalidInput("keys", `The id of a key must be 1 to 64 letters, digits and _ . -, and it is ${show(id)}`);
  }
  // An object puts such names first, whatever the order they were written in: the wrong key would be used.
  if (/^\d+$/.test(id)) {
    throw new InvalidInput("keys", `The id of a key must not be a number, as an object sorts those: k${id}, not ${id}`);
  }
  return id;
}

function readKey(id: string, key: unknown): Bytes {
  const bytes = typeof key === "string" ? tryBase64(key.trim()) : key instanceof Uint8Array ? key.slice() : undefined;
  if (bytes?.length === 32) return bytes as Bytes;
  const what = bytes ? `it has ${bytes.length}` : typeof key === "string" ? "it is no base64" : `it is ${typeof key}`;
  throw new InvalidInput("keys", `The key ${show(id)} must be 32 bytes, or base64 of them, and ${what}`);
}

function tryBase64(text: string): Bytes | undefined {
  try {
    return fromBase64(text);
  } catch {
    return undefined;
  }
}
