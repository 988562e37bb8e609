import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createLogger, InvalidInput, isFinal, Umbel, type UmbelOptions, upstash, Worker } from "@umbel/umbel";
import { sealed, signed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { http } from "@umbel/umbel/http";
import { remote } from "@umbel/umbel/remote";
import { ManualClock } from "@umbel/umbel/testing";
import { verifyWebhook, type WebhookEvent } from "@umbel/umbel/webhooks";
import { silentLogger } from "../../src/log.ts";
import { tokenLine } from "../brokers/http/served.ts";
import { redisTest, startRest } from "../redis.ts";

const log = createLogger({ write: () => {} });
const secret = `whsec_${btoa("a secret of at least 24 bytes")}`;

/** What a receiver got. */
interface Received {
  readonly event: WebhookEvent;
  readonly headers: Headers;
}

/** A server that takes webhooks, verifies them, and answers as it is told: 204 unless `answers` says otherwise. */
class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly answers: Response[] = [];
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  now: number | undefined;

  constructor() {
    const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    this.server = Deno.serve(options, (request) => this.#take(request));
  }

  get host(): string {
    return `127.0.0.1:${this.server.addr.port}`;
  }

  get url(): string {
    return `http://${this.host}/done`;
  }

  async #take(request: Request): Promise<Response> {
    const { headers } = request;
    const event = await verifyWebhook(request, secret, this.now === undefined ? {} : { now: this.now });
    this.received.push({ event, headers });
    return this.answers.shift() ?? new Response(null, { status: 204 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
  }
}

function appFor(receiver: Receiver, options: UmbelOptions = {}, allowPrivate = true): Umbel {
  const callbacks = { hosts: [receiver.host], secrets: [secret], allowPrivate };
  return new Umbel("shop", { broker: sqlite(":memory:"), env: {}, callbacks, log, ...options });
}

async function drain(app: Umbel): Promise<void> {
  await new Worker(app, { log }).drain({ seconds: 60 });
}

async function callbackOf(app: Umbel) {
  const [found] = (await app.search({ task: "umbel.callback" })).tasks;
  return found?.record;
}

Deno.test("a callback tells what a task came to, signed", async () => {
  await using receiver = new Receiver();
  await using app = appFor(receiver);
  const add = app.task("add", { redact: ["1"] }, (x: number, y: number) => x + y);
  const fail = app.task("fail", () => {
    throw new TypeError("no good");
  });
  const headers = { authorization: "Bearer theirs" };
  const sum = await add.applyAsync([1, 2], { callback: { url: receiver.url, headers } });
  const failed = await fail.applyAsync([], { callback: receiver.url });
  await drain(app);
  const [first, second] = ["task.succeeded", "task.failed"].map((type) =>
    receiver.received.find(({ event }) => event.type === type)!
  );
  assertEquals(receiver.received.length, 2);
  const { data, timestamp } = first!.event;
  assertEquals([data.id, data.task, data.state, data.result, data.args], [sum.id, "add", "SUCCESS", 3, [
    1,
    "[redacted]",
  ]]);
  assertEquals(timestamp, data.finishedAt);
  assertEquals(first!.headers.get("authorization"), "Bearer theirs");
  assertEquals(first!.headers.get("content-type"), "application/json");
  assertEquals([second!.event.data.id, second!.event.data.error?.message], [failed.id, "no good"]);
  // Its id is the same however often it is told, and that of a task that can be looked at.
  const told = await app.result(second!.headers.get("webhook-id")!).record();
  assertEquals([told?.task, told?.queue, told?.state, told?.result], ["umbel.callback", "callbacks", "SUCCESS", {
    status: 204,
  }]);
});

Deno.test("a callback comes from the call, else the task, else the app, when it is wanted", async () => {
  await using receiver = new Receiver();
  const callback = { url: `http://${receiver.host}/app`, on: ["failure"] } as const;
  const callbacks = { hosts: [receiver.host], secrets: [secret], allowPrivate: true, callback };
  await using app = appFor(receiver, { callbacks });
  const plain = app.task("plain", (fails: boolean) => {
    if (fails) throw new Error("no good");
  });
  const own = app.task("own", { callback: { url: receiver.url, on: ["success"] } }, () => {});
  await plain.delay(false);
  await plain.delay(true);
  await own.delay();
  await own.applyAsync([], { callback: false });
  await drain(app);
  assertEquals(receiver.received.map(({ event: { type, data } }) => `${type} ${data.task}`).sort(), [
    "task.failed plain",
    "task.succeeded own",
  ]);
});

async function checkExpired(broker: UmbelOptions["broker"]): Promise<void> {
  await using receiver = new Receiver();
  await using app = appFor(receiver, { broker: broker! });
  const add = app.task("add", (x: number, y: number) => x + y);
  const callback = receiver.url;
  const late = await add.applyAsync([1, 2], { callback, expires: new Date(1) });
  await add.applyAsync([3, 4], { callback: { url: callback, on: ["success", "failure"] }, expires: new Date(1) });
  await add.applyAsync([5, 6], { callback: { url: callback, on: ["expired"] } });
  const revoked = await add.applyAsync([7, 8], { callback });
  assertEquals(await revoked.revoke(), "revoked");
  await drain(app);
  const told = receiver.received.map(({ event }) => event);
  assertEquals(told.map(({ type, data }) => [type, data.id, data.state, data.args]), [
    ["task.expired", late.id, "EXPIRED", [1, 2]],
  ]);
  assertEquals(told[0]!.timestamp, told[0]!.data.finishedAt);
}

const expired = "a callback tells that its task expired, unless it is to tell of other ends; of a revoked one nothing";

Deno.test(`${expired} (SQLite)`, async () => await checkExpired(sqlite(":memory:")));

redisTest(`${expired} (Redis)`, async () => {
  await using rest = await startRest();
  await checkExpired(upstash({ url: rest.url, token: rest.token }));
});

Deno.test("a callback that is not taken is tried again with growing pauses, and stands among the dead letters in the end", async () => {
  await using receiver = new Receiver();
  const clock = new ManualClock();
  await using app = appFor(receiver, { clock, broker: sqlite(":memory:") });
  const add = app.task("add", (x: number) => x);
  const work = async () => {
    receiver.now = clock.now();
    await drain(app);
  };
  receiver.answers.push(
    new Response(null, { status: 500 }),
    new Response(null, { status: 302, headers: { location: "http://169.254.169.254/" } }),
    new Response(null, { status: 503, headers: { "retry-after": "600" } }),
  );
  await add.applyAsync([1], { callback: receiver.url });
  await work();
  const pauses: number[] = [];
  for (let times = 0; times < 3; times++) {
    const { state, eta, error } = (await callbackOf(app))!;
    assertEquals(state, "RETRY");
    assertMatch(error!.message, /^127\.0\.0\.1:\d+ answered (500|302|503)$/);
    pauses.push(eta! - clock.now());
    await clock.advance({ milliseconds: eta! - clock.now() });
    await work();
  }
  assert(pauses[0]! <= 5000 && pauses[1]! > 5000 && pauses[1]! <= 15_000 && pauses[2] === 600_000, pauses.join(" "));
  assertEquals((await callbackOf(app))!.state, "SUCCESS");
  assertEquals(receiver.received.length, 4);
  assertEquals(new Set(receiver.received.map(({ headers }) => headers.get("webhook-id"))).size, 1);

  receiver.answers.push(new Response(null, { status: 410 }));
  await add.applyAsync([2], { callback: receiver.url });
  await work();
  const { letters } = await app.deadLetters.list({ task: "umbel.callback" });
  assertMatch(letters[0]!.error!.message, /answered 410/);
});

Deno.test("a callback is not told to a host that is allowed no longer, nor to a private one", async () => {
  await using receiver = new Receiver();
  await using database = await TempFile.make();
  await using sender = appFor(receiver, { broker: sqlite(database.path) });
  sender.task("add", (x: number) => x);
  await sender.sendTask("add", [1], { callback: receiver.url });
  await using app = appFor(receiver, { broker: sqlite(database.path) }, false);
  app.task("add", (x: number) => x);
  await drain(app);
  const { state, error } = (await callbackOf(app))!;
  assertEquals([state, receiver.received.length], ["FAILURE", 0]);
  assertMatch(error!.message, /must be an https: URL/);
});

Deno.test("a callback of a sealed task tells nothing that is sealed, and is signed like all messages of the app", async () => {
  await using receiver = new Receiver();
  const keys = { k1: new Uint8Array(32).fill(7) };
  const codecs = [sealed({ keys }), signed({ keys })];
  await using app = appFor(receiver, { codecs });
  const add = app.task("add", { bind: true }, (self, x: number) => {
    self.log("secret");
    return x;
  });
  const fail = app.task("fail", (_: string) => {
    throw new Error("secret");
  });
  await add.applyAsync([1], { callback: receiver.url });
  await fail.applyAsync(["secret"], { callback: receiver.url });
  await drain(app);
  assertEquals(receiver.received.length, 2);
  for (const { event: { data } } of receiver.received) {
    assertEquals([data.args, data.result, data.error, data.log, data.ended], [
      undefined,
      undefined,
      undefined,
      undefined,
      true,
    ]);
  }
  assert(!JSON.stringify(receiver.received).includes("secret"));
});

Deno.test("a callback about something large leaves out what makes it so", async () => {
  await using receiver = new Receiver();
  await using app = appFor(receiver);
  const large = app.task("large", () => "x".repeat(200_000));
  await large.applyAsync([], { callback: receiver.url });
  await drain(app);
  const [{ event }] = receiver.received as [Received];
  assertEquals([event.truncated, event.data.state, event.data.result], [true, "SUCCESS", undefined]);
});

Deno.test("a callback is told for workers over HTTP, whose token opens nothing but work, in this app's words", async () => {
  await using receiver = new Receiver();
  await using app = appFor(receiver);
  const add = app.task("add", (x: number) => x);
  const tokens = [await tokenLine("worker", "t-worker", "work"), await tokenLine("sender", "t-sender", "send")];
  const stopping = new AbortController();
  const api = http(app, { tokens, log: silentLogger, signal: stopping.signal });
  const listening = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  await using server = Deno.serve(listening, (request) => api.fetch(request));
  const url = `http://127.0.0.1:${server.addr.port}/exchange`;

  // One that is a worker of ours elsewhere, and knows nothing of where callbacks go.
  await using elsewhere = new Umbel("shop", { broker: remote({ url, token: "t-worker" }), env: {}, log });
  elsewhere.task("add", (x: number) => x + 1);
  const first = await add.applyAsync([1], { callback: receiver.url });
  await new Worker(elsewhere, { log, queues: ["default"] }).drain({ seconds: 60 });

  // One that makes up what is to be told, and to whom.
  const second = await add.applyAsync([2], { callback: receiver.url });
  const turn = { worker: "odd", queues: ["default"], holds: [], reports: [], park: false, lease: 30_000 };
  const { deliveries: [delivery] } = await elsewhere.broker.exchange({
    ...turn,
    ...{ number: 1, limit: 1, settlements: [], leave: false },
  });
  const { lease, message: { id, task, queue, sentAt } } = delivery!;
  const record = { id, task, queue, sentAt, retries: 0, state: "SUCCESS", finishedAt: sentAt, result: "mine" };
  const args = [{ url: `http://${receiver.host}/forged` }, { type: "task.succeeded", data: { id: "another" } }];
  const forged = { id: "forged", task: "umbel.callback", args, queue: "callbacks", priority: 5, sentAt, retries: 0 };
  await elsewhere.broker.exchange({
    ...turn,
    ...{ number: 2, limit: 0, settlements: [{ lease, record, followUps: [forged] }], leave: true },
  });

  // Whoever may send has nothing signed that he made up.
  await using sender = new Umbel("shop", { broker: remote({ url, token: "t-sender" }), env: {}, log });
  await assertRejects(() => sender.broker.publish([forged]), InvalidInput, "not by itself");

  // And one in another language.
  const third = await add.applyAsync([3], { callback: receiver.url });
  const post = async (body: unknown) => {
    const headers = { authorization: "Bearer t-worker", "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    assertEquals(response.status, 200);
    return await response.json();
  };
  const { deliveries: [plain] } = await post({ worker: "plain", queues: ["default"], limit: 1 });
  await post({
    worker: "plain",
    queues: ["default"],
    limit: 0,
    settlements: [{ lease: plain.lease, result: 4 }],
    leave: true,
  });

  await new Worker(app, { log, queues: ["callbacks"] }).drain({ seconds: 60 });
  assertEquals(
    receiver.received.map(({ event: { data } }) => [data.id, data.result]).sort(),
    [[first.id, 2], [second.id, "mine"], [third.id, 4]].sort(),
  );
  stopping.abort();
});

redisTest("a callback is sent once though a worker dies between its run and its settlement (Redis)", async () => {
  await using rest = await startRest();
  await diesBeforeSettling((name) => upstash({ ...rest, timeline: name }));
});

Deno.test("a callback is sent once though a worker dies between its run and its settlement (SQLite)", async () => {
  await using database = await TempFile.make();
  await diesBeforeSettling(() => sqlite(database.path));
});

/** One worker runs the task and never hands it in; the next one does both, and the first one comes too late. */
async function diesBeforeSettling(open: (name: string) => UmbelOptions["broker"]): Promise<void> {
  await using receiver = new Receiver();
  await using app = appFor(receiver, { broker: open("one")! });
  const runs: number[] = [];
  const add = app.task("add", (x: number) => {
    runs.push(x);
    return x;
  });
  const { id } = await add.applyAsync([1], { callback: receiver.url });
  const turn = { limit: 1, holds: [], settlements: [], reports: [], park: false };
  const first = { ...turn, worker: "first", number: 1, queues: ["default"], lease: 1, leave: false };
  const { deliveries: [delivery] } = await app.broker.exchange(first);
  // Its lease is over at once: whoever comes next has the task.
  const record = {
    ...{ id, task: "add", queue: "default", retries: 0, sentAt: delivery!.message.sentAt },
    ...{ state: "SUCCESS", finishedAt: await app.broker.now(), result: 1 },
  };
  await using worker = new Worker(app, { log });
  void worker.run();
  await app.result(id).get({ timeout: "10m" });
  const settled = app.callbacks!.follow({ lease: delivery!.lease, record }, delivery!.message, app);
  assertEquals(settled.followUps?.length, 1);
  const late = await app.broker.exchange({
    ...first,
    ...{ number: 2, limit: 0, holds: [delivery!.lease], settlements: [settled], leave: true },
  });
  assertEquals(late.lost, [delivery!.lease]);
  const callback = settled.followUps![0]!.id;
  for await (const update of app.result(callback).updates()) {
    if (update.kind === "state" && isFinal(update.state)) assertEquals(update.state, "SUCCESS");
  }
  assertEquals([runs, receiver.received.map(({ event }) => event.data.id)], [[1], [id]]);
}

/** A file that is gone in the end. */
class TempFile implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = `${folder}/umbel.db`;
  }

  static async make(): Promise<TempFile> {
    return new TempFile(await Deno.makeTempDir());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
