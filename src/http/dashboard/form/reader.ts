/**
 * Reads a form back into the value that it says.
 *
 * @module
 */
import type { Json } from "../../../json.ts";
import { type Entries, markOf, nameOf, placesOf, rowsOf } from "./entries.ts";
import type { Field, ListField, ObjectField } from "./field.ts";

/** What is wrong with a field, as a key of the form's words, and what the sentence needs. */
export interface Fault {
  /** The name of the field. */
  readonly name: string;
  /** What is wrong. */
  readonly what: "missing" | "json" | "number" | "whole" | "rounded" | "choice" | "gap";
  /** What the sentence says of the value. */
  readonly detail?: string;
}

/** What came of reading a form. */
export interface Reading {
  /** The value; absent when nothing was said of something that need not be there, or when something is wrong. */
  readonly value?: Json;
  /** What is wrong. */
  readonly faults: readonly Fault[];
}

/** A JSON number, and what people write for one. */
const numeric = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What stands for something that is not there: JSON has no word for it. */
const absent = Symbol("absent");

/** The value that a form says, in the words of a task's schema. */
export function readField(field: Field, entries: Entries, name: string, isRequired = true): Reading {
  const reader = new Reader(entries);
  const value = reader.read(field, name, isRequired);
  return { ...(value === absent || reader.faults.length > 0 ? {} : { value }), faults: reader.faults };
}

/** The text of a field, its lines ended as they were before a browser sent them. */
export function textOf(entries: Entries, name: string): string {
  return (entries.get(name) ?? "").replaceAll("\r\n", "\n");
}

/** Reads one form, and gathers what is wrong with it. */
class Reader {
  readonly faults: Fault[] = [];
  readonly #entries: Entries;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  read(field: Field, name: string, isRequired: boolean): Json | typeof absent {
    if (field.nullable && this.#entries.has(markOf(name, "null"))) return null;
    const isPart = field.kind === "object" || field.kind === "list";
    if (isPart && !isRequired && !this.#entries.has(markOf(name, "given"))) return absent;
    if (field.kind === "json" || this.#entries.has(markOf(name, "json"))) return this.#json(name, isRequired);
    switch (field.kind) {
      case "text":
        return this.#text(name, isRequired);
      case "number":
        return this.#number(name, isRequired, field.isWhole);
      case "flag":
        return this.#flag(name, isRequired, field.nullable);
      case "choice":
        return this.#choice(name, isRequired, field.options);
      case "object":
        return this.#object(field, name);
      case "list":
        return this.#list(field, name);
    }
  }

  #json(name: string, isRequired: boolean): Json | typeof absent {
    const text = textOf(this.#entries, name);
    if (text.trim() === "") return this.#nothing(name, isRequired);
    try {
      return JSON.parse(text);
    } catch (error) {
      return this.#fault({ name, what: "json", detail: (error as Error).message });
    }
  }

  #text(name: string, isRequired: boolean): Json | typeof absent {
    const text = textOf(this.#entries, name);
    return text === "" && !isRequired && !this.#entries.has(markOf(name, "empty")) ? absent : text;
  }

  #number(name: string, isRequired: boolean, isWhole: boolean): Json | typeof absent {
    const text = textOf(this.#entries, name).trim();
    if (text === "") return this.#nothing(name, isRequired);
    const value = Number(text);
    if (!numeric.test(text) || !Number.isFinite(value)) return this.#fault({ name, what: "number", detail: text });
    if (isWhole && !Number.isInteger(value)) return this.#fault({ name, what: "whole", detail: text });
    return isRounded(text, value) ? this.#fault({ name, what: "rounded", detail: String(value) }) : value;
  }

  /** A box that must be ticked or not; or a list of yes and no where there is a third: not said. */
  #flag(name: string, isRequired: boolean, isNullable: boolean): Json | typeof absent {
    if (isRequired && !isNullable) return this.#entries.has(name);
    const text = textOf(this.#entries, name);
    if (text === "") return this.#nothing(name, isRequired);
    return text === "true" || text === "false" ? text === "true" : this.#fault({ name, what: "choice", detail: text });
  }

  #choice(name: string, isRequired: boolean, options: readonly Json[]): Json | typeof absent {
    const text = textOf(this.#entries, name);
    if (text === "") return this.#nothing(name, isRequired);
    const option = options.find((one) => JSON.stringify(one) === text);
    return option === undefined ? this.#fault({ name, what: "choice", detail: text }) : option;
  }

  #object({ members }: ObjectField, name: string): Json {
    return Object.fromEntries(members.flatMap(({ key, field, isRequired }) => {
      const value = this.read(field, nameOf(name, key), isRequired);
      return value === absent ? [] : [[key, value]];
    }));
  }

  #list(field: ListField, name: string): Json {
    const values = placesOf(field, rowsOf(this.#entries, name)).map(([index, place]) =>
      this.read(place, nameOf(name, index), index < field.required || index >= field.places.length)
    );
    const end = values.findLastIndex((value) => value !== absent) + 1;
    return values.slice(0, end).map((value, index) => {
      if (value !== absent) return value;
      // What comes later can only be there when this is, too. Where something is wrong anyway, that is said alone.
      const part = nameOf(name, index);
      if (!this.faults.some((fault) => fault.name === part || fault.name.startsWith(`${part}/`))) {
        this.#fault({ name: part, what: "gap" });
      }
      return null;
    });
  }

  #nothing(name: string, isRequired: boolean): typeof absent {
    return isRequired ? this.#fault({ name, what: "missing" }) : absent;
  }

  #fault(fault: Fault): typeof absent {
    this.faults.push(fault);
    return absent;
  }
}

/** Whether a whole number has more digits than are kept of it. */
function isRounded(text: string, value: number): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false;
  const exact = BigInt(text.replace("+", ""));
  return exact !== BigInt(value) && String(exact) !== String(value);
}
