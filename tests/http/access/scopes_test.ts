import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel } from "@umbel/umbel";
import { http, type HttpOptions } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger as log } from "../../../src/log.ts";
import { entryOf } from "../access.ts";

async function setup(scopes: string, options: Partial<HttpOptions> = {}) {
  const [grants, until] = scopes.split(" until:");
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  for (const name of ["mail", "mail.bulk", "report"]) app.task(name, () => {});
  const api = http(app, {
    tokens: [await entryOf("s3cret", grants!.split(" "), until === undefined ? undefined : Date.parse(until))],
    log,
    ...options,
  });
  const ask = async (method: string, path: string) => {
    const response = await api.request(path, {
      method,
      headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
    });
    const text = await response.text();
    return [response.status, text === "" ? undefined : JSON.parse(text).code];
  };
  return { app, api, ask, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

const forbidden = [403, "forbidden"];

Deno.test("a token does what its scopes say, and nothing else", async () => {
  await using shop = await setup("send:mail,report* read");
  assertEquals(await shop.ask("POST", "/tasks/mail"), [202, undefined]);
  assertEquals(await shop.ask("POST", "/tasks/report"), [202, undefined]);
  assertEquals(await shop.ask("POST", "/tasks/mail.bulk"), forbidden);
  assertEquals(await shop.ask("GET", "/waiting"), [200, undefined]);
  assertEquals(await shop.ask("DELETE", "/tasks/any"), forbidden);
  assertEquals(await shop.ask("POST", "/beat/tick"), forbidden);
  assertEquals(await shop.ask("PUT", "/tasks/any"), [405, "method_not_allowed"]);
  assertEquals(await shop.ask("OPTIONS", "/tasks/any"), [204, undefined]);
});

Deno.test("a token that has ended opens nothing", async () => {
  await using ended = await setup("admin until:2020-01-01T00:00:00Z");
  assertEquals(await ended.ask("GET", "/waiting"), [401, "unauthorized"]);
  await using going = await setup("admin until:2199-01-01T00:00:00Z");
  assertEquals(await going.ask("GET", "/waiting"), [200, undefined]);
});

Deno.test("readOnly refuses what would change something, whoever asks", async () => {
  await using shop = await setup("admin", { readOnly: true });
  for (const [method, path] of [["POST", "/tasks/mail"], ["DELETE", "/tasks/any"], ["POST", "/beat/tick"]] as const) {
    assertEquals(await shop.ask(method, path), [403, "read_only"]);
  }
  assertEquals(await shop.ask("GET", "/waiting"), [200, undefined]);
});

Deno.test("parts serves what it names, and answers for nothing else", async () => {
  await using shop = await setup("admin", { parts: ["waiting"] });
  assertEquals(await shop.ask("GET", "/waiting"), [200, undefined]);
  assertEquals(await shop.ask("GET", "/dead-letters"), [404, "not_found"]);
});

for (
  const wrong of [
    "ci sha256:00 read",
    "ci md5:abc read",
    `ci sha256:${"0".repeat(64)}`,
    `ci sha256:${"0".repeat(64)} raed`,
    `ci sha256:${"0".repeat(64)} read:mail`,
    `ci sha256:${"0".repeat(64)} send:`,
    `ci sha256:${"0".repeat(64)} send:m*il`,
    `ci sha256:${"0".repeat(64)} read until:soon`,
  ]
) {
  Deno.test(`http() refuses the token ${wrong.replace(/0{60}/, "…")}`, async () => {
    await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
    assertEquals(assertThrows(() => http(app, { tokens: ["fine", wrong] }), InvalidInput).field, "tokens[1]");
  });
}
