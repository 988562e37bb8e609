import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, TaskRevoked, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { silentLogger } from "../../src/log.ts";

function shop() {
  return new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
}

Deno.test("app.revoke() with tree revokes children, theirs, and what is sent later", async () => {
  await using app = shop();
  const root = await app.sendTask("root");
  const [one, two] = await app.sendMany([["child", [], { parent: root }], ["child", [], { parent: root }]]);
  const deep = await app.sendTask("grandchild", [], { parent: { id: one.id, rootId: root.id } });
  const other = await app.sendTask("other");
  assertEquals(await app.revoke(root.id), ["revoked"]);
  assertEquals(await one.state(), "QUEUED");
  assertEquals(await app.revoke([root.id, "nobody"], { tree: true }), ["revoked", "unknown"]);
  for (const handle of [one, two, deep]) assertEquals(await handle.state(), "REVOKED");
  const later = await app.sendTask("grandchild", [], { parent: { id: two.id, rootId: root.id } });
  await assertRejects(() => later.get({ timeout: 1 }), TaskRevoked);
  assertEquals(await other.state(), "QUEUED");
});

Deno.test("app.revoke() with tree finds the children of a task that has ended", async () => {
  await using app = shop();
  const child = app.task("child", () => "done");
  const parent = app.task("parent", { bind: true }, async (self) => {
    return (await child.applyAsync([], { parent: self, countdown: 60 })).id;
  });
  const handle = await parent.delay();
  await new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  const id = await handle.get();
  assertEquals(await handle.revoke({ tree: true }), "ended");
  assertEquals(await app.result(id).state(), "REVOKED");
});

Deno.test("handle.revoke() lets a handler clean up, and with terminate does not wait for it", async () => {
  await using app = shop();
  const seen: string[] = [];
  const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
  const both = { one: Promise.withResolvers<void>(), two: Promise.withResolvers<void>() };
  const careful = app.task("careful", { bind: true }, async (self, name: "one" | "two") => {
    both[name].resolve();
    await new Promise((resolve) => self.signal.addEventListener("abort", resolve, { once: true }));
    await go;
    seen.push(name);
  });
  await using worker = new Worker(app, { log: silentLogger });
  const running = worker.run();
  const [one, two] = await app.sendMany([careful.call(["one"]), careful.call(["two"])]);
  await Promise.all([both.one.promise, both.two.promise]);
  assertEquals(await one.revoke(), "revoked");
  assertEquals(await two.revoke({ terminate: true }), "revoked");
  letGo();
  await worker.stop();
  assertEquals([(await running).revoked, seen], [2, ["one", "two"]]);
  assertEquals([await one.state(), await two.state()], ["REVOKED", "REVOKED"]);
});

Deno.test("app.revoke() takes a filter, and says how many", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  const old = await app.sendTask("mail", ["old"]);
  await clock.advance(3600);
  const handles = await app.sendMany([
    ["mail", ["new"]],
    ["mail", ["later"], { countdown: 60 }],
    ["mail", ["elsewhere"], { queue: "slow" }],
    ["other"],
  ]);
  const states = () => Promise.all([old, ...handles].map((handle) => handle.state()));
  assertEquals(await app.revoke({ task: "mail", olderThan: "30m" }), { revoked: 1, ended: 0 });
  assertEquals(await states(), ["REVOKED", "QUEUED", "SCHEDULED", "QUEUED", "QUEUED"]);
  assertEquals(await app.revoke({ state: "SCHEDULED" }), { revoked: 1, ended: 0 });
  assertEquals(await app.revoke({ task: "mail", queue: "slow" }, { terminate: true }), { revoked: 1, ended: 0 });
  assertEquals(await states(), ["REVOKED", "QUEUED", "REVOKED", "REVOKED", "QUEUED"]);
  assertEquals(await app.revoke({ queue: "nobody" }), { revoked: 0, ended: 0 });
  await assertRejects(() => app.revoke({}), InvalidInput, "A filter must say");
  await assertRejects(() => app.revoke({ tsk: "mail" } as never), InvalidInput, "did you mean task?");
  await assertRejects(() => app.revoke({ state: "SUCCESS" as never }), InvalidInput, "state must be one of");
});

Deno.test("app.revoke() refuses options that do not exist, and ids that are none", async () => {
  await using app = shop();
  await assertRejects(() => app.revoke("a", { terminat: true } as never), InvalidInput, "did you mean terminate?");
  await assertRejects(() => app.revoke("a", { tree: 1 as never }), InvalidInput, "tree must be true or false");
  await assertRejects(() => app.revoke(["a b"]), InvalidInput, "id must be");
});

Deno.test("app.revoke() takes all that a search takes, and no more than a limit", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("mail", { redact: ["1"] }, (to: string, _secret: string) => to);
  const send = (to: string) => app.sendTask("mail", [to, "hunter2"]);
  const handles = await Promise.all(["ann", "bob", "cid", "dan", "ann"].map(send));
  const later = await app.sendTask("mail", ["ann", "x"], { countdown: 60 });
  const none = { revoked: 0, ended: 0 };
  assertEquals(await app.revoke({ text: "hunter2" }), none, "what may not be seen is not found");
  assertEquals(await app.revoke({ worker: "nobody" }), none);
  assertEquals(await app.revoke({ from: Date.now() + 60_000 }), none);
  assertEquals(await app.revoke({ to: "2020-01-01T00:00:00Z" }), none);
  assertEquals(await app.revoke({ state: ["SCHEDULED", "RETRY"], text: "ANN" }), { ...none, revoked: 1 });
  assertEquals(await later.state(), "REVOKED");
  assertEquals(await app.revoke({ text: "ann" }, { limit: 1 }), { revoked: 1, ended: 0, more: true });
  assertEquals(await app.revoke({ text: "ann" }, { limit: 1 }), { ...none, revoked: 1 });
  assertEquals(await app.revoke({ task: "mail" }, { limit: 2 }), { revoked: 2, ended: 0, more: true });
  assertEquals(await app.revoke({ task: "mail" }, { limit: 2 }), { ...none, revoked: 1 });
  assertEquals((await app.count()).states, { REVOKED: handles.length + 1 });
  await assertRejects(
    () => app.revoke({ state: "FAILURE" }),
    InvalidInput,
    "state must be one of tasks that have not ended",
  );
  await assertRejects(() => app.revoke({ task: "mail" }, { limit: 0 }), InvalidInput, "limit");
});
