/**
 * Which errors are meant: a list of classes, or a predicate.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";

/** A class of errors: `TypeError`, or one of your own. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Which errors are meant: those of these classes and of what is derived from them, or those of which the predicate says
 * `true`. An empty list means none.
 */
export type ErrorFilter = readonly ErrorClass[] | ((thrown: unknown) => boolean);

/** Whether this one is meant. */
export type ErrorTest = (thrown: unknown) => boolean;

/**
 * Checks a filter.
 *
 * @param field What it is for: named in the error.
 * @throws {InvalidInput} When it is neither a list of classes nor a predicate; a lone class too, which would pass for one.
 */
export function readErrorFilter(filter: unknown, field: string): ErrorTest {
  if (typeof filter === "function") {
    if (!isErrorClass(filter)) return (thrown) => filter(thrown) === true;
    throw new InvalidInput(
      field,
      `${field} must be a list of error classes, and it is a class: write [${filter.name}]`,
    );
  }
  if (!Array.isArray(filter)) {
    throw new InvalidInput(
      field,
      `${field} must be a list of error classes or a predicate, and it is ${show(filter)}`,
    );
  }
  const classes = filter.map((one, index) => {
    if (typeof one === "function" && isErrorClass(one)) return one;
    const shown = typeof one === "function" ? `the function ${one.name || "without a name"}` : show(one);
    throw new InvalidInput(`${field}[${index}]`, `${field}[${index}] must be a class of errors, and it is ${shown}`);
  });
  return (thrown) => classes.some((one) => thrown instanceof one);
}

// deno-lint-ignore ban-types
function isErrorClass(value: Function): value is Function & ErrorClass {
  return value === Error || value.prototype instanceof Error;
}
