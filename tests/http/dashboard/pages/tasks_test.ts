import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { nextParts, Site, textOf } from "../site.ts";

const idsIn = (html: string) => [...html.matchAll(/<tr role="row" id="task-([^"]+)"/g)].map(([, id]) => id);
const hrefOf = (html: string, text: string) =>
  new RegExp(`href="/dashboard([^"]*)"[^>]*>[^<]*${text}`).exec(html)?.[1]?.replaceAll("&amp;", "&");

async function fill(site: Site, count: number): Promise<string[]> {
  const add = site.app.task("add", (x: number, y: number) => x + y);
  const handles = await site.app.sendMany(Array.from({ length: count }, (_, index) => add.call([index, 1])));
  return handles.map(({ id }) => id);
}

Deno.test("GET /tasks says so when there are none, and when none fits", async () => {
  await using site = new Site();
  assertStringIncludes(textOf((await site.get("/tasks")).html), "No tasks yet");
  assertStringIncludes(textOf((await site.get("/tasks?state=FAILURE")).html), "No task fits");
});

Deno.test("GET /tasks shows tasks with their state, queue and arguments as text", async () => {
  await using site = new Site();
  await site.app.sendTask("<b>evil</b>\u202e", ["<script>alert(1)</script>", "\u202eabc"], { queue: "mail" });
  const { html } = await site.get("/tasks");
  assertEquals(/<(script>|b>)/.test(html), false);
  const text = textOf(html);
  for (const part of ["<b>evil</b> \\u202e", "<script>alert(1)</script>", "mail", "Queued"]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("GET /tasks goes through all tasks, page by page and back, by its URL", async () => {
  await using site = new Site();
  const sent = await fill(site, 120);
  const pages: string[][] = [];
  const urls = ["/tasks?task=add"];
  while (urls.length <= 5) {
    const { html } = await site.get(urls.at(-1)!);
    pages.push(idsIn(html) as string[]);
    const older = hrefOf(html, "Older");
    if (!older) break;
    assertStringIncludes(older, "task=add");
    urls.push(older);
  }
  assertEquals(pages.map((page) => page.length), [50, 50, 20]);
  assertEquals(new Set(pages.flat()), new Set(sent));
  let url = urls.at(-1)!;
  for (const page of pages.slice(0, -1).reverse()) {
    url = hrefOf((await site.get(url)).html, "← Newer")!;
    assertEquals(idsIn((await site.get(url)).html), page);
  }
});

Deno.test("GET /tasks filters, and says what is wrong with a filter beside its field", async () => {
  await using site = new Site();
  const [first] = await fill(site, 2);
  const { id } = await site.app.sendTask("other", ["Find Me"], { queue: "mail", countdown: 60 });
  const found = async (query: string) => idsIn((await site.get(`/tasks?${query}`)).html);
  assertEquals(await found("task=other"), [id]);
  assertEquals(await found("state=SCHEDULED&state=FAILURE"), [id]);
  assertEquals(await found("text=find+me&from=1h"), [id]);
  assertEquals(await found("queue=mail&to=2000-01-01"), []);
  assert((await found("queue=default")).includes(first));
  const { status, html } = await site.get("/tasks?from=yesterday&state=FAILURE");
  assertEquals(status, 422);
  assertStringIncludes(html, 'id="field-from-error"');
  assertStringIncludes(html, 'value="yesterday"');
  assertEquals((await site.get("/tasks?cursor=nonsense")).status, 422);
});

Deno.test("GET /tasks says how many are in which state, whichever of them are shown", async () => {
  await using site = new Site();
  await fill(site, 3);
  await site.app.sendTask("other", ["x"], { queue: "mail", countdown: 60 });
  const counts = async (query: string) => {
    const { html } = await site.get(`/tasks${query}`);
    return Object.fromEntries(
      [...html.matchAll(/name="state" value="(\w+)".*?<span class="count">(\d+)</g)].map((
        [, state, count],
      ) => [state, count]),
    );
  };
  const all = await counts("");
  assertEquals([all.QUEUED, all.SCHEDULED, all.SUCCESS], ["3", "1", "0"]);
  assertEquals(await counts("?state=SUCCESS"), all);
  assertEquals((await counts("?task=other")).QUEUED, "0");
  assertEquals(await counts("?text=x"), {}, "to count what holds a text, all would have to be read");
  assertEquals(await counts("?from=yesterday"), {});
});

Deno.test("POST /tasks/-/bulk asks first, then revokes what was chosen", async () => {
  await using site = new Site();
  const ids = await fill(site, 3);
  const chosen = ids.slice(0, 2).map((id) => ["id", id] as const);
  const asked = await site.post("/tasks/-/bulk", [["do", "revoke"], ["to", "/dashboard/tasks?task=add"], ...chosen]);
  assertEquals(asked.status, 200);
  assertStringIncludes(textOf(asked.html), "Revoke 2 tasks?");
  assertEquals((await site.app.search({ state: "REVOKED" })).tasks, []);
  const done = await site.post("/tasks/-/bulk", [
    ["do", "revoke"],
    ["sure", "yes"],
    ["to", "/dashboard/tasks?task=add"],
    ...chosen,
  ]);
  assertEquals([done.status, done.location], [303, "/dashboard/tasks?task=add"]);
  assertStringIncludes(done.flash!, "2 revoked");
  assertEquals((await site.app.search({ state: "REVOKED" })).tasks.length, 2);
});

Deno.test("POST /tasks/-/bulk sends again what failed", async () => {
  await using site = new Site();
  site.app.task("fail", () => {
    throw new Error("no");
  });
  const { id } = await site.app.sendTask("fail");
  const [other] = await fill(site, 1);
  await site.work();
  const done = await site.post("/tasks/-/bulk", [["do", "retry"], ["sure", "yes"], ["id", id], ["id", other!]]);
  assertStringIncludes(done.flash!, "1 sent again, 1 had not failed");
  assertEquals(await site.app.result(id).state(), "QUEUED");
});

Deno.test("GET /tasks/-/live tells how the tasks on the page fare, and how many are new", async () => {
  await using site = new Site();
  const [id] = await fill(site, 1);
  const { html } = await site.get("/tasks?task=add");
  const live = /data-live="\/dashboard([^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
  // So that what is sent now was sent later, to the millisecond.
  const { sentAt } = (await site.app.result(id!).record())!;
  while (await site.app.broker.now() <= sentAt) await site.app.clock.sleep(1);
  await site.app.sendTask("add", [7, 7]);
  await site.work();
  const closing = new AbortController();
  const response = await site.stream(live, closing.signal);
  const reader = response.body!.getReader();
  const parts = await nextParts(reader);
  assertStringIncludes(parts[`task-${id}`]!, "Success");
  assertStringIncludes(textOf(parts.news!), "1 new task");
  closing.abort();
  await reader.cancel();
});

Deno.test("who may only look has nothing to choose tasks by", async () => {
  await using site = new Site({ readOnly: true });
  await fill(site, 1);
  assertEquals((await site.get("/tasks")).html.includes('name="id"'), false);
});

/** The hidden fields of the form that does it. */
const hidden = (html: string) =>
  [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) =>
    [name!, value!.replaceAll("&amp;", "&")] as const
  );

Deno.test("GET /tasks/-/fitting says how many of which kind all that fit are, and the form does it to these", async () => {
  await using site = new Site();
  const ids = await fill(site, 3);
  const { id } = await site.app.sendTask("other", ["x"], { countdown: 60 });
  const list = await site.get("/tasks?task=add");
  const href = /href="\/dashboard([^"]*do=revoke)"/.exec(list.html)![1]!.replaceAll("&amp;", "&");
  assertStringIncludes(href, "task=add&do=revoke");
  const asked = await site.get(href);
  const text = textOf(asked.html);
  for (const part of ["Revoke 3 tasks?", "Queued", "What is sent from now on is no part of it."]) {
    assertStringIncludes(text, part);
  }
  assertEquals((await site.app.count()).states, { QUEUED: 3, SCHEDULED: 1 }, "nothing is done yet");
  // Times stand fast in what the form sends: what comes later is no part of it.
  for (const start = Date.now(); Date.now() <= start + 1;);
  const later = await site.app.sendTask("add", [1, 2]);
  const fields = hidden(asked.html).filter(([name]) => name !== "csrf");
  const done = await site.post("/tasks/-/fitting", fields);
  assertEquals(done.status, 303);
  assertEquals((await site.app.search({ state: "REVOKED" })).tasks.map(({ record }) => record.id).sort(), ids.sort());
  assertEquals([await later.state(), await site.app.result(id).state()], ["QUEUED", "SCHEDULED"]);
  // The same form once more, since the answer was lost.
  assertEquals((await site.post("/tasks/-/fitting", fields)).status, 303);
  assertEquals((await site.app.count({ state: "REVOKED" })).total, 3);
});

