import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, SchemaMismatch, TaskFailed, Umbel, type UmbelOptions, upstash, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { systemClock } from "../../src/clock.ts";
import { silentLogger } from "../../src/log.ts";
import { redisTest, startRest } from "../redis.ts";
import * as z from "zod";

/** An app whose task fails as long as it is told to. */
function shop(options: UmbelOptions = {}) {
  const clock = new ManualClock();
  const app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {}, ...options });
  const state = { fails: true };
  const add = app.task("add", (x: number, y: number) => {
    if (state.fails) throw new TypeError("no");
    return x + y;
  });
  const work = async (queues = ["default"]) => {
    await new Worker(app, { queues, log: silentLogger }).drain({ seconds: 60 });
  };
  return { app, add, clock, state, work };
}

Deno.test("app.deadLetters.list() and get() show what failed for good", async () => {
  const { app, add, clock, work } = shop();
  await using _ = app;
  const first = await add.delay(1, 2);
  await work();
  await clock.advance(10);
  const second = await add.delay(3, 4);
  await work();
  const { letters, cursor } = await app.deadLetters.list({ limit: 1 });
  assertEquals(letters.map(({ id, error }) => [id, error!.type]), [[second.id, "TypeError"]]);
  assertEquals((await app.deadLetters.list({ cursor: cursor! })).letters.map(({ id }) => id), [first.id]);
  assertEquals((await app.deadLetters.list({ before: new Date(letters[0]!.finishedAt!) })).letters.length, 1);
  assertEquals((await app.deadLetters.list({ error: "RangeError" })).letters, []);
  assertEquals((await app.deadLetters.get(first.id))!.message!.args, [1, 2]);
  assertEquals(await app.deadLetters.get("nobody"), undefined);
});

Deno.test("app.deadLetters.resend() sends again under the same id, and the first handle's id has the result", async () => {
  const { app, add, state, work } = shop({ config: { maxRetries: 0 } });
  await using _ = app;
  const { id } = await add.applyAsync([1, 2], { expires: 60 });
  await work();
  state.fails = false;
  assertEquals(await app.deadLetters.resend(id), { resent: [id], refused: [] });
  assertEquals(await app.result(id).state(), "QUEUED");
  const waiting = app.result(id).get();
  await work();
  assertEquals(await waiting, 3);
  assertEquals(await app.deadLetters.resend([id, "nobody"]), {
    resent: [],
    refused: [{ id, why: "not_failed" }, { id: "nobody", why: "unknown" }],
  });
});

async function waitAnew({ app, add, state, work }: ReturnType<typeof shop>) {
  await using _ = app;
  // Whoever has waited once hears of all that ends from then on.
  const heard = await add.delay(0, 0);
  await work();
  await assertRejects(() => heard.get(), TaskFailed);
  const unheard = await add.delay(1, 2);
  await work();
  state.fails = false;
  for (const { id } of [heard, unheard]) assertEquals((await app.deadLetters.resend(id)).resent, [id]);
  assertEquals([await heard.state(), await unheard.state()], ["QUEUED", "QUEUED"]);
  await work();
  assertEquals([await heard.get(), await unheard.get()], [0, 3]);
}

Deno.test("whoever has a handle on a task that failed may wait anew once it is sent again (SQLite)", async () => {
  await waitAnew(shop());
});

redisTest("whoever has a handle on a task that failed may wait anew once it is sent again (Redis)", async () => {
  await using rest = await startRest();
  await waitAnew(shop({ broker: upstash({ url: rest.url, token: rest.token }), clock: systemClock }));
});

Deno.test("app.deadLetters.resend() takes other arguments and another queue", async () => {
  const { app, add, state, work } = shop();
  await using _ = app;
  const { id } = await add.delay(1, 2);
  await work();
  state.fails = false;
  await app.deadLetters.resend(id, { args: [20, 30], queue: "slow" });
  await work();
  assertEquals(await app.result(id).state(), "QUEUED");
  await work(["slow"]);
  assertEquals(await app.result(id).get(), 50);
});

