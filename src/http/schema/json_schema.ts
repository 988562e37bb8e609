/**
 * The part of JSON Schema (draft 2020-12) that says what bodies and answers are: read by the check of a body and by the
 * OpenAPI document.
 *
 * @module
 */
import type { Json } from "../../json.ts";

/** The types that JSON has, and whole numbers. */
export type JsonType = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** A schema. What is checked is all that can be said here: there is no keyword that only the document knows. */
export interface JsonSchema {
  /** One of these types. */
  readonly type?: JsonType | readonly JsonType[];
  /** What it is, for people. */
  readonly description?: string;
  /** For people. */
  readonly examples?: readonly Json[];
  /** What counts when it is absent, for people. */
  readonly default?: Json;
  /** One of these values. */
  readonly enum?: readonly Json[];
  /** At least one of these. */
  readonly anyOf?: readonly JsonSchema[];
  /** The members of an object. */
  readonly properties?: { readonly [name: string]: JsonSchema };
  /** Members that must be there. */
  readonly required?: readonly string[];
  /** Other members: none, or such as these. */
  readonly additionalProperties?: boolean | JsonSchema;
  /** The items of an array. */
  readonly items?: JsonSchema;
  /** How many items at least. */
  readonly minItems?: number;
  /** How many items at most. */
  readonly maxItems?: number;
  /** The least number. */
  readonly minimum?: number;
  /** The largest number. */
  readonly maximum?: number;
  /** How many characters at least. */
  readonly minLength?: number;
  /** How many characters at most. */
  readonly maxLength?: number;
  /** A regular expression that a text fits. */
  readonly pattern?: string;
  /** What a text says: `date-time`. For people; whoever reads the text checks it. */
  readonly format?: string;
}

const names = new WeakMap<JsonSchema, string>();

/** Gives a schema a name: in the OpenAPI document it is a component, and referred to. */
export function named(name: string, schema: JsonSchema): JsonSchema {
  names.set(schema, name);
  return schema;
}

/** The name that a schema was given. */
export function nameOf(schema: JsonSchema): string | undefined {
  return names.get(schema);
}
