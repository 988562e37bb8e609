/**
 * Where in a form something is shown that a schema has to say against a value.
 *
 * @module
 */
import { type Entries, markOf, nameOf } from "./entries.ts";
import type { Field } from "./field.ts";

/** The name of the field that shows the value at a path: the last one on the way that is shown by itself. */
export function issueName(field: Field, entries: Entries, root: string, path: readonly PropertyKey[]): string {
  let at: Field | undefined = field;
  let name = root;
  for (const key of path) {
    if (!at || entries.has(markOf(name, "json"))) break;
    at = partOf(at, key);
    if (!at) break;
    name = nameOf(name, String(key));
  }
  return name;
}

function partOf(field: Field, key: PropertyKey): Field | undefined {
  if (field.kind === "object") return field.members.find((member) => member.key === key)?.field;
  if (field.kind !== "list") return undefined;
  const index = Number(key);
  return field.places[index] ?? (index >= 0 ? field.rest : undefined);
}
