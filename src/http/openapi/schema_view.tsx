/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
/**
 * JSON Schema as people read it.
 *
 * @module
 */
import type { JSX } from "hono/jsx/jsx-runtime";
import type { JsonSchema, JsonType } from "../schema/json_schema.ts";

/** A schema as it stands in the document: it may refer to another one, and have keywords of a library's. */
type Shown = JsonSchema & {
  readonly $ref?: string;
  readonly prefixItems?: readonly Shown[];
  readonly const?: unknown;
  readonly oneOf?: readonly Shown[];
  readonly allOf?: readonly Shown[];
};

/** Deeper ones are told by their type alone. */
const deepest = 4;

/** Text in which backticks stand around code. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return <>{text.split("`").map((part, index) => index % 2 === 1 ? <code>{part}</code> : part)}</>;
}

/** What a value is, in a few words. */
export function TypeText({ schema }: { readonly schema: JsonSchema }): JSX.Element {
  const { $ref, anyOf, oneOf, allOf, enum: words, const: only, type, items, prefixItems, additionalProperties } =
    schema as Shown;
  const several = anyOf ?? oneOf ?? allOf;
  if ($ref !== undefined) {
    const name = $ref.replace(/.*\//, "");
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  if (only !== undefined) return <code>{JSON.stringify(only)}</code>;
  if (words) return <>{joined(words.map((word) => <code>{JSON.stringify(word)}</code>), " or ")}</>;
  if (several) {
    return <>{joined(several.map((one) => <TypeText schema={one} />), allOf ? " and " : " or ")}</>;
  }
  if (prefixItems) return <>[{joined(prefixItems.map((one) => <TypeText schema={one} />), ", ")}]</>;
  if (type === "array") {
    return items && Object.keys(items).length > 0
      ? (
        <>
          list of <TypeText schema={items} />
        </>
      )
      : <>list</>;
  }
  if (type === "object" && typeof additionalProperties === "object") {
    return (
      <>
        object of <TypeText schema={additionalProperties} />
      </>
    );
  }
  const types = type === undefined ? [] : typeof type === "string" ? [type] : type;
  return <>{types.length === 0 ? "anything" : types.map(wordFor).join(" or ")}{bounds(schema)}</>;
}

/** A schema by itself: the members of an object, the places of a list, or what it is in a few words. */
export function SchemaView({ schema }: { readonly schema: JsonSchema }): JSX.Element {
  if (partsOf(schema).length > 0) return <Parts schema={schema} depth={0} />;
  return (
    <p>
      <TypeText schema={schema} />
    </p>
  );
}

/** A row of a table of three columns, with what is in the thing of the row above it. */
export function InnerRow({ schema, depth = 0 }: { readonly schema: JsonSchema; readonly depth?: number }): JSX.Element {
  return (
    <tr>
      <td colspan={3} class="inner">
        <Parts schema={schema} depth={depth + 1} />
      </td>
    </tr>
  );
}

function Parts({ schema, depth }: { readonly schema: JsonSchema; readonly depth: number }): JSX.Element {
  const { required = [] } = schema;
  return (
    <div class="wide">
      <table>
        <tbody>
          {partsOf(schema).map(([name, part]) => {
            const inner = innerOf(part);
            return (
              <>
                <tr>
                  <th scope="row">
                    <code>{name}</code> {required.includes(name) ? <small>needed</small> : ""}
                  </th>
                  <td>
                    <TypeText schema={part} />
                  </td>
                  <td>
                    <Prose text={part.description ?? ""} />
                  </td>
                </tr>
                {inner && depth < deepest ? <InnerRow schema={inner} depth={depth} /> : ""}
              </>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** What a thing is made of: members by their names, places of a list by their numbers. */
function partsOf(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const { properties, prefixItems } = schema as Shown;
  if (properties) return Object.entries(properties);
  return (prefixItems ?? []).map((item, index) => [`[${index}]`, item]);
}

/** What has parts of its own that are to be told: the thing, or each item of it. */
function innerOf(schema: JsonSchema): JsonSchema | undefined {
  if (partsOf(schema).length > 0) return schema;
  return schema.items && partsOf(schema.items).length > 0 ? schema.items : undefined;
}

function wordFor(type: JsonType): string {
  switch (type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "boolean":
      return "true or false";
    case "array":
      return "list";
    default:
      return type;
  }
}

function bounds({ minimum, maximum, format, default: usual }: JsonSchema): string {
  const range = minimum !== undefined && maximum !== undefined
    ? `, ${minimum} to ${maximum}`
    : minimum !== undefined
    ? `, from ${minimum}`
    : maximum !== undefined
    ? `, up to ${maximum}`
    : "";
  const kind = format === undefined ? "" : `, ${format}`;
  return range + kind + (usual === undefined ? "" : `, else ${JSON.stringify(usual)}`);
}

function joined(parts: readonly JSX.Element[], between: string): (JSX.Element | string)[] {
  return parts.flatMap((part, index) => index === 0 ? [part] : [between, part]);
}
