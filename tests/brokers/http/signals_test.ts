import { assertEquals } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { remote } from "@umbel/umbel/remote";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../../src/log.ts";
import { freePort } from "../../../src/rest/free_port.ts";
import { until } from "../../until.ts";

/** Serves an app on a port, and counts what it is asked; the port stays the same when it is opened again. */
class Server implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #app: Umbel;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #stopping = new AbortController();
  readonly #port = freePort();

  constructor(app: Umbel) {
    this.#app = app;
    this.open();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/exchange`;
  }

  count(verb: string): number {
    return this.asked.filter((one) => one === verb).length;
  }

  open(): void {
    this.#stopping = new AbortController();
    const api = http(this.#app, { tokens: ["s3cret"], log: silentLogger, signal: this.#stopping.signal });
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: this.#port, onListen() {} }, (request) => {
      this.asked.push(new URL(request.url).pathname.split("/").at(-1)!);
      return api.fetch(request);
    });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#server?.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function setUp(): { readonly app: Umbel; readonly server: Server; readonly elsewhere: Umbel } {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("double", (n: number) => 2 * n);
  const server = new Server(app);
  const elsewhere = new Umbel("shop", {
    broker: remote({ url: server.url, token: "s3cret", deadline: "60s" }),
    env: {},
  });
  return { app, server, elsewhere };
}

Deno.test("a hundred results that are waited for at once take one stream", async () => {
  const { app, server, elsewhere } = setUp();
  await using _app = app;
  await using _server = server;
  await using _elsewhere = elsewhere;
  const handles = await elsewhere.sendMany(Array.from({ length: 100 }, (_, n) => ["double", [n]] as const));
  const results = Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
  await until(() => server.count("watch") > 0);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await results, Array.from({ length: 100 }, (_, n) => 2 * n));
  assertEquals(server.count("watch"), 1);
});

Deno.test("a worker and who waits for results go on when the exchange was away", async () => {
  const { app, server, elsewhere } = setUp();
  await using _app = app;
  await using _server = server;
  await using _elsewhere = elsewhere;
  elsewhere.task("triple", { queue: "there" }, (n: number) => 3 * n);
  await using worker = new Worker(elsewhere, { queues: ["there"], log: silentLogger });
  void worker.run();
  const waiting = (await elsewhere.sendTask("double", [4])).get({ timeout: "10m" });
  await until(() => server.count("watch") >= 2);
  await server.close();
  const late = await app.sendTask("triple", [5], { queue: "there" });
  await new Worker(app).drain({ seconds: 60 });
  server.open();
  assertEquals(await Promise.all([waiting, late.get({ timeout: "10m" })]), [8, 15]);
});
