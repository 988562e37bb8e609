/**
 * Every route × every caller that may not call it: made from the table of routes, so that it holds for those that come.
 */
import { assert, assertEquals } from "@std/assert";
import { type Broker, Umbel } from "@umbel/umbel";
import { http, taskToken } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { Dispatcher } from "../../src/http/dispatch.ts";
import { flowerRoutes } from "../../src/http/flower/routes.ts";
import { readOptions } from "../../src/http/options.ts";
import { routesOf } from "../../src/http/parts.ts";
import { describe } from "../../src/http/resources/reference.ts";
import type { Route } from "../../src/http/route.ts";
import { router } from "../../src/http/router.ts";
import { silentLogger as log } from "../../src/log.ts";
import { entryOf, userOf } from "./access.ts";

const secret = "a secret of the tests that nobody guesses";
const scopes = ["send", "read", "control", "work"];

/** What anybody may call. Nothing comes to this list by accident. */
const publicRoutes: readonly string[] = ["isAlive", "isReady"];

/** An app whose broker is not to be touched, and its API with callers of all kinds. */
async function setup() {
  const touched: string[] = [];
  const broker = new Proxy({} as Broker, {
    get(_, name) {
      touched.push(String(name));
      throw new Error(`broker.${String(name)} was touched`);
    },
  });
  const app = new Umbel("shop", { broker, env: {} });
  app.task("add", (x: number, y: number) => x + y);
  const options = {
    tokens: [
      await entryOf("ended", ["admin"], 0),
      ...await Promise.all(scopes.map((scope) => entryOf(`not-${scope}`, scopes.filter((one) => one !== scope)))),
      await entryOf("not-admin", scopes),
      await entryOf("sends-other", ["send:other"]),
      await userOf("anna", "hers", ["read"]),
    ],
    secret,
    signingKeys: ["a-signing-key-of-the-tests"],
    log,
  };
  const settings = readOptions(app, options);
  const routes = [...routesOf(app, settings), ...flowerRoutes(app, settings)];
  return { app, api: router(routes, new Dispatcher(app, settings)), settings, routes, touched };
}

const { app, api, settings, routes, touched } = await setup();
const single = await taskToken(app, "another", { secret, may: "revoke" });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A request to a route, well formed as far as that matters before its handler. */
async function ask({ method, path, body }: Route, headers: HeadersInit, calls?: unknown): Promise<Response> {
  const type = body?.media === "form" ? "application/x-www-form-urlencoded" : body?.type ?? "application/json";
  const given = method === "GET" ? undefined : JSON.stringify(calls ?? {});
  return await api.request(path.replace(/:task/, "add").replace(/:\w+/g, "any"), {
    method,
    headers: { ...(given === undefined ? {} : { "content-type": type }), ...headers },
    ...(given === undefined ? {} : { body: given }),
  });
}

/** A page shows its own error, or leads to where one logs in; everything else says a problem. */
async function assertRefused(response: Response, route: Route, ...statuses: number[]): Promise<void> {
  const text = await response.text();
  if (route.refuse && [301, 302, 303].includes(response.status)) return;
  assert(statuses.includes(response.status), `${route.id}: ${response.status} ${text}`);
  if (route.refuse) return;
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  const { code, detail } = JSON.parse(text);
  assert(typeof code === "string" && typeof detail === "string");
}

/** Whoever guesses passwords is told to wait, after a while. */
function guesses(headers: object): number[] {
  return JSON.stringify(headers).includes("Basic") ? [429] : [];
}

const guarded = routes.filter(({ access }) => access !== "public");

Deno.test("only these routes are public", () => {
  assertEquals(routes.filter(({ access }) => access === "public").map(({ id }) => id), publicRoutes);
});

