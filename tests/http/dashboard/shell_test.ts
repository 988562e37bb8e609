import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { Hono } from "hono";
import { InvalidInput, Umbel, upstash } from "@umbel/umbel";
import { dashboard, type DashboardOptions } from "@umbel/umbel/dashboard";
import { sqlite } from "@umbel/umbel/sqlite";
import { tokenEntry } from "../../../src/http/access/entry.ts";
import { sha256 } from "../../../src/http/access/secrets.ts";
import { quiet, Site } from "./site.ts";

const form = { "content-type": "application/x-www-form-urlencoded" };

/** A browser without scripts, which keeps cookies. */
class Browser implements AsyncDisposable {
  readonly app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  readonly #web = new Hono();
  readonly #cookies = new Map<string, string>();

  constructor(options: DashboardOptions, at = "/dashboard") {
    this.#web.route(at, dashboard(this.app, { log: quiet, ...options }));
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await this.#web.request(path, { ...init, headers: { cookie, ...init.headers } });
    for (const text of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!;
      if (/max-age=0/i.test(text)) this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    return response;
  }

  async send(path: string, fields: Record<string, string>, headers: HeadersInit = {}): Promise<Response> {
    return await this.fetch(path, {
      method: "POST",
      headers: { ...form, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  }

  async csrf(path = "/dashboard"): Promise<string> {
    return /name="csrf" value="([^"]+)"/.exec(await (await this.fetch(path)).text())![1]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

async function scoped(secret: string, ...scopes: string[]): Promise<string> {
  return tokenEntry({ name: "anna", scopes }, await sha256(secret));
}

Deno.test("dashboard() shows nothing before one logged in, and leads back then", async () => {
  await using browser = new Browser({ tokens: ["secret"] });
  for (const path of ["/dashboard", "/dashboard/tasks?state=FAILURE", "/dashboard/nothing"]) {
    const response = await browser.fetch(path);
    assertEquals([response.status, await response.text()], [303, ""]);
    assertEquals(response.headers.get("location"), `/dashboard/login?to=${encodeURIComponent(path)}`);
  }
  const stream = await browser.fetch("/dashboard/live", { headers: { accept: "text/event-stream" } });
  assertEquals(stream.status, 401);
  await stream.body?.cancel();
  const wrong = await browser.send("/dashboard/login", { token: "wrong", to: "/dashboard/tasks" });
  assertEquals([wrong.status, /This token is not known/.test(await wrong.text())], [401, true]);
  const right = await browser.send("/dashboard/login", { token: "secret", to: "/dashboard/tasks" });
  assertEquals([right.status, right.headers.get("location")], [303, "/dashboard/tasks"]);
  assertMatch(right.headers.get("set-cookie")!, /^umbel=.+; HttpOnly; SameSite=Strict$/);
  assertEquals((await browser.fetch("/dashboard")).status, 200);
});

Deno.test("dashboard() leads to none but its own pages after a form", async () => {
  await using browser = new Browser({ tokens: ["secret"] });
  for (
    const to of ["https://example.org/", "//example.org", "/\\example.org", "/elsewhere", "/dashboard\r\nx: y", ""]
  ) {
    const response = await browser.send("/dashboard/login", { token: "secret", to });
    assertEquals([to, response.headers.get("location")], [to, "/dashboard"]);
  }
});

Deno.test("dashboard() refuses forms of other sites, without their proof, and of those who may not", async () => {
  await using browser = new Browser({ tokens: [await scoped("all", "admin"), await scoped("some", "read")] });
  await browser.send("/dashboard/login", { token: "all" });
  const csrf = await browser.csrf();
  const status = async (fields: Record<string, string>, headers: HeadersInit = {}) => {
    const response = await browser.send("/dashboard/record", fields, headers);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status({}), 403);
  assertEquals(await status({ csrf: "x" }), 403);
  assertEquals(await status({ csrf }, { "sec-fetch-site": "cross-site" }), 403);
  assertEquals(await status({ csrf }, { origin: "https://example.org" }), 403);
  assertEquals(await status({ csrf }, { "content-type": "text/plain" }), 415);
  assertEquals((await browser.app.broker.journal.recording()).history, false);
  assertEquals(await status({ csrf }), 303);
  assertEquals((await browser.app.broker.journal.recording()).history, true);

  await browser.app.control.record({ history: false });
  await browser.send("/dashboard/login", { token: "some" });
  const page = await (await browser.fetch("/dashboard")).text();
  assert(!page.includes("Keep a history"));
  assertEquals(await status({ csrf: /name="csrf" value="([^"]+)"/.exec(page)![1]! }), 403);
  assertEquals((await browser.app.broker.journal.recording()).history, false);
});

Deno.test("dashboard() lets nobody in who may not read", async () => {
  await using browser = new Browser({ tokens: [await scoped("sender", "send")] });
  const response = await browser.send("/dashboard/login", { token: "sender" });
  assertEquals([response.status, response.headers.get("set-cookie")], [403, null]);
  assertMatch(await response.text(), /takes the scope read/);
});

Deno.test("dashboard() lets its pages load and run nothing but what is its own", async () => {
  await using browser = new Browser({ open: true });
  const response = await browser.fetch("/dashboard");
  const policy = response.headers.get("content-security-policy")!;
  assertStringIncludes(policy, "default-src 'none'; script-src 'self'; style-src 'self';");
  assert(!/unsafe|https?:/.test(policy));
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("x-frame-options"), "DENY");
  const html = await response.text();
  assert(!/ style=| on\w+=|<script>|<style/.test(html));
  const assets = [...html.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  assert(assets.length > 5);
  for (const path of assets) {
    const asset = await browser.fetch(path);
    assertEquals([path, asset.status], [path, 200]);
    assertEquals(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assertEquals(asset.headers.get("x-content-type-options"), "nosniff");
    await asset.body?.cancel();
  }
  const gone = await browser.fetch("/dashboard/assets/style.000000000000.css");
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
});

Deno.test("dashboard() speaks the language that is preferred, unless another one was chosen", async () => {
  await using browser = new Browser({ open: true });
  const language = async (accepted: string) => {
    const response = await browser.fetch("/dashboard", { headers: { "accept-language": accepted } });
    return /<html lang="([^"]+)"/.exec(await response.text())![1];
  };
  assertEquals(await language("zh-TW,en;q=0.5"), "zh-CN");
  assertEquals(await language("de,zh;q=0.3,en;q=0.4"), "en");
  assertEquals(await language("en;q=0,zh-Hans"), "zh-CN");
  assertEquals(await language("tlh"), "en");
  const chosen = await browser.send("/dashboard/preferences", { locale: "zh-CN", to: "/dashboard/bill" });
  assertEquals([chosen.status, chosen.headers.get("location")], [303, "/dashboard/bill"]);
  assertEquals(await language("en"), "zh-CN");
});

Deno.test("dashboard() is mounted anywhere, and has a page for what is not there", async () => {
  for (const at of ["/", "/admin/tasks"]) {
    await using browser = new Browser({ open: true }, at);
    const base = at === "/" ? "" : at;
    const html = await (await browser.fetch(at)).text();
    assertStringIncludes(html, `href="${base}/queues"`);
    const missing = await browser.fetch(`${base}/<script>`);
    assertEquals([missing.status, (await missing.text()).includes("<script>")], [404, false]);
    if (base === "") continue;
    const slash = await browser.fetch(`${base}/`);
    assertEquals([slash.status, slash.headers.get("location")], [308, base]);
  }
});

Deno.test("dashboard() refuses requests by other names", async () => {
  await using browser = new Browser({ open: true, hosts: ["localhost"] });
  assertEquals((await browser.fetch("http://rebound.example/dashboard")).status, 421);
  assertEquals((await browser.fetch("http://localhost/dashboard")).status, 200);
});

Deno.test("dashboard() refuses options that break a rule, in words", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const wrong: [DashboardOptions, RegExp][] = [
    [{}, /Say who may call/],
    [{ tokens: [] }, /at least one token/],
    [{ open: true, tokens: ["secret"] }, /Say who may call/],
    [{ open: true, refresh: "1s" }, /refresh must be at least 5s, and it is "1s"/],
    [{ open: true, price: -1 }, /price must be a number from 0, and it is -1/],
    [{ open: true, readonly: true } as DashboardOptions, /readOnly/],
  ];
  for (const [options, sentence] of wrong) {
    assertMatch(assertThrows(() => dashboard(app, options), InvalidInput).message, sentence);
  }
});

Deno.test("dashboard() says that the broker is away, and offers to try again", async () => {
  await using site = new Site({ broker: upstash({ url: "http://127.0.0.1:9", token: "none", deadline: "50ms" }) });
  const { status, html } = await site.get("/queues?x=1");
  assertEquals(status, 503);
  assertStringIncludes(html, "The broker is away");
  assertStringIncludes(html, 'href="/dashboard/queues?x=1"');
});
