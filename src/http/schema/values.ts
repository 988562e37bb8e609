/**
 * Schemas of what stands in many bodies and answers.
 *
 * @module
 */
import { type JsonSchema, named } from "./json_schema.ts";

/** Anything that JSON can say. */
export const anything: JsonSchema = {};

/** A text. */
export const string: JsonSchema = { type: "string" };

/** A point in time in an answer. */
export const timestamp: JsonSchema = { type: "string", format: "date-time" };

/** How long: checked by whoever reads it. */
export const duration: JsonSchema = named("Duration", {
  description:
    "How long: seconds, text with a unit (`250ms`, `10s`, `5m`, `2h`, `1d`), or days, hours, minutes, seconds " +
    "and milliseconds",
  anyOf: [
    { type: "number", minimum: 0 },
    { type: "string", maxLength: 100 },
    { type: "object", additionalProperties: { type: "number" } },
  ],
  examples: [10, "5m", { hours: 1, minutes: 30 }],
});

/** A point in time in a body: checked by whoever reads it. */
export const time: JsonSchema = named("Time", {
  description: "A point in time: ISO 8601 text, or ms since 1970",
  anyOf: [{ type: "string", maxLength: 100 }, { type: "number" }],
  examples: ["2026-11-21T12:00:00Z"],
});

/** A schema that has a name, with what it is for where it stands. */
export function as(schema: JsonSchema, description: string): JsonSchema {
  return { description, anyOf: [schema] };
}

/** The id of a task. */
export const taskId: JsonSchema = {
  type: "string",
  description: "1 to 200 letters, digits and `_ . : @ / + = -`",
};

/** A list of things with these. */
export function listOf(items: JsonSchema, description?: string): JsonSchema {
  return { type: "array", items, ...(description === undefined ? {} : { description }) };
}

/** An object with these members; those that `optional` names may be absent, and there are no others. */
export function object(
  properties: { readonly [name: string]: JsonSchema },
  { optional = [], description }: { readonly optional?: readonly string[]; readonly description?: string } = {},
): JsonSchema {
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  };
}

/** A part of a list, and where the next one begins. */
export function pageOf(member: string, items: JsonSchema): JsonSchema {
  return object({
    [member]: listOf(items),
    cursor: { type: "string", description: "Where to go on; absent when these are the last" },
  }, { optional: ["cursor"] });
}
