/** Random requests, made from an OpenAPI document: valid ones, broken ones, huge and hostile ones. */
import fc from "fast-check";
import type { OpenApiDocument, Operation } from "../../src/http/openapi/document.ts";

/** A request that is to be sent. */
export interface RandomRequest {
  /** The operation it is made from. */
  readonly operation: string;
  /** Its method, perhaps another one. */
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Its headers, beside who calls. */
  readonly headers: { readonly [name: string]: string };
  /** Its body. */
  readonly body?: string;
}

// deno-lint-ignore no-explicit-any
type Schema = any;

const hostileTexts = [
  "",
  " ",
  "\u0000",
  "..",
  "%",
  "%zz",
  "__proto__",
  "constructor",
  "'; DROP TABLE messages; --",
  "<script>alert(1)</script>",
  "\u202egnp.exe",
  "\ud800",
  "ünïcödé 好 🎉",
  "x".repeat(3000),
  "-1",
  "1e400",
  "99999999999999999999",
  "NaN",
  "null",
  "true",
  "[]",
  "*",
  "\r\nx-injected: 1",
];

const hostileText = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary", maxLength: 30 }));

const hostileValue = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, -1, 0.5, 1e308, 2 ** 53, -0, [], {}, [[]], { length: 1 }, { then: "no" }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values of a schema; where it says little, any JSON. */
function valueOf(schema: Schema, components: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref) return valueOf(components.schemas[schema.$ref.replace(/.*\//, "")], components, depth);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one: Schema) => valueOf(one, components, depth)));
  if (schema.prefixItems) {
    return fc.tuple(...schema.prefixItems.map((one: Schema) => valueOf(one, components, depth + 1)));
  }
  const [type] = Array.isArray(schema.type) ? [schema.type[depth % schema.type.length]] : [schema.type];
  const { minimum = -1000, maximum = 100_000 } = schema;
  switch (type) {
    case "string":
      return fc.oneof(fc.constantFrom(...(schema.examples ?? ["default", "add"]).map(String)), fc.string());
    case "integer":
      return fc.integer({ min: minimum, max: Math.max(minimum, maximum) });
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(depth > 4 ? fc.constant(1) : valueOf(schema.items ?? {}, components, depth + 1), {
        maxLength: 3,
      });
    case "object": {
      const members = Object.entries<Schema>(schema.properties ?? {});
      if (members.length === 0 || depth > 4) return fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }));
      const { required = [] } = schema;
      // A few at a time: of many that are random one would nearly always be wrong.
      return fc.subarray(members.map(([name]) => name), { maxLength: Math.min(2, members.length) }).chain((names) =>
        fc.record(
          Object.fromEntries(
            members.filter(([name]) => names.includes(name) || required.includes(name))
              .map(([name, member]) => [name, valueOf(member, components, depth + 1)]),
          ),
        )
      );
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** What a body's schema refers to, with what is said beside that. */
function resolved(schema: Schema, components: Schema): Schema {
  if (schema.$ref) return components.schemas[schema.$ref.replace(/.*\//, "")];
  if (!schema.allOf) return schema;
  const [first] = schema.allOf.map((one: Schema) => resolved(one, components));
  return { ...first, properties: { ...first.properties, ...schema.properties } };
}

/** The text of a body, sometimes broken. */
function bodyOf(said: Schema, components: Schema): fc.Arbitrary<string> {
  const schema = resolved(said, components);
  const valid = valueOf(schema, components);
  const withOther = fc.tuple(valid, fc.constantFrom("args", ...Object.keys(schema.properties ?? {})), hostileValue)
    .map(([value, name, other]) => ({ ...(value as object), [name]: other }));
  const withMore = fc.tuple(valid, hostileText, hostileValue)
    .map(([value, name, other]) => ({ ...(value as object), [name]: other }));
  return fc.oneof(
    { weight: 12, arbitrary: valid.map(toText) },
    { weight: 6, arbitrary: withOther.map(toText) },
    { weight: 2, arbitrary: withMore.map(toText) },
    { weight: 2, arbitrary: hostileValue.map(toText) },
    {
      weight: 2,
      arbitrary: fc.tuple(valid.map(toText), fc.nat()).map(([text, at]) => text.slice(0, at % text.length)),
    },
    { weight: 1, arbitrary: hostileText },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "[".repeat(5000),
        `{"args":${"[".repeat(80)}${"]".repeat(80)}}`,
        `{"args":["${"x".repeat(30_000)}"]}`,
        '{"__proto__":{"args":[1]},"constructor":{"prototype":{}}}',
        '{"args":[1],"args":[2]}',
        '{"args":[1e999]}',
        "\ufeff{}",
      ),
    },
  );
}

function toText(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

function parameterOf(
  parameter: Schema,
  components: Schema,
  known: readonly string[],
): fc.Arbitrary<string | undefined> {
  const valid = valueOf(parameter.schema, components).map(String);
  const some = fc.oneof({ weight: 8, arbitrary: valid }, { weight: 1, arbitrary: hostileText });
  if (parameter.in === "path") {
    return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: some });
  }
  return fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });
}

/** Requests for all that a document tells. */
export function requestsOf(
  { paths, components }: OpenApiDocument,
  known: readonly string[],
): fc.Arbitrary<RandomRequest> {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method, operation, components, known))
  );
  return fc.oneof(...all);
}

function requestOf(
  path: string,
  method: string,
  { operationId, parameters = [], requestBody }: Operation,
  components: Schema,
  known: readonly string[],
): fc.Arbitrary<RandomRequest> {
  const [[media, content] = []] = Object.entries(requestBody?.content ?? {});
  const type = media ?? "application/json";
  const schema = (content as Schema | undefined)?.schema ?? {};
  return fc.record({
    values: fc.tuple(...parameters.map((one) => parameterOf(one, components, known))),
    extra: fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, fc.tuple(hostileText, hostileText)),
    body: requestBody ? bodyOf(schema, components) : fc.constant(undefined),
    type: fc.oneof(
      { weight: 20, arbitrary: fc.constant(type) },
      fc.constantFrom("text/plain", "", `${type}; x`, "x/y"),
    ),
    method: fc.oneof(
      { weight: 20, arbitrary: fc.constant(method.toUpperCase()) },
      fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"),
    ),
  }).map(({ values, extra, body, type, method }) => {
    let at = path;
    const query = new URLSearchParams(extra ? [extra] : []);
    const headers: Record<string, string> = { "content-type": type };
    parameters.forEach((parameter, index) => {
      const { name, in: where } = parameter as { name: string; in: string };
      const value = values[index];
      if (value === undefined) return;
      if (where === "path") at = at.replace(`{${name}}`, () => segmentOf(value));
      else if (where === "query") query.append(name, toWellFormed(value));
      else headers[name] = value.replace(/[^\x20-\x7e]/g, "?");
    });
    const isSent = body !== undefined && method !== "GET" && method !== "HEAD";
    const url = query.size === 0 ? at : `${at}?${query}`;
    return { operation: operationId, method, url, headers, ...(isSent ? { body } : {}) };
  });
}

/** What no URL can carry is none. */
function toWellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** A part of a path. A dot or two would lead to another route: `/workers/../queues` is `/queues`. */
function segmentOf(value: string): string {
  return /^\.\.?$/.test(value) ? "dots" : encodeURIComponent(toWellFormed(value));
}
