/**
 * Who calls: whoever shows a token, a password or a cookie that is known here, whomever a proxy vouches for, or anybody
 * where that is said.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { InvalidInput } from "../../errors.ts";
import { fromBase64 } from "../../wire/base64.ts";
import type { Reader } from "../requests/call.ts";
import { Refusal } from "../answers/problem.ts";
import type { Route } from "../route.ts";
import { anybody, Caller } from "./caller.ts";
import { readEntry } from "./entry.ts";
import { Passwords } from "./passwords.ts";
import { Grants } from "./scopes.ts";
import { isSecure, Sessions } from "./sessions.ts";
import { SigningKeys } from "./signed.ts";
import { Signer } from "./signer.ts";
import { isTaskToken, TaskTokens } from "./task_token.ts";
import { Tokens } from "./tokens.ts";

/** A header by which a proxy says who calls. */
export interface TrustedHeader {
  /** The header's name: `x-forwarded-user`. */
  readonly name: string;
  /** What those that it names may do. */
  readonly scopes: readonly string[];
}

/** Who may call. */
export interface AccessOptions {
  /** Entries of tokens and of users, and tokens as they are. */
  readonly tokens?: readonly string[] | undefined;
  /** Anybody may do anything. */
  readonly open?: boolean;
  /** A header that a proxy sets. */
  readonly trustHeader?: TrustedHeader | undefined;
  /** Signs tokens for single tasks, and sessions. */
  readonly secret?: string | readonly string[] | undefined;
  /** Keys that requests may be signed with, where a route takes that. */
  readonly signingKeys?: readonly string[] | undefined;
  /** The app's name. */
  readonly app: string;
  /** Tells what has ended. */
  readonly clock: Clock;
}

/** What somebody shows to log in. */
export interface Credentials {
  /** A user's name; absent or empty for a token. */
  readonly user?: string;
  /** A token, or the user's password. */
  readonly secret: string;
}

/** What a route says about who may call. */
export type Admitting = Pick<Route, "access" | "signed" | "single">;

const signer = new Caller({ name: "signed", key: "signed", kind: "signature", grants: new Grants([]) });
const stranger = new Caller({ name: "anybody", key: "", kind: "open", grants: new Grants([]) });

/** The longest name that is taken from a proxy. */
const longestName = 200;

/** Finds out who calls. */
export class Access {
  /** Makes tokens for single tasks; `undefined` where no `secret` was given, since nobody would know them again. */
  readonly taskTokens: TaskTokens | undefined;
  readonly #tokens: Tokens;
  readonly #passwords: Passwords | undefined;
  readonly #header: { readonly name: string; readonly grants: Grants } | undefined;
  readonly #keys: SigningKeys | undefined;
  readonly #signer: Signer;
  readonly #sessions: Sessions;
  readonly #isOpen: boolean;
  readonly #clock: Clock;

