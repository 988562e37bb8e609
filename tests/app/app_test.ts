import { ManualClock } from "@umbel/umbel/testing";
import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { BrokerRefused, BrokerUnavailable, InvalidInput, sharedTask, TooLarge, Umbel, UnknownTask } from "@umbel/umbel";
import { ScriptedBroker, settled } from "../scripted.ts";

function scripted(config = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, config, env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  return { clock, broker, app, add };
}

Deno.test("new Umbel() refuses names, options and settings that break a rule, with the nearest name", () => {
  assertThrows(() => new Umbel("my shop"), InvalidInput, "app must be");
  assertThrows(() => new Umbel("shop", { brokr: "" } as never), InvalidInput, "did you mean broker?");
  assertThrows(
    () => new Umbel("shop", { config: { defaultQeue: "x" } as never }),
    InvalidInput,
    '"defaultQeue" is no setting: did you mean defaultQueue?',
  );
});

Deno.test("Umbel.broker names the ways to set it when there is none", () => {
  const app = new Umbel("shop", { env: {} });
  assertEquals(app.hasBroker, false);
  assertThrows(() => app.broker, InvalidInput, "or set UMBEL_BROKER to a URL, or UPSTASH_REDIS_REST_URL and");
});

Deno.test("Umbel.broker comes from an option, then UMBEL_BROKER, then the variables of Upstash", async () => {
  const url = "http://127.0.0.1:1";
  const env = { UMBEL_BROKER: "nats://x", UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: "t" };
  assertThrows(() => new Umbel("shop", { env }).broker, InvalidInput, 'No broker is known for "nats://x"');
  await using upstashed = new Umbel("shop", { env: { ...env, UMBEL_BROKER: "" } });
  assertEquals(upstashed.hasBroker, true);
  assertMatch(upstashed.broker.name, /127\.0\.0\.1:1/);
  const { UPSTASH_REDIS_REST_TOKEN: _, ...noToken } = env;
  assertThrows(
    () => new Umbel("shop", { env: { ...noToken, UMBEL_BROKER: "" } }).broker,
    InvalidInput,
    "token must be",
  );

  const broker = new ScriptedBroker(new ManualClock());
  assertStrictEquals(new Umbel("shop", { broker, env }).broker, broker);
  const seen: string[] = [];
  const connect = (app: string) => (seen.push(app), broker);
  assertStrictEquals(new Umbel("shop", { broker: connect, env }).broker, broker);
  assertEquals(seen, ["shop"]);
});

Deno.test("Umbel.useBroker() replaces the broker until it is opened", () => {
  const broker = new ScriptedBroker(new ManualClock());
  const app = new Umbel("shop", { env: {} });
  app.useBroker(broker);
  assertStrictEquals(app.broker, broker);
  assertThrows(() => app.useBroker(broker), InvalidInput, "has opened its broker already");
});

