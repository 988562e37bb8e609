import { assertEquals } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { richTypes } from "@umbel/umbel/codecs";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger as log } from "../../../src/log.ts";

function setup(options: Partial<Parameters<typeof http>[1]> = {}) {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, codecs: [richTypes()] });
  app.task("add", { maxRetries: 0 }, (x: number, y: number) => {
    if (x < 0) throw new RangeError("too small");
    return x + y;
  });
  app.task("bytes", () => new Uint8Array([1, 2, 255]));
  app.task("login", { redact: ["1"] }, (user: string, _secret: string) => user);
  const server = http(app, { tokens: ["secret"], log, ...options });
  const request = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await server.request(path, {
      method,
      headers: { authorization: "Bearer secret", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response;
  };
  const json = async (...call: Parameters<typeof request>) => await (await request(...call)).json();
  const work = () => new Worker(app, { log }).drain({ seconds: 60 });
  return { app, request, json, work };
}

Deno.test("GET /tasks lists and searches tasks in parts, with the arguments that may be seen", async () => {
  const { app, json, request, work } = setup();
  await using _ = app;
  await app.sendMany([["add", [1, 2]], ["add", [-1, 2]], ["login", ["ann", "hunter2"]]]);
  const waiting = await json("GET", "/tasks?task=login");
  assertEquals(waiting.tasks.map((task: { args: unknown }) => task.args), [["ann", "[redacted]"]]);
  await work();
  const first = await json("GET", "/tasks?limit=2");
  const rest = await json("GET", `/tasks?limit=2&cursor=${encodeURIComponent(first.cursor)}`);
  assertEquals([first.tasks.length, rest.tasks.length, rest.cursor], [2, 1, undefined]);
  const states = async (query: string) =>
    (await json("GET", `/tasks?${query}`)).tasks.map((task: { state: string }) => task.state);
  assertEquals(await states("state=FAILURE"), ["FAILURE"]);
  assertEquals((await states("state=FAILURE,SUCCESS")).sort(), ["FAILURE", "SUCCESS", "SUCCESS"]);
  assertEquals(await states("text=too%20small"), ["FAILURE"]);
  assertEquals(await states("text=hunter2"), []);
  assertEquals(await states("to=2020-01-01T00:00:00Z"), []);
  assertEquals((await request("GET", "/tasks?limit=0")).status, 422);
  assertEquals((await request("GET", "/tasks?cursor=x")).status, 422);
});

Deno.test("GET /task-counts tells how many tasks are in which state", async () => {
  const { app, json, request, work } = setup();
  await using _ = app;
  await app.sendMany([["add", [1, 2]], ["add", [-1, 2]], ["login", ["ann", "hunter2"]]]);
  await work();
  await app.sendTask("add", [3, 4]);
  assertEquals(await json("GET", "/task-counts"), { states: { SUCCESS: 2, FAILURE: 1, QUEUED: 1 }, total: 4 });
  assertEquals(await json("GET", "/task-counts?task=add&state=FAILURE,QUEUED"), {
    states: { FAILURE: 1, QUEUED: 1 },
    total: 2,
  });
  assertEquals((await json("GET", "/task-counts?text=hunter2")).total, 0);
  const { since } = await json("GET", "/task-counts?looks=1");
  assertEquals(new Date(since).toISOString(), since);
  assertEquals((await request("GET", "/task-counts?looks=0")).status, 422);
});

Deno.test("DELETE /tasks and POST /task-retries do it to all that a search finds, in portions", async () => {
  const { app, json, request, work } = setup();
  await using _ = app;
  await app.sendMany([["add", [-1, 2]], ["add", [-2, 2]], ["add", [3, 2]]]);
  await work();
  assertEquals((await request("POST", "/task-retries", {})).status, 422);
  assertEquals((await request("POST", "/task-retries?state=QUEUED", {})).status, 422);
  const first = await json("POST", "/task-retries?state=FAILURE&task=add&limit=1", {});
  assertEquals([first.resent, first.sent, first.refused, typeof first.cursor], [1, 0, 0, "string"]);
  const cursor = encodeURIComponent(first.cursor);
  const rest = await json("POST", `/task-retries?state=FAILURE,SUCCESS&task=add&cursor=${cursor}`, {});
  assertEquals([rest.resent + rest.sent >= 1, rest.cursor], [true, undefined]);
  const { total } = await json("GET", "/task-counts?state=QUEUED");
  const part = await json("DELETE", "/tasks?state=QUEUED,RETRY&limit=1");
  assertEquals(part, { revoked: 1, ended: 0, ...(total > 1 ? { more: true } : {}) });
  assertEquals(await json("DELETE", "/tasks?text=2"), { revoked: total - 1, ended: 0 });
});

Deno.test("POST /tasks sends many or none, and may be repeated", async () => {
  const { app, json, request, work } = setup();
  await using _ = app;
  const calls = [{ task: "add", args: [1, 2] }, { task: "login", args: ["ann", "x"], queue: "other", id: "mine" }];
  const response = await request("POST", "/tasks", { calls });
  assertEquals(response.status, 202);
  const { tasks } = await response.json();
  assertEquals(tasks.map(({ task, existed }: { task: string; existed: boolean }) => [task, existed]), [
    ["add", false],
    ["login", false],
  ]);
  assertEquals((await json("POST", "/tasks", { calls: [{ task: "add", args: [1, 2], id: "mine" }] })).tasks, [
    { id: "mine", task: "add", existed: true, state: "QUEUED", taken: "login" },
  ]);
  const before = (await app.search({ limit: 500 })).tasks.length;
  const wrong = await json("POST", "/tasks", { calls: [...calls.slice(0, 1), { task: "add", countdown: "soon" }] });
  assertEquals([wrong.code, wrong.errors[0].field], ["invalid_input", "calls[1].countdown"]);
  assertEquals((await json("POST", "/tasks", { calls: [calls[0], { task: "ad" }] })).code, "unknown_task");
  assertEquals((await request("POST", "/tasks", { calls: [] })).status, 422);
  assertEquals((await request("POST", "/tasks", { calls: Array(1001).fill(calls[0]) })).status, 422);
  assertEquals((await app.search({ limit: 500 })).tasks.length, before);
  const two = { calls: [calls[0], calls[0]] };
  const once = await json("POST", "/tasks", two, { "idempotency-key": "k" });
  const twice = await json("POST", "/tasks", two, { "idempotency-key": "k" });
  const ids = (answer: { tasks: { id: string }[] }) => answer.tasks.map(({ id }) => id);
  assertEquals(ids(twice), ids(once));
  assertEquals(new Set(ids(once)).size, 2);
  await work();
  assertEquals(await app.result(ids(once)[1]!).get(), 3);
});

Deno.test("DELETE /tasks revokes what a filter fits", async () => {
  const { app, json, request } = setup();
  await using _ = app;
  await app.sendMany([["add", [1, 2]], ["add", [3, 4]], ["login", ["ann", "x"]]]);
  assertEquals(await json("DELETE", "/tasks?task=add"), { revoked: 2, ended: 0 });
  assertEquals(await json("DELETE", "/tasks?olderThan=1h"), { revoked: 0, ended: 0 });
  assertEquals((await request("DELETE", "/tasks")).status, 422);
  assertEquals((await app.search({ state: "QUEUED" })).tasks.length, 1);
});

Deno.test("GET /tasks/:id?args=true has the arguments of a task that waits", async () => {
  const { app, json } = setup();
  await using _ = app;
  const { id } = await app.sendTask("login", ["ann", "x"]);
  assertEquals((await json("GET", `/tasks/${id}`)).args, undefined);
  assertEquals((await json("GET", `/tasks/${id}?args=true`)).args, ["ann", "[redacted]"]);
});

Deno.test("POST /tasks/:id/retry sends a task again that has ended", async () => {
  const { app, json, request, work } = setup();
  await using _ = app;
  const [bad, good] = await app.sendMany([["add", [-1, 2]], ["add", [1, 2]]]);
  assertEquals((await json("POST", `/tasks/${good.id}/retry`)).code, "not_ended");
  await work();
  assertEquals(await json("POST", `/tasks/${bad.id}/retry`, { args: [1, 1] }), { id: bad.id, status: "resent" });
  const headers = { "idempotency-key": "k" };
  const again = await request("POST", `/tasks/${good.id}/retry`, undefined, headers);
  const { id, status } = await again.json();
  assertEquals([again.status, again.headers.get("location"), status], [202, `/tasks/${id}`, "sent"]);
  assertEquals((await json("POST", `/tasks/${good.id}/retry`, undefined, headers)).id, id);
  await work();
  assertEquals([await bad.get(), await app.result(id).get()], [2, 3]);
  assertEquals((await request("POST", "/tasks/nobody/retry")).status, 404);
});

Deno.test("GET /tasks/:id/result gives the result and nothing else", async () => {
  const { app, request, work } = setup();
  await using _ = app;
  const [add, bytes, bad] = await app.sendMany([["add", [1, 2]], ["bytes"], ["add", [-1, 0]]]);
  assertEquals((await (await request("GET", `/tasks/${add.id}/result`)).json()).code, "not_ended");
  await work();
  const json = await request("GET", `/tasks/${add.id}/result`);
  assertEquals([json.headers.get("content-type"), await json.text()], ["application/json", "3"]);
  assertEquals(json.headers.get("content-disposition"), `attachment; filename="${add.id}.json"`);
  const raw = await request("GET", `/tasks/${bytes.id}/result`);
  assertEquals(raw.headers.get("content-type"), "application/octet-stream");
  assertEquals(new Uint8Array(await raw.arrayBuffer()), new Uint8Array([1, 2, 255]));
  assertEquals((await (await request("GET", `/tasks/${bad.id}/result`)).json()).code, "not_succeeded");
  assertEquals((await request("GET", "/tasks/nobody/result")).status, 404);
});

Deno.test("GET /tasks/:id/tree tells where a task came from and what it sent", async () => {
  const { app, json } = setup();
  await using _ = app;
  const root = await app.sendTask("root");
  const middle = await app.sendTask("middle", [], { parent: root });
  await app.sendTask("leaf", [], { parent: { id: middle.id, rootId: root.id } });
  const { ancestors, task } = await json("GET", `/tasks/${middle.id}/tree`);
  assertEquals(ancestors.map((one: { task: string }) => one.task), ["root"]);
  assertEquals([task.id, task.task, task.children[0].task, task.children[0].state], [
    middle.id,
    "middle",
    "leaf",
    "QUEUED",
  ]);
  assertEquals((await json("GET", `/tasks/${root.id}/tree?depth=1`)).task.children[0].more, 1);
});
