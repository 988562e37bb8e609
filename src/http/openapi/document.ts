/**
 * The OpenAPI document: all that routes say, for programs and people.
 *
 * @module
 */
import { typeOf } from "../requests/body.ts";
import type { Parameters } from "../requests/parameters.ts";
import type { Method, ResponseSpec, Route, RouteInstance } from "../route.ts";
import { Components, type Node } from "./components.ts";
import { problemResponse, problemSchema } from "./problems.ts";
import { securityOf, securitySchemes, type Ways } from "./security.ts";

/** What a document is about. */
export interface DocumentOptions {
  /** The app's name. */
  readonly app: string;
  /** The path below which the API is mounted: `/api`, or nothing. */
  readonly base: string;
  /** How callers make themselves known. */
  readonly ways: Ways;
}

/** An OpenAPI document, as far as it is read here. */
export interface OpenApiDocument {
  /** The version of OpenAPI. */
  readonly openapi: string;
  /** What it is about. */
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  /** Where it is. */
  readonly servers: readonly { readonly url: string }[];
  /** The groups of operations, in their order. */
  readonly tags: readonly { readonly name: string }[];
  /** Operations by path and method. */
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  /** What is referred to. */
  readonly components: Node;
}

/** An operation. */
export interface Operation {
  /** Its name. */
  readonly operationId: string;
  /** Its group. */
  readonly tags: readonly string[];
  /** What it does. */
  readonly summary: string;
  /** More about it. */
  readonly description?: string;
  /** How a caller makes itself known, and with which scopes; empty for anybody. */
  readonly security: readonly { readonly [scheme: string]: readonly string[] }[];
  /** What stands in path, query and headers. */
  readonly parameters?: readonly Node[];
  /** What it carries. */
  readonly requestBody?: { readonly description: string; readonly required: boolean; readonly content: Node };
  /** What it answers. */
  readonly responses: { readonly [status: string]: Node };
}

/** The version of the API, as OpenAPI wants one: it counts changes that break clients. */
const apiVersion = "1";

/** The document of these routes, as they are now. */
export function documentOf(routes: readonly Route[], { app, base, ways }: DocumentOptions): OpenApiDocument {
  const shown = routes.filter(({ hidden }) => !hidden);
  const components = new Components();
  const paths: Record<string, Record<string, Operation>> = {};
  const names = new Set<string>();
  const add = (path: string, method: Method, operation: Operation) => {
    let operationId = operation.operationId;
    for (let index = 2; names.has(operationId); index++) operationId = `${operation.operationId}_${index}`;
    names.add(operationId);
    (paths[path] ??= {})[method.toLowerCase()] = { ...operation, operationId };
  };
  for (const route of shown) {
    add(templateOf(route.path), route.method, operationOf(route, components, ways));
    for (const instance of route.instances?.() ?? []) {
      add(pathOf(route.path, instance), route.method, instanceOf(route, instance, components, ways));
    }
  }
  return {
    openapi: "3.1.1",
    info: {
      title: `Tasks of ${app}`,
      version: apiVersion,
      description: "Send tasks, follow them, and put right what went wrong. Errors are `application/problem+json`.",
    },
    servers: [{ url: base === "" ? "/" : base }],
    tags: [...new Set(shown.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: problemSchema, ...components.all() },
      responses: { Problem: problemResponse },
      securitySchemes: securitySchemes(ways),
    },
  };
}

function operationOf(route: Route, components: Components, ways: Ways): Operation {
  const { id, tag, summary, description, params, query = {}, headers = {}, body, responses } = route;
  const parameters = [
    ...parametersOf("path", params, components),
    ...parametersOf("query", query, components),
    ...parametersOf("header", headers, components),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(route, ways),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body
      ? {
        requestBody: {
          description: body.description,
          required: (body.schema.required ?? []).length > 0,
          content: { [typeOf(body)]: { schema: components.refer(body.schema) } },
        },
      }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, response]) => [status, responseOf(response, components)]),
      ),
      ...Object.fromEntries(Object.entries(problemsOf(route)).map(([status, codes]) => [status, problemOf(codes)])),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** One thing that a route stands for: its path says which, and its body is the route's, but for the arguments. */
function instanceOf(route: Route, { value, summary, args }: RouteInstance, of: Components, ways: Ways): Operation {
  const { parameters = [], requestBody, ...operation } = operationOf(route, of, ways);
  const others = parameters.filter((parameter) => parameter.in !== "path");
  const schema = route.body && of.refer(route.body.schema);
  const narrowed = schema && args ? { allOf: [schema], properties: { args: of.adopt(`${value}.args`, args) } } : schema;
  return {
    ...operation,
    operationId: `${route.id}.${value.replace(/[^\w.-]/g, "_")}`,
    summary,
    ...(others.length === 0 ? {} : { parameters: others }),
    ...(requestBody ? { requestBody: { ...requestBody, content: { "application/json": { schema: narrowed } } } } : {}),
  };
}

function parametersOf(where: "path" | "query" | "header", parameters: Parameters, components: Components): Node[] {
  return Object.entries(parameters).map(([name, { description, schema }]) => ({
    name: where === "header" ? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()) : name,
    in: where,
    description,
    required: where === "path",
    schema: components.refer(schema),
  }));
}

function responseOf({ description, schema, media = "application/json", headers }: ResponseSpec, of: Components): Node {
  const isText = media.startsWith("text/");
  const content = schema ? of.refer(schema) : isText ? { type: "string" } : undefined;
  return {
    description,
    ...(content ? { content: { [media]: { schema: content } } } : {}),
    ...(headers
      ? {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
        ),
      }
      : {}),
  };
}

/** What any route of its kind refuses, and what is particular to it. */
function problemsOf({ access, params, query, headers, body, problems = {} }: Route): Record<string, readonly string[]> {
  const takes = body !== undefined || [params, query, headers].some((one) => Object.keys(one ?? {}).length > 0);
  const usual: Record<string, readonly string[]> = {
    ...(access === "public" ? {} : { 401: ["unauthorized"], 403: ["forbidden"] }),
    ...(body ? { 400: ["invalid_json"], 413: ["too_large"], 415: ["unsupported_media_type"] } : {}),
    ...(takes ? { 422: ["invalid_input"] } : {}),
  };
  for (const [status, codes] of Object.entries(problems)) usual[status] = [...(usual[status] ?? []), ...codes];
  return usual;
}

function problemOf(codes: readonly string[]): Node {
  return { ...problemResponse, description: codes.map((code) => `\`${code}\``).join(", ") };
}

function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function pathOf(path: string, { value }: RouteInstance): string {
  return path.replace(/:\w+/, encodeURIComponent(value).replaceAll("$", "$$$$"));
}
