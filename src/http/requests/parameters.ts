/**
 * What stands in a path, a query or a header: what it may be, and how its text is read.
 *
 * @module
 */
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { readTime } from "../../options/values.ts";
import type { JsonSchema } from "../schema/json_schema.ts";

/** A parameter, and what its text is read to. */
export interface Parameter<Value = unknown> {
  /** What it is for. */
  readonly description: string;
  /** What its text may be. */
  readonly schema: JsonSchema;
  /**
   * Reads its text; `undefined` when it is absent.
   *
   * @throws {InvalidInput} When it breaks its rule.
   */
  readonly read: (text: string | undefined, name: string) => Value;
}

/** Parameters by their names. */
export type Parameters = { readonly [name: string]: Parameter };

/** What parameters are read to. */
export type ValuesOf<Of extends Parameters> = {
  readonly [name in keyof Of]: Of[name] extends Parameter<infer Value> ? Value : never;
};

/** How long a text in a path or query may be. */
const longestText = 2000;

/** Any text. */
export function text(description: string, schema: JsonSchema = {}): Parameter<string | undefined> {
  const { maxLength = longestText } = schema;
  return {
    description,
    schema: { ...schema, type: "string", maxLength },
    read(text, name) {
      if (text === undefined || text.length <= maxLength) return text;
      throw new InvalidInput(name, `${name} must be at most ${maxLength} characters, and it has ${text.length}`);
    },
  };
}

/** One of these words. */
export function word<const Word extends string>(
  description: string,
  words: readonly Word[],
): Parameter<Word | undefined> {
  return {
    description,
    schema: { type: "string", enum: words },
    read(text, name) {
      if (text === undefined || words.includes(text as Word)) return text as Word | undefined;
      throw refused(name, `one of ${words.join(", ")}`, text);
    },
  };
}

/** How a whole number is bounded. */
export interface WholeOptions {
  /** The least. */
  readonly least: number;
  /** The most. */
  readonly most: number;
}

/** A whole number; `usual` when it is absent. */
export function whole(description: string, bounds: WholeOptions & { readonly usual: number }): Parameter<number>;
/** A whole number. */
export function whole(description: string, bounds: WholeOptions): Parameter<number | undefined>;
export function whole(
  description: string,
  { least, most, usual }: WholeOptions & { readonly usual?: number },
): Parameter<number | undefined> {
  const schema = { type: "integer", minimum: least, maximum: most } as const;
  return {
    description,
    schema: usual === undefined ? schema : { ...schema, default: usual },
    read(text, name) {
      if (text === undefined) return usual;
      const value = Number(text);
      if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
      throw refused(name, `a whole number from ${least} to ${most}`, text);
    },
  };
}

/** A number. */
export function number(description: string, { least }: { readonly least: number }): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "number", minimum: least },
    read(text, name) {
      if (text === undefined) return undefined;
      const value = Number(text);
      if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text) && value >= least) return value;
      throw refused(name, `a number from ${least}`, text);
    },
  };
}

/** Yes or no: `true` or nothing at all, and `false`. */
export function flag(description: string): Parameter<boolean> {
  return {
    description,
    schema: { type: "boolean", default: false },
    read(text, name) {
      if (text === undefined || text === "false") return false;
      if (text === "true" || text === "") return true;
      throw refused(name, "true or false", text);
    },
  };
}

/** How long: a number of seconds, or text with a unit; read to ms. */
export function duration(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "string", examples: ["5", "500ms", "1m"] },
    read(text, name) {
      if (text === undefined) return undefined;
      return milliseconds((/^\d+(\.\d+)?$/.test(text) ? Number(text) : text) as Duration, name);
    },
  };
}

/** A point in time: ISO 8601 text, or ms since 1970; read to the latter. */
export function time(description: string): Parameter<number | undefined> {
  return {
    description,
    schema: { type: "string", examples: ["2026-11-21T12:00:00Z", "1795262400000"] },
    read: (text, name) => text === undefined ? undefined : readTime(/^\d+$/.test(text) ? Number(text) : text, name),
  };
}

/** The parameters of whatever is listed in parts. */
export const page: { readonly limit: Parameter<number | undefined>; readonly cursor: Parameter<string | undefined> } = {
  limit: whole("How many at most; 50 when absent", { least: 1, most: 500 }),
  cursor: text("Where to go on: the `cursor` of the part before"),
};

function refused(name: string, rule: string, value: string): InvalidInput {
  return new InvalidInput(name, `${name} must be ${rule}, and it is ${JSON.stringify(value.slice(0, 100))}`);
}

/** The values that are there: options that are `undefined` are none. */
export function given<Values extends object>(
  values: Values,
): { readonly [name in keyof Values]?: Exclude<Values[name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
