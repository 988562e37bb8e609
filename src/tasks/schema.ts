/**
 * Schemas of arguments and results: anything that speaks Standard Schema (zod, valibot, arktype and others), known by
 * its shape alone.
 *
 * @module
 */
import { InvalidInput, SchemaMismatch } from "../errors.ts";
import { show } from "../options/values.ts";
import { isPromise } from "../promise.ts";

/** The least of a Standard Schema, version 1: see https://standardschema.dev. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the libraries agree upon. */
  readonly "~standard": {
    /** Of the standard. */
    readonly version: 1;
    /** The library. */
    readonly vendor: string;
    /** Checks a value, and gives what becomes of it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Never there: carries the types. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says about a value: what becomes of it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** Something that a schema has to say against a value. */
export interface SchemaIssue {
  /** In the words of the library. */
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a task says about its arguments and its result. */
export interface Schemas {
  /** Of the arguments: of the whole list. */
  readonly schema?: StandardSchema;
  /** Of the result. */
  readonly resultSchema?: StandardSchema;
}

/** Checks that this is a schema. @throws {InvalidInput} When it is none. */
export function readSchema(value: unknown, field: string): StandardSchema {
  const { version, validate } = (value as Partial<StandardSchema> | null)?.["~standard"] ?? {};
  if (version === 1 && typeof validate === "function") return value as StandardSchema;
  throw new InvalidInput(
    field,
    `${field} must be a Standard Schema (of zod, valibot, arktype, …), and it is ${show(value)}`,
  );
}

/**
 * What a schema makes of arguments or of a result; a promise only if the schema gives one.
 *
 * @throws {SchemaMismatch} With the path of what does not fit.
 */
export function parse(schema: StandardSchema, value: unknown, field: "args" | "result", task: string): unknown {
  const result = schema["~standard"].validate(value);
  return isPromise(result) ? result.then((later) => outputOf(later, field, task)) : outputOf(result, field, task);
}

function outputOf(result: SchemaResult<unknown>, field: "args" | "result", task: string): unknown {
  const name = JSON.stringify(task);
  if (result.issues) {
    const [first, ...others] = result.issues;
    const path = field + (first?.path ?? []).map(step).join("");
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    throw new SchemaMismatch(path, `${path} does not fit the schema of task ${name}: ${first?.message}${more}`);
  }
  if (field === "result" || Array.isArray(result.value)) return result.value;
  throw new SchemaMismatch(field, `The schema of task ${name} must give a list of arguments: make it a tuple`);
}

function step(part: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof part === "object" ? part.key : part;
  if (typeof key === "number") return `[${key}]`;
  return typeof key === "string" && /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(String(key))}]`;
}

/** Calls a handler with what the schemas make of its arguments, and gives what they make of its result. */
export function callChecked(
  { schema, resultSchema }: Schemas,
  task: string,
  args: readonly unknown[],
  handler: (args: readonly unknown[]) => unknown,
): unknown {
  const given = schema ? parse(schema, args, "args", task) : args;
  const returned = isPromise(given)
    ? given.then((later) => handler(later as readonly unknown[]))
    : handler(given as readonly unknown[]);
  if (!resultSchema) return returned;
  return isPromise(returned)
    ? returned.then((later) => parse(resultSchema, later, "result", task))
    : parse(resultSchema, returned, "result", task);
}
