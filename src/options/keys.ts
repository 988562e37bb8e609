/**
 * What members an object of options may have: a slip is refused with the name that was probably meant.
 *
 * @module
 */
import { nameHere } from "./elsewhere.ts";
import { InvalidInput } from "../errors.ts";
import { hintFor } from "./nearest.ts";
import { show } from "./values.ts";

/**
 * Refuses a member that an object of options may not have, with the nearest name that it may have.
 *
 * @param what What a member is called in the sentence: `option of a call`.
 * @param field What the object is, when it is an option itself.
 */
export function checkKeys(options: object, known: readonly string[], what: string, field?: string): void {
  if (typeof options !== "object" || options === null) {
    const rule = field === undefined
      ? "Options must be an object, and they are"
      : `${field} must be an object, and it is`;
    throw new InvalidInput(field ?? "options", `${rule} ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const here = known.find((one) => one === nameHere(name));
    const hint = here === undefined ? hintFor(name, known) : `did you mean ${here}?`;
    throw new InvalidInput(name, `${JSON.stringify(name)} is no ${what}: ${hint}`);
  }
}
