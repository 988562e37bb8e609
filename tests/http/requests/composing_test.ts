/** Whoever has no scope to send a task has no other way to say what it runs with. */
import { assertEquals, assertRejects } from "@std/assert";
import { BrokerRefused, InvalidInput, type Message, Umbel, Worker } from "@umbel/umbel";
import { Entries } from "@umbel/umbel/beat";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { Hono } from "hono";
import { dashboard } from "../../../src/http/dashboard/mod.ts";
import { silentLogger as log } from "../../../src/log.ts";
import { serve, tokenLine } from "../../brokers/http/served.ts";
import { entryOf } from "../access.ts";

const sweep = { task: "sweep", schedule: "5m" };
const mail = { task: "mail", schedule: "5m" };

async function setUp() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("sweep", () => {});
  app.task("mail", { maxRetries: 0 }, (to: string) => {
    throw new TypeError(to);
  });
  const tokens = [await entryOf("s3cret", ["control", "read", "send:sweep"])];
  const api = http(app, { tokens, log });
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await api.request(path, {
      method,
      headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await response.body?.cancel();
    return response.status;
  };
  return { app, tokens, ask, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

Deno.test("control without send for a task neither puts, changes, enables nor runs a periodic task of it", async () => {
  await using shop = await setUp();
  const { ask } = shop;
  const entries = new Entries(shop.app);
  await entries.put("mails", { ...mail, args: ["anna"] });
  const before = await entries.list();
  assertEquals(await ask("PUT", "/beat/entries/own", mail), 403);
  assertEquals(await ask("PUT", "/beat/entries/mails", mail), 403);
  assertEquals(await ask("PATCH", "/beat/entries/mails", { args: ["eve"] }), 403);
  assertEquals(await ask("PATCH", "/beat/entries/mails", { enabled: true }), 403);
  assertEquals(await ask("POST", "/beat/entries/mails/run", {}), 403);
  assertEquals(await entries.list(), before);
  assertEquals(await ask("PUT", "/beat/entries/sweeps", sweep), 200);
  assertEquals(await ask("PATCH", "/beat/entries/sweeps", { task: "mail" }), 403);
  assertEquals(await ask("POST", "/beat/entries/sweeps/run", {}), 202);
  assertEquals(await ask("PATCH", "/beat/entries/mails", { enabled: false }), 200);
  assertEquals(await ask("DELETE", "/beat/entries/mails"), 204);
});

Deno.test("control without send for a task gives it no other arguments", async () => {
  await using shop = await setUp();
  const { app, ask } = shop;
  const failed = await app.sendTask("mail", ["anna"]);
  await new Worker(app, { log }).drain({ seconds: 60 });
  const waiting = await app.sendTask("mail", ["anna"], { countdown: "1d" });
  const args = ["eve"];
  assertEquals(await ask("PATCH", `/tasks/${waiting.id}`, { args }), 403);
  assertEquals(await ask("POST", `/tasks/${failed.id}/retry`, { args }), 403);
  assertEquals(await ask("POST", "/dead-letters/resend", { ids: [failed.id], args }), 403);
  assertEquals(await ask("POST", "/dead-letters/resend", { filter: { task: "mail" }, args }), 403);
  assertEquals(await ask("POST", "/dead-letters/resend", { all: true, args }), 422);
  assertEquals((await failed.record())!.state, "FAILURE");
  assertEquals(await ask("PATCH", `/tasks/${waiting.id}`, { priority: 9 }), 200);
  assertEquals(await ask("POST", `/tasks/${failed.id}/retry`, {}), 202);
});

Deno.test("the dashboard lets only those who may send a task have it sent by a periodic one", async () => {
  await using shop = await setUp();
  const { app, tokens } = shop;
  const entries = new Entries(app);
  await entries.put("mails", mail);
  await entries.put("paused", { ...mail, enabled: false });
  const server = new Hono().route("/dashboard", dashboard(app, { tokens, log }));
  const headers = { authorization: "Bearer s3cret" };
  const page = await (await server.request("/dashboard/schedules", { headers })).text();
  assertEquals([page.includes("/of/mails/run"), page.includes("/of/paused/resume")], [false, false]);
  assertEquals(page.includes("/of/mails/pause"), true);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)![1]!;
  const post = async (path: string, fields: Record<string, string> = {}) => {
    const body = new URLSearchParams({ csrf, ...fields });
    const response = await server.request(`/dashboard/schedules${path}`, { method: "POST", headers, body });
    await response.body?.cancel();
    return response.status;
  };
  const before = await entries.list();
  assertEquals(await post("/add", { name: "own", task: "mail", schedule: "5m" }), 403);
  assertEquals(await post("/of/mails/edit", { task: "mail", schedule: "1s" }), 403);
  assertEquals(await post("/of/mails/run"), 403);
  assertEquals(await post("/of/paused/resume"), 403);
  assertEquals(await entries.list(), before);
  assertEquals(await post("/of/mails/pause"), 303);
  const own = { name: "own", task: "sweep", schedule: "5m", overlap: "allow", catchUp: "one" };
  assertEquals(await post("/add", own), 303);
});

Deno.test("the exchange takes messages of tasks that the caller may send, whichever verb brings them", async () => {
  await using served = serve("shop", sqlite(":memory:"), {
    tokens: [await tokenLine("boss", "t-boss", "control read send:sweep")],
  });
  const boss = served.open({ token: "t-boss" });
  await served.app.sendTask("sweep", [], { id: "a", countdown: "1d" });
  const [found] = await boss.waiting.find(["a"]);
  if (typeof found !== "object") throw new Error("It waits");
  const refuse = async (act: () => Promise<unknown>) => void await assertRejects(act, BrokerRefused, "may not send");
  const message: Message = { ...found.message, task: "mail" };
  await refuse(() => boss.waiting.change([{ found, message, nonce: "n" }]));
  await refuse(() => boss.deadLetters.resend([message]));
  await refuse(() => boss.schedules.fire("b", [{ name: "x", due: 0, state: null, messages: [message] }]));
  const put = (task: string) =>
    boss.schedules.put([{ name: "x", revision: 0, definition: { entry: { task }, since: 0 } }]);
  await refuse(() => put("mail"));
  await assertRejects(() => put("umbel.callback"), InvalidInput, "and not by itself");
  assertEquals(await served.app.broker.schedules.list(), []);
  assertEquals(await boss.waiting.change([{ found, message: { ...found.message, priority: 9 }, nonce: "n" }]), [
    "changed",
  ]);
});