Deno.test("POST /tasks/-/fitting sends all again that fit, portion by portion, and says how far it is", async () => {
  await using site = new Site();
  await fill(site, 1003);
  await site.app.revoke({ task: "add" });
  const asked = await site.get("/tasks/-/fitting?state=REVOKED&state=QUEUED&do=retry");
  assertStringIncludes(textOf(asked.html), "Retry 1,003 tasks?");
  const first = await site.post("/tasks/-/fitting", hidden(asked.html).filter(([name]) => name !== "csrf"));
  assertEquals(first.status, 200);
  assertStringIncludes(textOf(first.html), "1000 sent again. There are more.");
  const last = await site.post("/tasks/-/fitting", hidden(first.html).filter(([name]) => name !== "csrf"));
  assertEquals(last.status, 303);
  assertEquals((await site.app.count()).states, { REVOKED: 1003, QUEUED: 1003 });
  // The first portion once more, since its answer was lost: none is sent twice.
  await site.post("/tasks/-/fitting", hidden(asked.html).filter(([name]) => name !== "csrf"));
  assertEquals((await site.app.count()).states, { REVOKED: 1003, QUEUED: 1003 });
});

Deno.test("GET /tasks/-/fitting means those that failed when no state is chosen, and says when there are none", async () => {
  await using site = new Site();
  await fill(site, 2);
  assertStringIncludes(textOf((await site.get("/tasks/-/fitting?do=retry")).html), "None of them can be sent again");
  const revoke = await site.get("/tasks/-/fitting?do=revoke&state=SUCCESS");
  assertStringIncludes(textOf(revoke.html), "None of them can be revoked");
  assertEquals((await site.get("/tasks/-/fitting?do=nothing&task=add")).status, 303);
  const nothing = await site.post("/tasks/-/fitting", [["do", "revoke"], ["query", ""]]);
  assertEquals([nothing.status, (await site.app.count()).states], [303, { QUEUED: 2 }]);
});
