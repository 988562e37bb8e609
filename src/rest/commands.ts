/**
 * Which commands make sense over HTTP, and the script flag that only Upstash knows.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** One command: its name and arguments. */
export type Command = (string | Buffer)[];

const own = "it belongs to a connection, and over HTTP there is none";
const refusals = new Map<string, string>([
  ...["AUTH", "HELLO", "QUIT", "RESET", "CLIENT", "READONLY", "READWRITE", "ASKING"].map((name) =>
    [name, own] as const
  ),
  ...["SUBSCRIBE", "UNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE"].map((name) =>
    [name, "use POST /subscribe/<channel>"] as const
  ),
  ...["PSUBSCRIBE", "PUNSUBSCRIBE"].map((name) => [name, "use POST /psubscribe/<pattern>"] as const),
  ["MONITOR", "use POST /monitor"],
  ...["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"].map((name) => [name, "use POST /multi-exec"] as const),
  ...["BLPOP", "BRPOP", "BRPOPLPUSH", "BLMOVE", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "WAITAOF"].map((
    name,
  ) => [name, "it blocks, and would hold up everybody else"] as const),
  ...["SHUTDOWN", "DEBUG", "REPLICAOF", "SLAVEOF", "FAILOVER", "SYNC", "PSYNC", "MODULE"].map((name) =>
    [name, "it is for the server's own administrator"] as const
  ),
]);

/** Why a command is refused over HTTP; `undefined` for one that is not. */
export function refusal(command: Command): string | undefined {
  const name = String(command[0]).toUpperCase();
  const reason = refusals.get(name);
  if (reason) return `ERR Command "${name}" is not allowed over REST: ${reason}`;
  if (name === "SELECT" && String(command[1]) !== "0") return "ERR Only database 0 can be selected over REST";
  if ((name === "XREAD" || name === "XREADGROUP") && hasBlock(command)) {
    return `ERR Command "${name}" is not allowed over REST with BLOCK: it would hold up everybody else`;
  }
  return undefined;
}

function hasBlock(command: Command): boolean {
  for (const word of command.slice(1)) {
    const text = String(word).toUpperCase();
    if (text === "STREAMS") return false;
    if (text === "BLOCK") return true;
  }
  return false;
}

/** The arguments of a JSON array. @throws {TypeError} With the sentence to answer. */
export function readCommand(value: unknown): Command {
  if (!Array.isArray(value)) throw new TypeError("ERR failed to parse command: it must be a JSON array");
  if (value.length === 0) throw new TypeError("ERR empty command");
  for (let index = 0; index < value.length; index++) {
    const argument = value[index];
    if (typeof argument === "string") continue;
    if (typeof argument === "number" || typeof argument === "boolean") value[index] = String(argument);
    else {throw new TypeError(
        `ERR argument ${index} must be a string, a number or a boolean: ${JSON.stringify(argument)}`,
      );}
  }
  return value;
}

const flag = "allow-key-locking";

/**
 * Upstash runs a script with the flag `allow-key-locking` under the locks of its keys alone. Redis refuses the flag: so
 * it is taken out, and the SHA-1 by which the caller knows the script is kept as another name of what is left.
 */
export class ScriptAliases {
  readonly #names = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  /** The command as Redis takes it. */
  translate(command: Command): Command {
    const name = String(command[0]).toUpperCase();
    if (name === "EVALSHA" || name === "EVALSHA_RO") {
      const alias = this.#names.get(String(command[1]).toLowerCase());
      return alias ? [command[0]!, alias, ...command.slice(2)] : command;
    }
    if (name === "EVAL" || name === "EVAL_RO") return [command[0]!, this.#strip(command[1]), ...command.slice(2)];
    if (name === "SCRIPT") {
      const sub = String(command[1]).toUpperCase();
      if (sub === "LOAD") return [command[0]!, command[1]!, this.#strip(command[2])];
      if (sub === "EXISTS") {
        return [
          command[0]!,
          command[1]!,
          ...command.slice(2).map((sha) => this.#names.get(String(sha).toLowerCase()) ?? sha),
        ];
      }
    }
    return command;
  }

  /** The SHA-1 that the caller of SCRIPT LOAD expects. */
  loaded(command: Command): string | undefined {
    if (String(command[0]).toUpperCase() !== "SCRIPT" || String(command[1]).toUpperCase() !== "LOAD") return undefined;
    return this.#originals.get(String(command[2]));
  }

  #strip(script: string | Buffer | undefined): string | Buffer {
    const text = String(script ?? "");
    const end = text.indexOf("\n");
    if (!text.startsWith("#!lua") || !text.slice(0, end).includes(flag)) return script ?? "";
    const flags = /flags=(\S*)/.exec(text.slice(0, end))![1]!.split(",").filter((name) => name !== flag);
    const stripped = `#!lua${flags.length > 0 ? ` flags=${flags.join(",")}` : ""}${text.slice(end)}`;
    if (!this.#originals.has(text)) {
      const sha = createHash("sha1").update(text).digest("hex");
      this.#originals.set(text, sha);
      this.#names.set(sha, createHash("sha1").update(stripped).digest("hex"));
    }
    return stripped;
  }
}
