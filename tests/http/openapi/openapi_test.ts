import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Hono } from "hono";
import * as v from "valibot";
import { z } from "zod";
import { Umbel } from "@umbel/umbel";
import { http, type HttpOptions } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger as log } from "../../../src/log.ts";
import { userOf } from "../access.ts";

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));

function setup(options: Partial<HttpOptions> = {}) {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("plain", () => {});
  app.task("by zod", { schema: z.tuple([z.object({ to: z.email() })]) }, ({ to }) => to);
  app.task("by_valibot", { schema: toStandardJsonSchema(v.strictTuple([v.string()])) }, (text) => text);
  app.task("by_arktype", { schema: type([{ count: "number" }]) }, ({ count }) => count);
  app.task("recursive", { schema: z.tuple([tree]) }, ({ name }) => name);
  app.task("by.plain.valibot", { schema: v.strictTuple([v.string()]) }, (text) => text);
  app.task("dates", { schema: z.tuple([z.date()]) }, (date) => date.getTime());
  const api = http(app, { ...(options.open ? {} : { tokens: ["s3cret"] }), log, ...options });
  const server = new Hono().route("/api", api);
  const get = async (path: string) =>
    await server.request(`/api${path}`, { headers: { authorization: "Bearer s3cret" } });
  // deno-lint-ignore no-explicit-any
  const document = async (): Promise<any> => await (await get("/openapi.json")).json();
  return { app, get, document, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

for (
  const [what, options] of [
    ["with all ways to be let in", {
      tokens: ["s3cret", await userOf("anna", "hers", ["read"])],
      secret: "a secret of the tests that nobody guesses",
      signingKeys: ["a-signing-key-of-the-tests"],
    }],
    ["of an open server", { open: true }],
    ["of one part", { parts: ["reference", "waiting"] }],
  ] as readonly (readonly [string, Partial<HttpOptions>])[]
) {
  Deno.test(`GET /openapi.json ${what} is OpenAPI 3.1`, async () => {
    await using shop = setup(options);
    const { valid, errors } = await new Validator().validate(await shop.document());
    assert(valid, JSON.stringify(errors, undefined, 2));
  });
}

Deno.test("GET /openapi.json says where the API is, what each route takes, and who may call it", async () => {
  await using shop = setup({ secret: "a secret of the tests that nobody guesses" });
  const { servers, paths, components } = await shop.document();
  assertEquals(servers, [{ url: "/api" }]);
  const get = paths["/tasks/{task}"].get;
  assertEquals([get.operationId, get.tags], ["getTask", ["Tasks"]]);
  assertEquals(get.security, [{ token: ["read"] }, { taskToken: [] }]);
  assertEquals(get.parameters.map(({ name, in: where }: { name: string; in: string }) => [name, where]), [
    ["task", "path"],
    ["wait", "query"],
    ["args", "query"],
  ]);
  assertEquals(get.responses[200].content["application/json"].schema, { $ref: "#/components/schemas/Task" });
  assertStringIncludes(get.responses[404].description, "unknown_id");
  assertEquals(components.schemas.ErrorInfo.properties.cause, { $ref: "#/components/schemas/ErrorInfo" });
  assertEquals(Object.keys(paths).includes("/reference"), false);
});

Deno.test("GET /openapi.json tells each task by itself, with what its schema says of its arguments", async () => {
  await using shop = setup();
  const { paths, components } = await shop.document();
  const argsOf = (name: string) => {
    const { schema } = paths[`/tasks/${name}`].post.requestBody.content["application/json"];
    const { args } = { ...components.schemas.Call.properties, ...schema.properties };
    return args.$ref === undefined ? args : components.schemas[args.$ref.replace(/.*\//, "")];
  };
  assertEquals(argsOf("by%20zod").prefixItems[0].properties.to.format, "email");
  assertEquals(argsOf("by_valibot").prefixItems, [{ type: "string" }]);
  assertEquals(argsOf("by_arktype").prefixItems[0].properties, { count: { type: "number" } });
  for (const name of ["plain", "dates", "by.plain.valibot"]) assertEquals(argsOf(name).type, "array", name);
  const [node] = argsOf("recursive").prefixItems;
  const children = components.schemas[node.$ref.replace(/.*\//, "")].properties.children;
  assertEquals(children.items.$ref, node.$ref);
});

Deno.test("GET /openapi.json has no two operations of one name", async () => {
  await using shop = setup();
  shop.app.task("by_zod", () => {});
  const { paths } = await shop.document();
  const ids = Object.values(paths as Record<string, Record<string, { operationId: string }>>)
    .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  assertEquals(new Set(ids).size, ids.length);
  assert(ids.includes("sendTask.by_zod_2"));
});

Deno.test("GET /reference is a page that loads nothing, with every operation and schema", async () => {
  await using shop = setup();
  shop.app.task("<script>alert(1)</script>", () => {});
  const response = await shop.get("/reference");
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  assertMatch(response.headers.get("content-security-policy")!, /^default-src 'none'; style-src 'sha256-[\w+/]{43}=';/);
  const page = await response.text();
  assert(!/<script|<link|<img|@import|url\(|javascript:/.test(page));
  const { paths, components } = await shop.document();
  for (const methods of Object.values(paths as Record<string, Record<string, { operationId: string }>>)) {
    for (const { operationId } of Object.values(methods)) {
      assertStringIncludes(page, `id="${operationId}"`);
      assertStringIncludes(page, `href="#${operationId}"`);
    }
  }
  for (const [, target] of page.matchAll(/href="#(schema-[^"]+)"/g)) assertStringIncludes(page, `id="${target}"`);
  assert(Object.keys(components.schemas).every((name) => page.includes(`id="schema-${name}"`)));
});

Deno.test("the document and the page are for those who are known", async () => {
  await using shop = setup();
  const server = http(shop.app, { tokens: ["other"], log });
  for (const path of ["/openapi.json", "/reference"]) assertEquals((await server.request(path)).status, 401);
});
