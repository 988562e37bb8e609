/**
 * Who may call what is served: what the command line and the environment say of it.
 *
 * @module
 */
import { passwordEntry } from "../http/access/entry.ts";
import { hashPassword, usualIterations } from "../http/access/passwords.ts";
import type { HttpOptions } from "../http/options.ts";
import { type Options, readList } from "./command.ts";
import { UsageError } from "./failure.ts";

/** Hold secrets, where the command line of a process can be read by others. */
const tokensVariable = "UMBEL_HTTP_TOKENS";
const usersVariable = "UMBEL_BASIC_AUTH";
const secretVariable = "UMBEL_HTTP_SECRET";

/** Options that say who may call. */
export const accessOptions = {
  token: { value: "A,B", help: `who shows one of these may call (default: ${tokensVariable})` },
  "tokens-file": { value: "FILE", help: "the same, a line each, as umbel token prints them" },
  "basic-auth": { value: "USER:PASSWORD,…", help: `these users may do all (default: ${usersVariable})` },
  "trust-header": {
    value: "'NAME SCOPE…'",
    help: "whom a proxy names by this header may do so much: 'x-forwarded-user read control'",
  },
} as const satisfies Options;

/** What was given of them. */
export interface AccessValues {
  /** Tokens, with commas. */
  readonly token: string | undefined;
  /** A file. */
  readonly "tokens-file": string | undefined;
  /** Users with passwords, with commas. */
  readonly "basic-auth": string | undefined;
  /** A header and scopes. */
  readonly "trust-header": string | undefined;
}

/** What is served knows its callers by this. */
export type AccessSettings = Pick<HttpOptions, "tokens" | "trustHeader" | "open" | "hosts" | "secret">;

/**
 * Reads who may call.
 *
 * @param host Where is listened: without anybody who is known only this machine may call.
 * @throws {UsageError} When nobody is known and others can reach the host.
 */
export async function readAccess(options: AccessValues, host: string): Promise<AccessSettings> {
  const tokens = [
    ...readList(options.token ?? variable(tokensVariable)?.replaceAll("\n", ",")) ?? [],
    ...options["tokens-file"] === undefined ? [] : await readTokens(options["tokens-file"]),
    ...await readUsers(options["basic-auth"] ?? variable(usersVariable)),
  ];
  const trustHeader = readTrusted(options["trust-header"]);
  const secret = readList(variable(secretVariable));
  const signs = secret ? { secret } : {};
  if (tokens.length > 0 || trustHeader) {
    return { ...(tokens.length > 0 ? { tokens } : {}), ...(trustHeader ? { trustHeader } : {}), ...signs };
  }
  if (!isLoopback(host)) {
    throw new UsageError(`Others can reach ${host}: say who may call, by --token, --tokens-file or ${tokensVariable}`);
  }
  // No page whose name was made to lead here may call, either.
  return { open: true, hosts: ["localhost", "127.0.0.1", "[::1]", host], ...signs };
}

async function readTokens(file: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`There is no file ${JSON.stringify(file)}: umbel token --tokens-file makes it`);
  }
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw new UsageError(`${file} holds no token: umbel token --tokens-file adds one`);
  return lines;
}

async function readUsers(text: string | undefined): Promise<string[]> {
  const users = readList(text) ?? [];
  return await Promise.all(users.map(async (user) => {
    const [, name, password] = /^([^:\s]+):(.+)$/.exec(user) ?? [];
    if (name === undefined) throw new UsageError("--basic-auth must be USER:PASSWORD, or several with commas");
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const hash = await hashPassword(password!, salt, usualIterations);
    return passwordEntry({ name, scopes: ["admin"] }, { iterations: usualIterations, salt, hash });
  }));
}

function readTrusted(text: string | undefined): HttpOptions["trustHeader"] {
  if (text === undefined) return undefined;
  const [name, ...scopes] = text.trim().split(/\s+/);
  if (scopes.length > 0) return { name: name!, scopes };
  throw new UsageError("--trust-header must be a header and scopes, as in 'x-forwarded-user read control'");
}

function variable(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
