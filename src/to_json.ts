/**
 * Values to JSON, with the check that nothing is silently changed by it.
 *
 * @module
 */
import { InvalidInput } from "./errors.ts";

const deepest = 200;

/**
 * The JSON of a value, which must come out of it as it went in. Left out without complaint: object members that are
 * `undefined`, which a reader cannot tell from absent ones; and the sign of -0.
 *
 * @param path What the value is, for the error: `args[0]`.
 * @throws {InvalidInput} With the path of what JSON cannot carry: undefined, NaN, an infinity, a BigInt, a symbol, a
 * function, a Date, Map, Set or another class's object, a hole in an array, a cycle, more than 200 levels.
 */
export function toJson(value: unknown, path: string): string {
  check(value, path, []);
  return JSON.stringify(value);
}

function check(value: unknown, path: string, above: readonly unknown[]): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (Number.isFinite(value)) return;
      throw refused(path, String(value));
    case "object":
      break;
    default:
      throw refused(path, typeof value === "undefined" ? "undefined" : `a ${typeof value}`);
  }
  if (value === null) return;
  if (above.includes(value)) throw refused(path, "a cycle");
  if (above.length === deepest) throw refused(path, `deeper than ${deepest} levels`);
  const here = [...above, value];
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) check(value[index], `${path}[${index}]`, here);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused(path, `a ${prototype.constructor?.name ?? "class"}`);
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") throw refused(path, "an object with toJSON");
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) {
      check(member, /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}["${name}"]`, here);
    }
  }
}

function refused(path: string, what: string): InvalidInput {
  return new InvalidInput(path, `${path} is ${what}, which JSON cannot carry`);
}
