import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Callback, type CallbacksOptions, InvalidInput, Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { AllowList } from "../../src/callbacks/allow_list.ts";

const secrets = [`whsec_${btoa("a secret of at least 24 bytes")}`];

function appWith(options: Partial<CallbacksOptions> = {}): Umbel {
  const callbacks = { hosts: ["hooks.example.org"], secrets, ...options };
  return new Umbel("shop", { broker: sqlite(":memory:"), env: {}, callbacks });
}

Deno.test("callback names a URL of a host that the app allows, by https:, and where nobody lives", async () => {
  await using app = appWith({
    hosts: ["hooks.example.org", "*.shop.example", "api.example.org:8443", "db.internal", "127.0.0.1"],
  });
  const add = app.task("add", (x: number) => x);
  const send = (callback: Callback) => add.applyAsync([1], { callback });
  const allowed = [
    "https://hooks.example.org/done?a=1",
    "https://HOOKS.example.org",
    "https://hooks.example.org.",
    "https://hooks.example.org:443/",
    "https://a.b.shop.example/",
    "https://api.example.org:8443/",
    { url: "https://hooks.example.org", on: ["failure"], headers: { authorization: "Bearer x" } },
    false,
  ] as const;
  for (const callback of allowed) await send(callback);
  const refused = [
    ["https://other.example/", "is none of callbacks.hosts: hooks.example.org"],
    ["https://shop.example/", "is none of"],
    ["https://hooks.example.org.evil.example/", "is none of"],
    ["https://hooks.example.org:8443/", "is none of"],
    ["https://api.example.org/", "is none of"],
    ["http://hooks.example.org/", "must be an https: URL"],
    ["https://db.internal/", "is private"],
    ["https://127.0.0.1/", "is private"],
    ["https://2130706433/", "is private"],
    ["https://me:secret@hooks.example.org/", "without a name and a password"],
    ["ftp://hooks.example.org/", "must be a URL"],
    ["hooks.example.org", "must be a URL"],
    ["", "must be a URL"],
  ] as const;
  for (const [callback, sentence] of refused) {
    const error = await assertRejects(() => send(callback), InvalidInput, sentence, callback);
    assertEquals(error.field, "callback");
  }
});

Deno.test("callback refuses what it may not have", async () => {
  await using app = appWith();
  const add = app.task("add", (x: number) => x);
  const url = "https://hooks.example.org/";
  const refused = [
    [{ url, on: [] }, "callback.on"],
    [{ url, on: ["done"] }, "callback.on"],
    [{ url, headers: { "webhook-id": "mine" } }, "callback.headers.webhook-id"],
    [{ url, headers: { "content-type": "text/plain" } }, "callback.headers.content-type"],
    [{ url, headers: { "x y": "1" } }, "callback.headers.x y"],
    [{ url, headers: { x: "1\r\ny: 2" } }, "callback.headers.x"],
    [{ url, headers: "x" }, "callback.headers"],
    [{ url, onn: ["success"] }, "onn"],
    [{}, "callback"],
    [true, "callback"],
    [null, "callback"],
  ] as const;
  for (const [callback, field] of refused) {
    const error = await assertRejects(() => add.applyAsync([1], { callback: callback as never }), InvalidInput);
    assertEquals(error.field, field);
  }
});

Deno.test("tasks and apps have callbacks under the same rules", async () => {
  await using app = appWith();
  app.task("add", { callback: "https://hooks.example.org/" }, (x: number) => x);
  assertThrows(
    () => app.task("mul", { callback: "https://other.example/" }, (x: number) => x),
    InvalidInput,
    "none of",
  );
  await using without = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  assertThrows(() => without.task("a", { callback: "https://hooks.example.org/" }, () => {}), InvalidInput, "no host");
  const b = without.task("b", () => {});
  await assertRejects(() => b.applyAsync([], { callback: "https://hooks.example.org/" }), InvalidInput, "no host");
  assertThrows(() => appWith({ callback: "https://other.example/" }), InvalidInput, "none of");
  const wrong: readonly [Partial<CallbacksOptions>, string][] = [
    [{ hosts: [] }, "callbacks.hosts"],
    [{ hosts: ["https://hooks.example.org"] }, "callbacks.hosts[0]"],
    [{ hosts: ["*"] }, "callbacks.hosts[0]"],
    [{ secrets: [] }, "callbacks.secrets"],
    [{ secrets: ["whsec_c2hvcnQ="] }, "callbacks.secrets[0]"],
    [{ secrets: ["secret"] }, "callbacks.secrets[0]"],
    [{ timeout: "soon" }, "callbacks.timeout"],
    [{ queue: "a b" }, "queue"],
  ];
  for (const [options, field] of wrong) assertEquals(assertThrows(() => appWith(options), InvalidInput).field, field);
});

Deno.test("the task that tells callbacks cannot be called: nobody is to sign what they made up", async () => {
  await using app = appWith();
  await assertRejects(() => app.sendTask("umbel.callback", [{ url: "https://hooks.example.org" }, {}]), InvalidInput);
});

Deno.test("AllowList.wrongNow() looks at the addresses that a name has now", async () => {
  const addresses: string[] = ["93.184.216.34"];
  const options = { hosts: ["hooks.example.org", "8.8.8.8"], allowPrivate: false };
  const asked: string[] = [];
  const resolve = (name: string) => {
    asked.push(name);
    return Promise.resolve(addresses);
  };
  const list = new AllowList({ ...options, resolve });
  assertEquals(await list.wrongNow("https://hooks.example.org/"), undefined);
  addresses.push("10.0.0.7");
  assertEquals(
    await list.wrongNow("https://hooks.example.org/"),
    "hooks.example.org has the address 10.0.0.7, which is private",
  );
  assertEquals(await list.wrongNow("https://8.8.8.8/"), undefined);
  assertEquals(asked, ["hooks.example.org", "hooks.example.org"]);
  assertEquals(
    await new AllowList({ ...options, allowPrivate: true, resolve }).wrongNow("http://hooks.example.org/"),
    undefined,
  );
});
