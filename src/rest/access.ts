/**
 * Who may do what: the tokens, and which commands only read.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { InvalidInput } from "../errors.ts";
import type { Command } from "./commands.ts";
import type { Reply } from "./encoding.ts";

/** What a token allows. */
export type Access = "all" | "read";

/** The tokens of a server. */
export class Tokens {
  readonly #tokens: readonly { readonly bytes: Buffer; readonly access: Access }[];

  /** @throws {InvalidInput} When one is empty, or both are the same. */
  constructor(token: string, readOnlyToken: string | undefined) {
    const bytesOf = (field: string, text: string) => {
      if (typeof text === "string" && text !== "") return Buffer.from(text);
      throw new InvalidInput(field, `${field} must be a text, and it is ${JSON.stringify(text)}`);
    };
    if (token === readOnlyToken) {
      throw new InvalidInput("readOnlyToken", "readOnlyToken must differ from token, which allows everything");
    }
    this.#tokens = [
      { bytes: bytesOf("token", token), access: "all" },
      ...(readOnlyToken === undefined
        ? []
        : [{ bytes: bytesOf("readOnlyToken", readOnlyToken), access: "read" as const }]),
    ];
  }

  /** What the caller may do, who shows a token as bearer or as `_token`; `undefined` for nothing. */
  check({ headers, url }: Request): Access | undefined {
    const header = headers.get("authorization");
    const text = header === null
      ? new URL(url).searchParams.get("_token") ?? ""
      : /^bearer +/i.test(header)
      ? header.slice(7).trim()
      : "";
    const shown = Buffer.from(text);
    let access: Access | undefined;
    // Each is compared, and in constant time: the time tells nothing but the length.
    for (const token of this.#tokens) {
      if (shown.length === token.bytes.length && timingSafeEqual(shown, token.bytes)) access = token.access;
    }
    return access;
  }
}

/** They touch no key, and Redis does not count them among those that read. */
const harmless = new Set(["ping", "echo", "time", "select"]);
/** They read, but through all keys there are: Upstash refuses them too. */
const sweeping = new Set(["keys", "scan"]);

/** Which commands only read. Redis knows: it is asked once for each. */
export class ReadCommands {
  readonly #known = new Map<string, boolean>();
  readonly #run: (command: Command) => Promise<Reply>;

  /** @param run Asks Redis. */
  constructor(run: (command: Command) => Promise<Reply>) {
    this.#run = run;
  }

  /** Why a caller who may only read is refused this command; `undefined` when not. */
  async refusal(command: Command): Promise<string | undefined> {
    const name = String(command[0]).toLowerCase();
    const allowed = harmless.has(name) || (!sweeping.has(name) && await this.#onlyReads(command));
    return allowed ? undefined : `NOPERM this user has no permissions to run the '${name}' command`;
  }

  async #onlyReads(command: Command): Promise<boolean> {
    const name = String(command[0]).toLowerCase();
    if (!this.#known.has(name)) this.#learn(await this.#run(["COMMAND", "INFO", name]));
    // OBJECT, XINFO and their like say it for each of their subcommands.
    return this.#known.get(`${name}|${String(command[1]).toLowerCase()}`) ?? this.#known.get(name) ?? false;
  }

  /** Keeps what COMMAND INFO says: of each command its name, its flags, and as the tenth item its subcommands. */
  #learn(reply: Reply | undefined): void {
    if (!Array.isArray(reply)) return;
    for (const entry of reply as readonly Reply[]) {
      if (!Array.isArray(entry)) continue;
      const [name, , flags, , , , , , , subcommands] = entry as readonly Reply[];
      if (Array.isArray(flags)) this.#known.set(String(name).toLowerCase(), flags.map(String).includes("readonly"));
      this.#learn(subcommands);
    }
  }
}
