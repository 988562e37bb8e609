import { assertEquals, assertRejects } from "@std/assert";
import {
  type AppEvent,
  type Clock,
  type EventOptions,
  InvalidInput,
  quantileOf,
  systemClock,
  Umbel,
  Worker,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { brokerTest } from "../cli/brokers.ts";

function shop(env: Readonly<Record<string, string>>, clock: Clock = systemClock) {
  const app = new Umbel("shop", { env, clock, config: { events: "all", history: true } });
  const add = app.task("add", (x: number, y: number) => x + y);
  const fail = app.task("fail", { maxRetries: 0 }, () => {
    throw new RangeError("too far");
  });
  return { app, add, fail };
}

async function all(app: Umbel, options: EventOptions = {}): Promise<AppEvent[]> {
  return await Array.fromAsync(app.events({ from: 0, follow: false, ...options }));
}

brokerTest("app.events() tells every change from sending to the worker's leave", async ({ env }) => {
  const { app, add, fail } = shop(env);
  await using _ = app;
  const sum = await add.delay(1, 2);
  const failure = await fail.delay();
  await new Worker(app, { name: "w" }).drain({ seconds: 60 });
  const ofTask = (events: readonly AppEvent[], wanted: string) =>
    events.filter(({ id }) => id === wanted).map(({ type }) => type);
  const events = await all(app);
  const before = ["task-sent", "task-received", "task-started"];
  assertEquals(ofTask(events, sum.id), [...before, "task-succeeded"]);
  assertEquals(ofTask(events, failure.id), [...before, "task-failed"]);
  assertEquals(events.find(({ type }) => type === "task-failed")!.error, { type: "RangeError", message: "too far" });
  assertEquals((await all(app, { types: ["worker-offline"] })).map(({ died }) => died), [undefined]);
  assertEquals((await all(app, { task: "fail" })).length, 4);
  assertEquals((await all(app, { queue: "nowhere" })).length, 0);
  assertEquals((await all(app, { id: sum.id, types: ["task-sent"] })).map(({ task }) => task), ["add"]);
  const { worker } = events.find(({ type }) => type === "worker-online")!;
  assertEquals((await all(app, { worker: worker! })).length, 8);
  const { cursor } = events[2]!;
  assertEquals(await all(app, { since: cursor }), events.slice(3));
});

brokerTest("app.history() counts what a worker did", async ({ env }) => {
  const { app, add, fail } = shop(env, new ManualClock());
  await using _ = app;
  await add.delayMany([[1, 2], [3, 4]]);
  await fail.delay();
  await new Worker(app).drain({ seconds: 60 });
  const points = await app.history({ step: "hour" });
  assertEquals(points.map(({ task, done, failed }) => [task, done, failed]), [["add", 2, 0], ["fail", 0, 1]]);
  assertEquals(points.map(({ wait, run }) => [wait.count, run.count]), [[2, 2], [1, 1]]);
  assertEquals((await app.history({ task: "fail" })).length, 1);
});

Deno.test("app.events() waits for what comes, and ends quietly", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, config: { events: "lifecycle" } });
  const add = app.task("add", (x: number, y: number) => x + y);
  const stop = new AbortController();
  const events = app.events({ signal: stop.signal, every: "1s" });
  const next = events.next();
  await clock.advance({ seconds: 30 });
  const { id } = await add.delay(1, 2);
  await clock.advance({ seconds: 1 });
  assertEquals((await next).value!.id, id);
  const end = events.next();
  await clock.advance({ seconds: 1 });
  stop.abort();
  assertEquals(await end, { done: true, value: undefined });
});

Deno.test("app.events() says when it was away for too long", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, config: { events: "lifecycle" } });
  const add = app.task("add", (x: number, y: number) => x + y);
  await add.delayMany([[1, 2], [3, 4]]);
  const [{ cursor } = { cursor: "" }] = await all(app);
  await clock.advance({ days: 2 });
  const { id } = await add.delay(1, 2);
  await clock.advance({ seconds: 2 });
  await add.delay(1, 2);
  const later = await all(app, { since: cursor });
  assertEquals(later.map(({ missed }) => missed), [true, undefined]);
  assertEquals(later[0]!.id, id);
});

Deno.test("app.events() and app.history() say what is wrong with an option", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  await assertRejects(() => all(app, { types: ["task-fail" as "task-failed"] }), InvalidInput, "task-failed");
  await assertRejects(() => all(app, { since: "yesterday" }), InvalidInput, "since must be");
  await assertRejects(() => all(app, { till: 1 } as EventOptions), InvalidInput, "till");
  await assertRejects(() => app.history({ step: "day" as "hour" }), InvalidInput, "step must be");
  await assertRejects(() => app.history({ from: 2, to: 1 }), InvalidInput, "from must not be after to");
  await assertRejects(
    () => Promise.resolve().then(() => new Umbel("shop", { config: { events: "some" as "all" } })),
    InvalidInput,
    "events must be",
  );
});

brokerTest("app.events() hears of what others do", async ({ env }) => {
  const { app, add } = shop(env);
  await using _ = app;
  const other = shop(env);
  await using __ = other.app;
  const sent = await add.delay(0, 0);
  const events = app.events({ from: 0, every: "1h", types: ["task-sent"] });
  assertEquals((await events.next()).value!.id, sent.id);
  const next = events.next();
  const { id } = await other.add.delay(1, 2);
  assertEquals((await next).value!.id, id);
  await events.return(undefined);
});

brokerTest("app.control.record() says what is written down while workers run", async ({ env }) => {
  await using app = new Umbel("shop", { env });
  const add = app.task("add", (x: number, y: number) => x + y);
  assertEquals(await app.control.record({ events: "lifecycle" }), { events: "lifecycle", history: false });
  assertEquals(await app.control.record({ history: true }), { events: "lifecycle", history: true });
  const { id } = await add.delay(1, 2);
  assertEquals((await all(app)).map((event) => event.id), [id]);
  await assertRejects(() => app.control.record({ events: "some" as "all" }), InvalidInput, "events must be");
});

Deno.test("quantileOf() reads the bound of a bucket", () => {
  const buckets = [90, 5, 0, 5, ...Array(11).fill(0)];
  const histogram = { count: 100, sum: 1000, buckets };
  assertEquals([0.5, 0.95, 0.99].map((share) => quantileOf(histogram, share)), [10, 25, 100]);
  assertEquals(quantileOf({ count: 1, sum: 1, buckets: [...Array(14).fill(0), 1] }, 0.5), Infinity);
  assertEquals(quantileOf({ count: 0, sum: 0, buckets: Array(15).fill(0) }, 0.5), undefined);
});
