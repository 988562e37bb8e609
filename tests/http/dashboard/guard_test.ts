import { assertEquals, assertGreater } from "@std/assert";
import { Umbel } from "@umbel/umbel";
import type { Hono } from "hono";
import { dashboard } from "../../../src/http/dashboard/mod.ts";
import { entryOf } from "../access.ts";
import { quiet } from "./site.ts";

/** A dashboard whose broker must not be opened, and all that it answers but what anybody may ask. */
async function setUp() {
  const app = new Umbel("shop", {
    env: {},
    broker: () => {
      throw new Error("The broker was asked");
    },
  });
  const tokens = [await entryOf("s3cret", ["admin"]), await entryOf("t0ken", ["send", "control", "work"])];
  const pages = dashboard(app, { tokens, log: quiet }) as unknown as Hono;
  const all = pages.routes.filter(({ method, path }) => method !== "ALL" && !["/login", "/preferences"].includes(path));
  // A stranger may log out: that takes nothing but a cookie away, and is refused nevertheless.
  const routes = all.map(({ method, path }) => ({ method, path: path.replace(/:\w+(\{[^}]*\})?/g, "x") }));
  assertGreater(routes.length, 40);
  return { app, pages, routes };
}

for (const [who, headers] of [["a stranger", {}], ["who may not read", { authorization: "Bearer t0ken" }]] as const) {
  Deno.test(`every route of the dashboard sends ${who} to the login, and asks the broker nothing`, async () => {
    const { app, pages, routes } = await setUp();
    await using _ = app;
    for (const { method, path } of routes) {
      const body = method === "GET" ? null : new URLSearchParams({ csrf: "x", do: "retry", id: "x", task: "x" });
      const response = await pages.request(path, { method, headers, body });
      await response.body?.cancel();
      assertEquals([method, path, response.status], [method, path, method === "GET" ? 303 : 401]);
      if (method === "GET") assertEquals(response.headers.get("location")?.split("?")[0], "/login");
      const stream = await pages.request(path, { headers: { ...headers, accept: "text/event-stream" } });
      await stream.body?.cancel();
      assertEquals([path, stream.status], [path, 401]);
    }
  });
}

Deno.test("every action of the dashboard refuses a form of another page, whoever shows a session", async () => {
  const { app, pages, routes } = await setUp();
  await using _ = app;
  const login = await pages.request("/login", { method: "POST", body: new URLSearchParams({ token: "s3cret" }) });
  const cookie = login.headers.get("set-cookie")!.replace(/;.*/, "");
  for (const { method, path } of routes.filter(({ method }) => method !== "GET")) {
    const post = async (headers: Record<string, string>, body: BodyInit = new URLSearchParams({ csrf: "x" })) => {
      const response = await pages.request(path, { method, headers: { cookie, ...headers }, body });
      await response.body?.cancel();
      return response.status;
    };
    const answers = [
      await post({}),
      await post({ origin: "https://evil.example" }),
      await post({ origin: "null" }),
      await post({ "sec-fetch-site": "cross-site" }),
      await post({ "sec-fetch-site": "same-site" }),
      await post({ "content-type": "text/plain" }, "csrf=x"),
    ];
    assertEquals([path, ...answers], [path, 403, 403, 403, 403, 403, 415]);
  }
});