Deno.test("app.deadLetters.resend() forgets when it was to run and when it expired", async () => {
  const { app, add, clock, state, work } = shop();
  await using _ = app;
  const { id } = await add.applyAsync([1, 2], { expires: 60 });
  await work();
  await clock.advance(3600);
  state.fails = false;
  await app.deadLetters.resend(id);
  await work();
  assertEquals(await app.result(id).get(), 3);
});

Deno.test("app.deadLetters.resend() and delete() take a filter, or all, of any number", async () => {
  const { app, add, state, work } = shop();
  await using _ = app;
  await add.delayMany(Array.from({ length: 250 }, (_, n): [number, number] => [n, 0]));
  await app.sendTask("add", [1, 1], { queue: "other" });
  await work();
  await work(["other"]);
  assertEquals((await app.deadLetters.delete({ queue: "other" })).deleted.length, 1);
  state.fails = false;
  assertEquals((await app.deadLetters.resend({ task: "add", error: "TypeError" })).resent.length, 250);
  assertEquals((await app.deadLetters.list()).letters, []);
  state.fails = true;
  await work();
  const summary = await app.deadLetters.delete("all");
  assertEquals([summary.deleted.length, summary.refused], [250, []]);
  assertEquals((await app.deadLetters.list()).letters, []);
});

Deno.test("app.deadLetters.delete() says what is no dead letter", async () => {
  const { app, add } = shop();
  await using _ = app;
  const { id } = await add.delay(1, 2);
  assertEquals(await app.deadLetters.delete([id, "nobody"]), {
    deleted: [],
    refused: [{ id, why: "not_failed" }, { id: "nobody", why: "unknown" }],
  });
});

Deno.test("app.deadLetters refuses what is no filter, and arguments that do not fit", async () => {
  const { app, work } = shop();
  await using _ = app;
  const schema = z.tuple([z.number()]);
  const fail = app.task("fail", { schema, unique: true }, (_: number) => {
    throw new Error("no");
  });
  const { id } = await fail.delay(1);
  await work();
  const { deadLetters } = app;
  await assertRejects(() => deadLetters.delete({}), InvalidInput, '"all" means all of them');
  await assertRejects(() => deadLetters.resend({ tsk: "a" } as never), InvalidInput, "did you mean task?");
  await assertRejects(() => deadLetters.resend("all", { arg: [] } as never), InvalidInput, "did you mean args?");
  await assertRejects(() => deadLetters.resend(id, { args: "x" as never }), InvalidInput, "args must be an array");
  await assertRejects(() => deadLetters.resend(id, { args: ["x"] }), SchemaMismatch);
  await assertRejects(() => deadLetters.list({ limit: 501 }), InvalidInput, "limit must be a whole number");
  await assertRejects(() => deadLetters.list({ cursor: "x" }), InvalidInput, "cursor");
  await assertRejects(() => deadLetters.list({ error: "" }), InvalidInput, "error must be");
  await assertRejects(() => deadLetters.list({ before: "yesterday" }), InvalidInput, "before must be");
  assertEquals(await app.result(id).state(), "FAILURE");
  await deadLetters.resend(id, { args: [2] });
  assertEquals((await fail.delay(2)).existed, true);
});

Deno.test("a letter that was sent again has not ended, whatever the backend keeps of its first end", async () => {
  const stored = new Map();
  const backend = {
    name: "map",
    store: (records: readonly { readonly id: string }[]) => {
      for (const record of records) stored.set(record.id, record);
      return Promise.resolve();
    },
    fetch: (ids: readonly string[]) => Promise.resolve(ids.map((id) => stored.get(id))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { app, add, clock, state, work } = shop({ backend });
  await using _ = app;
  const { id } = await add.delay(1, 2);
  await work();
  await clock.advance(1);
  state.fails = false;
  await app.deadLetters.resend(id);
  assertEquals(await app.result(id).state(), "QUEUED");
  await clock.advance(1);
  await work();
  assertEquals(await app.result(id).get(), 3);
});
