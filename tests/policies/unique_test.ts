import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AlreadyExists, InvalidInput, TaskRevoked, Umbel, upstash, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { redisTest, startRest } from "../redis.ts";

async function checkUnique(app: Umbel): Promise<void> {
  let runs = 0;
  const sum = app.task("sum", { unique: true }, (x: number, y: number) => (runs++, x + y));
  const [one, same, other] = [await sum.delay(1, 2), await sum.delay(1, 2), await sum.delay(2, 1)];
  assertEquals([one.existed, same.existed, other.existed], [false, true, false]);
  // The handle is one on the task that is there.
  assertEquals(same.id, one.id);
  const mail = app.task("mail", { unique: { key: (to: string) => to, for: "1h" } }, (_to: string, _text: string) => {});
  const mails = await mail.delayMany([["a@b.c", "x"], ["a@b.c", "y"], ["d@e.f", "x"]]);
  assertEquals(mails.map(({ existed }) => existed), [false, true, false]);
  assertEquals((await new Worker(app).drain({ seconds: 60 })).done, 4);
  assertEquals([await same.get(), runs], [3, 2]);
  // It has ended: the next one is another.
  const next = await sum.delay(1, 2);
  assertEquals([next.existed, next.id === one.id], [false, false]);
  await next.revoke();
  assertEquals((await sum.delay(1, 2)).existed, false);
}

Deno.test("unique: a call that is the same as one that has not ended is that one (SQLite)", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  await checkUnique(app);
});

redisTest("unique: a call that is the same as one that has not ended is that one (Redis)", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  await checkUnique(app);
  // What is free leaves nothing behind.
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await rest.command("KEYS", "*:u:*"), []);
  const fields = await rest.command("HKEYS", "{umbel:shop}:m") as string[];
  assertEquals(fields.filter((field) => field.startsWith("t:")), []);
});

Deno.test("unique: what breaks a rule is refused", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  assertThrows(() => app.task("a", { unique: { kye: 1 } as never }, () => {}), InvalidInput, "key");
  assertThrows(() => app.task("b", { unique: { for: 0 } }, () => {}), InvalidInput, "unique.for");
  assertThrows(() => app.task("c", { unique: { key: 1 as never } }, () => {}), InvalidInput, "function");
  assertThrows(() => app.task("d", { unique: { on: "drop" as never } }, () => {}), InvalidInput, "reject, replace");
  assertThrows(() => app.task("e", { unique: { states: "x" as never } }, () => {}), InvalidInput, "unfinished");
  assertThrows(() => app.task("f", { unique: true, throttle: { period: 1 } }, () => {}), InvalidInput, "exclude");
  const long = app.task("long", { unique: true }, (_text: string) => {});
  await assertRejects(() => long.delay("x".repeat(1000)), InvalidInput, "give a key");
  const none = app.task("none", { unique: { key: () => undefined as never } }, () => {});
  await assertRejects(() => none.delay(), InvalidInput, "undefined");
});

Deno.test("unique: on says what becomes of the second call", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const rejecting = app.task("rejecting", { unique: { on: "reject" } }, (n: number) => n);
  const one = await rejecting.delay(1);
  const error = await assertRejects(() => rejecting.delay(1), AlreadyExists);
  assertEquals([error.id, error.code], [one.id, "already_exists"]);
  const batch = await assertRejects(() => rejecting.delayMany([[2], [1]]), AlreadyExists);
  assertEquals(batch.calls.map(({ status }) => status), ["added", "exists"]);
  assertEquals(batch.calls[1]!.id, one.id);
  assertEquals((await rejecting.applyAsync([1], { unique: false })).existed, false);

  const replacing = app.task("replacing", { unique: { on: "replace", key: "one" } }, (n: number) => n);
  const [old, young] = [await replacing.delay(1), await replacing.delay(2)];
  await assertRejects(() => old.get(), TaskRevoked, `task ${young.id} took its place`);
  assertEquals((await old.record())!.replacedBy, young.id);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await young.get(), 2);
});

Deno.test("unique: per queue, calls in two queues are never the same", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const each = app.task("each", { unique: { perQueue: true } }, () => {});
  const all = app.task("all", { unique: true }, () => {});
  for (const [task, existed] of [[each, false], [all, true]] as const) {
    await task.applyAsync([], { queue: "a" });
    assertEquals((await task.applyAsync([], { queue: "b" })).existed, existed);
    assertEquals((await task.applyAsync([], { queue: "a" })).existed, true);
  }
});
