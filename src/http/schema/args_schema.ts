/**
 * What a task's schema says of its arguments, as JSON Schema: by Standard JSON Schema, which zod (from 4.2) and arktype
 * speak by themselves, and valibot by `toStandardJsonSchema` of `@valibot/to-json-schema`.
 *
 * @module
 */
import type { StandardSchema } from "../../tasks/schema.ts";
import type { JsonSchema } from "./json_schema.ts";

/** The least of Standard JSON Schema: see https://standardschema.dev/json-schema. */
interface Converter {
  readonly input?: (options: { readonly target: "draft-2020-12" }) => object;
}

/**
 * What is to be sent; `undefined` when the library cannot tell, or the schema takes what JSON does not know. It may have
 * keywords that are not checked here: the schema itself checks.
 */
export function argsSchemaOf(schema: StandardSchema): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as { readonly jsonSchema?: Converter };
  try {
    const { $schema: _, ...said } = { $schema: "", ...jsonSchema?.input?.({ target: "draft-2020-12" }) };
    return Object.keys(said).length === 0 ? undefined : said;
  } catch {
    return undefined;
  }
}
