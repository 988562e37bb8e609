/**
 * What a worker tells of the tasks that it knows: their options and schemas.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Json } from "../../json.ts";
import type { RegisteredTask, SchemaView } from "../../remote/answers.ts";
import { plain } from "../../remote/plain.ts";
import type { StandardSchema } from "../../tasks/schema.ts";
import type { TaskDefinition } from "../../tasks/task.ts";

/** Its tasks, by name. */
export function registeredTasks({ tasks }: Umbel): RegisteredTask[] {
  return [...tasks.values()].map(toRegistered).sort((a, b) => a.name < b.name ? -1 : 1);
}

function toRegistered({ name, settings }: TaskDefinition): RegisteredTask {
  const { schema, resultSchema, codecs, ...options } = settings;
  return {
    name,
    options: {
      ...plain(options),
      // Codecs hold keys: their names are enough.
      ...(codecs ? { codecs: Object.values(codecs).map(({ name }) => name) } : {}),
    },
    ...(schema ? { schema: viewOf(schema, "input") } : {}),
    ...(resultSchema ? { resultSchema: viewOf(resultSchema, "output") } : {}),
  };
}

/** What some libraries say of their schemas beyond the standard that is asked for. */
interface Describing {
  readonly "~standard": {
    readonly jsonSchema?: { readonly [side in "input" | "output"]?: (options: { readonly target: string }) => Json };
  };
  readonly toJsonSchema?: () => Json;
  readonly toJSONSchema?: () => Json;
}

function viewOf(schema: StandardSchema, side: "input" | "output"): SchemaView {
  const { vendor } = schema["~standard"];
  try {
    const described = schema as unknown as Describing;
    const json = described["~standard"].jsonSchema?.[side]?.({ target: "draft-2020-12" }) ??
      described.toJSONSchema?.() ?? described.toJsonSchema?.();
    return { vendor, ...(json === undefined ? {} : { json: JSON.parse(JSON.stringify(json)) as Json }) };
  } catch {
    // Not everything that a schema checks can be said in JSON Schema.
    return { vendor };
  }
}
