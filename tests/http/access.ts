/** What the tests of access share: entries of tokens and users. */
import { passwordEntry, tokenEntry } from "../../src/http/access/entry.ts";
import { hashPassword } from "../../src/http/access/passwords.ts";
import { sha256 } from "../../src/http/access/secrets.ts";

/** The line that is kept of a token. */
export async function entryOf(secret: string, scopes: readonly string[], expires?: number): Promise<string> {
  const facts = { name: "ci", scopes, ...(expires === undefined ? {} : { expires }) };
  return tokenEntry(facts, await sha256(secret));
}

/** The line that is kept of a user, whose password is hashed in little time. */
export async function userOf(name: string, password: string, scopes: readonly string[]): Promise<string> {
  const salt = new Uint8Array(16);
  const iterations = 10_000;
  return passwordEntry({ name, scopes }, { iterations, salt, hash: await hashPassword(password, salt, iterations) });
}
