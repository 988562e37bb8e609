import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../../../src/log.ts";
import { Site } from "../site.ts";

/** An app with three dead letters of two kinds. */
async function shop() {
  const app = new Umbel("shop", { broker: sqlite(":memory:") });
  const mail = app.task("send_mail", { queue: "mail" }, (to: string) => {
    throw new TypeError(`no mailbox ${to}`);
  });
  const pay = app.task("pay", () => {
    throw new RangeError("no money");
  });
  const ids = [await mail.delay("<script>alert(1)</script>"), await mail.delay("b"), await pay.delay()].map(({ id }) =>
    id
  );
  const worker = new Worker(app, { log: silentLogger });
  await worker.drain({ seconds: 60 });
  return { app, ids };
}

Deno.test("dead letters are grouped by error and task, and their messages stay text", async () => {
  const { app } = await shop();
  await using _ = app;
  const { html } = await new Site({ app }).get("/dead");
  assertEquals(html.includes("<script>alert"), false);
  assertStringIncludes(html, "&lt;script&gt;alert(1)");
  const text = await new Site({ app }).read("/dead");
  assert(/TypeError no mailbox (b|<script>.*?<\/script>) send_mail (\S+) 2 \d s ago/.test(text));
  assert(/RangeError no money pay (\S+) 1 \d s ago/.test(text));
  const filtered = await new Site({ app }).read("/dead?error=RangeError");
  assertEquals(filtered.includes("no mailbox"), false);
});

Deno.test("those that are ticked are sent again, and none when none is", async () => {
  const { app, ids } = await shop();
  await using _ = app;
  const site = new Site({ app });
  assertStringIncludes(await site.submit("/dead", "/dead/resend"), "Select at least one letter.");
  const text = await site.submit("/dead", "/dead/resend", { id: [ids[0]!, ids[2]!], to_queue: "later" });
  assertStringIncludes(text, "Sent again: 2");
  assertEquals((await app.result(ids[0]!).record())?.state, "QUEUED");
  assertEquals((await app.result(ids[0]!).record())?.queue, "later");
  assertEquals((await app.result(ids[1]!).record())?.state, "FAILURE");
});

Deno.test("all that fit the filter are deleted, and no others", async () => {
  const { app, ids } = await shop();
  await using _ = app;
  const text = await new Site({ app }).submit("/dead", "/dead/delete", { which: "all", task: "send_mail" });
  assertStringIncludes(text, "Deleted: 2");
  assertEquals(await app.deadLetters.get(ids[0]!), undefined);
  assertEquals((await app.deadLetters.get(ids[2]!))?.state, "FAILURE");
});

Deno.test("a group is sent again by its button: what fits the page's filter too, and nothing else", async () => {
  const { app, ids } = await shop();
  await using _ = app;
  const site = new Site({ app });
  const { html } = await site.get("/dead?after=1h");
  const form = html.split("<form").find((form) => form.includes("Send again: TypeError · send_mail"))!;
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!] as const);
  const { after, ...given } = Object.fromEntries(fields);
  assertEquals([given.error, given.task, given.which], ["TypeError", "send_mail", "all"]);
  // An hour before the page was made, whenever the button is pressed.
  assert(Date.now() - Date.parse(after!) >= 3_600_000);
  const { flash } = await site.post("/dead/resend", fields.filter(([name]) => name !== "csrf"));
  assertStringIncludes(flash!, "Sent again: 2");
  const states = await Promise.all(ids.map(async (id) => (await app.result(id).record())?.state));
  assertEquals(states, ["QUEUED", "QUEUED", "FAILURE"]);
});

Deno.test("a filter by time takes how long ago, and says so beside the field when it is none", async () => {
  const { app } = await shop();
  await using _ = app;
  const site = new Site({ app });
  assertStringIncludes(await site.read("/dead?before=10m"), "No dead letter fits");
  assertStringIncludes(await site.read("/dead?after=10m"), "no money");
  assertStringIncludes(await site.read("/dead?after=soon", 422), "As 1h, 2d or 2026-01-31T12:00Z");
});
