/**
 * What the buttons within a form do to what it holds: without a script the server does it, and shows the form again.
 *
 * @module
 */
import type { Json } from "../../../json.ts";
import { blankEntries, type Entries, entriesOf, jsonText, markOf, nameOf, rowsOf, ticked } from "./entries.ts";
import { type Field, type ListField, mostRows } from "./field.ts";
import { readField } from "./reader.ts";

/** What a button asks for: a row more or less, the field as JSON, or in its parts again. */
export type Edit = { readonly what: "add" | "remove" | "json" | "parts"; readonly name: string };

/** The value of a button. */
export function editText({ what, name }: Edit): string {
  return `${what}:${name}`;
}

/** What a button asks for; nothing when its text says nothing. */
export function readEdit(text: string | undefined): Edit | undefined {
  const [, what, name] = /^(add|remove|json|parts):(.+)$/s.exec(text ?? "") ?? [];
  return what && name ? { what: what as Edit["what"], name } : undefined;
}

/** What a form holds after that; the same when nothing can be done. What cannot be read stays as it is. */
export function edited(field: Field, entries: Entries, root: string, { what, name }: Edit): Entries {
  const place = what === "remove" ? name.replace(/\/\d+$/, "") : name;
  const part = partAt({ field, isRequired: true }, root, place);
  if (!part) return entries;
  switch (what) {
    case "add":
      return part.field.kind === "list" ? withRow(part.field, entries, place) : entries;
    case "remove":
      if (part.field.kind !== "list" || place === name) return entries;
      return withoutRow(part.field, entries, place, Number(name.slice(place.length + 1)));
    case "json":
    case "parts":
      return part.field.kind === "json" ? entries : shown(part, entries, place, what);
  }
}

/** A field, and whether it must be there. */
interface Part {
  readonly field: Field;
  readonly isRequired: boolean;
}

function withRow(list: ListField, entries: Entries, name: string): Entries {
  const rows = rowsOf(entries, name);
  if (!list.rest || rows >= Math.min(list.max, mostRows)) return entries;
  const row = blankEntries(list.rest, nameOf(name, list.places.length + rows), true);
  return new Map([...entries, ...row, [markOf(name, "rows"), String(rows + 1)]]);
}

function withoutRow(list: ListField, entries: Entries, name: string, index: number): Entries {
  const rows = rowsOf(entries, name);
  if (index < list.places.length || index >= list.places.length + rows) return entries;
  const changed: Entries = new Map();
  for (const [key, text] of entries) {
    const at = partIndex(key, name);
    if (at === index) continue;
    const rest = at === undefined ? "" : key.slice(nameOf(name, at).length);
    changed.set(at !== undefined && at > index ? nameOf(name, at - 1) + rest : key, text);
  }
  return changed.set(markOf(name, "rows"), String(rows - 1));
}

/** The index of the part of a list that an entry belongs to. */
function partIndex(key: string, list: string): number | undefined {
  const index = key.startsWith(`${list}/`) ? /^\d+(?=[/?]|$)/.exec(key.slice(list.length + 1))?.[0] : undefined;
  return index === undefined ? undefined : Number(index);
}

/** A field shown in the other way. */
function shown({ field, isRequired }: Part, entries: Entries, name: string, what: "json" | "parts"): Entries {
  const { value, faults } = readField(field, entries, name, isRequired);
  if (faults.length > 0) return entries;
  const others = [...entries].filter(([key]) => !isOf(key, name));
  return new Map([...others, ...(what === "json" ? asJson(value, name) : asParts({ field, isRequired }, value, name))]);
}

function asJson(value: Json | undefined, name: string): Entries {
  const text = value === undefined ? "" : jsonText(value);
  return new Map([[name, text], [markOf(name, "json"), ticked], [markOf(name, "given"), ticked]]);
}

function asParts({ field, isRequired }: Part, value: Json | undefined, name: string): Entries {
  return value === undefined ? blankEntries(field, name, isRequired) : entriesOf(field, value, name, isRequired);
}

/** What is asked for under that name. */
function partAt(part: Part, at: string, name: string): Part | undefined {
  if (at === name) return part;
  if (!name.startsWith(`${at}/`)) return undefined;
  for (const [key, inner] of partsOf(part.field, name.slice(at.length + 1))) {
    const found = partAt(inner, nameOf(at, key), name);
    if (found) return found;
  }
  return undefined;
}

function partsOf(field: Field, rest: string): readonly (readonly [key: string | number, part: Part])[] {
  if (field.kind === "object") return field.members.map(({ key, ...part }) => [key, part]);
  if (field.kind !== "list") return [];
  const index = Number(/^\d+/.exec(rest)?.[0]);
  const part = field.places[index] ?? (index < field.places.length + mostRows ? field.rest : undefined);
  return part ? [[index, { field: part, isRequired: index < field.required || index >= field.places.length }]] : [];
}

/** Whether an entry belongs to a field. */
function isOf(key: string, name: string): boolean {
  return key === name || key.startsWith(`${name}/`) || key.startsWith(`${name}?`);
}
