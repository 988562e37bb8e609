import { ManualClock } from "@umbel/umbel/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type BrokerSource,
  createLogger,
  type KeptLog,
  type TaskRecord,
  type TaskUpdate,
  Umbel,
  UnknownTaskId,
  upstash,
  Worker,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { updatesBetween } from "../../src/results/updates.ts";
import { redisTest, startRest } from "../redis.ts";
import { ScriptedBroker, settled } from "../scripted.ts";

function record(state: string, more: Partial<TaskRecord> = {}): TaskRecord {
  return { id: "a", task: "held", state, queue: "default", sentAt: 1, retries: 0, ...more };
}

function log(first: number, last: number, dropped = first - 1): KeptLog {
  const lines = Array.from({ length: last - first + 1 }, (_, n) => {
    return { at: first + n, level: "info", message: `line ${first + n}` } as const;
  });
  return { lines, dropped };
}

/** An update in a few words. */
function short(update: TaskUpdate): string {
  switch (update.kind) {
    case "state":
      return update.state;
    case "progress":
      return `${update.current}/${update.total ?? "?"} ${update.note ?? ""}`.trim();
    case "log":
      return `${update.line}: ${update.message}`;
  }
}

const between = (before: TaskRecord | undefined, after: TaskRecord) => [...updatesBetween(before, after)].map(short);

Deno.test("updatesBetween() tells the state first, unless it is the last one", () => {
  const meta = { current: 1, total: 2, note: "half" };
  assertEquals(between(undefined, record("PROGRESS", { meta, log: log(1, 2) })), [
    "PROGRESS",
    "1/2 half",
    "1: line 1",
    "2: line 2",
  ]);
  assertEquals(between(record("STARTED"), record("SUCCESS", { meta, log: log(1, 1) })), [
    "1/2 half",
    "1: line 1",
    "SUCCESS",
  ]);
});

Deno.test("updatesBetween() tells nothing twice", () => {
  const one = record("PROGRESS", { meta: { current: 1 }, log: log(1, 2) });
  assertEquals(between(one, structuredClone(one)), []);
  assertEquals(between(one, record("PROGRESS", { meta: { current: 2 }, log: log(1, 3) })), ["2/?", "3: line 3"]);
  assertEquals(between(record("UPLOADING", { meta: "a" }), record("UPLOADING", { meta: "b" })), ["UPLOADING"]);
  assertEquals(between(record("RETRY", { retries: 1 }), record("RETRY", { retries: 2 })), ["RETRY"]);
});

Deno.test("updatesBetween() tells only new lines, though old ones were dropped meanwhile", () => {
  const before = record("STARTED", { log: log(1, 4) });
  assertEquals(between(before, record("STARTED", { log: log(3, 5) })), ["5: line 5"]);
  assertEquals(between(before, record("STARTED", { log: log(7, 8) })), ["7: line 7", "8: line 8"]);
  // A worker died; the next one was not told of lines 3 and 4.
  const again = { lines: [...log(1, 2).lines, { at: 9, level: "info", message: "again" } as const], dropped: 0 };
  assertEquals(between(before, record("STARTED", { log: again })), ["3: again"]);
});

function scripted() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  return { clock, broker, handle: app.result("a") };
}

/** Reads updates as they come. */
function read(updates: AsyncIterable<TaskUpdate>) {
  const seen: string[] = [];
  const over = (async () => {
    for await (const update of updates) seen.push(short(update));
  })();
  return { seen, over };
}

Deno.test("handle.updates() tells what is known, what changes and the end", async () => {
  const { broker, handle } = scripted();
  broker.records.set("a", record("QUEUED"));
  const { seen, over } = read(handle.updates());
  await settled();
  assertEquals(seen, ["QUEUED"]);
  await broker.change(record("PROGRESS", { meta: { current: 1, total: 3 } }));
  await broker.change(record("PROGRESS", { meta: { current: 2, total: 3 } }));
  assertEquals(seen, ["QUEUED", "PROGRESS", "1/3", "2/3"]);
  await broker.end(record("SUCCESS", { meta: { current: 3, total: 3 }, finishedAt: 9 }));
  await over;
  assertEquals(seen.slice(4), ["3/3", "SUCCESS"]);
  assertEquals(broker.fetches, 1);
});

Deno.test("handle.updates() of a task that has ended tells that, and ends", async () => {
  const { broker, handle } = scripted();
  broker.records.set("a", record("FAILURE", { finishedAt: 9 }));
  const { seen, over } = read(handle.updates());
  await over;
  assertEquals(seen, ["FAILURE"]);
});

