import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { IdempotencyMismatch, InvalidInput, Umbel, upstash, Worker } from "@umbel/umbel";
import { sealed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

async function checkKey(app: Umbel, clock: ManualClock): Promise<void> {
  let runs = 0;
  // Kept for no longer than the broker must, but for the key.
  const pay = app.task("pay", { ignoreResult: true }, (amount: number) => void (runs += amount));
  const call = (amount: number, more = {}) => pay.applyAsync([amount], { idempotencyKey: "order 7", ...more });
  const one = await call(1);
  const [two, three] = await Promise.all([call(1), call(1)]);
  assertEquals([two.id, three.id, two.existed], [one.id, one.id, false]);
  await new Worker(app).drain({ seconds: 60 });
  await clock.advance({ hours: 23 });
  assertEquals((await call(1)).id, one.id);
  assertEquals(await (await call(1)).state(), "SUCCESS");
  await assertRejects(() => call(2), IdempotencyMismatch);
  await assertRejects(() => call(1, { priority: 9 }), IdempotencyMismatch);
  // Another task's key is another one.
  const other = app.task("other", () => {});
  assertEquals((await other.applyAsync([], { idempotencyKey: "order 7" })).id === one.id, false);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(runs, 1);
  await clock.advance({ hours: 2 });
  await call(2);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(runs, 3);
}

Deno.test("idempotencyKey: calls under one key are one, for a day after the end (SQLite)", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  await checkKey(app, clock);
});

redisTest("idempotencyKey: calls under one key are one, for a day after the end (Redis)", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }), clock });
  await checkKey(app, clock);
});

Deno.test("idempotencyKey: a call whose dead letter was sent again is still the same", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const fails = app.task("fails", () => {
    throw new TypeError("no");
  });
  const call = () => fails.applyAsync([], { idempotencyKey: "k" });
  const { id } = await call();
  await new Worker(app).drain({ seconds: 60 });
  assertEquals((await app.deadLetters.resend([id])).resent, [id]);
  assertEquals((await call()).id, id);
});

Deno.test("idempotencyKey: where calls are sealed, only those who have the key can tell what is the same", async () => {
  const idUnder = async (key: number) => {
    const codecs = [sealed({ keys: { k: new Uint8Array(32).fill(key) } })];
    await using app = new Umbel("shop", { broker: sqlite(":memory:"), codecs });
    const add = app.task("add", (x: number, y: number) => x + y);
    const one = await add.applyAsync([1, 2], { idempotencyKey: "k" });
    assertEquals((await add.applyAsync([1, 2], { idempotencyKey: "k" })).id, one.id);
    await assertRejects(() => add.applyAsync([1, 3], { idempotencyKey: "k" }), IdempotencyMismatch);
    return one.id;
  };
  assertEquals(await idUnder(1), await idUnder(1));
  assertNotEquals(await idUnder(1), await idUnder(2));
});

Deno.test("idempotencyKey: what breaks a rule is refused", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const add = app.task("add", (x: number, y: number) => x + y);
  await assertRejects(() => add.applyAsync([1, 2], { idempotencyKey: "" }), InvalidInput, "1 to 500 characters");
  await assertRejects(() => add.applyAsync([1, 2], { idempotencyKey: "k", id: "x" }), InvalidInput, "give no id");
  const cycle: unknown[] = [];
  cycle.push(cycle);
  await assertRejects(() => app.sendTask("any", cycle, { idempotencyKey: "k" }), InvalidInput, "args");
});
