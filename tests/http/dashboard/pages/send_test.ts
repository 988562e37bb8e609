import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { tokenLine } from "../../../brokers/http/served.ts";
import { Site, textOf } from "../site.ts";
import { submitted } from "../submitted.ts";

function siteWithMail(): Site {
  const site = new Site();
  const order = z.object({ subject: z.string().min(1), copies: z.int().min(1).default(1), tags: z.array(z.string()) });
  const evenly = order.refine(({ copies }) => copies !== 13, { path: ["copies"], message: "Not thirteen" });
  site.app.task("send_mail", { schema: z.tuple([z.email(), evenly]), queue: "mail" }, () => "sent");
  site.app.task("plain", (...args: unknown[]) => args.length);
  return site;
}

/** What the form of a page holds, with more filled in. */
function filled(html: string, more: Record<string, string>): [string, string][] {
  return [...new Map([...submitted(html), ...Object.entries(more)])];
}

const mail = { "args/0": "ada@example.org", "args/1/subject": "Hi" };

Deno.test("GET /send offers the tasks of the app", async () => {
  await using site = siteWithMail();
  const { status, html } = await site.get("/send");
  assertEquals(status, 200);
  assertStringIncludes(html, '<option value="send_mail">');
  assertStringIncludes(html, 'href="/dashboard/send?task=plain"');
});

Deno.test("POST /send sends what is filled in, and leads to the task", async () => {
  await using site = siteWithMail();
  const { html } = await site.get("/send?task=send_mail");
  const fields = filled(html, { ...mail, do: "send", countdown: "10", priority: "9", queue: "letters" });
  const { status, location, flash } = await site.post("/send", fields);
  assertEquals(status, 303);
  const id = /\/dashboard\/tasks\/(.+)$/.exec(location!)![1]!;
  assertStringIncludes(flash!, id);
  const found = await site.app.detail(id);
  assertEquals(found?.message?.args, ["ada@example.org", { subject: "Hi", copies: 1, tags: [] }]);
  assertEquals([found?.record.state, found?.message?.queue, found?.message?.priority], ["SCHEDULED", "letters", 9]);
  // Sent once more, as by a second click, it is the same task.
  const again = await site.post("/send", fields);
  assertEquals(again.location, location);
  assertMatch(again.flash!, /was there already/);
});

Deno.test("POST /send says what is wrong beside the field, and keeps what was filled in", async () => {
  await using site = siteWithMail();
  const { html } = await site.get("/send?task=send_mail");
  const wrong = filled(html, { "args/0": "<ada>", "args/1/subject": "", "args/1/copies": "1.5", do: "send" });
  const first = await site.post("/send", wrong);
  assertEquals(first.status, 422);
  assertStringIncludes(textOf(first.html), "1.5 is no whole number.");
  const second = await site.post("/send", filled(first.html, { "args/1/copies": "13", do: "send" }));
  assertEquals(second.status, 422);
  for (const name of ["args/0", "args/1/subject"]) assertStringIncludes(second.html, `id="${name}#fault"`);
  assertEquals(submitted(second.html).get("args/0"), "<ada>");
  const third = await site.post("/send", filled(second.html, { ...mail, do: "send" }));
  assertStringIncludes(textOf(third.html), "Not thirteen");
  const fourth = await site.post("/send", filled(third.html, { "args/1/copies": "2", countdown: "soon", do: "send" }));
  assertEquals(fourth.status, 422);
  assertMatch(fourth.html, /id="field-countdown-error" class="error">countdown must be/);
  const fifth = await site.post("/send", filled(fourth.html, { countdown: "", do: "send" }));
  assertEquals(fifth.status, 303);
});

Deno.test("POST /send adds rows, shows JSON and a preview, and sends nothing for that", async () => {
  await using site = siteWithMail();
  const { html } = await site.get("/send?task=send_mail");
  const more = await site.post("/send", filled(html, { ...mail, edit: "add:args/1/tags" }));
  assertEquals(more.status, 200);
  assertEquals(submitted(more.html).get("args/1/tags/0"), "");
  const preview = await site.post("/send", filled(more.html, { "args/1/tags/0": "new", do: "preview" }));
  assertEquals(preview.status, 200);
  assertStringIncludes(textOf(preview.html), "What would be sent");
  assertStringIncludes(textOf(preview.html), '"new"');
  const json = await site.post("/send", filled(preview.html, { edit: "json:args" }));
  assertEquals(JSON.parse(submitted(json.html).get("args")!), [mail["args/0"], {
    subject: "Hi",
    copies: 1,
    tags: ["new"],
  }]);
  assertEquals((await site.app.search()).tasks, []);
});

