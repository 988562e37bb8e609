import { assertEquals, assertStringIncludes } from "@std/assert";
import { Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { Site } from "../site.ts";

function shop() {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), config: { queues: { mail: { concurrency: 3 } } } });
  const mail = app.task("send_mail", { queue: "mail", rateLimit: "50/s" }, (to: string) => to);
  return { app, mail };
}

Deno.test("the page of queues shows what waits, and says where no worker is", async () => {
  const { app, mail } = shop();
  await using _ = app;
  await mail.delayMany([["a"], ["b"]]);
  const text = await new Site({ app }).read("/queues");
  assertStringIncludes(text, "mail No worker 2 0");
});

Deno.test("a queue is paused and resumed by its buttons, and the page shows it at once", async () => {
  const { app, mail } = shop();
  await using _ = app;
  await mail.delay("a");
  const site = new Site({ app });
  assertStringIncludes(await site.submit("/queues", "/queues/of/mail/pause"), "mail Paused 1");
  assertEquals((await app.broker.inspector.queues())[0]?.paused, true);
  assertStringIncludes(await site.submit("/queues/of/mail", "/queues/of/mail/resume"), "Queue mail is open again.");
  assertEquals((await app.broker.inspector.queues())[0]?.paused, false);
});

Deno.test("a queue is purged only when its name is typed", async () => {
  const { app, mail } = shop();
  await using _ = app;
  const handle = await mail.delay("a");
  const site = new Site({ app });
  const wrong = await site.submit("/queues/of/mail", "/queues/of/mail/purge", { typed: "male" });
  assertStringIncludes(wrong, "Nothing was purged");
  assertEquals((await handle.record())?.state, "QUEUED");
  const right = await site.submit("/queues/of/mail", "/queues/of/mail/purge", { typed: "mail" });
  assertStringIncludes(right, "Queue mail is purged: 1 revoked.");
  assertEquals((await handle.record())?.state, "REVOKED");
});

Deno.test("limits are set over what is declared, and taken back", async () => {
  const { app, mail } = shop();
  await using _ = app;
  await mail.delay("a");
  const site = new Site({ app });
  const limit = async (name: string) => (await app.control.limits()).find((limit) => limit.name === name);
  await site.submit("/queues", "/queues/limits", { limit: "rate:send_mail", value: "5/m" });
  assertEquals((await limit("rate:send_mail"))?.set?.rate, { limit: 5, period: 60_000, burst: 1 });
  await site.submit("/queues", "/queues/limits", { limit: "queue:mail", value: "0" });
  assertEquals((await limit("queue:mail"))?.set?.concurrency, 0);
  const text = await site.submit("/queues", "/queues/limits", { limit: "queue:mail", value: "7", take_back: "1" });
  assertStringIncludes(text, "is again what the code declares");
  assertEquals((await limit("queue:mail"))?.set, undefined);
  const refused = await site.submit("/queues", "/queues/limits", { limit: "rate:send_mail", value: "often" });
  assertStringIncludes(refused, "must be a rate like");
});

Deno.test("who may only look is shown no buttons", async () => {
  const { app, mail } = shop();
  await using _ = app;
  await mail.delay("a");
  const site = new Site({ app, readOnly: true });
  const { html } = await site.get("/queues/of/mail");
  assertEquals(html.includes("/purge"), false);
  assertEquals(html.includes("/pause"), false);
});
