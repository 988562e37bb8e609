import { assertEquals, assertRejects } from "@std/assert";
import {
  BrokerUnavailable,
  InvalidInput,
  SchemaMismatch,
  TooLarge,
  Umbel,
  type UmbelOptions,
  Worker,
} from "@umbel/umbel";
import { sealed, signed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, type Fate, ManualClock } from "@umbel/umbel/testing";
import * as z from "zod";
import { silentLogger } from "../../src/log.ts";
import { everywhere, key } from "../codecs/setup.ts";

function shop(options: UmbelOptions = {}) {
  const clock = new ManualClock();
  const app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {}, ...options });
  const ran: unknown[] = [];
  const note = app.task("note", (what: unknown) => void ran.push(what));
  const work = async (queues = ["default"]) => {
    await new Worker(app, { queues, concurrency: 1, log: silentLogger }).drain({ seconds: 60 });
  };
  return { app, note, clock, ran, work };
}

Deno.test("handle.change() changes what waits, and handle.promote() makes it due", async () => {
  const { app, note, ran, work } = shop();
  await using _ = app;
  const [a, b, c, d] = await Promise.all([
    note.delay("a"),
    note.delay("b"),
    note.applyAsync(["c"], { countdown: "1d" }),
    note.delay("d"),
  ]);
  assertEquals(await b.change({ priority: 9, args: ["B"] }), "changed");
  assertEquals(await c.promote(), "changed");
  assertEquals(await a.change({ countdown: "10m" }), "changed");
  assertEquals(await d.change({ queue: "other" }), "changed");
  assertEquals(await a.state(), "SCHEDULED");
  assertEquals((await d.record())!.queue, "other");
  await work();
  assertEquals(ran, ["B", "c"]);
  await work(["other"]);
  assertEquals(ran, ["B", "c", "d"]);
  assertEquals(await c.change({ priority: 1 }), "ended");
  assertEquals(await app.change(["nobody", a.id], { priority: 1 }), ["unknown", "changed"]);
});

Deno.test("app.promote() makes a retry due, and its attempts stay", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock, env: {} });
  let runs = 0;
  const flaky = app.task("flaky", { retry: { max: 3, delay: "1d" } }, () => {
    if (++runs < 2) throw new Error("not yet");
    return runs;
  });
  const handle = await flaky.delay();
  await new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  assertEquals(await handle.state(), "RETRY");
  assertEquals(await app.promote([handle.id]), ["changed"]);
  await new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  assertEquals(await handle.get(), 2);
  assertEquals((await handle.record())!.attempts!.length, 2);
});

Deno.test("handle.change() leaves a task alone that a worker holds", async () => {
  const { app } = shop();
  await using _ = app;
  const { promise, resolve } = Promise.withResolvers<void>();
  const answers: unknown[] = [];
  const self = app.task("self", { bind: true }, async (self) => {
    answers.push(await app.change(self.id, { args: [1] }));
    resolve();
  });
  await self.delay();
  await new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  await promise;
  assertEquals(answers, [["running"]]);
});

Deno.test("handle.change() checks at the door, and changes nothing then", async () => {
  const { app } = shop({ config: { maxMessageSize: 2000 } });
  await using _ = app;
  const typed = app.task("typed", { schema: z.tuple([z.number()]) }, (n) => n);
  const handle = await typed.applyAsync([1], { expires: "1h" });
  await assertRejects(() => handle.change({ args: ["one"] }), SchemaMismatch);
  await assertRejects(() => handle.change({ args: [1], headers: { long: "x".repeat(3000) } }), TooLarge);
  await assertRejects(() => handle.change({ priority: 10 }), InvalidInput, "priority");
  await assertRejects(() => handle.change({ countdown: 1, eta: 5 }), InvalidInput, "countdown");
  await assertRejects(() => handle.change({ countdown: "2h" }), InvalidInput, "expires");
  await assertRejects(() => handle.change({ queue: "no such name" }), InvalidInput, "queue");
  await assertRejects(() => handle.change({ args: 1 as never }), InvalidInput, "args");
  await assertRejects(() => handle.change({}), InvalidInput, "must say");
  await assertRejects(() => handle.change({ prio: 1 } as never), InvalidInput, "prio");
  const { tasks } = await app.broker.waiting.list({ limit: 1 });
  assertEquals(tasks[0]!.message.args, [1]);
});

