/**
 * Errors as data: what is kept and told of something that was thrown.
 *
 * @module
 */
import type { Encoded } from "./wire/encoded.ts";

/** What is kept of something that was thrown. */
export interface ErrorInfo {
  /** Its class: `TypeError`, or `Error` for something that was not an error; at most 200 characters. */
  readonly type: string;
  /** Its message, at most 16,384 characters. */
  readonly message: string;
  /** Its stack, at most 16,384 characters. */
  readonly stack?: string;
  /** What caused it, at most 4 deep. */
  readonly cause?: ErrorInfo;
  /** All that, sealed; what stands beside it says only so. */
  readonly encoded?: Encoded;
}

/** The most characters of a class's name, of a message and of a stack. */
const most = { type: 200, message: 16_384, stack: 16_384 };

/**
 * Turns what was thrown, whatever it is, into data. It never throws itself: not for a proxy that is revoked, not for an
 * error whose members throw when they are read, or are no text.
 */
export function errorInfo(thrown: unknown, depth = 0): ErrorInfo {
  if (!isError(thrown)) return { type: "Error", message: cut(text(thrown), most.message) };
  const stack = member(thrown, "stack");
  const cause = depth < 4 ? member(thrown, "cause") : undefined;
  return {
    type: cut(nameOf(thrown), most.type),
    message: cut(text(member(thrown, "message")), most.message),
    ...(typeof stack === "string" && stack !== "" ? { stack: cut(ownFrames(stack), most.stack) } : {}),
    ...(cause === undefined ? {} : { cause: errorInfo(cause, depth + 1) }),
  };
}

/** Where this package lies, as a stack names its files; nowhere in a bundle, whose address need not even be a URL. */
const home = /^(.*\/)error_info\.[jt]s$/.exec(import.meta.url ?? "")?.[1];

/** The stack without what called the handler, which is the same for all: a stack that begins there is left whole. */
function ownFrames(stack: string): string {
  if (home === undefined) return stack;
  const callers = [`${home}worker/`, `${home}tasks/task.`];
  const lines = stack.split("\n");
  const isFrame = (line: string) => /^\s+at /.test(line);
  const end = lines.findIndex((line) => isFrame(line) && callers.some((caller) => line.includes(caller)));
  return end > 0 && isFrame(lines[end - 1]!) ? lines.slice(0, end).join("\n") : stack;
}

/** A proxy may refuse to tell. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

/** A getter may throw: what it throws stands for what it would tell. */
function member(thrown: Error, name: "message" | "stack" | "cause"): unknown {
  try {
    return thrown[name];
  } catch (surprise) {
    return name === "message" ? surprise : undefined;
  }
}

/** The name that an error was given, by itself or its class; else that of its class, since few classes say one. */
function nameOf(thrown: Error): string {
  try {
    const { name, constructor } = thrown;
    const isGiven = Object.hasOwn(thrown, "name") || Object.hasOwn(constructor?.prototype ?? {}, "name");
    return text((isGiven ? name : constructor?.name) || name || "Error");
  } catch {
    return "Error";
  }
}

function text(thrown: unknown): string {
  for (const say of [String, (thrown: unknown) => Object.prototype.toString.call(thrown)]) {
    try {
      return say(thrown);
    } catch {
      // Its own `toString` throws, or it is a proxy that is revoked.
    }
  }
  return "something that cannot be told";
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
