/**
 * Reads commands from a body, and knows which make no sense over HTTP.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { Rejection } from "./rejection.ts";

/** What a command is made of. */
export type Argument = string | Buffer;
/** One command: its name and arguments. */
export type Command = Argument[];

const own = "it belongs to a connection, and over HTTP there is none";
const blocks = "it blocks, and would hold up everybody else";
const administers = "it is for the server's own administrator";

/** Each with the reason why it is refused: all callers share one connection, and nobody may change it for the others. */
const refused = new Map<string, string>(
  Object.entries({
    [own]: "AUTH HELLO QUIT RESET CLIENT READONLY READWRITE ASKING",
    "use POST /subscribe/<channel>": "SUBSCRIBE UNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE",
    "use POST /psubscribe/<pattern>": "PSUBSCRIBE PUNSUBSCRIBE",
    "use POST /monitor": "MONITOR",
    "use POST /multi-exec": "MULTI EXEC DISCARD WATCH UNWATCH",
    [blocks]: "BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF",
    [administers]: "SHUTDOWN DEBUG REPLICAOF SLAVEOF FAILOVER SYNC PSYNC REPLCONF MODULE",
  }).flatMap(([reason, names]) => names.split(" ").map((name) => [name, reason])),
);

/** Why a command is refused over HTTP; `undefined` for one that is not. */
export function refusal(command: Command): string | undefined {
  const name = String(command[0]).toUpperCase();
  const reason = refused.get(name);
  if (reason) return `ERR Command "${name}" is not allowed over REST: ${reason}`;
  switch (name) {
    case "SELECT":
      if (String(command[1]) !== "0") return "ERR Only database 0 can be selected over REST";
      break;
    case "SCRIPT":
      if (String(command[1]).toUpperCase() === "DEBUG") {
        return `ERR Command "SCRIPT DEBUG" is not allowed over REST: ${own}`;
      }
      break;
    case "XREAD":
    case "XREADGROUP":
      if (hasBlock(command)) return `ERR Command "${name}" is not allowed over REST with BLOCK: ${blocks}`;
  }
  return undefined;
}

/** Whether an option is BLOCK. A group or a consumer may be named so, and what comes after STREAMS are keys. */
function hasBlock(command: Command): boolean {
  for (let index = 1; index < command.length; index++) {
    const word = String(command[index]).toUpperCase();
    if (word === "GROUP") index += 2;
    else if (word === "COUNT") index += 1;
    else if (word === "STREAMS") return false;
    else if (word === "BLOCK") return true;
  }
  return false;
}

/** Reads `["SET","key","value"]`. @throws {Rejection} */
export function readCommand(body: string): Command {
  return read(body, toCommand);
}

/** Reads `[["SET","key","value"],["GET","key"]]`. @throws {Rejection} */
export function readCommands(body: string): Command[] {
  return read(body, (value) => {
    if (!Array.isArray(value)) {
      throw new Rejection(400, "ERR failed to parse pipeline request: it must be an array of commands");
    }
    return value.map(toCommand);
  });
}

function read<T>(body: string, convert: (value: unknown) => T): T {
  try {
    return convert(parse(body));
  } catch (error) {
    // Numbers that lost digits: read again, each as it was written.
    if (error === inexact) {
      return convert(parse(body, (_key, value, { source }) => typeof value === "number" ? source : value));
    }
    throw error;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;

function parse(body: string, reviver?: Reviver): unknown {
  try {
    return JSON.parse(body, reviver as Parameters<typeof JSON.parse>[1]);
  } catch {
    throw new Rejection(400, "ERR failed to parse the request: it is not JSON");
  }
}

const inexact = new Error("a number lost digits when it was read");

function toCommand(value: unknown): Command {
  if (!Array.isArray(value)) throw new Rejection(400, "ERR failed to parse command: it must be a JSON array");
  if (value.length === 0) throw new Rejection(400, "ERR empty command");
  // In place: this array was made for us, and nearly always is right as it is.
  for (let index = 0; index < value.length; index++) {
    const argument = value[index];
    if (typeof argument === "string") continue;
    if (typeof argument === "number") {
      if (Math.abs(argument) > Number.MAX_SAFE_INTEGER) throw inexact;
      value[index] = String(argument);
    } else if (typeof argument === "boolean") value[index] = String(argument);
    else {
      throw new Rejection(
        400,
        `ERR argument ${index} must be a string, a number or a boolean: ${JSON.stringify(argument)}`,
      );
    }
  }
  return value;
}
