import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { createLogger, Snooze, Umbel, Worker } from "@umbel/umbel";
import {
  AlreadyExists,
  Client,
  type ClientOptions,
  IdempotencyMismatch,
  InvalidInput,
  RequestRefused,
  ResultTimeout,
  TaskExpired,
  TaskFailed,
  TaskRevoked,
  UnknownTask,
  UnknownTaskId,
} from "@umbel/umbel/client";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";

const silent = createLogger({ write: () => {} });
const token = "a-secret-of-the-tests";

/** An app served on a port of its own, and a client of it. */
class Setup implements AsyncDisposable {
  readonly app: Umbel = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  readonly add = this.app.task("add", (x: number, y: number) => x + y);
  readonly fail = this.app.task("fail", { maxRetries: 0 }, () => {
    throw new TypeError("no good", { cause: new Error("worse") });
  });
  readonly once = this.app.task("once", { unique: { on: "reject" } }, (_: string) => {});
  readonly later = this.app.task("later", () => {
    throw new Snooze("1h");
  });
  readonly client: Client;
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();

  constructor(options: ClientOptions = {}) {
    const api = http(this.app, { tokens: [token], log: silent, signal: this.#stop.signal, maxWait: "10s" });
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => api.fetch(request));
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
    this.client = new Client(this.url, { token, ...options });
  }

  async drain(): Promise<void> {
    await new Worker(this.app, { log: silent }).drain({ seconds: 60 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.shutdown();
    await this.app[Symbol.asyncDispose]();
  }
}

Deno.test("Client.task().delay() sends a task, and get() brings its result", async () => {
  await using setup = new Setup();
  const sent = await setup.client.task<typeof setup.add>("add").delay(1, 2);
  assertEquals([sent.existed, await sent.state()], [false, "QUEUED"]);
  const result = sent.get({ timeout: "10m" });
  await setup.drain();
  assertEquals(await result, 3);
  const record = await setup.client.result(sent.id).record();
  assertEquals([record?.task, record?.state, record?.result, record?.args], ["add", "SUCCESS", 3, [1, 2]]);
});

Deno.test("RemoteTask.applyAsync() takes the options of a call, dates too", async () => {
  await using setup = new Setup();
  const add = setup.client.task<typeof setup.add>("add");
  const eta = new Date("2040-01-01T00:00:00.000Z");
  const sent = await add.applyAsync([1, 2], {
    eta,
    expires: new Date("2041-01-01"),
    maxRetries: Infinity,
    priority: 9,
  });
  const record = (await sent.record())!;
  assertEquals([record.state, record.eta], ["SCHEDULED", eta.toISOString()]);
  const [waiting] = (await setup.app.waiting({})).tasks;
  assertEquals([waiting!.message.maxRetries, waiting!.message.priority], [null, 9]);
  const named = await add.applyAsync([1, 2], { id: "mine" });
  assertEquals([named.id, named.existed], ["mine", false]);
  assertEquals((await add.applyAsync([1, 2], { id: "mine" })).existed, true);
});

Deno.test("RemoteTask.applyAsync() sends calls under one idempotency key once, and each other one by itself", async () => {
  await using setup = new Setup();
  const add = setup.client.task<typeof setup.add>("add");
  const key = 'said "twice" \\ once';
  const [first, second] = [
    await add.applyAsync([1, 2], { idempotencyKey: key }),
    await add.applyAsync([1, 2], { idempotencyKey: key }),
  ];
  assertEquals([second.id, second.existed], [first.id, false], "the same answer");
  await assertRejects(() => add.applyAsync([1, 3], { idempotencyKey: key }), IdempotencyMismatch);
  assert((await add.delay(1, 2)).id !== (await add.delay(1, 2)).id);
  const error = await assertRejects(() => add.applyAsync([1, 2], { idempotencyKey: "schön" }), InvalidInput);
  assertEquals(error.field, "idempotencyKey");
});

Deno.test("Client.sendMany() sends calls in one request, and once though its answer is lost", async () => {
  await using setup = new Setup();
  const { client, app } = setup;
  const add = client.task<typeof setup.add>("add");
  const calls = [add.call([1, 2]), add.call([3, 4], { countdown: "1h" }), ["add", [5, 6], { priority: 9 }]] as const;
  const sent = await client.sendMany(calls, { idempotencyKey: "all" });
  await setup.drain();
  assertEquals(await sent[0].get(), 3);
  assertEquals(await Promise.all(sent.map((one) => one.state())), ["SUCCESS", "SCHEDULED", "SUCCESS"]);
  const again = await client.sendMany(calls, { idempotencyKey: "all" });
  assertEquals(again.map(({ id }) => id), sent.map(({ id }) => id));
  assertEquals((await app.search({})).tasks.length, 3);
  assertEquals(await client.sendMany([]), []);
  const error = await assertRejects(() => client.sendMany([add.call([1, new Date() as never])]), InvalidInput);
  assertEquals(error.field, "args[1]");
  await assertRejects(() => client.sendMany([["ad", [1, 2]]]), UnknownTask);
});

Deno.test("RemoteResult.get() throws what became of a task that did not succeed", async () => {
  await using setup = new Setup();
  const { client } = setup;
  const failed = await client.task("fail").delay();
  const revoked = await client.task("add").applyAsync([1, 2], { countdown: "1h" });
  assertEquals(await revoked.revoke(), "revoked");
  assertEquals(await revoked.revoke({ terminate: true, tree: true }), "revoked");
  const expired = await client.task("add").applyAsync([1, 2], { expires: new Date(Date.now() - 1000) });
  await setup.drain();
  const error = await assertRejects(() => failed.get(), TaskFailed, "TypeError: no good");
  assertEquals([error.id, error.info.type, error.info.cause?.message], [failed.id, "TypeError", "worse"]);
  await assertRejects(() => revoked.get(), TaskRevoked, "was revoked");
  await assertRejects(() => expired.get(), TaskExpired);
  assertEquals(await failed.revoke(), "ended");
});

Deno.test("RemoteResult.get() throws ResultTimeout when the time is over, and the reason of a signal at once", async () => {
  await using setup = new Setup();
  const sent = await setup.client.task("later").applyAsync([], { countdown: "1h" });
  await assertRejects(() => sent.get({ timeout: 0 }), ResultTimeout, "has not ended within 0s");
  await assertRejects(() => sent.get({ timeout: "50ms" }), ResultTimeout);
  const stop = new AbortController();
  const waiting = sent.get({ signal: stop.signal });
  stop.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
});

Deno.test("RemoteResult.change() and promote() change what waits, and say why not", async () => {
  await using setup = new Setup();
  const add = setup.client.task<typeof setup.add>("add");
  const sent = await add.applyAsync([1, 2], { countdown: "1h" });
  assertEquals(await sent.change({ args: [3, 4], eta: new Date("2040-01-01") }), "changed");
  assertEquals((await sent.record())!.eta, "2040-01-01T00:00:00.000Z");
  assertEquals(await sent.promote(), "changed");
  await setup.drain();
  assertEquals(await sent.get(), 7);
  assertEquals(await sent.change({ priority: 1 }), "ended");
  assertEquals(await setup.client.result("nobody").change({ priority: 1 }), "unknown");
  assertEquals(await setup.client.result("nobody").revoke(), "unknown");
  assertEquals(await setup.client.result("nobody").record(), undefined);
});

Deno.test("a client throws what the server refuses, as the app would", async () => {
  await using setup = new Setup();
  const { client } = setup;
  await assertRejects(() => client.task("ad").delay(), UnknownTask, 'did you mean "add"');
  await assertRejects(() => client.result("nobody").get(), UnknownTaskId);
  await assertRejects(() => client.result("nobody").state(), UnknownTaskId);
  const wrong = await assertRejects(() => client.task("add").applyAsync([], { countdown: -1 }), InvalidInput);
  assertEquals([wrong.field, wrong.code], ["countdown", "invalid_input"]);
  const odd = await assertRejects(
    () => client.task<() => void>("add").applyAsync([new Date(0)] as never),
    InvalidInput,
  );
  assertEquals(odd.field, "args[0]");
  const first = await client.task("once").delay("a");
  const second = await assertRejects(() => client.task("once").delay("a"), AlreadyExists);
  assertEquals(second.id, first.id);
  const large = await assertRejects(() => client.task("add").delay("x".repeat(3_000_000)), RequestRefused);
  assertEquals([large.code, large.status], ["too_large", 413]);
});

Deno.test("a client shows its token, or what gives one, and throws when it is refused", async () => {
  await using setup = new Setup();
  const without = await assertRejects(() => new Client(setup.url).task("add").delay(1, 2), RequestRefused);
  assertEquals([without.code, without.status], ["unauthorized", 401]);
  let asked = 0;
  const client = new Client(setup.url, { token: () => Promise.resolve(`${token}${asked++ ? "" : "!"}`) });
  await assertRejects(() => client.task("add").delay(1, 2), RequestRefused);
  assertMatch((await client.task("add").delay(1, 2)).id, /^key-/);
  const odd = await assertRejects(() => new Client(setup.url, { token: "a b" }).task("add").delay(), InvalidInput);
  assertEquals(odd.field, "token");
});

Deno.test("Client() refuses what is no URL of an API, and options that break their rules", () => {
  for (const url of ["", "/api", "ftp://shop.example", "shop"]) {
    assertEquals(assertThrows(() => new Client(url), InvalidInput).field, "url");
  }
  assertEquals(
    assertThrows(() => new Client("http://a.example", { deadline: "soon" }), InvalidInput).field,
    "deadline",
  );
  assertEquals(assertThrows(() => new Client("http://a.example", { timeout: -1 }), InvalidInput).field, "timeout");
});

Deno.test("a client says so when what answers is not Umbel", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ method }) =>
      new Response(method === "POST" ? "<h1>Not here</h1>" : "<h1>Hello</h1>", {
        status: method === "POST" ? 404 : 200,
      }),
  );
  const client = new Client(`http://127.0.0.1:${server.addr.port}/api/`);
  const lost = await assertRejects(() => client.task("add").delay(), RequestRefused, "is the URL right?");
  assertEquals([lost.code, lost.status], ["unexpected_answer", 404]);
  assertMatch(lost.message, /\/api\/tasks\/add answered 404/);
  await assertRejects(() => client.result("a").record(), RequestRefused, "answered 200");
  await assertRejects(() => client.result("a").updates().next(), RequestRefused, "answered 200");
});

