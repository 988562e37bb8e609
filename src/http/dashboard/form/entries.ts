/**
 * A value as a form holds it: names and texts, as a browser sends them. They are all that there is to know, so a form that
 * comes back with a fault is shown again as it was.
 *
 * A field's name is the way to it, `args/0/email`. What is said about a field beside its text stands under its name and a
 * mark: `?json` that the text is JSON, `?null` that it is null, `?given` that an optional part is there, `?empty` that an
 * empty text is meant, `?rows` how many rows a list has.
 *
 * @module
 */
import type { Json } from "../../../json.ts";
import { hasHidden, unhide } from "../components/hidden.ts";
import { type Field, type ListField, mostRows, type ObjectField } from "./field.ts";

/** What a form holds, by name. */
export type Entries = Map<string, string>;

/** What may be said about a field. */
export type Mark = "json" | "null" | "given" | "empty" | "rows";

/** What is in a box that is ticked. */
export const ticked = "on";

/** The name of a part of a field. */
export function nameOf(parent: string, key: string | number): string {
  return `${parent}/${encodeURIComponent(key)}`;
}

/** The name under which something is said about a field. */
export function markOf(name: string, mark: Mark): string {
  return `${name}?${mark}`;
}

/** A text as JSON that shows what it holds, by its numbers where nobody would see it. */
export function jsonText(value: Json): string {
  return unhide(JSON.stringify(value, undefined, 2));
}

/** What a form holds that nobody has filled in yet: the defaults. */
export function blankEntries(field: Field, name: string, isRequired: boolean): Entries {
  const entries: Entries = new Map();
  blank(entries, field, name, isRequired);
  return entries;
}

/** What a form holds that says this value. What does not fit its fields is said as JSON in their place. */
export function entriesOf(field: Field, value: Json, name: string, isRequired = true): Entries {
  const entries: Entries = new Map();
  fill(entries, field, value, name, isRequired);
  return entries;
}

function blank(entries: Entries, field: Field, name: string, isRequired: boolean): void {
  if (field.default !== undefined) return fill(entries, field, field.default, name, isRequired);
  absent(entries, field, name);
}

/** What is not there. What belongs to it is made ready, for whoever says that it is. */
function absent(entries: Entries, field: Field, name: string): void {
  if (field.kind === "object") {
    for (const { key, field: member, isRequired } of field.members) {
      blank(entries, member, nameOf(name, key), isRequired);
    }
  } else if (field.kind === "list") {
    entries.set(markOf(name, "rows"), String(field.min));
    for (const [index, place] of placesOf(field, field.min)) {
      blank(entries, place, nameOf(name, index), index < field.required || index >= field.places.length);
    }
  }
}

function fill(entries: Entries, field: Field, value: Json, name: string, isRequired: boolean): void {
  if (value === null && field.nullable && field.kind !== "json") {
    entries.set(markOf(name, "null"), ticked);
    return absent(entries, field, name);
  }
  if (!isRequired && (field.kind === "object" || field.kind === "list")) entries.set(markOf(name, "given"), ticked);
  if (field.kind === "json") return void entries.set(name, jsonText(value));
  if (!fits(field, value)) {
    entries.set(markOf(name, "json"), ticked);
    return void entries.set(name, jsonText(value));
  }
  switch (field.kind) {
    case "text":
      entries.set(name, value as string);
      if (value === "" && !isRequired) entries.set(markOf(name, "empty"), ticked);
      return;
    case "number":
      return void entries.set(name, String(value));
    case "flag":
      if (isRequired && !field.nullable) return void (value && entries.set(name, ticked));
      return void entries.set(name, String(value));
    case "choice":
      return void entries.set(name, JSON.stringify(value));
    case "object":
      return fillObject(entries, field, value as { readonly [key: string]: Json }, name);
    case "list":
      return fillList(entries, field, value as readonly Json[], name);
  }
}

function fillObject(entries: Entries, field: ObjectField, value: { readonly [key: string]: Json }, name: string): void {
  for (const { key, field: member, isRequired } of field.members) {
    if (Object.hasOwn(value, key)) fill(entries, member, value[key]!, nameOf(name, key), isRequired);
    else absent(entries, member, nameOf(name, key));
  }
}

function fillList(entries: Entries, field: ListField, value: readonly Json[], name: string): void {
  const rows = Math.max(0, value.length - field.places.length);
  entries.set(markOf(name, "rows"), String(rows));
  for (const [index, place] of placesOf(field, rows)) {
    const isRequired = index < field.required || index >= field.places.length;
    if (index < value.length) fill(entries, place, value[index]!, nameOf(name, index), isRequired);
    else absent(entries, place, nameOf(name, index));
  }
}

/** What a list with so many rows asks for, with the index of each. */
export function placesOf(field: ListField, rows: number): readonly (readonly [index: number, field: Field])[] {
  const { rest } = field;
  const places = rest ? [...field.places, ...Array.from({ length: rows }, () => rest)] : field.places;
  return [...places.entries()];
}

/** How many rows a list has in a form. */
export function rowsOf(entries: Entries, name: string): number {
  const rows = Number(entries.get(markOf(name, "rows")));
  return Number.isInteger(rows) && rows >= 0 ? Math.min(rows, mostRows) : 0;
}

/** Whether a field can hold a value and give it back. */
function fits(field: Field, value: Json): boolean {
  switch (field.kind) {
    case "text":
      // Browsers send every line's end as two characters, which are read as one.
      return typeof value === "string" && !hasHidden(value);
    case "number":
      return typeof value === "number" && (!field.isWhole || Number.isInteger(value));
    case "flag":
      return typeof value === "boolean";
    case "choice":
      return field.options.some((option) => JSON.stringify(option) === JSON.stringify(value));
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const keys = new Set(field.members.map(({ key }) => key));
      return Object.keys(value).every((key) => keys.has(key)) &&
        field.members.every(({ key, isRequired }) => !isRequired || Object.hasOwn(value, key));
    }
    case "list": {
      if (!Array.isArray(value) || value.length < field.required) return false;
      return value.length <= field.places.length + (field.rest ? mostRows : 0);
    }
    case "json":
      return true;
  }
}
