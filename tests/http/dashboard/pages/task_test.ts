import { assertEquals, assertStringIncludes } from "@std/assert";
import { sealed } from "@umbel/umbel/codecs";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { nextParts, quiet, Site, textOf } from "../site.ts";

Deno.test("GET /tasks/:id shows a task's life, arguments, result and log", async () => {
  await using site = new Site();
  site.app.task("build", { bind: true }, (self, name: string) => {
    self.log(`building ${name}`);
    self.progress(1, 4, "<i>one</i>");
    return { name, deep: { list: [1, 2] } };
  });
  const { id } = await site.app.sendTask("build", ["</script><script>alert(1)</script>\u202e"]);
  await site.work();
  const { status, html } = await site.get(`/tasks/${id}`);
  assertEquals(status, 200);
  assertEquals(/<(script>|i>)/.test(html), false);
  const text = textOf(html);
  for (const part of ["Success", id, "Waited in its queue", "Ran", "25%", "1 of 4", "<i>one</i>", "list", "building"]) {
    assertStringIncludes(text, part);
  }
  assertStringIncludes(text, '"</script><script>alert(1)</script> \\u202e "');
  assertStringIncludes(text, `curl -X POST 'http://localhost/tasks/build'`);
  assertEquals(html.includes("data-live="), false);
});

Deno.test("GET /tasks/:id shows attempts with their errors, and offers to retry", async () => {
  await using site = new Site();
  site.app.task("fail", { retry: { max: 1, delay: 0 } }, () => {
    throw new TypeError("Declined <b>", { cause: new Error("402") });
  });
  const { id } = await site.app.sendTask("fail", [1]);
  await site.work();
  const { html } = await site.get(`/tasks/${id}`);
  const text = textOf(html);
  for (const part of ["Failure", "TypeError", ": Declined <b>", "Caused by", "402", "Try 1", "Try 2"]) {
    assertStringIncludes(text, part);
  }
  const { flash } = await site.post(`/tasks/${id}/retry`, []);
  assertStringIncludes(flash!, "was sent again");
  assertEquals(await site.app.result(id).state(), "QUEUED");
  assertStringIncludes((await site.post(`/tasks/${id}/retry`, [])).flash!, "has not ended");
});

Deno.test("a task that waits is started now, changed and revoked", async () => {
  await using site = new Site();
  const { id } = await site.app.sendTask("later", [], { countdown: 3600 });
  const { flash } = await site.post(`/tasks/${id}/change`, [["priority", "9"], ["countdown", "30"], ["queue", "mail"]]);
  assertStringIncludes(flash!, "is changed");
  assertEquals((await site.app.detail(id))?.message?.priority, 9);
  assertStringIncludes((await site.post(`/tasks/${id}/change`, [["priority", "x"]])).flash!, "failed:priority must be");
  assertStringIncludes((await site.post(`/tasks/${id}/promote`, [])).flash!, "is due now");
  assertStringIncludes((await site.post(`/tasks/${id}/revoke`, [])).flash!, "is revoked");
  assertEquals(await site.app.result(id).state(), "REVOKED");
  assertStringIncludes((await site.post(`/tasks/${id}/promote`, [])).flash!, "had ended already");
  assertStringIncludes((await site.post(`/tasks/unknown/revoke`, [])).flash!, "Nothing is known");
});

Deno.test("a task that succeeded is sent again as another one", async () => {
  await using site = new Site();
  site.app.task("add", (x: number, y: number) => x + y);
  const { id } = await site.app.sendTask("add", [1, 2]);
  await site.work();
  const { location, flash } = await site.post(`/tasks/${id}/retry`, []);
  assertStringIncludes(flash!, "as a new task");
  assertEquals((await site.app.detail(location!.split("/").at(-1)!))?.message?.args, [1, 2]);
  assertEquals(location?.endsWith(id), false);
});

Deno.test("GET /tasks/:id draws the tree that a task belongs to", async () => {
  await using site = new Site();
  const { app } = site;
  const leaf = app.task("leaf", () => "leaf");
  const root = app.task("root", { bind: true }, async (self) => {
    for (let count = 0; count < 3; count++) await leaf.applyAsync([], { parent: self });
  });
  const { id } = await root.delay();
  await site.work();
  const { html } = await site.get(`/tasks/${id}`);
  assertEquals(html.match(/class="tree-task/g)?.length, 4);
  const child = /<a href="\/dashboard\/tasks\/([^"]+)"><bdi>leaf/.exec(html)![1]!;
  const below = await site.get(`/tasks/${child}`);
  assertEquals(below.html.match(/class="tree-task/g)?.length, 4);
  assertStringIncludes(below.html, `href="/dashboard/tasks/${child}" aria-current="page"`);
});

Deno.test("GET /tasks/:id keeps out what the task keeps out of views", async () => {
  await using site = new Site();
  site.app.task("login", { redact: ["0.password"] }, () => "ok");
  const { id } = await site.app.sendTask("login", [{ password: "hunter2" }]);
  const { html } = await site.get(`/tasks/${id}`);
  assertEquals(html.includes("hunter2"), false);
  assertStringIncludes(textOf(html), "[redacted]");
  assertStringIncludes(textOf(html), "Its arguments cannot be read here");
});

Deno.test("GET /tasks/:id says what cannot be read without a key", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const broker = sqlite(`${dir}/umbel.db`);
    await using sender = new Umbel("shop", { broker, env: {}, codecs: [sealed({ keys: { k1: new Uint8Array(32) } })] });
    sender.task("pay", () => ({ card: 4242 }));
    const { id } = await sender.sendTask("pay", ["4242"]);
    await new Worker(sender, { log: quiet }).drain({ seconds: 60 });
    await using site = new Site({ broker });
    const { html } = await site.get(`/tasks/${id}`);
    assertEquals(html.includes("4242"), false);
    assertEquals(textOf(html).match(/Cannot be read here/g)?.length, 2);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("GET /tasks/:id says so when nothing is known", async () => {
  await using site = new Site();
  for (const id of ["nope", "%3Cscript%3E", "a%2Fb", "%20"]) {
    const { status, html } = await site.get(`/tasks/${id}`);
    assertEquals(status, 404, id);
    assertStringIncludes(textOf(html), "Search the tasks");
  }
});

Deno.test("GET /tasks/:id/live tells what is new until the end, then no more", async () => {
  await using site = new Site();
  const gate = Promise.withResolvers<void>();
  site.app.task("wait", { bind: true }, async (self) => {
    self.progress(1, 2);
    await gate.promise;
    return "done";
  });
  const { id } = await site.app.sendTask("wait");
  const closing = new AbortController();
  const reader = (await site.stream(`/tasks/${id}/live`, closing.signal)).body!.getReader();
  assertStringIncludes((await nextParts(reader))["task-head"]!, "Queued");
  const working = site.work();
  let parts = await nextParts(reader);
  while (!parts["task-now"]?.includes("50%")) parts = await nextParts(reader);
  gate.resolve();
  while (!parts["task-head"]?.includes("Success")) parts = await nextParts(reader);
  assertStringIncludes(parts["task-outcome"]!, "done");
  await working;
  assertStringIncludes(new TextDecoder().decode((await reader.read()).value), "event: end");
  assertEquals((await reader.read()).done, true);
  const { html } = await site.get(`/tasks/${id}/live`, { accept: "text/event-stream" });
  assertStringIncludes(html, "event: end");
});
