import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { createLogger, InvalidInput, Umbel } from "@umbel/umbel";
import { Entries } from "@umbel/umbel/beat";
import { http, type HttpOptions } from "@umbel/umbel/http";
import { ManualClock } from "@umbel/umbel/testing";
import { sqlite } from "@umbel/umbel/sqlite";

const token = "a-secret-of-the-tests";
const key = "a-signing-key-of-the-tests";

/** An app, and what sends requests to it. */
function setUp(options: Partial<HttpOptions> = {}) {
  const clock = new ManualClock(Date.parse("2026-11-20T10:20:00Z"));
  const app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  app.task("add", (x: number, y: number) => x + y);
  const api = http(app, { tokens: [token], signingKeys: [key], log: createLogger({ write() {} }), ...options });
  const request = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await api.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { app, clock, request, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

const path = "/beat/entries/sum";
const entry = { task: "add", args: [1, 2], schedule: "0 7 * * mon", timezone: "Europe/London" };

Deno.test("PUT /beat/entries/:name adds an entry, GET shows it with its next times", async () => {
  await using shop = setUp();
  const put = await shop.request("PUT", path, entry);
  assertEquals([put.status, put.body.due, put.body.when], [200, "2026-11-23T07:00:00.000Z", "0 7 * * mon"]);
  const { body } = await shop.request("GET", `${path}?next=2`);
  assertEquals(body.next, ["2026-11-23T07:00:00.000Z", "2026-11-30T07:00:00.000Z"]);
  const { body: { entries } } = await shop.request("GET", "/beat/entries");
  assertEquals(entries.map(({ name, source, runs }: Record<string, unknown>) => [name, source, runs]), [
    ["sum", "put", 0],
  ]);
});

Deno.test("PATCH /beat/entries/:name changes what it names; null takes an option away", async () => {
  await using shop = setUp();
  await shop.request("PUT", path, { ...entry, description: "weekly" });
  const { body } = await shop.request("PATCH", path, { enabled: false, description: null });
  assertEquals([body.enabled, body.description, body.due, body.next], [false, undefined, undefined, []]);
  assertEquals((await shop.request("PATCH", path, { enabled: true })).body.due, "2026-11-23T07:00:00.000Z");
});

Deno.test("GET /beat/entries tells of arguments what their task lets be seen", async () => {
  await using shop = setUp();
  shop.app.task("login", { redact: ["1"] }, () => {});
  const args = ["anna", "s3cret"];
  await shop.request("PUT", path, { ...entry, task: "login", args });
  const one = await shop.request("GET", path);
  const all = await shop.request("GET", "/beat/entries");
  assertEquals([one.body.args[0], one.body.args[1] === "s3cret"], ["anna", false]);
  assertEquals(JSON.stringify(all.body).includes("s3cret"), false);
  const handed = await shop.request("PATCH", path, { task: "add" });
  assertEquals([handed.status, handed.body.errors[0].field, JSON.stringify(handed.body).includes("s3cret")], [
    422,
    "args",
    false,
  ]);
  const { body: { id } } = await shop.request("POST", `${path}/run`);
  const [found] = await shop.app.broker.waiting.find([id]);
  assertEquals(typeof found === "object" && found.message.args, args);
});

Deno.test("POST /beat/entries/:name/run sends now, DELETE removes", async () => {
  await using shop = setUp();
  await shop.request("PUT", path, entry);
  const run = await shop.request("POST", `${path}/run`);
  assertEquals([run.status, run.body.task], [202, "add"]);
  assertEquals((await shop.app.result(run.body.id).record())!.state, "QUEUED");
  assertEquals([(await shop.request("DELETE", path)).status, (await shop.request("DELETE", path)).status], [204, 204]);
  assertEquals(await new Entries(shop.app).list(), []);
});

for (
  const [method, to, body, status, code] of [
    ["PUT", path, { ...entry, schedule: "0 0 30 2 *" }, 422, "invalid_input"],
    ["PUT", path, { ...entry, schedule: "*/1.5 * * * *" }, 422, "invalid_input"],
    ["PUT", path, { ...entry, task: "sub" }, 404, "unknown_task"],
    ["PUT", path, { ...entry, kwargs: {} }, 422, "invalid_input"],
    ["GET", path, undefined, 404, "unknown_entry"],
    ["PATCH", path, { enabled: true }, 404, "unknown_entry"],
    ["POST", `${path}/run`, undefined, 404, "unknown_entry"],
    ["GET", "/beat/entries?next=101", undefined, 422, "invalid_input"],
    ["DELETE", "/beat/entries", undefined, 405, "method_not_allowed"],
    ["GET", "/beat/tick", undefined, 405, "method_not_allowed"],
    ["GET", "/beat/else", undefined, 404, "not_found"],
  ] as const
) {
  Deno.test(`${method} ${to} ${JSON.stringify(body) ?? ""} is answered ${status} ${code}`, async () => {
    await using shop = setUp();
    const answer = await shop.request(method, to, body);
    assertEquals([answer.status, answer.body.code], [status, code]);
  });
}

Deno.test("DELETE of what the code declares is refused: it would come back", async () => {
  await using shop = setUp();
  shop.app.beatSchedule = { sum: { task: "add", args: [1, 2], schedule: 60 } };
  assertEquals((await shop.request("DELETE", path)).body.code, "declared_in_code");
});

const encoder = new TextEncoder();

async function hmac(text: string, secret = key): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    [
      "sign",
    ],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
}

async function signature(time: number, what: string, secret?: string): Promise<string> {
  return `t=${time},v1=${
    Array.from(await hmac(`${time}.${what}`, secret), (byte) => byte.toString(16).padStart(2, "0")).join("")
  }`;
}

function base64url(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** A token as QStash makes one. */
async function jwt(claims: Record<string, unknown>, secret?: string): Promise<string> {
  const body = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(""))));
  const all = { iss: "Upstash", sub: "https://shop.example/beat/tick", exp: now() + 60, nbf: now(), body, ...claims };
  const head = `${base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }))}.${base64url(JSON.stringify(all))}`;
  return `${head}.${base64url(await hmac(head, secret))}`;
}

