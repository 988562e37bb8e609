/**
 * What a form has to ask for, out of a JSON Schema. What a form cannot ask for in parts is asked for as JSON: the task's
 * own schema has the last word anyway, so that a keyword which is not known here is no harm.
 *
 * @module
 */
import type { Json } from "../../../json.ts";

/** A JSON Schema, as it comes. */
export type JsonSchema = boolean | object;

/** What is asked for in one place. */
export type Field = FieldAbout & Kind;

/** What kinds of fields there are. */
export type Kind = TextField | NumberField | FlagField | ChoiceField | ObjectField | ListField | JsonField;

/** What is said of any field. */
export interface FieldAbout {
  /** What it is called. */
  readonly title?: string;
  /** What it is for. */
  readonly description?: string;
  /** What it is when nobody says otherwise. */
  readonly default?: Json;
  /** Whether it may be null instead. */
  readonly nullable: boolean;
}

/** A text. */
export interface TextField {
  /** Which kind. */
  readonly kind: "text";
  /** How many characters at least. */
  readonly min?: number;
  /** How many characters at most. */
  readonly max?: number;
  /** What is to be found in it: a regular expression. */
  readonly pattern?: string;
  /** What it means: `email`, `uri`, `date`. */
  readonly format?: string;
}

/** A number. */
export interface NumberField {
  /** Which kind. */
  readonly kind: "number";
  /** Whether it is whole. */
  readonly isWhole: boolean;
  /** The least. */
  readonly min?: number;
  /** The greatest. */
  readonly max?: number;
  /** What it must be a multiple of. */
  readonly step?: number;
}

/** Yes or no. */
export interface FlagField {
  /** Which kind. */
  readonly kind: "flag";
}

/** One of several values. */
export interface ChoiceField {
  /** Which kind. */
  readonly kind: "choice";
  /** The values. */
  readonly options: readonly Json[];
}

/** An object whose members are known. */
export interface ObjectField {
  /** Which kind. */
  readonly kind: "object";
  /** Its members, in the schema's order. */
  readonly members: readonly { readonly key: string; readonly field: Field; readonly isRequired: boolean }[];
}

/** A list: first some that each have a place of their own, then any number of one kind. */
export interface ListField {
  /** Which kind. */
  readonly kind: "list";
  /** Those with a place of their own. */
  readonly places: readonly Field[];
  /** How many of those must be there. */
  readonly required: number;
  /** What follows them, if anything may. */
  readonly rest?: Field;
  /** How many must follow them. */
  readonly min: number;
  /** How many may follow them. */
  readonly max: number;
}

/** Anything else: asked for as JSON. */
export interface JsonField {
  /** Which kind. */
  readonly kind: "json";
}

/** A form shows so many rows of a list at most: longer ones are edited as JSON. */
export const mostRows = 100;
/** So deep a form goes. */
const deepest = 6;
/** So many fields a form has at most. */
const mostFields = 300;

type Keywords = { readonly [keyword: string]: unknown };

/** What a form asks for that is to make a value of this schema. */
export function fieldOf(schema: JsonSchema): Field {
  return new Reader(schema).read(schema, 0, []);
}

/** Reads one schema. */
class Reader {
  readonly #root: JsonSchema;
  #left = mostFields;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  /** @param above The references that led here: one that leads to itself has no end. */
  read(schema: unknown, depth: number, above: readonly string[]): Field {
    if (!isObject(schema)) return { kind: "json", nullable: false };
    if (typeof schema.$ref === "string") return this.#refer(schema, schema.$ref, depth, above);
    const about = aboutOf(schema);
    if (this.#left-- <= 0 || depth > deepest) return { ...about, kind: "json" };
    const options = optionsOf(schema);
    if (options) return { ...about, kind: "choice", options };
    const only = onlyOf(schema);
    if (only) {
      const field = this.read(only.schema, depth, above);
      return { ...field, ...about, nullable: only.nullable || field.nullable };
    }
    if (schema.anyOf ?? schema.oneOf ?? schema.allOf) return { ...about, kind: "json" };
    const { type, nullable } = typeOf(schema);
    return { ...about, nullable, ...this.#kind(type, schema, depth, above) };
  }

  #refer(schema: Keywords, ref: string, depth: number, above: readonly string[]): Field {
    const target = above.includes(ref) ? undefined : resolve(this.#root, ref);
    const about = aboutOf(schema);
    if (target === undefined) return { ...about, kind: "json" };
    const field = this.read(target, depth, [...above, ref]);
    return { ...field, ...about, nullable: field.nullable };
  }

  #kind(type: unknown, schema: Keywords, depth: number, above: readonly string[]): Kind {
    switch (type) {
      case "string":
        return {
          kind: "text",
          ...numberAt(schema, "minLength", "min"),
          ...numberAt(schema, "maxLength", "max"),
          ...textAt(schema, "pattern"),
          ...textAt(schema, "format"),
        };
      case "number":
      case "integer":
        return { kind: "number", isWhole: type === "integer", ...boundsOf(schema, type === "integer") };
      case "boolean":
        return { kind: "flag" };
      case "object":
        return this.#object(schema, depth, above);
      case "array":
        return this.#list(schema, depth, above);
      default:
        return { kind: "json" };
    }
  }

  #object(schema: Keywords, depth: number, above: readonly string[]): ObjectField | JsonField {
    const { properties, required, patternProperties } = schema;
    if (!isObject(properties) || patternProperties !== undefined) return { kind: "json" };
    const keys = Object.keys(properties);
    // Such a name would not come back from a form as it went in.
    if (!keys.every((key) => key.isWellFormed())) return { kind: "json" };
    const isRequired = (key: string) => Array.isArray(required) && required.includes(key);
    const members = keys.map((key) => ({
      key,
      field: this.read(properties[key], depth + 1, above),
      isRequired: isRequired(key),
    }));
    return { kind: "object", members };
  }

