/**
 * Users with passwords, by HTTP's Basic authentication: for a small set-up and its browsers.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { Refusal } from "../answers/problem.ts";
import { Caller } from "./caller.ts";
import type { PasswordEntry } from "./entry.ts";
import { isEqual, sha256, toHex } from "./secrets.ts";

const encoder = new TextEncoder();

/** What is spent on a password that is to be guessed: as OWASP recommends for PBKDF2 with SHA-256 (2023). */
export const usualIterations = 600_000;

/** A password so checked is known again without that work, for so many users (per process). */
const mostKnown = 1000;
/** Work for passwords that is done at once, and that waits. */
const mostAtOnce = 2;
const mostWaiting = 20;
/** Failures of a user's name: so many at once, then one in 6 s. */
const failures = { limit: 10, period: 60_000 };

/** The slow hash of a password. */
export async function hashPassword(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(password.normalize("NFC")), "PBKDF2", false, [
    "deriveBits",
  ]);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256),
  );
}

/** Users that are known. */
export class Passwords {
  readonly #entries: ReadonlyMap<string, PasswordEntry>;
  readonly #clock: Clock;
  readonly #failures: RateLimiter;
  /** What was right before, by a hash that nobody else can make. */
  readonly #known = new Map<string, PasswordEntry>();
  readonly #pepper = toHex(crypto.getRandomValues(new Uint8Array(16)));
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** With these entries; of one name the last one. */
  constructor(entries: readonly PasswordEntry[], clock: Clock) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    this.#clock = clock;
    this.#failures = new RateLimiter(failures, clock);
  }

  /**
   * Who has this name and password.
   *
   * @throws {Refusal} 401, when nobody does; 429, when that was tried too often.
   */
  async find(name: string, password: string): Promise<Caller> {
    const mark = toHex(await sha256(`${this.#pepper} ${name} ${password}`));
    const entry = this.#known.get(mark) ?? await this.#check(name, password, mark);
    if (entry.expires !== undefined && entry.expires <= this.#clock.now()) throw wrong();
    return callerOf(entry);
  }

  /** The caller of a key, for a session that it opened. */
  callerOf(key: string): Caller | undefined {
    for (const entry of this.#entries.values()) {
      if (keyOf(entry) !== key) continue;
      return entry.expires !== undefined && entry.expires <= this.#clock.now() ? undefined : callerOf(entry);
    }
    return undefined;
  }

  async #check(name: string, password: string, mark: string): Promise<PasswordEntry> {
    const entry = this.#entries.get(name);
    const key = entry ? name : await this.#keyOfNobody(name);
    if (this.#failures.look(key).remaining < 1) throw tooOften(this.#failures.look(key).wait);
    await this.#enter();
    try {
      // As much work for a name that is nobody's, so that the time does not tell which are somebody's.
      const { salt, iterations, hash } = entry ?? this.#anyEntry();
      const isRight = isEqual(await hashPassword(password, salt, iterations), hash);
      if (entry && isRight) {
        if (this.#known.size >= mostKnown) this.#known.clear();
        this.#known.set(mark, entry);
        return entry;
      }
    } finally {
      this.#leave();
    }
    this.#failures.take(key);
    throw wrong();
  }

  /**
   * Names that are nobody's are without number, so some share their failures; few do, or who finds that a name has
   * failures left would know that it is somebody's.
   */
  async #keyOfNobody(name: string): Promise<string> {
    return ` ${toHex(await sha256(`${this.#pepper} ${name}`)).slice(0, 3)}`;
  }

  #anyEntry(): PasswordEntry {
    for (const entry of this.#entries.values()) return entry;
    throw wrong();
  }

  /** The work takes a core: whoever guesses must not have all of them. */
  async #enter(): Promise<void> {
    if (this.#running < mostAtOnce) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= mostWaiting) throw tooOften(1000);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}

function callerOf(entry: PasswordEntry): Caller {
  return new Caller({ name: entry.name, key: keyOf(entry), kind: "password", grants: entry.grants });
}

/** With a new password its sessions end. */
function keyOf({ name, salt }: PasswordEntry): string {
  return `${name}:${toHex(salt.subarray(0, 8))}`;
}

function wrong(): Refusal {
  return new Refusal(401, "unauthorized", "There is no user of this name and password", {
    headers: { "www-authenticate": 'Basic realm="umbel", charset="UTF-8"' },
  });
}

function tooOften(wait: number): Refusal {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  return new Refusal(429, "too_many_requests", "Passwords were tried too often: try again later", {
    headers: { "retry-after": String(seconds) },
  });
}
