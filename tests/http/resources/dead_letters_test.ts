import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { type Logger, Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../../src/log.ts";

const log: Logger = silentLogger;

function setup() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const state = { fails: true };
  app.task("add", (x: number, y: number) => {
    if (state.fails) throw new TypeError("no");
    return x + y;
  });
  const server = new Hono().route("/api", http(app, { tokens: ["secret"], log }));
  const request = (method: string, path: string, body?: unknown, token = "secret") =>
    server.request(`/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const work = () => new Worker(app, { log }).drain({ seconds: 60 });
  return { app, state, request, work };
}

Deno.test("GET /dead-letters lists what failed, by filter and in parts; GET /dead-letters/:id shows one", async () => {
  const { app, request, work } = setup();
  await using _ = app;
  await app.sendMany([["add", [1, 2]], ["add", [3, 4]]]);
  await work();
  const first = await (await request("GET", "/dead-letters?limit=1&error=TypeError")).json();
  assertEquals(first.letters.length, 1);
  const second = await (await request("GET", `/dead-letters?cursor=${encodeURIComponent(first.cursor)}`)).json();
  assertEquals([second.letters.length, second.cursor], [1, undefined]);
  const [{ id, task, state, error, args }] = second.letters;
  assertEquals([task, state, error.type, args.length], ["add", "FAILURE", "TypeError", 2]);
  assertEquals((await (await request("GET", `/dead-letters/${id}`)).json()).args, args);
  assertEquals(await (await request("GET", "/dead-letters?task=other")).json(), { letters: [] });
  assertEquals(await (await request("GET", "/dead-letters?before=2020-01-01T00:00:00Z")).json(), { letters: [] });
});

Deno.test("POST /dead-letters/resend sends letters again", async () => {
  const { app, state, request, work } = setup();
  await using _ = app;
  const [one, two] = await app.sendMany([["add", [1, 2]], ["add", [3, 4]]]);
  await work();
  state.fails = false;
  const resend = (body: unknown) => request("POST", "/dead-letters/resend", body);
  assertEquals(await (await resend({ ids: [one.id], args: [10, 20] })).json(), { resent: [one.id], refused: [] });
  assertEquals(await (await resend({ filter: { task: "add" } })).json(), { resent: [two.id], refused: [] });
  assertEquals(await (await resend({ all: true })).json(), { resent: [], refused: [] });
  await work();
  assertEquals([await one.get(), await two.get()], [30, 7]);
});

Deno.test("DELETE /dead-letters/:id deletes a letter, and may be repeated", async () => {
  const { app, request, work } = setup();
  await using _ = app;
  const failed = await app.sendTask("add", [1, 2]);
  await work();
  for (let times = 0; times < 2; times++) {
    assertEquals((await request("DELETE", `/dead-letters/${failed.id}`)).status, 204);
  }
  assertEquals((await request("GET", `/dead-letters/${failed.id}`)).status, 404);
  const waiting = await app.sendTask("add", [1, 2]);
  const response = await request("DELETE", `/dead-letters/${waiting.id}`);
  assertEquals([response.status, (await response.json()).code], [409, "not_failed"]);
});

Deno.test("DELETE /dead-letters deletes those that fit, and says how many; without a filter it takes all=true", async () => {
  const { app, request, work } = setup();
  await using _ = app;
  await app.sendMany([["add", [1, 2]], ["add", [3, 4]]]);
  await work();
  const remove = async (query: string) => {
    const response = await request("DELETE", `/dead-letters${query}`);
    const { deleted, code } = await response.json();
    return deleted ?? [response.status, code];
  };
  for (const query of ["", "?all=false", "?all=true&task=add"]) {
    assertEquals(await remove(query), [422, "invalid_input"]);
  }
  assertEquals([await remove("?task=other"), await remove("?before=2020-01-01T00:00:00Z")], [0, 0]);
  assertEquals([await remove("?task=add&error=TypeError"), await remove("?task=add")], [2, 0]);
  await app.sendTask("add", [1, 2]);
  await work();
  assertEquals([await remove("?all=true"), await remove("?all=true")], [1, 0]);
});

Deno.test("/dead-letters answers nobody without a token, and refuses what it does not understand", async () => {
  const { app, request } = setup();
  await using _ = app;
  const routes = [
    ["GET", "/dead-letters"],
    ["GET", "/dead-letters/"],
    ["GET", "/dead-letters/a"],
    ["DELETE", "/dead-letters/a"],
    ["POST", "/dead-letters/resend"],
    ["PUT", "/dead-letters"],
  ] as const;
  for (const [method, path] of routes) {
    const response = await request(method, path, undefined, "wrong");
    assertEquals([path, response.status], [path, 401]);
    assertEquals(response.headers.get("cache-control"), "no-store");
  }
  const refusals: [status: number, method: string, path: string, body?: unknown][] = [
    [405, "PUT", "/dead-letters"],
    [405, "PUT", "/dead-letters/resend"],
    [405, "POST", "/dead-letters/a"],
    [422, "GET", "/dead-letters?limit=0"],
    [422, "GET", "/dead-letters?limit=x"],
    [422, "GET", "/dead-letters?tsk=a"],
    [422, "GET", "/dead-letters?before=soon"],
    [422, "POST", "/dead-letters/resend", {}],
    [422, "POST", "/dead-letters/resend", { ids: ["a"], all: true }],
    [422, "POST", "/dead-letters/resend", { ids: "a" }],
    [422, "POST", "/dead-letters/resend", { filter: [] }],
    [422, "POST", "/dead-letters/resend", { filter: {} }],
    [422, "POST", "/dead-letters/resend", { all: false }],
    [422, "POST", "/dead-letters/resend", { all: true, args: 3 }],
    [422, "POST", "/dead-letters/resend", { all: true, arg: [] }],
    [404, "GET", "/dead-letters/nobody"],
  ];
  for (const [status, method, path, body] of refusals) {
    const response = await request(method, path, body);
    assertEquals([method, path, response.status], [method, path, status]);
    await response.body?.cancel();
  }
});

Deno.test("DELETE /tasks/:id takes terminate and tree", async () => {
  const { app, request } = setup();
  await using _ = app;
  const parent = await app.sendTask("add", [1, 2]);
  const child = await app.sendTask("add", [3, 4], { parent });
  assertEquals((await request("DELETE", `/tasks/${parent.id}?terminate=maybe`)).status, 422);
  assertEquals((await request("DELETE", `/tasks/${parent.id}?terminate=true`)).status, 200);
  assertEquals(await child.state(), "QUEUED");
  assertEquals((await request("DELETE", `/tasks/${parent.id}?tree=true`)).status, 200);
  assertEquals(await child.state(), "REVOKED");
});