/** Seconds since 1970, by the clock of the tests. */
const now = () => Date.parse("2026-11-20T10:20:00Z") / 1000;
const tick = "POST /beat/tick";

for (
  const [why, headers, status] of [
    ["signed", async () => ({ "umbel-signature": await signature(now(), tick) }), 200],
    ["signed with another key", async () => ({ "umbel-signature": await signature(now(), tick, "x".repeat(16)) }), 401],
    ["signed an hour ago", async () => ({ "umbel-signature": await signature(now() - 3600, tick) }), 401],
    ["signed for another path", async () => ({ "umbel-signature": await signature(now(), "POST /tasks/add") }), 401],
    ["with half a signature", () => ({ "umbel-signature": `t=${now()},v1=00` }), 401],
    ["signed by QStash", async () => ({ "upstash-signature": await jwt({}) }), 200],
    ["signed by another QStash", async () => ({ "upstash-signature": await jwt({}, "y".repeat(20)) }), 401],
    [
      "signed by QStash for another path",
      async () => ({ "upstash-signature": await jwt({ sub: "https://a/b" }) }),
      401,
    ],
    ["signed by QStash for another body", async () => ({ "upstash-signature": await jwt({ body: "x" }) }), 401],
    ["signed by QStash too long ago", async () => ({ "upstash-signature": await jwt({ exp: now() - 9 }) }), 401],
    ["with what is no token", () => ({ "upstash-signature": "a.b.c" }), 401],
    ["unsigned", () => ({}), 401],
    ["with a token", () => ({ authorization: `Bearer ${token}` }), 200],
  ] as const
) {
  Deno.test(`POST /beat/tick ${why} is answered ${status}`, async () => {
    await using shop = setUp();
    assertEquals(
      (await shop.request("POST", "/beat/tick", undefined, { authorization: "", ...await headers() })).status,
      status,
    );
  });
}

Deno.test("POST /beat/tick sends what is due, and tells so", async () => {
  await using shop = setUp();
  shop.app.beatSchedule = { sum: { task: "add", args: [1, 2], schedule: 60 } };
  assertEquals((await shop.request("POST", "/beat/tick")).body, { fired: [], next: "2026-11-20T10:21:00.000Z" });
  await shop.clock.advance(60);
  const { body } = await shop.request("POST", "/beat/tick");
  assertEquals(body.fired, [{ name: "sum", due: "2026-11-20T10:21:00.000Z", ids: [`beat:sum:${shop.clock.now()}`] }]);
});

Deno.test("a signature opens nothing but the tick", async () => {
  await using shop = setUp();
  for (const [method, to] of [["GET", "/beat/entries"], ["GET", "/tasks/one"]] as const) {
    const headers = { authorization: "", "umbel-signature": await signature(now(), `${method} ${to}`) };
    assertEquals((await shop.request(method, to, undefined, headers)).status, 401);
  }
  assertMatch(assertThrows(() => setUp({ signingKeys: ["short"] }), InvalidInput).message, /at least 16 characters/);
});
