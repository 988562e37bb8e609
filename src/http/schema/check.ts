/**
 * Whether JSON is what a schema says, with a sentence that names the field, the rule and the value.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { checkKeys } from "../../options/keys.ts";
import { show } from "../../options/values.ts";
import type { JsonSchema, JsonType } from "./json_schema.ts";

/**
 * Checks a value.
 *
 * @param field What the value is called; a member of the body itself goes by its name alone.
 * @throws {InvalidInput} With the path of the first thing that is wrong.
 */
export function checkJson(schema: JsonSchema, value: unknown, field = ""): void {
  if (schema.anyOf) return checkAny(schema.anyOf, value, field);
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOf(value, type))) {
    throw wrong(field, types.map((type) => typeNames[type]).join(" or "), value);
  }
  if (schema.enum && !schema.enum.some((one) => one === value)) {
    throw wrong(field, `one of ${schema.enum.map(show).join(", ")}`, value);
  }
  if (typeof value === "number") checkNumber(schema, value, field);
  else if (typeof value === "string") checkText(schema, value, field);
  else if (Array.isArray(value)) checkItems(schema, value, field);
  else if (typeof value === "object" && value !== null) checkMembers(schema, value, field);
}

function checkAny(schemas: readonly JsonSchema[], value: unknown, field: string): void {
  let fault: unknown;
  for (const schema of schemas) {
    try {
      return checkJson(schema, value, field);
    } catch (error) {
      const types = typesOf(schema);
      // Of those that are of its type the first one tells best what is wrong.
      if (types.length === 0 || types.some((type) => isOf(value, type))) fault ??= error;
    }
  }
  const types = new Set(schemas.flatMap(typesOf));
  throw fault ?? wrong(field, [...types].map((type) => typeNames[type]).join(" or "), value);
}

function checkNumber(schema: JsonSchema, value: number, field: string): void {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  if (value >= minimum && value <= maximum) return;
  const type = typesOf(schema).includes("integer") ? "a whole number" : "a number";
  const range = maximum === Infinity
    ? `${type} from ${minimum}`
    : minimum === -Infinity
    ? `${type} up to ${maximum}`
    : `${type} from ${minimum} to ${maximum}`;
  throw wrong(field, range, value);
}

function checkText({ minLength = 0, maxLength = Infinity, pattern }: JsonSchema, value: string, field: string): void {
  if (value.length < minLength) throw wrong(field, `a text of at least ${minLength} characters`, value);
  if (value.length > maxLength) {
    throw new InvalidInput(field, `${field} must be at most ${maxLength} characters, and it has ${value.length}`);
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    throw wrong(field, `a text that fits ${pattern}`, value);
  }
}

function checkItems({ items, minItems = 0, maxItems = Infinity }: JsonSchema, value: unknown[], field: string): void {
  if (value.length < minItems || value.length > maxItems) {
    const most = maxItems === Infinity ? "" : `, at most ${maxItems}`;
    throw new InvalidInput(
      field,
      `${field} must have at least ${minItems} items${most}, and it has ${value.length}`,
    );
  }
  if (items) value.forEach((item, index) => checkJson(items, item, `${field}[${index}]`));
}

function checkMembers(schema: JsonSchema, value: object, field: string): void {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const path = (name: string) => field === "" ? name : `${field}.${name}`;
  for (const name of required) {
    if (!Object.hasOwn(value, name)) throw new InvalidInput(path(name), `${path(name)} is needed, and it is absent`);
  }
  if (additionalProperties === false) {
    checkKeys(value, Object.keys(properties), field === "" ? "member of the body" : `member of ${field}`);
  }
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) checkJson(properties[name]!, member, path(name));
    else if (typeof additionalProperties === "object") checkJson(additionalProperties, member, path(name));
  }
}

function typesOf({ type, anyOf }: JsonSchema): readonly JsonType[] {
  if (anyOf) return anyOf.flatMap(typesOf);
  return type === undefined ? [] : typeof type === "string" ? [type] : type;
}

const typeNames: { readonly [type in JsonType]: string } = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  null: "null",
};

function isOf(value: unknown, type: JsonType): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
  }
}

function wrong(field: string, rule: string, value: unknown): InvalidInput {
  const text = show(value);
  const said = text.length <= 60 ? text : `${text.slice(0, 60)}…`;
  if (field === "") return new InvalidInput("body", `The body must be ${rule}, and it is ${said}`);
  return new InvalidInput(field, `${field} must be ${rule}, and it is ${said}`);
}