Deno.test("Umbel closes its broker", async () => {
  const { app, broker } = scripted();
  void app.broker;
  await app[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  assertEquals(broker.closed, true);
});

Deno.test("Umbel.task() refuses a name that is taken, a name that is none, options that break a rule", () => {
  const { app } = scripted();
  assertThrows(() => app.task("add", () => 1), InvalidInput, 'App shop has a task "add" already');
  assertThrows(() => app.task("", () => 1), InvalidInput, "printable characters");
  assertThrows(() => app.task("x", undefined as never), InvalidInput, "must be a function");
  assertThrows(() => app.task("x", { priorty: 1 } as never, () => 1), InvalidInput, "did you mean priority?");
  assertThrows(() => app.task("x", { priority: 10 }, () => 1), InvalidInput, "from 0 to 9, and it is 10");
  assertThrows(() => app.task("x", { retry: { max: -1 } }, () => 1), InvalidInput, "retry.max must be");
  assertThrows(
    () => app.task("x", { timeLimit: 5, softTimeLimit: 6 }, () => 1),
    InvalidInput,
    "shorter than timeLimit",
  );
});

Deno.test("Umbel.taskNamed() throws UnknownTask with the nearest name", () => {
  const { app, add } = scripted();
  assertStrictEquals(app.taskNamed("add") as unknown, add);
  assertThrows(() => app.taskNamed("ad"), UnknownTask, 'App shop has no task "ad": did you mean "add"?');
});

Deno.test("Umbel.include() takes in shared tasks and modules, all or none", async () => {
  const one = sharedTask("one", () => 1);
  const two = sharedTask("two", { bind: true }, (self) => self.retries);
  const { app, broker } = scripted();
  await assertRejects(() => one.delay(), InvalidInput, 'Task "one" belongs to no app yet');
  assertThrows(() => app.include({ one }, sharedTask("one", () => 2)), InvalidInput, 'has a task "one" already');
  assertEquals([...app.tasks.keys()], ["add"]);
  app.include({ one, default: two, aNumber: 3 }, one);
  assertEquals([...app.tasks.keys()], ["add", "one", "two"]);
  await one.delay();
  assertEquals(broker.requests[0]![0]!.task, "one");

  const other = new Umbel("other", { broker, env: {} });
  other.include(one);
  await assertRejects(() => one.delay(), InvalidInput, "belongs to the apps shop, other");
  await other.sendTask(one, []);
});

Deno.test("Task.delay() sends a frozen message of JSON, without asking for the time", async () => {
  const { broker, add, clock } = scripted();
  const handle = await add.delay(1, 2);
  const [[message]] = broker.requests as [[never]];
  assertEquals(message, {
    id: handle.id,
    task: "add",
    args: [1, 2],
    queue: "default",
    priority: 5,
    sentAt: clock.now(),
    retries: 0,
  });
  assert(Object.isFrozen(message));
  assertEquals(broker.asked, 0);
  assertEquals(handle.existed, false);
});

Deno.test("Task.delay() sends what the arguments were, whatever becomes of them", async () => {
  const { app, broker } = scripted();
  const keep = app.task("keep", (list: number[]) => list);
  const list = [1];
  const sent = keep.delay(list);
  list.push(2);
  await sent;
  assertEquals(broker.requests[0]![0]!.args, [[1]]);
});

Deno.test("Task.delay() refuses what JSON cannot carry, with its path", async () => {
  const { app, broker } = scripted();
  const any = app.task("any", (value: unknown) => value === 1);
  await assertRejects(() => any.delay({ when: new Date() }), InvalidInput, "args[0].when is a Date");
  await assertRejects(() => any.delay(undefined), InvalidInput, "args[0] is undefined");
  await assertRejects(() => any.delay(NaN), InvalidInput, "args[0] is NaN");
  assertEquals(broker.requests, []);
});

Deno.test("a message over the limit is refused with its size", async () => {
  const { app, broker } = scripted({ maxMessageSize: 200 });
  const text = app.task("text", (value: string) => value.length);
  const error = await assertRejects(() => text.delay("ä".repeat(100)), TooLarge);
  assertMatch(error.message, /^The message of task "text" is too large: 2\d\d bytes, the limit is 200$/);
  await text.delay("ä".repeat(50));
  await assertRejects(() => text.applyAsync(["x"], { headers: { much: "x".repeat(200) } }), TooLarge);
  assertEquals(broker.requests.length, 1);
});

Deno.test("delay() calls of one moment go out in one request, and a lone one at once", async () => {
  const { broker, add } = scripted();
  await Promise.all([add.delay(1, 1), add.delay(2, 2), add.delay(3, 3)]);
  assertEquals(broker.requests.map((request) => request.length), [3]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const publish = broker.onPublish;
  broker.onPublish = async (messages) => (await promise, await publish(messages));
  const sent = [];
  for (let n = 0; n < 8; n++) {
    sent.push(add.delay(n, n));
    await settled();
  }
  // Four requests are on their way: what came since waits for the first of them.
  assertEquals(broker.requests.map((request) => request.length), [3, 1, 1, 1, 1]);
  resolve();
  await Promise.all(sent);
  assertEquals(broker.requests.map((request) => request.length), [3, 1, 1, 1, 1, 4]);
});

Deno.test("a message that the broker refuses fails alone, a broker that is away fails all", async () => {
  const { broker, add } = scripted();
  const publish = broker.onPublish;
  broker.onPublish = (messages) =>
    messages.some(({ args }) => args[0] === 2) ? Promise.reject(new BrokerRefused("no 2")) : publish(messages);
  const sent = await Promise.allSettled([add.delay(1, 1), add.delay(2, 2), add.delay(3, 3)]);
  assertEquals(sent.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  broker.onPublish = () => Promise.reject(new BrokerUnavailable("away"));
  const away = await Promise.allSettled([add.delay(1, 1), add.delay(2, 2)]);
  assertEquals(away.map(({ status }) => status), ["rejected", "rejected"]);
  broker.onPublish = publish;
  await add.delay(1, 1);
});

Deno.test("Task.applyAsync() puts every option into the message", async () => {
  const { broker, add, clock } = scripted();
  const now = clock.now();
  await add.applyAsync([1, 2], {
    id: "my-id",
    countdown: 10,
    expires: "1m",
    queue: "sums",
    priority: 9,
    headers: { tenant: 7 },
    ignoreResult: true,
    timeLimit: 30,
    softTimeLimit: "20s",
    maxRetries: null,
    resultExpires: { hours: 1 },
    parent: { id: "parent", rootId: "root" },
  });
  const { nonce, ...message } = broker.requests[0]![0]!;
  // Tells this sending from another of the same id.
  assertEquals(nonce!.length, 8);
  assertEquals(message, {
    id: "my-id",
    task: "add",
    args: [1, 2],
    queue: "sums",
    priority: 9,
    sentAt: now,
    retries: 0,
    eta: now + 10_000,
    expires: now + 60_000,
    headers: { tenant: 7 },
    ignoreResult: true,
    timeLimit: 30_000,
    softTimeLimit: 20_000,
    maxRetries: null,
    resultExpires: 3_600_000,
    rootId: "root",
    parentId: "parent",
  });
  assertEquals(broker.asked, 1);
});

Deno.test("Task.applyAsync() takes an eta as Date, text and ms", async () => {
  const { broker, add } = scripted();
  const at = Date.UTC(2030, 0, 1);
  await add.applyAsync([1, 2], { eta: new Date(at) });
  await add.applyAsync([1, 2], { eta: "2030-01-01T00:00:00Z", expires: new Date(at + 1) });
  await add.applyAsync([1, 2], { eta: at });
  assertEquals(broker.requests.map(([message]) => message!.eta), [at, at, at]);
  assertEquals(broker.asked, 0);
});

Deno.test("Task.applyAsync() refuses options that are unknown or break a rule", async () => {
  const { broker, add } = scripted();
  const refusals: [object, string][] = [
    [{ countdwn: 1 }, '"countdwn" is no option of a call: did you mean countdown?'],
    [{ task_id: "a" }, '"task_id" is no option of a call: did you mean id?'],
    [{ attempts: 3 }, '"attempts" is no option of a call: did you mean maxRetries?'],
    [{ unique: 5 }, "unique must be an object, and it is 5"],
    [{ countdown: 1, eta: 1 }, "countdown and eta say the same"],
    [{ countdown: -1 }, "countdown must be finite and not negative"],
    [{ eta: "soon" }, 'eta must be a Date, ISO 8601 text or milliseconds since 1970, and it is "soon"'],
    [{ countdown: 60, expires: 30 }, "expires is over 30000 ms before the task may be started"],
    [{ priority: 1.5 }, "priority must be a whole number"],
    [{ queue: "a b" }, "queue must be"],
    [{ id: "a b" }, "id must be"],
    [{ headers: { f: () => 1 } }, "headers.f is a function"],
    [{ headers: [] }, "headers must be an object"],
    [{ ignoreResult: 1 }, "ignoreResult must be true or false"],
    [{ timeLimit: 0 }, "timeLimit must be longer than 0"],
    [{ maxRetries: 1.5 }, "maxRetries must be a whole number"],
    [{ parent: "x" }, "parent must be the context"],
  ];
  for (const [options, sentence] of refusals) {
    await assertRejects(() => add.applyAsync([1, 2], options), InvalidInput, sentence);
  }
  assertEquals(broker.requests, []);
});

Deno.test("a task's options go before the app's, and a call's before both", async () => {
  const { app, broker } = scripted({ defaultQueue: "all" });
  const task = app.task("task", { queue: "own", priority: 7, expires: 60 }, () => 1);
  await task.delay();
  await task.applyAsync([], { queue: "other", priority: 1, expires: 30 });
  await app.sendTask("task");
  await app.sendTask("elsewhere");
  const now = app.clock.now();
  assertEquals(broker.requests.map(([message]) => [message!.queue, message!.priority, message!.expires]), [
    ["own", 7, now + 60_000],
    ["other", 1, now + 30_000],
    ["own", 7, now + 60_000],
    ["all", 5, undefined],
  ]);
});

Deno.test("publishDeadline bounds the sending, by a request of its own", async () => {
  const { broker, add } = scripted();
  await Promise.all([add.applyAsync([1, 2], { publishDeadline: "1h" }), add.delay(3, 4)]);
  assertEquals(broker.requests.map((request) => request.length), [1, 1]);
  assertEquals(broker.publishSignals.map((signal) => signal !== undefined).sort(), [false, true]);
  const other = scripted({ publishDeadline: "1h" });
  await other.add.delay(1, 2);
  assert(other.broker.publishSignals[0]);
});

Deno.test("Umbel.sendMany() and Task.delayMany() send everything in one request", async () => {
  const { app, broker, add } = scripted();
  const [sum, mail, later] = await app.sendMany([
    add.call([1, 2]),
    ["send_mail", ["a@example.org"]],
    ["later", [], { countdown: 5 }],
  ]);
  assertEquals(broker.requests[0]!.map(({ id, task, args }) => [id, task, args]), [
    [sum.id, "add", [1, 2]],
    [mail.id, "send_mail", ["a@example.org"]],
    [later.id, "later", []],
  ]);
  assertEquals(broker.asked, 1);
  await add.delayMany([[1, 2], [3, 4]], { queue: "sums" });
  assertEquals(broker.requests[1]!.map(({ args, queue }) => [args, queue]), [[[1, 2], "sums"], [[3, 4], "sums"]]);
  assertEquals(await app.sendMany([]), []);
  assertEquals(broker.requests.length, 2);
  await assertRejects(() => app.sendMany([add.call([1, 2]), ["x", [1n]]]), InvalidInput, "args[0] is a bigint");
  assertEquals(broker.requests.length, 2);
});

Deno.test("a handle says whether another task of its id was there already", async () => {
  const { broker, add } = scripted();
  broker.onPublish = (messages) => Promise.resolve(messages.map(({ id }) => ({ id, status: "exists" })));
  assertEquals((await add.applyAsync([1, 2], { id: "twice" })).existed, true);
});

Deno.test("Umbel.revoke() says what became of each", async () => {
  const { app, broker } = scripted();
  broker.records.set("a", { id: "a", task: "t", state: "QUEUED", queue: "default", sentAt: 1, retries: 0 });
  assertEquals(await app.revoke(["a", "b"]), ["revoked", "unknown"]);
  assertEquals(await app.revoke("a"), ["revoked"]);
  await assertRejects(() => app.revoke("a b"), InvalidInput, "id must be");
});