  /** @throws {InvalidInput} When what is given breaks its rule, or nobody is said to be let in. */
  constructor({ tokens, open = false, trustHeader, secret, signingKeys, app, clock }: AccessOptions) {
    if (open === (tokens !== undefined || trustHeader !== undefined)) {
      throw new InvalidInput("tokens", "Say who may call: tokens: [secret, …], trustHeader, or else open: true");
    }
    if (tokens?.length === 0) throw new InvalidInput("tokens", "tokens must hold at least one token");
    const entries = (tokens ?? []).map((text, index) => readEntry(text, `tokens[${index}]`, index));
    const users = entries.filter((entry) => entry.kind === "password");
    this.#tokens = new Tokens(entries.filter((entry) => entry.kind === "token"), clock);
    this.#passwords = users.length === 0 ? undefined : new Passwords(users, clock);
    this.#header = trustHeader && readTrusted(trustHeader);
    this.#keys = signingKeys && new SigningKeys(signingKeys);
    // Sessions last as long as this process where nobody gave a secret.
    this.#signer = secret === undefined ? Signer.random() : Signer.of(secret);
    this.#sessions = new Sessions(app, this.#signer, clock);
    this.taskTokens = secret === undefined ? undefined : new TaskTokens(app, this.#signer, clock);
    this.#isOpen = open;
    this.#clock = clock;
  }

  /**
   * Who sends a request to a route, or to where there is none.
   *
   * @param read Reads the body.
   * @throws {Refusal} 401, when it takes a caller that is known, and this is none.
   */
  async admit(request: Request, route: Admitting | undefined, read: Reader): Promise<Caller> {
    if (route?.access === "public") return stranger;
    if (route?.signed && await this.#keys?.verify(request, read, this.#clock.now())) return signer;
    return await this.identify(request, { isSingle: route?.single !== undefined });
  }

  /**
   * Who sends a request.
   *
   * @throws {Refusal} 401, when it does not say so or what it says is wrong.
   */
  async identify(request: Request, { isSingle = false }: { readonly isSingle?: boolean } = {}): Promise<Caller> {
    if (this.#isOpen) return anybody;
    const authorization = request.headers.get("authorization") ?? "";
    const [, scheme = "", shown = ""] = /^([a-z]+) +(\S+) *$/i.exec(authorization) ?? [];
    if (scheme.toLowerCase() === "bearer") return await this.#bearer(shown);
    if (scheme.toLowerCase() === "basic" && this.#passwords) return await this.#basic(shown);
    const single = isSingle ? new URL(request.url).searchParams.get("access_token") : null;
    if (single !== null && this.taskTokens && isTaskToken(single)) return await this.taskTokens.find(single);
    return await this.#session(request) ?? this.#vouchedFor(request) ?? this.#refuse(request);
  }

  /**
   * Opens a session for whoever shows this.
   *
   * @returns Who it is, and the header `Set-Cookie`.
   * @throws {Refusal} 401, when it is wrong.
   */
  async login(
    request: Request,
    { user = "", secret }: Credentials,
  ): Promise<{ readonly caller: Caller; readonly cookie: string }> {
    const caller = user === "" ? await this.#tokens.find(secret) : await this.#user(user, secret);
    return { caller, cookie: await this.#sessions.open(caller.key, isSecure(request)) };
  }

  /** The header `Set-Cookie` that closes the session of a browser. */
  logout(request: Request): string {
    return this.#sessions.close(isSecure(request));
  }

  /** What stands in the field `csrf` of a form, so that it is known to come from a page of this caller's. */
  async formToken(caller: Caller): Promise<string> {
    return await this.#signer.mac("form", formKeyOf(caller));
  }

  /** Checks what stands in the field `csrf` of a form. @throws {Refusal} 403. */
  async checkForm(caller: Caller, token: unknown): Promise<void> {
    if (typeof token === "string" && await this.#signer.isMac("form", formKeyOf(caller), token)) return;
    throw new Refusal(403, "stale_form", "The form is too old, or not one of this server's: load the page again");
  }

  /** Whether anybody may call, and nobody need make himself known. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether there are tokens. */
  get hasTokens(): boolean {
    return this.#tokens.size > 0;
  }

  /** Whether a request may be signed, where a route takes that. */
  get hasSignatures(): boolean {
    return this.#keys !== undefined;
  }

  /** Whether there are users with passwords. */
  get hasPasswords(): boolean {
    return this.#passwords !== undefined;
  }

  async #bearer(secret: string): Promise<Caller> {
    if (this.taskTokens && isTaskToken(secret)) return await this.taskTokens.find(secret);
    return await this.#tokens.find(secret);
  }

  async #basic(shown: string): Promise<Caller> {
    const [, user, password] = /^([^:]*):(.*)$/s.exec(decodeBasic(shown)) ?? [];
    if (user === undefined) {
      throw new Refusal(401, "unauthorized", "Basic takes base64 of name:password", basicChallenge);
    }
    return await this.#user(user, password!);
  }

  async #user(name: string, password: string): Promise<Caller> {
    if (this.#passwords) return await this.#passwords.find(name, password);
    throw new Refusal(401, "unauthorized", "There is no user of this name and password");
  }

  /** Whoever opened the session must still be known: then it may do what is said of it now. */
  async #session(request: Request): Promise<Caller | undefined> {
    const session = await this.#sessions.find(request);
    if (!session) return undefined;
    const opener = await this.#tokens.callerOf(session.key) ?? this.#passwords?.callerOf(session.key);
    return opener?.inSession(session.id);
  }

  #vouchedFor({ headers }: Request): Caller | undefined {
    if (!this.#header) return undefined;
    const name = headers.get(this.#header.name)?.trim().slice(0, longestName) ?? "";
    if (name === "") return undefined;
    return new Caller({ name, key: `header:${name}`, kind: "header", grants: this.#header.grants });
  }

  #refuse({ headers }: Request): never {
    // A browser asks its user for a password; behind the back of a page's script it should not.
    const asksUser = this.#passwords !== undefined && headers.get("sec-fetch-dest") !== "empty";
    const challenge = asksUser ? `${bearerChallenge}, ${basicChallenge.headers["www-authenticate"]}` : bearerChallenge;
    throw new Refusal(401, "unauthorized", "A bearer token is needed: Authorization: Bearer …", {
      headers: { "www-authenticate": challenge },
    });
  }
}

const bearerChallenge = 'Bearer realm="umbel"';
const basicChallenge = { headers: { "www-authenticate": 'Basic realm="umbel", charset="UTF-8"' } } as const;

function formKeyOf({ session, kind, key }: Caller): string {
  return session ?? `${kind} ${key}`;
}

function decodeBasic(shown: string): string {
  try {
    return new TextDecoder().decode(fromBase64(shown));
  } catch {
    return "";
  }
}

function readTrusted({ name, scopes }: TrustedHeader) {
  if (typeof name !== "string" || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
    throw new InvalidInput("trustHeader.name", "trustHeader.name must be the name of a header, as x-forwarded-user");
  }
  if (!Array.isArray(scopes) || scopes.length === 0) {
    throw new InvalidInput("trustHeader.scopes", 'trustHeader.scopes must be a list of scopes, as ["read"]');
  }
  return { name, grants: new Grants(scopes, "trustHeader.scopes") };
}
