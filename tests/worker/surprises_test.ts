/** Handlers, loggers and what they hand over that nobody expects: each fails alone, and the worker goes on. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createLogger, type Logger, TaskFailed, Umbel, upstash, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { redisTest, startRest } from "../redis.ts";

const silent = createLogger({ write: () => {} });

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An error with a member that is not as it should be. */
function odd(name: string, descriptor: PropertyDescriptor): Error {
  return Object.defineProperty(new Error("odd"), name, { configurable: true, ...descriptor });
}

const throws = {
  get(): never {
    throw new RangeError("from a getter");
  },
};

/** What is thrown, and what is kept of it. */
const thrown: { readonly [what: string]: readonly [unknown, type: string, message: RegExp] } = {
  "nothing": [undefined, "Error", /^undefined$/],
  "null": [null, "Error", /^null$/],
  "a symbol": [Symbol("odd"), "Error", /^Symbol\(odd\)$/],
  "an object that cannot be text": [{ toString: throws.get }, "Error", /^\[object Object\]$/],
  "a proxy that was revoked": [revoked(), "TypeError", /proxy/],
  "an error whose message throws": [odd("message", throws), "Error", /from a getter/],
  "an error whose stack throws": [odd("stack", throws), "Error", /^odd$/],
  "an error whose cause throws": [odd("cause", throws), "Error", /^odd$/],
  "an error whose name throws": [odd("name", throws), "Error", /^odd$/],
  "an error whose stack is no text": [odd("stack", { value: 42 }), "Error", /^odd$/],
  "an error whose name is a symbol": [odd("name", { value: Symbol("n") }), "Symbol(n)", /^odd$/],
  "an error whose message is an object": [odd("message", { value: { n: 1n } }), "Error", /^\[object Object\]$/],
  "an error that a proxy caused": [new Error("odd", { cause: revoked() }), "Error", /^odd$/],
  "an error of 30 million characters": [new Error("x".repeat(30_000_000)), "Error", /^x{16383}…$/],
};

for (const [what, [value, type, message]] of Object.entries(thrown)) {
  for (const [when, handler] of Object.entries({ "at once": () => raise(value), later: () => Promise.reject(value) })) {
    Deno.test(`a handler that throws ${what} ${when} fails, and the worker goes on`, async () => {
      await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
      const bad = app.task("bad", handler);
      const good = app.task("good", () => "good");
      await using worker = new Worker(app, { concurrency: 1, log: silent });
      void worker.run();
      const handle = await bad.delay();
      const after = await good.delay();
      const { info } = await assertRejects(() => handle.get({ timeout: "10m" }), TaskFailed);
      assertEquals(info.type, type);
      assertMatch(info.message, message);
      assertEquals(await after.get({ timeout: "10m" }), "good");
    });
  }
}

function raise(value: unknown): never {
  throw value;
}

const returned: { readonly [what: string]: () => unknown } = {
  "a proxy that was revoked": revoked,
  "something whose `then` throws when it is read": () => Object.defineProperty({}, "then", throws),
  "something whose `then` throws when it is called": () => ({ then: throws.get }),
  "something with a member that throws": () => Object.defineProperty({}, "a", { ...throws, enumerable: true }),
};

for (const [what, handler] of Object.entries(returned)) {
  Deno.test(`a handler that returns ${what} fails, and the worker goes on`, async () => {
    await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
    const bad = app.task("bad", handler);
    const good = app.task("good", () => "good");
    await using worker = new Worker(app, { concurrency: 1, log: silent });
    void worker.run();
    const handle = await bad.delay();
    const after = await good.delay();
    await assertRejects(() => handle.get({ timeout: "10m" }), TaskFailed);
    assertEquals(await after.get({ timeout: "10m" }), "good");
  });
}