  #list(schema: Keywords, depth: number, above: readonly string[]): ListField | JsonField {
    const { prefixItems, items, additionalItems, minItems, maxItems } = schema;
    // Drafts before 2020-12 say `items` for the places, and `additionalItems` for what follows.
    const prefix = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const rest = Array.isArray(items) ? additionalItems : items;
    if (prefix.length === 0 && !isObject(rest)) return { kind: "json" };
    const places = prefix.map((place) => this.read(place, depth + 1, above));
    const least = typeof minItems === "number" ? minItems : 0;
    const most = typeof maxItems === "number" ? maxItems : Infinity;
    const min = Math.max(0, least - places.length);
    if (min > mostRows) return { kind: "json" };
    return {
      kind: "list",
      places,
      required: Math.min(least, places.length),
      ...(isObject(rest) && most > places.length ? { rest: this.read(rest, depth + 1, above) } : {}),
      min,
      max: Math.max(0, Math.min(most - places.length, mostRows)),
    };
  }
}

function aboutOf(schema: Keywords): FieldAbout {
  return {
    ...textAt(schema, "title"),
    ...textAt(schema, "description"),
    ...(schema.default === undefined ? {} : { default: schema.default as Json }),
    nullable: false,
  };
}

/** The type, without null; several others are none that a form could ask for. */
function typeOf(
  { type, properties, prefixItems, items }: Keywords,
): { readonly type: unknown; readonly nullable: boolean } {
  if (type === undefined) {
    return { type: properties ? "object" : prefixItems ?? items ? "array" : undefined, nullable: false };
  }
  if (!Array.isArray(type)) return { type, nullable: false };
  const others = type.filter((one) => one !== "null");
  return { type: others.length === 1 ? others[0] : undefined, nullable: others.length === 1 && type.length > 1 };
}

/** The values that a schema lists one by one. */
function optionsOf(schema: Keywords): readonly Json[] | undefined {
  if (schema.const !== undefined) return [schema.const as Json];
  if (Array.isArray(schema.enum)) return schema.enum;
  const several = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(several) || several.length === 0) return undefined;
  const options = several.map((one) => isObject(one) ? one.type === "null" ? [null] : optionsOf(one) : undefined);
  if (options.every((one) => one?.[0] === null)) return undefined;
  return options.every((one) => one !== undefined) ? options.flat() : undefined;
}

/** The schema that this one is about, where it says no more than that, or that it may be null instead. */
function onlyOf(
  { anyOf, oneOf, allOf }: Keywords,
): { readonly schema: unknown; readonly nullable: boolean } | undefined {
  const several = anyOf ?? oneOf ?? allOf;
  if (!Array.isArray(several)) return undefined;
  const others = several.filter((one) => !(isObject(one) && one.type === "null"));
  if (others.length !== 1 || (allOf && several.length > 1)) return undefined;
  return { schema: others[0], nullable: several.length > 1 };
}

function boundsOf(schema: Keywords, isWhole: boolean): Pick<NumberField, "min" | "max" | "step"> {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  return {
    ...numberAt(schema, "minimum", "min"),
    ...numberAt(schema, "maximum", "max"),
    ...(isWhole && typeof above === "number" ? { min: Math.floor(above) + 1 } : {}),
    ...(isWhole && typeof below === "number" ? { max: Math.ceil(below) - 1 } : {}),
    ...numberAt(schema, "multipleOf", "step"),
  };
}

function numberAt<Name extends string>(
  schema: Keywords,
  keyword: string,
  name: Name,
): { readonly [name in Name]?: number } {
  const value = schema[keyword];
  return typeof value === "number" ? { [name]: value } as { [name in Name]: number } : {};
}

function textAt<Keyword extends string>(schema: Keywords, keyword: Keyword): { readonly [name in Keyword]?: string } {
  const value = schema[keyword];
  return typeof value === "string" ? { [keyword]: value } as { [name in Keyword]: string } : {};
}

/** What a reference within the schema leads to. */
function resolve(root: JsonSchema, ref: string): unknown {
  if (ref !== "#" && !ref.startsWith("#/")) return undefined;
  const steps = ref.split("/").slice(1).map((step) => decode(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>(
    (at, step) => isObject(at) && Object.hasOwn(at, step) || Array.isArray(at) ? (at as Keywords)[step] : undefined,
    root,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Keywords {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
