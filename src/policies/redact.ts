/**
 * Arguments that are kept out of logs and views. What is stored stays as it is: whoever may read the broker itself reads
 * them, unless they are sealed.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";

/**
 * Which arguments are kept out: all of them (`true`), those at these paths (`"0"`, `"1.password"`, `"2.*.token"`), or
 * what a function leaves of them.
 */
export type Redact = boolean | readonly string[] | RedactFunction;

/** What may be shown of arguments. */
export type RedactFunction = (args: readonly unknown[]) => readonly unknown[];

/** The same, checked. */
export type RedactSettings = true | readonly string[] | RedactFunction;

/** What is shown in the place of something that is not. */
export const redacted = "[redacted]";

/** Checks the option; `undefined` for `false`. @throws {InvalidInput} */
export function readRedact(value: unknown): RedactSettings | undefined {
  if (value === false) return undefined;
  if (value === true || typeof value === "function") return value as RedactSettings;
  const isPath = (path: unknown) => typeof path === "string" && /^(\d+|\*)(\.[^.]+)*$/.test(path);
  if (Array.isArray(value) && value.every(isPath)) return Object.freeze([...value]);
  throw new InvalidInput(
    "redact",
    `redact must be true, paths that begin with an argument's number, as ["0", "1.password"], or a function of the ` +
      `arguments, and it is ${show(value)}`,
  );
}

/** What a message says of it, for viewers that do not have the task's code: they cannot call a function. */
export function redactHint(settings: RedactSettings): true | readonly string[] {
  return typeof settings === "function" ? true : settings;
}

/** What may be shown of arguments. A function that throws leaves nothing of them. */
export function redactArgs(args: readonly unknown[], settings: RedactSettings | undefined): readonly unknown[] {
  if (settings === undefined) return args;
  if (settings === true) return args.map(() => redacted);
  if (typeof settings !== "function") {
    return settings.reduce<unknown>((left, path) => without(left, path.split(".")), args) as readonly unknown[];
  }
  try {
    const left = settings(structuredClone(args));
    return Array.isArray(left) ? left : args.map(() => redacted);
  } catch {
    return args.map(() => redacted);
  }
}

/** A copy without what is at a path. What is no plain object or list has no inside, and goes as a whole. */
function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return redacted;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => name === "*" || name === String(index) ? without(item, rest) : item);
  }
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return redacted;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, name === "*" || name === key ? without(item, rest) : item]),
  );
}
