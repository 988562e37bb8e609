import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger as log } from "../../../src/log.ts";

function setup() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const server = new Hono().route("/", http(app, { tokens: ["secret"], log }));
  const patch = async (id: string, body: unknown, type = "application/json") => {
    const headers = { authorization: "Bearer secret", "content-type": type };
    const response = await server.request(`/tasks/${id}`, { method: "PATCH", headers, body: JSON.stringify(body) });
    const { code, state, queue, eta, errors } = await response.json();
    return { status: response.status, code, state, queue, eta, field: errors?.[0]?.field };
  };
  const get = async (path: string) => {
    const response = await server.request(path, { headers: { authorization: "Bearer secret" } });
    return { status: response.status, body: await response.json() };
  };
  return { app, patch, get, server };
}

Deno.test("PATCH /tasks/:id changes what waits, and answers with what it is then", async () => {
  const { app, patch } = setup();
  await using _ = app;
  const ran: unknown[] = [];
  const note = app.task("note", (what: string) => void ran.push(what));
  const [a, b] = await note.delayMany([["a"], ["b"]]);
  const later = await patch(a!.id, { eta: "2099-01-01T00:00:00Z", queue: "other" });
  assertEquals([later.status, later.state, later.queue, later.eta], [
    200,
    "SCHEDULED",
    "other",
    "2099-01-01T00:00:00.000Z",
  ]);
  assertEquals((await patch(a!.id, { countdown: 0, queue: "default" })).state, "QUEUED");
  assertEquals((await patch(b!.id, { priority: 0, args: ["B"] })).status, 200);
  await new Worker(app, { concurrency: 1, log }).drain({ seconds: 60 });
  assertEquals(ran, ["a", "B"]);
});

Deno.test("PATCH /tasks/:id says why it changes nothing", async () => {
  const { app, patch } = setup();
  await using _ = app;
  const answers: unknown[] = [];
  const once = app.task("once", { unique: true, bind: true }, async (self, _what: string) => {
    answers.push(await patch(self.id, { priority: 1 }));
  });
  const [a, b] = await Promise.all([once.delay("a"), once.applyAsync(["b"], { countdown: "1d" })]);
  const problem = async (id: string, body: unknown) => {
    const { status, code, field } = await patch(id, body);
    return [status, code, field];
  };
  assertEquals(await problem("nobody", { priority: 1 }), [404, "unknown_id", undefined]);
  assertEquals(await problem(a.id, { priority: 11 }), [422, "invalid_input", "priority"]);
  assertEquals(await problem(a.id, { id: "other" }), [422, "invalid_input", "id"]);
  assertEquals(await problem(b.id, { args: ["a"] }), [409, "already_exists", undefined]);
  assertEquals((await patch(a.id, { priority: 1 }, "text/plain")).status, 415);
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals(answers.map((one) => (one as { code: string }).code), ["running"]);
  assertEquals(await problem(a.id, { priority: 1 }), [409, "already_ended", undefined]);
});

Deno.test("GET /waiting lists what waits, by filter and in parts", async () => {
  const { app, get, server } = setup();
  await using _ = app;
  const note = app.task("note", { redact: ["1"] }, (_what: string, _secret: string) => {});
  await note.applyAsync(["later", "s"], { countdown: "1d" });
  await note.applyAsync(["now", "s"], { priority: 7 });
  const { body: first } = await get("/waiting?limit=1");
  const [{ task, state, priority, args }] = first.tasks;
  assertEquals([task, state, priority, args[0], args[1] === "s"], ["note", "QUEUED", 7, "now", false]);
  const { body: rest } = await get(`/waiting?queue=default&cursor=${encodeURIComponent(first.cursor)}`);
  assertEquals([rest.tasks.length, rest.tasks[0].state, rest.cursor], [1, "SCHEDULED", undefined]);
  assertEquals((await get("/waiting?state=RETRY")).body, { tasks: [] });
  for (const wrong of ["limit=x", "state=GONE", "cursor=x", "what=1"]) {
    assertEquals((await get(`/waiting?${wrong}`)).status, 422, wrong);
  }
  assertEquals((await server.request("/waiting")).status, 401);
});
