/**
 * What a worker says, as lines that people read or as JSON.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import { currentTask } from "./current.ts";
import { InvalidInput } from "./errors.ts";
import type { Encoded } from "./wire/encoded.ts";

/** How much is said: each level includes those after it. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** Facts beside a sentence: in JSON lines they are members of their own. */
export type LogFields = { readonly [name: string]: unknown };

/** Takes what is said. */
export interface Logger {
  /** Whether lines of this level are written: ask before you build one that costs. */
  enabled(level: LogLevel): boolean;
  /** For those who look for a fault. */
  debug(message: string, fields?: LogFields): void;
  /** What goes as it should. */
  info(message: string, fields?: LogFields): void;
  /** What did not, and was seen to. */
  warning(message: string, fields?: LogFields): void;
  /** What somebody has to see to. */
  error(message: string, fields?: LogFields): void;
}

/** Says things with a task's name and id: called as it is, at level info. */
export interface TaskLogger extends Logger {
  /** The same as `info`. */
  (message: string, fields?: LogFields): void;
}

/** A line that a handler said. */
export interface LogLine {
  /** When (ms since 1970, by the broker's clock). */
  readonly at: number;
  /** How important it is. */
  readonly level: LogLevel;
  /** What it said: the first 1,000 characters. */
  readonly message: string;
}

/** What is kept of what a task's handler said. */
export interface KeptLog {
  /** The last lines, the oldest one first: at most 100, of 8 KiB in all. */
  readonly lines: readonly LogLine[];
  /** How many lines before these were dropped. */
  readonly dropped: number;
  /** The lines, sealed. */
  readonly encoded?: Encoded;
}

/** How to write. */
export interface LoggerOptions {
  /**
   * The least level that is written.
   *
   * @default {"info"}
   */
  readonly level?: LogLevel;
  /**
   * `text`: `[2026-11-21 12:00:00,123: INFO/worker@host] Task add[…] received`; `json`: one object a line.
   *
   * @default {"text"}
   */
  readonly format?: "text" | "json";
  /** Who speaks: a worker's name. */
  readonly name?: string;
  /** Takes each line; `console.error` when absent. */
  readonly write?: (line: string) => void;
  /** Tells the time of a line. */
  readonly clock?: Clock;
}

const levels: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/**
 * Makes a logger. What is said with it while a task runs carries the task's name and id, however deep in the handler's
 * calls, where the runtime can tell: see {@linkcode currentTask}.
 *
 * @throws {InvalidInput} For a level or format that does not exist.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = "info", format = "text", name = "", write = console.error, clock = systemClock } = options;
  const least = levels.indexOf(level);
  if (least === -1) {
    throw new InvalidInput("level", `level must be one of ${levels.join(", ")}, and it is ${JSON.stringify(level)}`);
  }
  if (format !== "text" && format !== "json") {
    throw new InvalidInput("format", `format must be text or json, and it is ${JSON.stringify(format)}`);
  }
  const line = format === "text" ? textLine : jsonLine;
  const log = (at: LogLevel) => (message: string, fields: LogFields = {}) => {
    if (levels.indexOf(at) < least) return;
    const current = "id" in fields ? undefined : currentTask();
    const said = current ? `${current.task}[${current.id}]: ${message}` : message;
    write(line(new Date(clock.now()), at, name, said, { ...current, ...fields }));
  };
  return {
    enabled: (at) => levels.indexOf(at) >= least,
    debug: log("debug"),
    info: log("info"),
    warning: log("warning"),
    error: log("error"),
  };
}

function textLine(time: Date, level: LogLevel, name: string, message: string, { stack }: LogFields): string {
  const at = time.toISOString().replace("T", " ").replace(".", ",").replace("Z", "");
  // What a task was given may be in its error: it is to forge no line, and to do nothing to a terminal.
  const said = harmless(message).replaceAll("\n", "\n    ");
  const text = `[${at}: ${level.toUpperCase()}${name ? `/${name}` : ""}] ${said}`;
  return typeof stack === "string" ? `${text}\n${harmless(stack).replaceAll("\n[", "\n [")}` : text;
}

/** A text whose control characters are told, but for tabs and ends of lines. */
function harmless(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function jsonLine(time: Date, level: LogLevel, name: string, message: string, fields: LogFields): string {
  const line = { time: time.toISOString(), level, ...(name ? { worker: name } : {}), message };
  try {
    return JSON.stringify({ ...line, ...fields });
  } catch {
    // A cycle, a BigInt, a getter that throws: what is said counts more than what stands beside it.
    return JSON.stringify(line);
  }
}

/**
 * A logger that never throws, of one that may: its disk may be full, its stream closed. A line that it cannot write is
 * lost, and nothing else.
 */
export function unfailing(log: Logger): Logger {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
    try {
      log[level](message, fields);
    } catch {
      // There is nobody to tell.
    }
  };
  const enabled = (level: LogLevel) => {
    try {
      return log.enabled(level);
    } catch {
      return false;
    }
  };
  return { enabled, debug: say("debug"), info: say("info"), warning: say("warning"), error: say("error") };
}

/** A logger that names a task in all that it says. */
export function taskLogger(log: Logger, task: string, id: string): TaskLogger {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (log.enabled(level)) log[level](`${task}[${id}]: ${message}`, { task, id, ...fields });
  };
  const info = say("info");
  return Object.assign((message: string, fields?: LogFields) => info(message, fields), {
    enabled: (level: LogLevel) => log.enabled(level),
    debug: say("debug"),
    info,
    warning: say("warning"),
    error: say("error"),
  });
}

/** Says nothing. */
export const silentLogger: Logger = {
  enabled: () => false,
  debug() {},
  info() {},
  warning() {},
  error() {},
};
