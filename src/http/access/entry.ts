/**
 * What is kept of a caller's secret: one line of text from which nobody can make it again.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { readTime } from "../../options/values.ts";
import { fromBase64 } from "../../wire/base64.ts";
import { Grants } from "./scopes.ts";
import { fromHex, toBase64url, toHex } from "./secrets.ts";

/** What all entries say. */
interface EntryFacts {
  /** Its name, for people. */
  readonly name: string;
  /** What its holder may do. */
  readonly grants: Grants;
  /** When it ends: ms since 1970. */
  readonly expires: number | undefined;
}

/** A token: its hash, or it itself where it was given as it is. */
export interface TokenEntry extends EntryFacts {
  /** Tells the kinds apart. */
  readonly kind: "token";
  /** Its SHA-256, or itself. */
  readonly secret: Uint8Array<ArrayBuffer> | string;
}

/** A user with a password. */
export interface PasswordEntry extends EntryFacts {
  /** Tells the kinds apart. */
  readonly kind: "password";
  /** How often PBKDF2 hashed it. */
  readonly iterations: number;
  /** What was hashed beside it. */
  readonly salt: Uint8Array<ArrayBuffer>;
  /** What that gave. */
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** What is kept of a caller's secret. */
export type Entry = TokenEntry | PasswordEntry;

/** Fewer would be guessed; more than that take seconds. */
const [leastIterations, mostIterations] = [10_000, 10_000_000];

/**
 * Reads an entry, as `umbel token` prints it: `ci sha256:9f86… send:mail read until:2027-02-19T12:00:00Z`. A text without
 * spaces is a token itself, which may do all.
 *
 * @throws {InvalidInput} When it is neither.
 */
export function readEntry(text: unknown, field: string, index: number): Entry {
  if (typeof text !== "string" || !/^[\x20-\x7e]+$/.test(text) || text.trim() === "") {
    throw new InvalidInput(field, `${field} must be visible ASCII characters, at least one`);
  }
  const [name, hash, ...words] = text.trim().split(/ +/) as [string, string | undefined, ...string[]];
  if (hash === undefined) {
    const grants = new Grants(["admin"]);
    return { kind: "token", name: `token ${index + 1}`, secret: name, grants, expires: undefined };
  }
  const until = words.filter((word) => word.startsWith("until:"));
  const scopes = words.filter((word) => !word.startsWith("until:"));
  const secret = readHash(hash);
  if (!secret || until.length > 1 || scopes.length === 0) {
    throw new InvalidInput(
      field,
      `${field} must be a token without spaces, or a line that umbel token printed: NAME sha256:… SCOPE … until:TIME`,
    );
  }
  const grants = new Grants(scopes, field);
  const expires = until[0] === undefined ? undefined : readTime(until[0].slice("until:".length), field);
  return { ...secret, name, grants, expires };
}

function readHash(
  text: string,
): Pick<TokenEntry, "kind" | "secret"> | Pick<PasswordEntry, "kind" | "iterations" | "salt" | "hash"> | undefined {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(text) ?? [];
  if (hex !== undefined) return { kind: "token", secret: fromHex(hex) };
  const [, count, salt, hash] = /^pbkdf2-sha256:(\d{1,8}):([\w-]{22,86}):([\w-]{43})$/.exec(text) ?? [];
  const iterations = Number(count);
  if (!salt || !hash || iterations < leastIterations || iterations > mostIterations) return undefined;
  return { kind: "password", iterations, salt: fromBase64(salt), hash: fromBase64(hash) };
}

/** What an entry says beside the hash. */
export interface EntryText {
  /** Its name: without spaces. */
  readonly name: string;
  /** What its holder may do. */
  readonly scopes: readonly string[];
  /** When it ends: ms since 1970. */
  readonly expires?: number;
}

/** The line of a token. */
export function tokenEntry(facts: EntryText, hash: Uint8Array): string {
  return entryOf(facts, `sha256:${toHex(hash)}`);
}

/** The line of a user. */
export function passwordEntry(
  facts: EntryText,
  { iterations, salt, hash }: { readonly iterations: number; readonly salt: Uint8Array; readonly hash: Uint8Array },
): string {
  return entryOf(facts, `pbkdf2-sha256:${iterations}:${toBase64url(salt)}:${toBase64url(hash)}`);
}

/** @throws {InvalidInput} When the name has spaces, or a scope is none. */
function entryOf({ name, scopes, expires }: EntryText, hash: string): string {
  if (!/^[\x21-\x7e]{1,100}$/.test(name) || name.startsWith("#") || name.includes(",")) {
    throw new InvalidInput(
      "name",
      `name must be 1 to 100 visible ASCII characters without commas, and no # before them`,
    );
  }
  const until = expires === undefined ? [] : [`until:${new Date(expires).toISOString()}`];
  return [name, hash, ...new Grants(scopes, "scope").texts, ...until].join(" ");
}
