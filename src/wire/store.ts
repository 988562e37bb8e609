/**
 * Large payloads lie aside: in a store of the app's own, three functions, while the message or record carries what finds
 * them. Their keys follow from the task's id, so that nobody can make a reader look elsewhere.
 *
 * @module
 */
import { type Duration, milliseconds } from "../options/duration.ts";
import { CannotDecode, InvalidInput, StoreFailed } from "../errors.ts";
import { newWord } from "../id.ts";
import type { Json } from "../json.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";
import { toBase64 } from "./base64.ts";
import type { Bytes } from "./codec.ts";
import type { Place } from "./encoded.ts";
import { readSize } from "../options/size.ts";

/** Where large arguments and results are kept aside. Its functions may be called again with the same key. */
export interface StoreOptions {
  /**
   * What is larger goes there, once it is compressed and sealed: bytes, or text as `"256kb"`.
   *
   * @default {"256kb"}
   */
  readonly over?: number | string;
  /**
   * How long after they are due arguments are needed at most: how long a task may wait, and stay as a dead letter. Only
   * told to `put`, for what nobody is there to delete.
   *
   * @default {"90d"}
   */
  readonly keep?: Duration;
  /**
   * Keeps bytes under a key of at most 300 characters.
   *
   * @param options When they are needed no longer, for a store that forgets by itself.
   */
  put(key: string, bytes: Uint8Array, options: { readonly expires: Date }): unknown;
  /** The bytes under a key; `undefined` or `null` when there are none. */
  get(key: string): Promise<Uint8Array | undefined | null> | Uint8Array | undefined | null;
  /** Deletes what is under a key; nothing happens when nothing is. */
  delete(key: string): unknown;
}

/** The word of a task whose id nobody chose: it is sent only once. */
export const onlyWord = "once";
/** How long a stored result outlives its record (ms): readers may be slow. */
const slack = 3_600_000;

/** The app's store. */
export class PayloadStore {
  /** What is larger goes there (bytes). */
  readonly over: number;
  readonly #options: StoreOptions;
  readonly #keep: number;
  readonly #deleting = new Set<Promise<void>>();

  /** Checks the option. @throws {InvalidInput} */
  constructor(options: StoreOptions) {
    if (typeof options !== "object" || options === null) {
      throw new InvalidInput("store", `store must be an object with put, get and delete, and it is ${show(options)}`);
    }
    // A class of the app's own may have whatever members it wants.
    if (Object.getPrototypeOf(options) === Object.prototype) {
      checkKeys(options, ["over", "keep", "put", "get", "delete"], "option of a store");
    }
    for (const name of ["put", "get", "delete"] as const) {
      if (typeof options[name] === "function") continue;
      throw new InvalidInput(`store.${name}`, `store.${name} must be a function, and it is ${show(options[name])}`);
    }
    this.over = readSize(options.over ?? "256kb", "store.over");
    this.#keep = milliseconds(options.keep ?? "90d", "store.keep");
    this.#options = options;
  }

  /**
   * Keeps a payload aside.
   *
   * @param until When the message is due, or the record goes (ms since 1970).
   * @param word Of this sending: a repetition of it has the same, another one of the same id another.
   * @returns What finds it.
   * @throws {StoreFailed}
   */
  async put(place: Place, bytes: Bytes, until: number, word: string = newWord(8)): Promise<Json> {
    const expires = new Date(Math.min(until + (place.part === "args" ? this.#keep : slack), 8.64e15));
    try {
      await this.#options.put(keyOf(place, word), bytes, { expires });
    } catch (cause) {
      throw new StoreFailed(
        `The store did not take the ${bytes.length} bytes of ${nameOf(place)}: ${sentence(cause)}`,
        { cause },
      );
    }
    return { word, size: bytes.length, sha256: await digest(bytes) };
  }

  /** Gets a payload back. @throws {StoreFailed} @throws {CannotDecode} When it is not what was put there. */
  async get(place: Place, data: Json): Promise<Bytes> {
    const { word, sha256 } = readReference(place, data);
    let found;
    try {
      found = await this.#options.get(keyOf(place, word));
    } catch (cause) {
      throw new StoreFailed(`The store did not give ${nameOf(place)}: ${sentence(cause)}`, { cause });
    }
    if (!found) {
      throw new StoreFailed(`The store has nothing, or not yet, of ${nameOf(place)}`);
    }
    const bytes = Uint8Array.from(found);
    if (await digest(bytes) === sha256) return bytes;
    throw new CannotDecode(`What the store gives for ${nameOf(place)} is not what was put there`, { isDamaged: true });
  }

  /** Deletes a payload in the background; when that fails, the store's own expiry is left. */
  discard(place: Place, data: Json): void {
    const word = wordOf(data);
    if (word !== undefined) this.#delete(place, word);
  }

  #delete(place: Place, word: string): void {
    const deleting = this.#tryDelete(keyOf(place, word)).then(() => void this.#deleting.delete(deleting));
    this.#deleting.add(deleting);
  }

  async #tryDelete(key: string): Promise<void> {
    try {
      await this.#options.delete(key);
    } catch {
      // The store's own expiry is left.
    }
  }

  /** Waits until all is deleted that is to be. */
  async settled(): Promise<void> {
    await Promise.all(this.#deleting);
  }
}

function keyOf({ app, id, part }: Place, word: string): string {
  return `${app}/${id}/${part}.${word}`;
}

function nameOf({ task, id, part }: Place): string {
  return `the ${part} of task ${task}[${id}]`;
}

function readReference(place: Place, data: Json): { readonly word: string; readonly sha256: string } {
  const word = wordOf(data);
  const { sha256 } = (data ?? {}) as { readonly sha256?: unknown };
  if (word !== undefined && typeof sha256 === "string") return { word, sha256 };
  throw new CannotDecode(`What is to find ${nameOf(place)} in the store is damaged`, { isDamaged: true });
}

/** Whoever can write the broker can write what is to find something: it must lead nowhere else. */
function wordOf(data: Json): string | undefined {
  const { word } = (data ?? {}) as { readonly word?: unknown };
  return typeof word === "string" && /^[\w-]{1,64}$/.test(word) ? word : undefined;
}

async function digest(bytes: Bytes): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
