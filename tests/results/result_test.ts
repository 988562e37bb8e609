import { ManualClock } from "@umbel/umbel/testing";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type Backend,
  BrokerUnavailable,
  InvalidInput,
  ResultTimeout,
  TaskExpired,
  TaskFailed,
  type TaskRecord,
  TaskRevoked,
  Umbel,
  UnknownTaskId,
} from "@umbel/umbel";
import { ScriptedBroker, settled } from "../scripted.ts";

function scripted(backend?: Backend) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {}, ...(backend ? { backend } : {}) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const record = (id: string, more: Partial<TaskRecord> = {}): TaskRecord => ({
    id,
    task: "add",
    state: "SUCCESS",
    queue: "default",
    sentAt: 1,
    retries: 0,
    finishedAt: 2,
    result: 3,
    ...more,
  });
  return { clock, broker, app, add, record };
}

/** Whether a promise has come to something. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(() => is = true, () => is = true);
  await settled();
  return is;
}

Deno.test("AsyncResult.get() of a task just sent waits for the signal, and asks for nothing", async () => {
  const { broker, add, record } = scripted();
  const handle = await add.delay(1, 2);
  const got = handle.get();
  assertEquals(await isSettled(got), false);
  await broker.end(record(handle.id));
  assertEquals(await got, 3);
  assertEquals(await handle.get(), 3);
  assertEquals((await handle.record())!.state, "SUCCESS");
  assertEquals(broker.fetches, 0);
});

Deno.test("AsyncResult.get() of an id asks once, and an unknown id is an error", async () => {
  const { app, broker, record } = scripted();
  broker.records.set("a", record("a"));
  assertEquals(await app.result<number>("a").get(), 3);
  assertEquals(broker.fetches, 1);
  await assertRejects(() => app.result("b").get(), UnknownTaskId, "Nothing is known of task b: it was never sent");
  await assertRejects(() => app.result("b").state(), UnknownTaskId);
  await assertRejects(() => app.result("b").ready(), UnknownTaskId);
  assertEquals(await app.result("b").record(), undefined);
});

Deno.test("AsyncResult.get() throws what became of a task that did not succeed", async () => {
  const { app, broker, record } = scripted();
  const { result: _, ...ended } = record("a");
  const error = { type: "TypeError", message: "bad" };
  broker.records.set("f", { ...ended, id: "f", state: "FAILURE", error });
  broker.records.set("r", { ...ended, id: "r", state: "REVOKED" });
  broker.records.set("e", { ...ended, id: "e", state: "EXPIRED" });
  broker.records.set("n", { ...ended, id: "n" });
  const failed = await assertRejects(() => app.result("f").get(), TaskFailed, "Task f failed: TypeError: bad");
  assertEquals([failed.id, failed.info], ["f", error]);
  await assertRejects(() => app.result("r").get(), TaskRevoked);
  await assertRejects(() => app.result("e").get(), TaskExpired);
  assertEquals(await app.result("n").get(), null);
  assertEquals((await app.result("f").wait()).state, "FAILURE");
});

Deno.test("AsyncResult.get() gives up after its timeout, and the task goes on", async () => {
  const { clock, add } = scripted();
  const handle = await add.delay(1, 2);
  const got = handle.get({ timeout: "300ms" });
  await clock.jump({ milliseconds: 299 });
  assertEquals(await isSettled(got), false);
  await clock.jump({ milliseconds: 1 });
  await assertRejects(() => got, ResultTimeout, "has not ended within 300ms");
  await assertRejects(() => handle.get({ timeout: -1 }), InvalidInput, "timeout must be finite and not negative");
});

Deno.test("AsyncResult.get() ends with its signal's reason", async () => {
  const { add } = scripted();
  const handle = await add.delay(1, 2);
  const stop = new AbortController();
  const got = handle.get({ signal: stop.signal });
  stop.abort(new RangeError("enough"));
  await assertRejects(() => got, RangeError, "enough");
  await assertRejects(() => handle.get({ signal: stop.signal }), RangeError, "enough");
});

Deno.test("AsyncResult.get() asks with growing pauses where no signal comes, for all that wait at once", async () => {
  const { clock, broker, add, record } = scripted();
  const handles = await add.delayMany([[1, 2], [3, 4]]);
  for (const { id } of handles) broker.records.set(id, { ...record(id), state: "STARTED" });
  const got = Promise.all(handles.map((handle) => handle.get()));
  const asked = [];
  for (let second = 1; second <= 12; second++) {
    await clock.jump({ milliseconds: 1000 });
    if (broker.fetches > asked.length) asked.push(second);
  }
  assertEquals(asked, [1, 3, 6, 10]);
  for (const { id } of handles) await broker.end(record(id), { silently: true });
  await clock.jump({ milliseconds: 10_000 });
  assertEquals(await got, [3, 3]);
});

Deno.test("AsyncResult.get() throws UnknownTaskId when the record is gone meanwhile", async () => {
  const { clock, add } = scripted();
  const got = (await add.delay(1, 2)).get();
  const refused = assertRejects(() => got, UnknownTaskId);
  await clock.jump({ milliseconds: 1000 });
  await refused;
});

Deno.test("AsyncResult.get() outlives a watch that fails, and a broker that is away while it has a timeout", async () => {
  const { clock, broker, add, record } = scripted();
  // deno-lint-ignore require-yield
  broker.watch = async function* () {
    await settled();
    throw new BrokerUnavailable("no stream");
  };
  const fetch = broker.fetch.bind(broker);
  broker.fetch = () => Promise.reject(new BrokerUnavailable("away"));
  const handle = await add.delay(1, 2);
  const patient = handle.get({ timeout: "10m" });
  const got = (await add.delay(1, 2)).get();
  got.catch(() => {});
  await clock.jump({ milliseconds: 1000 });
  await assertRejects(() => got, BrokerUnavailable, "away");
  broker.fetch = fetch;
  await broker.end(record(handle.id));
  await clock.jump({ milliseconds: 1500 });
  assertEquals(await patient, 3);
});

Deno.test("AsyncResult looks in the backend as well", async () => {
  const stored = new Map<string, TaskRecord>();
  const backend: Backend = {
    name: "backend",
    store: () => Promise.resolve(),
    fetch: (ids) => Promise.resolve(ids.map((id) => stored.get(id))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { app, broker, add, record } = scripted(backend);
  const handle = await add.delay(1, 2);
  const got = handle.get();
  stored.set(handle.id, record(handle.id, { result: 7 }));
  const { result: _, ...withoutResult } = record(handle.id);
  await broker.end(withoutResult);
  assertEquals(await got, 7);
  stored.set("old", record("old", { result: 8 }));
  assertEquals(await app.result("old").get(), 8);
});

Deno.test("AsyncResult.state(), ready() and revoke() ask the broker", async () => {
  const { app, broker, record } = scripted();
  broker.records.set("a", { ...record("a"), state: "PROGRESS" });
  const handle = app.result("a");
  assertEquals([await handle.state(), await handle.ready(), await handle.revoke()], ["PROGRESS", false, "revoked"]);
  broker.records.set("a", record("a"));
  assertEquals([await handle.state(), await handle.ready()], ["SUCCESS", true]);
  assertStrictEquals(await handle.record(), await handle.record());
});
