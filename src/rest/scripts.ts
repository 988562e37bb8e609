/**
 * The script flag that only Upstash knows.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Argument, Command } from "./commands.ts";

const flag = "allow-key-locking";
/** So many scripts are remembered; a caller whose script was forgotten gets NOSCRIPT, and sends it again. */
const mostAliases = 10_000;

/**
 * Upstash runs a script with the flag `allow-key-locking` under the locks of its keys alone. Redis refuses the flag: so
 * it is taken out, and the SHA-1 by which the caller knows the script is kept as another name of what is left.
 */
export class ScriptAliases {
  readonly #aliases = new Map<string, string>();

  /** The command as Redis takes it. */
  translate(command: Command): Command {
    switch (String(command[0]).toUpperCase()) {
      case "EVAL":
      case "EVAL_RO":
        return command[1] === undefined ? command : command.with(1, this.#strip(command[1]));
      case "EVALSHA":
      case "EVALSHA_RO":
        return command[1] === undefined ? command : command.with(1, this.#actual(command[1]));
      case "SCRIPT":
        if (isLoad(command)) return command.with(2, this.#strip(command[2]!));
        if (isScript("EXISTS", command)) {
          return [
            ...command.slice(0, 2),
            ...command.slice(2).map((sha) => this.#actual(sha)),
          ];
        }
    }
    return command;
  }

  /** The SHA-1 that the caller of SCRIPT LOAD expects, where it is not the one that Redis answers. */
  loaded(command: Command): string | undefined {
    if (!isLoad(command)) return undefined;
    const sha = sha1(command[2]!);
    return this.#aliases.has(sha) ? sha : undefined;
  }

  #actual(sha: Argument): Argument {
    return this.#aliases.get(String(sha).toLowerCase()) ?? sha;
  }

  #strip(script: Argument): Argument {
    const text = String(script);
    const line = /^#!lua[^\n]*/.exec(text)?.[0];
    if (!line?.includes(flag)) return script;
    const rest = line.replace(/\s*\bflags=(\S*)/, (_, flags: string) => {
      const others = flags.split(",").filter((name) => name !== flag);
      return others.length > 0 ? ` flags=${others.join(",")}` : "";
    });
    const stripped = rest + text.slice(line.length);
    const [oldest] = this.#aliases.keys();
    if (oldest !== undefined && this.#aliases.size >= mostAliases) this.#aliases.delete(oldest);
    this.#aliases.set(sha1(text), sha1(stripped));
    return stripped;
  }
}

/** Whether it is SCRIPT LOAD. */
export function isLoad(command: Command): boolean {
  return isScript("LOAD", command);
}

function isScript(subcommand: string, command: Command): boolean {
  return command.length > 2 && String(command[0]).toUpperCase() === "SCRIPT" &&
    String(command[1]).toUpperCase() === subcommand;
}

function sha1(script: Argument): string {
  return createHash("sha1").update(script).digest("hex");
}