Deno.test("every route that is not hidden stands in the OpenAPI document, with who may call it", () => {
  const { paths } = describe(app, settings, routes, "");
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  for (const { id, hidden, access } of routes) {
    const operation = operations.find(({ operationId }) => operationId === id);
    assertEquals(operation === undefined, hidden ?? false, id);
    if (operation) assertEquals(operation.security.length === 0, access === "public", id);
  }
});

Deno.test("routes of the same shape name their parameters alike, and no name is there twice", () => {
  const shapes = new Map<string, string>();
  for (const { path } of routes) {
    const shape = path.replace(/:\w+/g, ":");
    assertEquals(shapes.get(shape) ?? path, path);
    shapes.set(shape, path);
  }
  const ids = routes.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
});

for (
  const [who, headers] of [
    ["without a token", {}],
    ["with a wrong token", bearer("wrong")],
    ["with a token that has ended", bearer("ended")],
    ["with half a token", bearer("not")],
    ["with a wrong password", { authorization: `Basic ${btoa("nobody:hers")}` }],
    ["with a cookie that nobody signed", { cookie: "umbel=e30.e30" }],
    ["with a signature that is none", { "umbel-signature": `t=1,v1=${"0".repeat(64)}` }],
    ["with the header of a proxy that nobody trusts", { "x-forwarded-user": "anna", "remote-user": "anna" }],
  ] as const
) {
  Deno.test(`no route answers ${who}`, async () => {
    for (const route of guarded) await assertRefused(await ask(route, headers), route, 401, ...guesses(headers));
    assertEquals(touched, []);
  });
}

Deno.test("no route answers a token of too small a scope", async () => {
  for (const route of guarded) {
    if (route.access === "caller") continue;
    await assertRefused(await ask(route, bearer(`not-${route.access}`)), route, 403);
  }
  assertEquals(touched, []);
});

Deno.test("no route answers a token for another task", async () => {
  for (const route of guarded) {
    await assertRefused(await ask(route, bearer(single)), route, 403);
    const query = await api.request(`${route.path.replace(/:\w+/g, "any")}?access_token=${single}`, {
      method: route.method,
    });
    await assertRefused(query, route, route.single ? 403 : 401);
  }
  assertEquals(touched, []);
});

Deno.test("no route sends a task that its caller may not send", async () => {
  const offline = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const bodies: { readonly [id: string]: unknown } = {
    sendTask: {},
    sendTasks: { calls: [{ task: "add", args: [1, 2] }] },
    flowerApply: { args: [1, 2] },
    flowerAsyncApply: { args: [1, 2] },
    flowerSendTask: { args: [1, 2] },
    "exchange.publish": { args: [[await offline.draft({ task: "add", args: [1, 2] })], null] },
  };
  for (const route of guarded) {
    if (route.access !== "send") continue;
    const body = bodies[route.id];
    assert(body !== undefined, `Say here by what body ${route.id} sends the task add`);
    await assertRefused(await ask(route, bearer("sends-other"), body), route, 403);
  }
  await offline[Symbol.asyncDispose]();
  assertEquals(touched, []);
});

Deno.test("no other method and no other path answers without a token", async () => {
  for (const { path } of guarded) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]) {
      if (method === "TRACE") continue;
      const at = path.replace(/:\w+/g, "any");
      for (const place of [at, `${at}/further`]) {
        const response = await api.request(place, { method });
        await response.body?.cancel();
        assert([401, 303].includes(response.status), `${method} ${place}: ${response.status}`);
      }
    }
  }
  assertEquals(touched, []);
});

Deno.test("the routes of a read-only server change nothing", async () => {
  await using real = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const readOnly = http(real, { tokens: ["s3cret"], readOnly: true, log });
  for (const route of routesOf(real, readOptions(real, { tokens: ["s3cret"], log }))) {
    if (route.method === "GET" || route.safe) continue;
    const response = await readOnly.request(route.path.replace(/:\w+/g, "any"), {
      method: route.method,
      headers: bearer("s3cret"),
    });
    await assertRefused(response, route, 403);
  }
});
