/**
 * Bearer tokens: who shows one that is known is its holder.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { Refusal } from "../answers/problem.ts";
import { Caller } from "./caller.ts";
import type { TokenEntry } from "./entry.ts";
import { isEqual, sha256, toHex } from "./secrets.ts";

/** An entry with its hash, and the caller that it is. */
interface Known {
  readonly hash: Uint8Array;
  readonly caller: Caller;
  readonly expires: number | undefined;
}

/** Tokens that are known. */
export class Tokens {
  readonly #entries: readonly TokenEntry[];
  readonly #clock: Clock;
  #known: Promise<readonly Known[]> | undefined;
  /** Those that were shown, by their secrets: no more than there are entries, and none that was only guessed. */
  readonly #shown = new Map<string, Known>();

  /** With these entries. */
  constructor(entries: readonly TokenEntry[], clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Whose token this is. @throws {Refusal} 401, when it is nobody's or has ended. */
  async find(secret: string): Promise<Caller> {
    // Hashing takes as long as all else that is done for a request: whose secret is known as a whole is spared it.
    const found = this.#shown.get(secret) ?? await this.#compare(secret);
    if (this.#hasEnded(found)) throw invalidToken("The token has ended");
    return found.caller;
  }

  async #compare(secret: string): Promise<Known> {
    const [known, hash] = await Promise.all([this.#all(), sha256(secret)]);
    // All of them are compared, each to its end: the time tells nothing about the tokens.
    const [found] = known.filter((one) => isEqual(one.hash, hash));
    if (!found) throw invalidToken("The token is not known");
    this.#shown.set(secret, found);
    return found;
  }

  /** The caller of a key, for a session that it opened. */
  async callerOf(key: string): Promise<Caller | undefined> {
    const found = (await this.#all()).find(({ caller }) => caller.key === key);
    return found && !this.#hasEnded(found) ? found.caller : undefined;
  }

  async #all(): Promise<readonly Known[]> {
    return await (this.#known ??= Promise.all(this.#entries.map(know)));
  }

  #hasEnded({ expires }: Known): boolean {
    return expires !== undefined && expires <= this.#clock.now();
  }
}

async function know({ name, secret, grants, expires }: TokenEntry): Promise<Known> {
  const hash = typeof secret === "string" ? await sha256(secret) : secret;
  // A part of the hash: enough to tell callers apart, and nothing that would open anything.
  const key = toHex(hash.subarray(0, 8));
  return { hash, caller: new Caller({ name, key, kind: "token", grants }), expires };
}

/** The refusal of a token. */
export function invalidToken(detail: string): Refusal {
  return new Refusal(401, "unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="umbel", error="invalid_token"' },
  });
}
