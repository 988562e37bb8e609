import { assertEquals } from "@std/assert";
import { type Broker, Umbel } from "@umbel/umbel";
import { flower } from "@umbel/umbel/flower";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { Hono } from "hono";
import { silentLogger } from "../../src/log.ts";
import { unclosed } from "../brokers/http/served.ts";
import { until } from "../until.ts";

/** Requests that wait, and which answer. */
const waiting: readonly (readonly [what: string, method: string, path: string, body?: object])[] = [
  ["GET /tasks/:id?wait=", "GET", "/tasks/one?wait=20"],
  ["GET /tasks/:id/updates", "GET", "/tasks/one/updates"],
  ["GET /events/stream", "GET", "/events/stream"],
  ["POST /exchange", "POST", "/exchange", { worker: "w~1", queues: ["empty"], wait: 20 }],
  ["POST /exchange/watch", "POST", "/exchange/watch", { args: [[{ worker: "w~2" }]] }],
  ["GET /flower/api/task/result/:task", "GET", "/flower/api/task/result/one?timeout=20"],
  ["POST /flower/api/task/apply/:task", "POST", "/flower/api/task/apply/add", { args: [1, 2] }],
];

/** The same broker, and how many watch it. */
function counted(broker: Broker): { readonly broker: Broker; readonly watchers: () => number } {
  let watchers = 0;
  async function* watch(...args: Parameters<Broker["watch"]>) {
    watchers++;
    try {
      yield* broker.watch(...args);
    } finally {
      watchers--;
    }
  }
  const plain = unclosed(broker);
  const proxy = new Proxy(plain, {
    get: (target, name) => name === "watch" ? watch : Reflect.get(target, name, target),
  });
  return { broker: proxy, watchers: () => watchers };
}

for (const [what, method, path, body] of waiting) {
  Deno.test(`${what} notices that its client has gone, and tells nothing to who runs the server`, async (test) => {
    await using own = sqlite(":memory:")("shop");
    const { broker, watchers } = counted(own);
    await using app = new Umbel("shop", { broker: () => broker, env: {}, log: silentLogger });
    const add = app.task("add", (x: number, y: number) => x + y);
    await add.applyAsync([1, 2], { id: "one" });
    const stopping = new AbortController();
    const options = { tokens: ["s3cret"], log: silentLogger, signal: stopping.signal };
    const web = new Hono().route("/flower", flower(app, options)).route("/", http(app, options));
    const warned: unknown[] = [];
    const { warn } = console;
    console.warn = (...said) => warned.push(said);
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, web.fetch);
    const open = (signal: AbortSignal) =>
      fetch(`http://127.0.0.1:${server.addr.port}${path}`, {
        method,
        headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
        signal,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    try {
      await test.step("gone", async () => {
        const client = new AbortController();
        const { status, body } = await open(client.signal);
        assertEquals(status, 200);
        const reading = Array.fromAsync(body!).then(() => "all", () => "cut");
        await until(() => watchers() > 0);
        client.abort();
        assertEquals(await reading, "cut");
        await until(() => watchers() === 0);
      });
      await test.step("answered", async () => {
        const response = await open(new AbortController().signal);
        const reading = response.text();
        await until(() => watchers() > 0);
        stopping.abort();
        await reading;
        await until(() => watchers() === 0);
      });
    } finally {
      stopping.abort();
      await server.shutdown();
      console.warn = warn;
    }
    assertEquals(warned, []);
  });
}
