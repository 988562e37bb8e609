import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { http, type HttpOptions, taskToken } from "@umbel/umbel/http";
import { ManualClock } from "@umbel/umbel/testing";
import { sqlite } from "@umbel/umbel/sqlite";
import { Access } from "../../../src/http/access/access.ts";
import { silentLogger as log } from "../../../src/log.ts";
import { entryOf, userOf } from "../access.ts";

const secret = "a secret of the tests that nobody guesses";

function setup(options: Partial<HttpOptions> = {}) {
  const clock = new ManualClock(Date.parse("2026-11-21T12:00:00Z"));
  const app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  const tokens = options.open || options.trustHeader ? {} : { tokens: ["s3cret"] };
  const api = http(app, { ...tokens, log, ...options });
  const ask = async (path: string, headers: HeadersInit = {}, method = "GET") => {
    const type = method === "GET" ? {} : { "content-type": "application/json" };
    const response = await api.request(path, { method, headers: { ...type, ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { app, add, api, ask, clock, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });

Deno.test("a token for a single task shows this one, and does nothing else", async () => {
  await using shop = setup({ secret });
  const [mine, other] = await shop.add.delayMany([[1, 2], [3, 4]]);
  const token = await taskToken(shop.app, mine!.id, { secret });
  const path = `/tasks/${mine!.id}`;
  assertEquals((await shop.ask(path, bearer(token))).body.state, "QUEUED");
  assertEquals((await shop.ask(`${path}?access_token=${token}`)).body.state, "QUEUED");
  assertEquals((await shop.ask(`/tasks/${other!.id}`, bearer(token))).status, 403);
  assertEquals((await shop.ask("/waiting", bearer(token))).status, 403);
  assertEquals((await shop.ask("/tasks/add", bearer(token), "POST")).status, 403);
  assertEquals((await shop.ask(path, bearer(token), "DELETE")).status, 403);
  assertEquals(await mine!.state(), "QUEUED");
});

Deno.test("a token for a single task follows it by an EventSource, which can send no headers", async () => {
  await using shop = setup({ secret });
  const { id } = await shop.add.delay(1, 2);
  await new Worker(shop.app, { log }).drain({ seconds: 60 });
  const token = await taskToken(shop.app, id, { secret });
  const response = await shop.api.request(`/tasks/${id}/updates?access_token=${token}`);
  assertMatch(await response.text(), /event: state\ndata: .*"SUCCESS"/);
});

Deno.test("a token for a single task that may revoke it does", async () => {
  await using shop = setup({ secret });
  const { id } = await shop.add.delay(1, 2);
  const token = await taskToken(shop.app, id, { secret, may: "revoke" });
  assertEquals((await shop.ask(`/tasks/${id}?tree=true`, bearer(token), "DELETE")).status, 403);
  assertEquals((await shop.ask(`/tasks/${id}`, bearer(token), "DELETE")).body.state, "REVOKED");
  assertEquals((await shop.ask(`/tasks/${id}`, bearer(token))).status, 200);
});

Deno.test("a token for a single task ends, and is none of another app or secret", async () => {
  await using shop = setup({ secret: [secret, `${secret}, the former one`] });
  const { id } = await shop.add.delay(1, 2);
  const path = `/tasks/${id}`;
  const short = await taskToken(shop.app, id, { secret, expires: "1m" });
  const former = await taskToken(shop.app, id, { secret: `${secret}, the former one` });
  const foreign = await taskToken(new Umbel("other", { clock: shop.clock, env: {} }), id, { secret });
  const forged = await taskToken(shop.app, id, { secret: `${secret}?` });
  assertEquals((await shop.ask(path, bearer(short))).status, 200);
  assertEquals((await shop.ask(path, bearer(former))).status, 200);
  assertEquals((await shop.ask(path, bearer(foreign))).status, 401);
  assertEquals((await shop.ask(path, bearer(forged))).status, 401);
  for (
    const text of [`${short}x`, short.replace(".", ""), "umt_", "umt_.", `umt_${btoa("{}")}.x`, short.slice(0, -3)]
  ) {
    assertEquals((await shop.ask(path, bearer(text))).status, 401, text);
  }
  await shop.clock.advance(60);
  assertEquals((await shop.ask(path, bearer(short))).body.detail, "The token has ended");
});

Deno.test("no other token is taken from a query", async () => {
  await using shop = setup({ secret });
  assertEquals((await shop.ask("/tasks/any?access_token=s3cret")).status, 401);
  assertEquals((await shop.ask("/waiting?access_token=s3cret")).status, 401);
});

Deno.test("taskToken() refuses what it cannot make", async () => {
  await using shop = setup();
  for (const options of [{ secret: "short" }, { secret: [] }, { secret, may: "all" }, { secret, for: "1d" }]) {
    await assertRejects(() => taskToken(shop.app, "any", options as never), InvalidInput);
  }
});

Deno.test("POST /tasks/:task?token= answers with a token for that task", async () => {
  await using shop = setup({ secret, taskTokenExpires: "1h" });
  const { body } = await shop.ask("/tasks/add?token=revoke", bearer("s3cret"), "POST");
  assertEquals((await shop.ask(`/tasks/${body.id}`, bearer(body.token))).status, 200);
  await shop.clock.advance(3600);
  assertEquals((await shop.ask(`/tasks/${body.id}`, bearer(body.token))).status, 401);
  await using without = setup();
  assertEquals((await without.ask("/tasks/add?token=read", bearer("s3cret"), "POST")).status, 422);
  assertEquals((await without.app.waiting()).tasks, []);
});

Deno.test("POST /tasks/:task?token= gives none for a task of somebody else's, whose id was guessed", async () => {
  await using shop = setup({ secret, tokens: [await entryOf("sender", ["send"]), "s3cret"] });
  await shop.add.applyAsync([1, 2], { id: "guessed" });
  const send = async (token: string, headers: HeadersInit, body = {}) => {
    const response = await shop.api.request("/tasks/add?token=read", {
      method: "POST",
      headers: { ...bearer(token), "content-type": "application/json", ...headers },
      body: JSON.stringify({ args: [1, 2], ...body }),
    });
    return await response.json();
  };
  const guess = await send("sender", {}, { id: "guessed" });
  assertEquals([guess.existed, guess.token], [true, undefined]);
  assertMatch((await send("s3cret", {}, { id: "guessed" })).token, /^umt_/);
  for (let time = 0; time < 2; time++) {
    assertMatch((await send("sender", { "idempotency-key": "own" })).token, /^umt_/);
  }
});

Deno.test("users show their names and passwords", async () => {
  await using shop = setup({ tokens: [await userOf("anna", "köln:1", ["read"])] });
  const utf8 = (text: string) => ({
    authorization: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`,
  });
  for (let time = 0; time < 2; time++) assertEquals((await shop.ask("/waiting", utf8("anna:köln:1"))).status, 200);
  assertEquals((await shop.ask("/tasks/add", utf8("anna:köln:1"), "POST")).status, 403);
  for (const wrong of ["anna:köln:2", "Anna:köln:1", ":", "anna", "berta:köln:1", ""]) {
    assertEquals((await shop.ask("/waiting", utf8(wrong))).status, 401, wrong);
  }
  const { headers } = await shop.ask("/waiting");
  assertMatch(headers.get("www-authenticate")!, /^Bearer realm="umbel", Basic realm="umbel"/);
  const script = await shop.ask("/waiting", { "sec-fetch-dest": "empty" });
  assertEquals(script.headers.get("www-authenticate"), 'Bearer realm="umbel"');
});

Deno.test("names that are nobody's have to wait as others do, each for itself: guessing tells no names", async () => {
  await using shop = setup({ tokens: [await userOf("anna", "right", ["read"])] });
  const tried = async (name: string) => (await shop.ask("/waiting", basic(name, "wrong"))).status;
  for (const name of ["anna", "nobody"]) {
    for (let time = 0; time < 10; time++) assertEquals(await tried(name), 401);
    assertEquals(await tried(name), 429);
  }
  // One in 4096 shares the failures of another.
  const others = await Promise.all(["berta", "clara", "dora"].map(tried));
  assert(others.filter((status) => status === 401).length >= 2);
});

Deno.test("passwords that are guessed have to wait; who was let in before does not", async () => {
  await using shop = setup({
    tokens: [await userOf("anna", "right", ["read"]), await userOf("bert", "his", ["read"])],
  });
  assertEquals((await shop.ask("/waiting", basic("anna", "right"))).status, 200);
  for (let time = 0; time < 10; time++) {
    assertEquals((await shop.ask("/waiting", basic("anna", `wrong ${time}`))).status, 401);
  }
  const { status, headers, body } = await shop.ask("/waiting", basic("anna", "wrong"));
  assertEquals([status, body.code, headers.get("retry-after")], [429, "too_many_requests", "6"]);
  assertEquals((await shop.ask("/waiting", basic("anna", "right"))).status, 200);
  assertEquals((await shop.ask("/waiting", basic("bert", "his"))).status, 200);
  await shop.clock.advance(6);
  assertEquals((await shop.ask("/waiting", basic("anna", "wrong"))).status, 401);
});

Deno.test("trustHeader lets in whom a proxy names; without it the header says nothing", async () => {
  const named = { "x-forwarded-user": "anna" };
  await using shop = setup({ trustHeader: { name: "X-Forwarded-User", scopes: ["read"] } });
  assertEquals((await shop.ask("/waiting", named)).status, 200);
  assertEquals((await shop.ask("/tasks/add", named, "POST")).status, 403);
  assertEquals((await shop.ask("/waiting")).status, 401);
  assertEquals((await shop.ask("/waiting", { "x-forwarded-user": " " })).status, 401);
  await using other = setup();
  assertEquals((await other.ask("/waiting", named)).status, 401);
  for (const trustHeader of [{ name: "a b", scopes: ["read"] }, { name: "x-user", scopes: [] }]) {
    assertThrows(() => setup({ trustHeader }), InvalidInput);
  }
});

Deno.test("a page of another site cannot use what a browser shows by itself", async () => {
  await using shop = setup({
    trustHeader: { name: "x-user", scopes: ["admin"] },
    origins: ["https://pages.example"],
  });
  const cancel = async (headers: HeadersInit) => {
    const { id } = await shop.add.delay(1, 2);
    return (await shop.ask(`/tasks/${id}`, { "x-user": "anna", ...headers }, "DELETE")).status;
  };
  assertEquals(await cancel({ "sec-fetch-site": "cross-site", "origin": "https://evil.example" }), 403);
  assertEquals(await cancel({ "sec-fetch-site": "same-site", "origin": "http://other.localhost" }), 403);
  assertEquals(await cancel({ origin: "https://evil.example" }), 403);
  assertEquals(await cancel({ origin: "null" }), 403);
  assertEquals(await cancel({ "sec-fetch-site": "same-origin", "origin": "http://localhost" }), 200);
  assertEquals(await cancel({ origin: "http://localhost" }), 200);
  assertEquals(await cancel({ "sec-fetch-site": "cross-site", "origin": "https://pages.example" }), 200);
  assertEquals(await cancel({}), 200);
});

Deno.test("a token is no matter of sites: no browser shows it by itself", async () => {
  await using shop = setup();
  const { id } = await shop.add.delay(1, 2);
  const headers = { ...bearer("s3cret"), "sec-fetch-site": "cross-site" };
  assertEquals((await shop.ask(`/tasks/${id}`, headers, "DELETE")).status, 200);
});

Deno.test("Access.login() opens a session by a token or a password, which ends with it", async () => {
  const clock = new ManualClock(0);
  const tokens = [await entryOf("s3cret", ["read"], 3_600_000), await userOf("anna", "hers", ["admin"])];
  const access = new Access({ tokens, secret, app: "shop", clock });
  const request = (cookie = "", origin = "https://shop.example") =>
    new Request(`${origin}/`, { headers: cookie === "" ? {} : { cookie } });

  const { caller, cookie } = await access.login(request(), { secret: "s3cret" });
  assertEquals([caller.name, caller.kind], ["ci", "token"]);
  assertMatch(cookie, /^__Host-umbel=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/);
  const shown = cookie.split(";")[0]!;
  const again = await access.identify(request(`theme=dark; ${shown}`));
  assertEquals([again.name, again.kind, again.key, again.scopes], ["ci", "session", caller.key, ["read"]]);

  // By http it has another name, and one of https is none.
  await assertRejects(() => access.identify(request(shown, "http://shop.example")), Error, "token is needed");
  const plain = await access.login(request("", "http://127.0.0.1:8080"), { user: "anna", secret: "hers" });
  assertMatch(plain.cookie, /^umbel=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);

  for (const wrong of [{ secret: "other" }, { user: "anna", secret: "s3cret" }, { user: "ci", secret: "s3cret" }]) {
    await assertRejects(() => access.login(request(), wrong), Error);
  }
  for (const forged of [`${shown}x`, "__Host-umbel=", "__Host-umbel=a.b", shown.replace("=", "=a")]) {
    await assertRejects(() => access.identify(request(forged)), Error, "token is needed");
  }
  // A process whose list has the token no longer knows the session no longer.
  const others = new Access({ tokens: ["another"], secret, app: "shop", clock });
  await assertRejects(() => others.identify(request(shown)), Error, "token is needed");
  await clock.advance(3600);
  await assertRejects(() => access.identify(request(shown)), Error, "token is needed");
  assertEquals((await access.identify(request(plain.cookie.split(";")[0]!, "http://127.0.0.1:8080"))).name, "anna");
  await clock.advance(11 * 3600);
  await assertRejects(() => access.identify(request(plain.cookie.split(";")[0]!, "http://127.0.0.1:8080")), Error);
  const behind = new Request("http://shop.example/", { headers: { "x-forwarded-proto": "https" } });
  assertMatch((await access.login(behind, { user: "anna", secret: "hers" })).cookie, /^__Host-.*; Secure$/);
  assertMatch(access.logout(request()), /^__Host-umbel=; Path=\/; Max-Age=0;/);
});

Deno.test("Access.checkForm() knows the forms of a session, and of no other", async () => {
  const access = new Access({ tokens: ["s3cret"], app: "shop", clock: new ManualClock(0) });
  const callers = await Promise.all([1, 2].map(async () => {
    const { cookie } = await access.login(new Request("https://shop.example/"), { secret: "s3cret" });
    return await access.identify(
      new Request("https://shop.example/", { headers: { cookie: cookie.split(";")[0]! } }),
    );
  }));
  const [mine, other] = await Promise.all(callers.map((caller) => access.formToken(caller)));
  assertNotEquals(mine, other);
  await access.checkForm(callers[0]!, mine);
  for (const wrong of [other, undefined, "", `${mine}x`]) {
    const refusal = await assertRejects(() => access.checkForm(callers[0]!, wrong), Error);
    assertEquals((refusal as { code?: string }).code, "stale_form");
  }
});

Deno.test("rateLimit lets each caller make so many requests, and tells how many are left", async () => {
  await using shop = setup({ rateLimit: "2/s", tokens: ["one", "two"] });
  const first = await shop.ask("/waiting", bearer("one"));
  assertEquals(first.headers.get("ratelimit-policy"), '"requests";q=2;w=1');
  assertEquals(first.headers.get("ratelimit"), '"requests";r=1;t=1');
  assertEquals((await shop.ask("/nothing", bearer("one"))).status, 404);
  const refused = await shop.ask("/waiting", bearer("one"));
  assertEquals([refused.status, refused.body.code], [429, "too_many_requests"]);
  assertEquals([refused.headers.get("retry-after"), refused.headers.get("ratelimit")], ["1", '"requests";r=0;t=1']);
  assertEquals((await shop.ask("/waiting", bearer("two"))).status, 200);
  await shop.clock.advance(0.5);
  assertEquals((await shop.ask("/waiting", bearer("one"))).status, 200);
  assertEquals((await shop.ask("/waiting", bearer("one"))).status, 429);
});

Deno.test("every answer tells browsers what they must not do with it", async () => {
  await using shop = setup();
  for (const path of ["/waiting", "/nothing"]) {
    const { headers } = await shop.ask(path, bearer("s3cret"));
    assertEquals(headers.get("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assertEquals(headers.get("referrer-policy"), "no-referrer");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("strict-transport-security"), null);
  }
  const secure = await shop.api.request("https://shop.example/waiting", { headers: bearer("s3cret") });
  assertEquals(secure.headers.get("strict-transport-security"), "max-age=31536000");
  assert((await secure.json()).tasks);
});

Deno.test("a URL or headers that are too long are refused", async () => {
  await using shop = setup();
  assertEquals((await shop.ask(`/waiting?task=${"x".repeat(20_000)}`, bearer("s3cret"))).status, 414);
  assertEquals((await shop.ask("/waiting", { ...bearer("s3cret"), "x-long": "x".repeat(40_000) })).status, 431);
});

Deno.test("every change is told to the log, with who made it and what came of it, and without secrets", async () => {
  const lines: [string, unknown][] = [];
  const write = (line: string, fields: unknown) => void lines.push([line, fields]);
  const { debug, warning, error } = log;
  await using shop = setup({
    tokens: [await entryOf("s3cret", ["send", "control"])],
    log: { enabled: () => true, debug, warning, error, info: write },
  });
  const { body: { id } } = await shop.ask("/tasks/add", bearer("s3cret"), "POST");
  await shop.ask(`/tasks/${id}`, bearer("s3cret"), "DELETE");
  await shop.ask("/beat/entries/none/run", bearer("s3cret"), "POST");
  await shop.ask(`/tasks/${id}`, bearer("s3cret"));
  await shop.ask(`/tasks/${id}`, bearer("wrong"), "DELETE");
  assertEquals(lines, [
    [`audit: ci (token) sendTask task="add" id=${JSON.stringify(id)} → 202`, {
      audit: "sendTask",
      caller: "ci",
      by: "token",
      task: "add",
      id,
      status: 202,
    }],
    [`audit: ci (token) revokeTask task=${JSON.stringify(id)} → 200`, {
      audit: "revokeTask",
      caller: "ci",
      by: "token",
      task: id,
      status: 200,
    }],
    [`audit: ci (token) runEntry name="none" → 404 unknown_entry`, {
      audit: "runEntry",
      caller: "ci",
      by: "token",
      name: "none",
      status: 404,
      code: "unknown_entry",
    }],
  ]);
});