Deno.test("handle.updates() of an unknown id is an error, like its state and its result", async () => {
  const { handle } = scripted();
  await assertRejects(() => handle.updates().next(), UnknownTaskId, "Nothing is known of task a");
  await assertRejects(() => handle.state(), UnknownTaskId);
  await assertRejects(() => handle.ready(), UnknownTaskId);
  await assertRejects(() => handle.get(), UnknownTaskId);
  assertEquals(await handle.record(), undefined);
});

Deno.test("handle.updates() asks with growing pauses when signals are lost", async () => {
  const { broker, handle, clock } = scripted();
  broker.records.set("a", record("STARTED"));
  const { seen, over } = read(handle.updates());
  await settled();
  const asked: number[] = [];
  const start = clock.now();
  for (let n = 0; n < 9; n++) {
    const before = broker.fetches;
    await clock.jump({ milliseconds: clock.next! });
    await settled();
    if (broker.fetches > before) asked.push(clock.now() - start);
  }
  assertEquals(asked.slice(0, 4), [1000, 2500, 4750, 8125]);
  assertEquals(asked.at(-1)! - asked.at(-2)!, 15_000);
  await broker.end(record("SUCCESS", { finishedAt: 9 }), { silently: true });
  await clock.jump({ seconds: 15 });
  await over;
  assertEquals(seen, ["STARTED", "SUCCESS"]);
});

Deno.test("handle.updates() believes what it hears more than what it asked before", async () => {
  const { broker, handle, clock } = scripted();
  broker.records.set("a", record("STARTED"));
  const { seen, over } = read(handle.updates());
  await settled();
  const { promise, resolve } = Promise.withResolvers<void>();
  const fetch = broker.fetch.bind(broker);
  broker.fetch = async (ids) => {
    const known = await fetch(ids);
    await promise;
    return known;
  };
  await clock.jump({ seconds: 1 });
  await broker.change(record("PROGRESS", { meta: { current: 1 } }));
  resolve();
  await settled();
  assertEquals(seen, ["STARTED", "PROGRESS", "1/?"]);
  await broker.end(record("SUCCESS", { finishedAt: 9 }));
  await over;
});

Deno.test("handle.updates() ends when its signal is aborted, with that reason", async () => {
  const { broker, handle, clock } = scripted();
  broker.records.set("a", record("STARTED"));
  const stop = new AbortController();
  const updates = handle.updates({ signal: stop.signal });
  await updates.next();
  const next = updates.next();
  await settled();
  const reason = new Error("enough");
  stop.abort(reason);
  assertStrictEquals(await next.catch((error) => error), reason);
  await settled();
  assertEquals(clock.next, Infinity);
});

Deno.test("handle.updates() ends by return(), even while next() waits", async () => {
  const { broker, handle, clock } = scripted();
  broker.records.set("a", record("STARTED"));
  const updates = handle.updates();
  await updates.next();
  const next = updates.next();
  await settled();
  await updates.return!();
  assertEquals(await next, { done: true, value: undefined });
  assertEquals(clock.next, Infinity);
  for await (const update of handle.updates()) {
    assertEquals(short(update), "STARTED");
    break;
  }
  assertEquals(clock.next, Infinity);
});

/** A test over SQLite, and one over Redis. */
function overEach(name: string, fn: (broker: BrokerSource) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, () => fn(sqlite(":memory:")));
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await fn(upstash({ url: rest.url, token: rest.token }));
  });
}

overEach("handle.updates() follows a task from its sending to its end", async (broker) => {
  await using app = new Umbel("shop", { broker, env: {} });
  const steps = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const build = app.task("build", { bind: true }, async (self) => {
    self.log("begins");
    self.progress(1, 2, "compiling");
    await steps[0]!.promise;
    self.progress(2, 2);
    self.log.warning("is late");
    await steps[1]!.promise;
    return "built";
  });
  const handle = await build.delay();
  await using worker = new Worker(app, { log: createLogger({ write: () => {} }) });
  const seen: string[] = [];
  let last: TaskUpdate | undefined;
  for await (const update of handle.updates({ signal: AbortSignal.timeout(20_000) })) {
    const told = short(update);
    if (told === "QUEUED") void worker.run();
    if (told === "1/2 compiling") steps[0]!.resolve();
    if (told === "2: is late") steps[1]!.resolve();
    seen.push(told);
    last = update;
  }
  assertEquals(seen, ["QUEUED", "PROGRESS", "1/2 compiling", "1: begins", "2/2", "2: is late", "SUCCESS"]);
  assert(last?.kind === "state");
  assertEquals(last.record.result, "built");
});
