/**
 * Names of time zones.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "./values.ts";

/**
 * The name of a time zone.
 *
 * @throws {InvalidInput} When the runtime knows none of that name.
 */
export function readTimezone(value: unknown, field = "timezone"): string {
  if (typeof value === "string") {
    try {
      void new Intl.DateTimeFormat("en-US", { timeZone: value });
      return value;
    } catch {
      // Said below.
    }
  }
  throw new InvalidInput(field, `${field} must be a name like Europe/London or UTC, and it is ${show(value)}`);
}
