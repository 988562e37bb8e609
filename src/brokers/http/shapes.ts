/**
 * What a value of JSON must be, said in few words: for what comes in over HTTP.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { checkName, checkTaskName } from "../../message.ts";
import { show } from "../../options/values.ts";

/** Refuses a value that is not so. @throws {InvalidInput} With its path. */
export type Shape = (value: unknown, path: string) => void;

/** Anything. */
export const any: Shape = () => {};

/** Any text. */
export const text: Shape = (value, path) => {
  if (typeof value !== "string") throw refused(path, "a text", value);
};

/** Yes or no. */
export const flag: Shape = (value, path) => {
  if (typeof value !== "boolean") throw refused(path, "true or false", value);
};

/** A number, as of ms. */
export const number: Shape = (value, path) => {
  if (typeof value !== "number") throw refused(path, "a number", value);
};

/** A whole number within these bounds. */
export function whole(least = 0, most: number = Number.MAX_SAFE_INTEGER): Shape {
  return (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
    throw refused(path, `a whole number from ${least} to ${most}`, value);
  };
}

/** One of these words. */
export function word(...words: readonly string[]): Shape {
  return (value, path) => {
    if (!words.includes(value as string)) throw refused(path, `one of ${words.join(", ")}`, value);
  };
}

/** The name of something. */
export function name(kind: Parameters<typeof checkName>[0]): Shape {
  return (value, path) => within(path, () => checkName(kind, value));
}

/** The name of a task. */
export const taskName: Shape = (value, path) => within(path, () => checkTaskName(value));

/** The same, or nothing. */
export function optional(shape: Shape): Shape {
  return (value, path) => {
    if (value !== undefined) shape(value, path);
  };
}

/** The same, or `null`. */
export function nullable(shape: Shape): Shape {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

/** One or the other. */
export function either(first: Shape, second: Shape): Shape {
  return (value, path) => {
    try {
      first(value, path);
    } catch {
      second(value, path);
    }
  };
}

/** A list of such. */
export function list(shape: Shape, most = 100_000): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) throw refused(path, "a list", value);
    if (value.length > most) {
      throw new InvalidInput(path, `${path} must hold at most ${most}, and it holds ${value.length}`);
    }
    for (let index = 0; index < value.length; index++) shape(value[index], `${path}[${index}]`);
  };
}

/** An object whose members are such; further members are as they are. */
export function object(members: { readonly [name: string]: Shape }): Shape {
  const shapes = Object.entries(members);
  return (value, path) => {
    if (!isObject(value)) throw refused(path, "an object", value);
    for (const [name, shape] of shapes) shape(Object.hasOwn(value, name) ? value[name] : undefined, `${path}.${name}`);
  };
}

/** An object whose members all are such. */
export function map(shape: Shape): Shape {
  return (value, path) => {
    if (!isObject(value)) throw refused(path, "an object", value);
    for (const [name, member] of Object.entries(value)) shape(member, `${path}.${name}`);
  };
}

/** Refuses lists of arguments that are not such, one by one. */
export function checkAll(values: readonly unknown[], shapes: readonly Shape[]): void {
  if (values.length > shapes.length) {
    throw new InvalidInput("args", `args must hold at most ${shapes.length}, and it holds ${values.length}`);
  }
  for (const [index, shape] of shapes.entries()) shape(values[index], `args[${index}]`);
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What another check refuses, under the path by which its caller knows it. */
function within(path: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw error instanceof InvalidInput ? new InvalidInput(path, `${path}: ${error.message}`) : error;
  }
}

function refused(path: string, rule: string, value: unknown): InvalidInput {
  const shown = show(value);
  return new InvalidInput(
    path,
    `${path} must be ${rule}, and it is ${shown.length < 80 ? shown : shown.slice(0, 80) + "…"}`,
  );
}
