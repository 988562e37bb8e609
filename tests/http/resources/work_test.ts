import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, type UmbelOptions } from "@umbel/umbel";
import { http, type HttpOptions } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { lines } from "../../../src/streams/lines.ts";
import { silentLogger } from "../../../src/log.ts";
import { tokenLine, unclosed } from "../../brokers/http/served.ts";
import { until } from "../../until.ts";

type Line = { readonly state: string; readonly done?: number; readonly [member: string]: unknown };

/** An app that is served on a port of its own. */
interface Served extends AsyncDisposable {
  readonly app: Umbel;
  readonly url: string;
  /** Asks for work, and returns the lines of the answer. */
  work(query?: string, headers?: HeadersInit): Promise<Line[]>;
}

function serve(
  setUp: (app: Umbel) => void,
  options: Partial<HttpOptions> = {},
  appOptions: Partial<UmbelOptions> = {},
): Served {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, log: silentLogger, ...appOptions });
  setUp(app);
  const stopping = new AbortController();
  const api = http(app, { tokens: ["s3cret"], log: silentLogger, signal: stopping.signal, ...options });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, api.fetch);
  const url = `http://127.0.0.1:${server.addr.port}/work`;
  return {
    app,
    url,
    async work(query = "", headers = { authorization: "Bearer s3cret" }) {
      const response = await fetch(url + query, { method: "POST", headers });
      return (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await app[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

Deno.test("POST /work runs what waits, and says how far it is and what came of it", async () => {
  await using served = serve((app) => {
    app.task("add", (x: number, y: number) => x + y);
    app.task("fail", () => {
      throw new Error("no");
    });
  });
  const [sum] = await served.app.sendMany([["add", [1, 2]], ["fail"]]);
  const [first, ...rest] = await served.work();
  assertEquals(first, { state: "waiting" });
  const { state, done, failed } = rest.at(-1)!;
  assertEquals({ state, done, failed }, { state: "empty", done: 1, failed: 1 });
  assertEquals(await sum.get(), 3);
  assertEquals(await served.app.broker.inspector.workers(), []);
});

Deno.test("POST /work ends when its time is over, and says that there may be more", async () => {
  await using served = serve((app) => {
    const again = app.task("again", async () => void await again.delay());
  });
  await served.app.sendTask("again");
  const last = (await served.work("?seconds=50ms")).at(-1)!;
  assertEquals(last.state, "time");
  assert((last.done ?? 0) > 0);
  // However long it is to take, the server has its own limit.
  await using short = serve((app) => {
    const again = app.task("again", async () => void await again.delay());
  }, { work: { longest: "50ms" } });
  await short.app.sendTask("again");
  assertEquals((await short.work("?seconds=60")).at(-1)!.state, "time");
});

Deno.test("POST /work stops when its client goes, and what it did not do is done by the next", async () => {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await using served = serve((app) => {
    app.task("slow", async (n: number) => {
      started.resolve();
      await go.promise;
      return n;
    });
  }, { work: { concurrency: 1 } });
  const handles = await served.app.sendMany([["slow", [1]], ["slow", [2]]]);
  const client = new AbortController();
  const headers = { authorization: "Bearer s3cret" };
  const response = await fetch(served.url, { method: "POST", headers, signal: client.signal });
  const reading = Array.fromAsync(lines(response.body!, client.signal, () => {}));
  await started.promise;
  client.abort();
  await reading.catch(() => {});
  // What waits goes back at once; what runs may finish, and counts.
  await until(async () => (await served.app.broker.inspector.queues())[0]?.waiting === 1);
  go.resolve();
  assertEquals(await handles[0].get({ timeout: "10m" }), 1);
  await until(async () => (await served.app.broker.inspector.workers()).length === 0);
  assertEquals((await served.work()).at(-1)!.state, "empty");
  assertEquals(await handles[1].get({ timeout: "10m" }), 2);
});

Deno.test("POST /work: of three at once one works, one waits for its turn, and one is told so", async () => {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  await using served = serve((app) => {
    app.task("slow", async () => {
      started.resolve();
      await go.promise;
    });
    app.task("quick", () => {});
  });
  await served.app.sendTask("slow");
  const first = served.work();
  await started.promise;
  const answers = [served.work(), served.work()];
  const busy = await Promise.race(answers);
  assertEquals(busy.map(({ state }) => state), ["waiting", "busy"]);
  go.resolve();
  assertEquals((await first).at(-1)!.state, "empty");
  const states = (await Promise.all(answers)).map((lines) => lines.at(-1)!.state);
  assertEquals(states.toSorted(), ["busy", "empty"]);
});

Deno.test("POST /work takes a token that may work, from its queues alone, or a signature", async () => {
  const key = "a key of 16 characters at least";
  const tokens = [
    "s3cret",
    ...await Promise.all([
      tokenLine("mailer", "t-mail", "work:mail"),
      tokenLine("reader", "t-read", "read send control"),
    ]),
  ];
  await using served = serve((app) => {
    app.task("mail", { queue: "mail" }, () => {});
    app.task("other", () => {});
  }, { tokens, signingKeys: [key] });
  const [mail, other] = await served.app.sendMany([["mail"], ["other"]]);
  const refused = await fetch(served.url, { method: "POST", headers: { authorization: "Bearer t-read" } });
  assertEquals([refused.status, (await refused.json()).code], [403, "forbidden"]);
  assertEquals((await served.work("", { authorization: "Bearer t-mail" })).at(-1)!.done, 1);
  assertEquals([(await mail.record())!.state, (await other.record())!.state], ["SUCCESS", "QUEUED"]);

  const encoder = new TextEncoder();
  const usage = { name: "HMAC", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("raw", encoder.encode(key), usage, false, ["sign"]);
  const time = Math.floor(Date.now() / 1000);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", signing, encoder.encode(`${time}.POST /work`)));
  const hex = Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
  assertEquals((await served.work("", { "umbel-signature": `t=${time},v1=${hex}` })).at(-1)!.done, 1);
  assertEquals((await other.record())!.state, "SUCCESS");
});

Deno.test("POST /work tells that it failed, and why", async () => {
  await using served = serve((app) => app.task("add", () => {}), {}, {
    broker: () => {
      const broker = sqlite(":memory:")("shop");
      return Object.assign(broker, { exchange: () => Promise.reject(new InvalidInput("turn", "No turn today")) });
    },
  });
  const { state, code, detail } = (await served.work()).at(-1)!;
  assertEquals({ state, code, detail }, { state: "failed", code: "invalid_input", detail: "No turn today" });
});

Deno.test("http() refuses options of work that break their rules", () => {
  const app = new Umbel("shop", { env: {} });
  for (
    const work of [{ longest: 0 }, { drains: 0 }, { concurrency: 0 }, { queues: ["a queue"] }, { queues: [] }, {
      second: 5,
    }]
  ) {
    assertThrows(() => http(app, { tokens: ["s3cret"], work } as HttpOptions), InvalidInput);
  }
});

Deno.test("a task that is sent with wake is done at once, with no other worker", async () => {
  await using served = serve((app) => void app.task("add", (x: number, y: number) => x + y));
  await using sender = new Umbel("shop", {
    broker: () => unclosed(served.app.broker),
    wake: { url: served.url, token: "s3cret" },
    env: {},
  });
  for (let n = 0; n < 5; n++) assertEquals(await (await sender.sendTask("add", [n, 1])).get({ timeout: "10m" }), n + 1);
  const handles = await sender.sendMany([["add", [1, 1]], ["add", [2, 2]]]);
  assertEquals(await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" }))), [2, 4]);
});

Deno.test("wake makes one request at a time, and one more for what was sent meanwhile", async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const heard = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ method, url, headers }) => {
      const { pathname, searchParams } = new URL(url);
      asked.push(`${method} ${pathname} ${headers.get("authorization")} ${searchParams.get("seconds")}`);
      heard.resolve();
      await new Promise<void>((resolve) => answers.push(resolve));
      return new Response('{"state":"waiting"}\n{"state":"empty"}\n');
    },
  );
  const over: Promise<void>[] = [];
  const url = `http://127.0.0.1:${server.addr.port}/work`;
  await using app = new Umbel("shop", {
    broker: sqlite(":memory:"),
    wake: { url, token: "t0k3n", deadline: "20s", waitUntil: (promise) => over.push(promise) },
    env: {},
  });
  await Promise.all(Array.from({ length: 10 }, (_, n) => app.sendTask("add", [n])));
  await heard.promise;
  for (let n = 0; n < 10; n++) await app.sendTask("add", [n]);
  assertEquals(asked, ["POST /work Bearer t0k3n 15"]);
  answers[0]!();
  await until(() => answers.length === 2);
  answers[1]!();
  await Promise.all(over);
  assertEquals([asked.length, over.length], [2, 1]);
  // What is not due yet wakes nobody.
  await app.sendTask("add", [1], { countdown: "1h" });
  assertEquals(over.length, 1);
});

Deno.test("wake calls again when the time was over, and lets nobody wait for it or fail with it", async () => {
  const states = ["time", "time", "empty"];
  const done = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const state = states.shift();
    if (states.length === 0) done.resolve();
    return new Response(JSON.stringify({ state }) + "\n");
  });
  await using app = new Umbel("shop", {
    broker: sqlite(":memory:"),
    wake: { url: `http://127.0.0.1:${server.addr.port}/work` },
    env: {},
  });
  await app.sendTask("add");
  await done.promise;

  const said: string[] = [];
  const warned = Promise.withResolvers<void>();
  const log = { ...silentLogger, warning: (text: string) => (said.push(text), warned.resolve()) };
  await using lonely = new Umbel("shop", {
    broker: sqlite(":memory:"),
    wake: { url: "http://127.0.0.1:9/work" },
    log,
    env: {},
  });
  await lonely.sendTask("add");
  await warned.promise;
  assertEquals(said.length, 1);
});

Deno.test("wake is checked when the app is made", () => {
  for (
    const wake of [
      { url: "nowhere" },
      { url: "ftp://example.org/work" },
      { url: "https://user:secret@example.org/work" },
      { url: "https://example.org/work", token: "two words" },
      { url: "https://example.org/work", deadline: 0 },
      { url: "https://example.org/work", seconds: 5 },
    ]
  ) assertThrows(() => new Umbel("shop", { wake } as UmbelOptions), InvalidInput);
});