Deno.test("RemoteResult.updates() tells states, progress and lines to the end", async () => {
  await using setup = new Setup();
  const { app, client } = setup;
  const step = Promise.withResolvers<void>();
  app.task("build", { bind: true }, async (self) => {
    self.log("begins");
    self.progress(1, 2);
    await step.promise;
    return "built";
  });
  const sent = await client.task("build").delay();
  await using worker = new Worker(app, { log: silent });
  const seen: unknown[] = [];
  for await (const update of sent.updates()) {
    seen.push(update.kind === "state" ? update.state : update.kind === "log" ? update.message : update.current);
    if (seen.length === 1) void worker.run();
    if (update.kind === "log") step.resolve();
    if (update.kind === "state" && update.record.ended) assertEquals(update.record.result, "built");
  }
  assertEquals([seen[0], seen.at(-1)], ["QUEUED", "SUCCESS"]);
  assertEquals(seen.filter((one) => one === 1 || one === "begins"), [1, "begins"]);
  const after = await Array.fromAsync(sent.updates());
  assertEquals(after.map(({ kind }) => kind), ["progress", "log", "state"]);
});

Deno.test("RemoteResult.updates() ends at break, by return() and by its signal", async () => {
  await using setup = new Setup();
  const sent = await setup.client.task("add").applyAsync([1, 2], { countdown: "1h" });
  for await (const update of sent.updates()) {
    assertInstanceOf(update, Object);
    break;
  }
  const quiet = sent.updates();
  await quiet.next();
  const waits = quiet.next();
  await quiet.return!();
  assertEquals((await waits).done, true);
  const stop = new AbortController();
  const loud = sent.updates({ signal: stop.signal });
  await loud.next();
  const next = loud.next();
  stop.abort(new RangeError("enough"));
  await assertRejects(() => next, RangeError, "enough");
  await assertRejects(() => setup.client.result("nobody").updates().next(), UnknownTaskId);
});