Deno.test("handle.change() of the arguments holds another unique key, unless another task does", async () => {
  const { app } = shop();
  await using _ = app;
  const once = app.task("once", { unique: true }, (_what: string) => {});
  const [a, b] = await Promise.all([once.delay("a"), once.delay("b")]);
  assertEquals(await a.change({ args: ["b"] }), "exists");
  assertEquals(await a.change({ args: ["c"] }), "changed");
  assertEquals((await once.delay("c")).id, a.id);
  assertEquals((await once.delay("a")).existed, false);
  assertEquals((await once.delay("b")).id, b.id);
});

Deno.test("handle.change() of the queue holds another unique key where that counts", async () => {
  const { app } = shop();
  await using _ = app;
  const once = app.task("once", { unique: { perQueue: true } }, (_what: string) => {});
  const a = await once.delay("a");
  assertEquals(await a.change({ queue: "other" }), "changed");
  assertEquals((await once.applyAsync(["a"], { queue: "other" })).id, a.id);
  assertEquals((await once.delay("a")).existed, false);
});

for (const fate of ["drop request", "drop answer", "twice"] satisfies Fate[]) {
  Deno.test(`handle.change() can be called again when it meets: ${fate}`, async () => {
    const broker = failing(
      sqlite(":memory:")("shop"),
      (verb, count) => verb === "change" && count === 1 ? fate : "pass",
    );
    const { app, note, ran, work } = shop({ broker });
    await using _ = app;
    const handle = await note.delay("a");
    if (fate !== "twice") await assertRejects(() => handle.change({ args: ["b"], priority: 9 }), BrokerUnavailable);
    assertEquals(await handle.change({ args: ["b"], priority: 9 }), "changed");
    await work();
    assertEquals(ran, ["b"]);
  });
}

everywhere("handle.change() seals and signs what it changes, and runs as changed", async (setup) => {
  const codecs = [sealed({ keys: { k1: key(1) } }), signed({ keys: { s1: key(2) } })];
  const app = setup.app({ codecs });
  const ran = new Map<string, unknown>();
  const note = app.task("note", { bind: true }, (self, what: string) => void ran.set(what, self.headers));
  const a = await note.applyAsync(["secret one"], { headers: { from: "me" } });
  const b = await note.applyAsync(["secret two"], { countdown: "1d" });
  assertEquals(await a.change({ args: ["secret three"] }), "changed");
  assertEquals(await b.change({ headers: { from: "you" }, countdown: 0, expires: "1h" }), "changed");
  const stranger = setup.app();
  assertEquals(await stranger.change(a.id, { priority: 9 }), ["changed"]);
  await assertRejects(() => stranger.change(a.id, { timeLimit: 5 }), InvalidInput, "signed");
  assertEquals((await setup.all()).includes("secret"), false);
  await setup.drain(app);
  assertEquals(ran, new Map([["secret three", { from: "me" }], ["secret two", { from: "you" }]]));
});

everywhere("handle.change() puts large arguments aside anew, and takes the old ones away", async (setup) => {
  const kept = new Map<string, Uint8Array>();
  const store = {
    get: (name: string) => Promise.resolve(kept.get(name)),
    put: (name: string, bytes: Uint8Array) => void kept.set(name, bytes),
    delete: (name: string) => void kept.delete(name),
    over: 100,
  };
  const app = setup.app({ store });
  const ran: number[] = [];
  const note = app.task("note", (what: string) => void ran.push(what.length));
  const handle = await note.delay("x".repeat(500));
  assertEquals(await handle.change({ args: ["y".repeat(700)] }), "changed");
  await app.wire.settled();
  assertEquals([...kept.keys()].length, 1);
  await setup.drain(app);
  assertEquals(ran, [700]);
  assertEquals(await handle.change({ args: ["z".repeat(700)] }), "ended");
  await app.wire.settled();
  assertEquals(kept.size, 0);
});

everywhere("app.waiting() shows what waits, as it was sent", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys: { k1: key(1) } })] });
  const note = app.task("note", (_what: string) => {});
  await note.applyAsync(["later"], { countdown: "1d" });
  await note.delay("now");
  await note.applyAsync(["there"], { queue: "other" });
  const first = await app.waiting({ limit: 1 });
  const rest = await app.waiting({ cursor: first.cursor! });
  const tasks = [...first.tasks, ...rest.tasks];
  assertEquals(tasks.map(({ record, message }) => [message.args[0], record.state]), [
    ["now", "QUEUED"],
    ["later", "SCHEDULED"],
    ["there", "QUEUED"],
  ]);
  assertEquals((await app.waiting({ queue: "other", task: "note" })).tasks.length, 1);
  await assertRejects(() => app.waiting({ state: "STARTED" as never }), InvalidInput, "state");
  await assertRejects(() => app.waiting({ cursor: "?" }), InvalidInput, "cursor");
});