Deno.test("POST /send sends tasks without a schema, and those that the app does not know", async () => {
  await using site = siteWithMail();
  for (const task of ["plain", "else.where <b>"]) {
    const { html } = await site.get(`/send?task=${encodeURIComponent(task)}`);
    const bad = await site.post("/send", filled(html, { args: "{}", do: "send" }));
    assertStringIncludes(textOf(bad.html), "The arguments must be a list");
    const { status } = await site.post("/send", filled(html, { args: '[1, {"a": "\\u202e"}]', do: "send" }));
    assertEquals(status, 303);
  }
  const { tasks } = await site.app.search({ task: "else.where <b>" });
  assertEquals(tasks[0]?.message?.args, [1, { a: "\u202e" }]);
});

Deno.test("GET /send?from= is filled in as the task was sent, but for what is redacted", async () => {
  await using site = siteWithMail();
  const secret = site.app.task("login", { redact: ["0.password"] }, (_: { password: string }) => "ok");
  const { id } = await site.app.sendTask("send_mail", ["ada@example.org", { subject: "Hi", tags: ["a", "b"] }]);
  const entries = submitted((await site.get(`/send?from=${id}`)).html);
  assertEquals([entries.get("task"), entries.get("args/1/tags/1"), entries.get("queue")], ["send_mail", "b", "mail"]);
  assert(!entries.has("args/1/copies") || entries.get("args/1/copies") === "");
  const { html } = await site.get(`/send?from=${(await secret.delay({ password: "pw" })).id}`);
  assertEquals(html.includes("pw&quot;"), false);
  assertStringIncludes(textOf(html), "[redacted]");
});

Deno.test("a read-only dashboard has no form to send with, and takes none", async () => {
  await using site = new Site({ readOnly: true });
  const { html } = await site.get("/send?task=x");
  assertEquals(html.includes('name="nonce"'), false);
  const { status } = await site.post("/send", [["task", "x"], ["args", "[]"], ["do", "send"]]);
  assertEquals(status, 403);
});

Deno.test("who may send some tasks sends no others, and changes none", async () => {
  const token = "a-secret-of-the-tests";
  await using site = new Site({ tokens: [await tokenLine("ci", token, "read send:send_mail")] });
  site.app.task("send_mail", () => "sent");
  site.app.task("secret", () => "sent");
  await site.logIn(token);
  const { html } = await site.get("/send");
  assertStringIncludes(html, "/send?task=send_mail");
  assertEquals(html.includes("/send?task=secret"), false);
  assertEquals((await site.get("/send?task=secret")).status, 403);
  const fields = (task: string): [string, string][] => [["task", task], ["args", "[]"], ["do", "send"]];
  assertEquals((await site.post("/send", fields("send_mail"))).status, 303);
  assertEquals((await site.post("/send", fields("secret"))).status, 403);
  const { tasks } = await site.app.search();
  assertEquals(tasks.map(({ record }) => record.task), ["send_mail"]);
  const { id } = tasks[0]!.record;
  for (const deed of ["revoke", "retry", "promote", "change"]) {
    assertEquals((await site.post(`/tasks/${id}/${deed}`, [])).status, 403, deed);
  }
  assertEquals((await site.post("/tasks/-/bulk", [["do", "revoke"], ["sure", "yes"], ["id", id]])).status, 403);
  const query = new URLSearchParams({ to: new Date().toISOString() }).toString();
  assertEquals((await site.post("/tasks/-/fitting", [["do", "revoke"], ["query", query]])).status, 403);
  assertEquals((await site.get("/tasks/-/fitting?do=revoke")).status, 303);
  assertEquals((await site.get("/tasks")).html.includes("/tasks/-/fitting"), false);
  const page = (await site.get(`/tasks/${id}`)).html;
  assertStringIncludes(page, `/send?from=${id}`);
  assertEquals(page.includes(`/tasks/${id}/revoke`), false);
  assertEquals(await site.app.result(id).state(), "QUEUED");
});