Deno.test("a worker whose log cannot be written goes on", async () => {
  const full = () => raise(new Error("No space left on device"));
  const broken: Logger = { enabled: () => true, debug: full, info: full, warning: full, error: full };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, log: broken });
  app.on("taskPrerun", () => raise(new Error("a hook")));
  app.on("beforeTaskPublish", () => raise(new Error("another hook")));
  const fails = app.task("fails", () => raise(new Error("failed")));
  const says = app.task("says", { bind: true }, (self) => (self.log("hello"), "said"));
  await using worker = new Worker(app, { concurrency: 1, log: broken });
  void worker.run();
  const handle = await fails.delay();
  await assertRejects(() => handle.get({ timeout: "10m" }), TaskFailed, "failed");
  assertEquals(await (await says.delay()).get({ timeout: "10m" }), "said");
});

Deno.test("an API whose log cannot be written goes on", async () => {
  const full = () => raise(new Error("No space left on device"));
  const broken: Logger = { enabled: () => true, debug: full, info: full, warning: full, error: full };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("add", (x: number, y: number) => x + y);
  app.task(
    "odd",
    { schema: { "~standard": { version: 1, vendor: "odd", validate: () => raise(revoked()) } } },
    () => {},
  );
  const api = http(app, { open: true, log: broken });
  const send = async (task: string, args: unknown[]) => {
    const { status, headers } = await api.request(`/tasks/${task}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ args }),
    });
    return [status, headers.get("content-type")];
  };
  assertEquals(await send("add", [1, 2]), [202, "application/json"]);
  assertEquals(await send("odd", []), [500, "application/problem+json"]);
});

Deno.test("what a handler says need not be text, and its fields need not be JSON", async () => {
  const lines: string[] = [];
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const says = app.task("says", { bind: true }, (self) => {
    self.log.warning(new TypeError("no text") as never, { n: 1n });
    return "said";
  });
  const log = createLogger({ level: "warning", format: "json", write: (line) => lines.push(line) });
  await using worker = new Worker(app, { log });
  void worker.run();
  const handle = await says.delay();
  assertEquals(await handle.get({ timeout: "10m" }), "said");
  assertMatch(JSON.parse(lines[0]!).message, /TypeError: no text$/);
  assertEquals((await handle.record())!.log!.lines.map(({ message }) => message), ["TypeError: no text"]);
});

redisTest("a handler that tells more than a turn can carry fails, and the worker goes on", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }), env: {} });
  const tells = app.task("tells", { bind: true }, (self) => {
    self.updateState("LARGE", "x".repeat(65_534));
    self.updateState("LARGE", "x".repeat(12_000_000));
  });
  const notes = app.task("notes", { bind: true }, (self) => self.progress(1, 2, "x".repeat(12_000_000)));
  const good = app.task("good", () => "good");
  await using worker = new Worker(app, { concurrency: 1, log: silent });
  void worker.run();
  for (const task of [tells, notes]) {
    const handle = await task.delay();
    const { info } = await assertRejects(() => handle.get({ timeout: "10m" }), TaskFailed);
    assertEquals(info.type, "TooLarge");
    assertMatch(info.message, /^The meta of state [A-Z]+ is too large: 120\d{5} bytes, the limit is 65536$/);
  }
  assertEquals(await (await good.delay()).get({ timeout: "10m" }), "good");
});

redisTest("170 handlers that each tell as much as they may are told in turns that the broker takes", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }), env: {} });
  const { promise, resolve } = Promise.withResolvers<void>();
  const tells = app.task("tells", { bind: true }, async (self) => {
    self.updateState("LARGE", "x".repeat(65_000));
    await promise;
  });
  await using worker = new Worker(app, { concurrency: 170, log: silent });
  void worker.run();
  const handles = await tells.delayMany(Array.from({ length: 170 }, () => [] as []));
  for (const handle of handles) {
    for await (const update of handle.updates()) if (update.kind === "state" && update.state === "LARGE") break;
  }
  resolve();
  await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
});
