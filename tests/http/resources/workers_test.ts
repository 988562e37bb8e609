/** Workers, queues and limits over HTTP. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { http, type HttpOptions } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { Hono } from "hono";

class Shop implements AsyncDisposable {
  readonly app = new Umbel("shop", {
    broker: sqlite(":memory:"),
    env: {},
    config: { queues: { single: { concurrency: 1 } }, history: true },
  });
  readonly lines: string[] = [];
  readonly gate = Promise.withResolvers<void>();
  readonly started = Promise.withResolvers<void>();
  readonly #server: Hono;
  readonly #workers: { readonly worker: Worker; readonly run: Promise<unknown> }[] = [];

  constructor(options: HttpOptions = { tokens: ["secret"] }) {
    const log = createLogger({ write: (line) => this.lines.push(line) });
    this.app.task("held", { redact: ["0"], rateLimit: "10/s" }, async (_secret: string) => {
      this.started.resolve();
      await this.gate.promise;
    });
    this.#server = new Hono().route("/api", http(this.app, { ...options, log }));
  }

  async work(name: string): Promise<void> {
    const ready = Promise.withResolvers<void>();
    this.app.on("workerReady", () => ready.resolve());
    const worker = new Worker(this.app, { name, concurrency: 2, log: createLogger({ write() {} }) });
    this.#workers.push({ worker, run: worker.run() });
    await ready.promise;
  }

  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: Answer }> {
    const response = await this.#server.request(`/api${path}`, {
      method,
      headers: { authorization: "Bearer secret", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: response.status === 204 ? {} : await response.json() };
  }

  async [Symbol.asyncDispose]() {
    this.gate.resolve();
    for (const { worker, run } of this.#workers) {
      await worker.stop();
      await run;
    }
    await this.app[Symbol.asyncDispose]();
  }
}

// deno-lint-ignore no-explicit-any
type Answer = any;

Deno.test("GET /workers lists workers, and GET /workers/:worker those of a name", async () => {
  await using shop = new Shop();
  assertEquals((await shop.ask("GET", "/workers")).json, { workers: [] });
  await shop.work("w1@a");
  const { json } = await shop.ask("GET", "/workers");
  const [worker, ...others] = json.workers;
  assertEquals(others, []);
  assertMatch(worker.name, /^w1@a~\w{8}$/);
  assertMatch(worker.aliveUntil, /^\d{4}-\d\d-\d\dT.*Z$/);
  assertEquals([worker.alive, worker.holds, worker.queues], [true, 0, ["default"]]);
  assertEquals((await shop.ask("GET", "/workers/w1@a")).json, json);
  assertEquals((await shop.ask("GET", `/workers/${encodeURIComponent(worker.name)}`)).json, json);
  assertEquals((await shop.ask("GET", "/workers/*")).json, json);
  const unknown = await shop.ask("GET", "/workers/w2@a");
  assertEquals([unknown.status, unknown.json.code], [404, "unknown_worker"]);
});

Deno.test("GET /workers/:worker/… asks one, or all by *", async () => {
  await using shop = new Shop();
  assertEquals((await shop.ask("GET", "/workers/*/ping")).json, { answers: [] });
  await shop.work("w1@a");
  const { id } = await shop.app.sendTask("held", ["s3cret"]);
  await shop.started.promise;
  const of = async (path: string) => {
    const { status, json } = await shop.ask("GET", `/workers/${path}`);
    assertEquals([status, json.answers.length, json.answers[0]?.ok], [200, 1, true], JSON.stringify(json));
    return json.answers[0].answer;
  };
  assertEquals(await of("*/ping?timeout=20"), "pong");
  assertEquals(await of("w1@a/ping?timeout=20s"), "pong");
  const stats = await of("w1@a/stats?timeout=20");
  assertEquals([stats.running, stats.pool.concurrency], [1, 2]);
  assertMatch(stats.startedAt, /^\d{4}-.*Z$/);
  const [active] = await of("*/active?timeout=20");
  assertEquals([active.id, active.args], [id, ["[redacted]"]]);
  assertMatch(active.receivedAt, /^\d{4}-.*Z$/);
  assertEquals(await of("*/reserved?timeout=20"), []);
  assertEquals(await of("*/revoked?timeout=20"), []);
  assertEquals((await of("*/registered?timeout=20")).map((task: Answer) => task.name), ["held"]);
  assertEquals(await of("*/queues?timeout=20"), [{ name: "default", holds: 1 }]);
  assertEquals((await of("*/conf?timeout=20")).app.name, "shop");
  assertEquals((await of(`*/tasks/${id}?timeout=20`))[id].held, "active");
  assertEquals(await of("*/tasks/another?timeout=20"), {});
  assertEquals((await shop.ask("GET", "/workers/w2@a/stats")).status, 404);
  assertEquals((await shop.ask("GET", "/workers/*/stats?timeout=61")).json.code, "invalid_input");
});

Deno.test("POST /workers/:worker/… tells workers, is audited, and says who could not", async () => {
  await using shop = new Shop();
  await shop.work("w1@a");
  const tell = async (path: string, body: object = {}) => {
    const { status, json } = await shop.ask("POST", `/workers/${path}`, { timeout: 20, ...body });
    assertEquals(status, 200, JSON.stringify(json));
    const [{ ok, answer, error }] = json.answers;
    return ok ? answer : error.code;
  };
  assertEquals(await tell("*/pool-grow", { count: 3 }), { concurrency: 5 });
  assertMatch(shop.lines.find((line) => line.includes("growPool")) ?? "", /growPool.*\*/);
  assertEquals(await tell("w1@a/pool-shrink"), { concurrency: 4 });
  assertEquals(await tell("*/autoscale", { max: 9, min: 6 }), { concurrency: 6 });
  assertEquals(await tell("*/pool-restart"), "invalid_input");
  assertEquals(await tell("*/add-consumer", { queue: "more" }), [
    { name: "default", holds: 0 },
    { name: "more", holds: 0 },
  ]);
  assertEquals(await tell("*/cancel-consumer", { queue: "more" }), [{ name: "default", holds: 0 }]);
  assertEquals(await tell("*/time-limit", { task: "held", soft: "1s", hard: 2 }), { soft: 1000, hard: 2000 });
  assertEquals(await tell("*/time-limit", { task: "held", soft: null }), { hard: 2000 });
  assertEquals((await shop.ask("POST", "/workers/*/autoscale", { max: 1, min: 2 })).json.code, "invalid_input");
  assertEquals((await shop.ask("POST", "/workers/w2@a/pool-grow", {})).json.code, "unknown_worker");
  assertEquals(await tell("*/shutdown"), { cold: false, running: 0 });
});

Deno.test("a server that stops waits for no worker any longer", async () => {
  const over = new AbortController();
  await using shop = new Shop({ tokens: ["secret"], signal: over.signal });
  const turn = { number: 1, queues: [], limit: 0, holds: [], settlements: [], reports: [], lease: 30_000 };
  await shop.app.broker.exchange({ ...turn, worker: "dead", park: false, leave: false });
  const asked = shop.ask("GET", "/workers/*/ping?timeout=60");
  over.abort();
  const { json } = await asked;
  assertEquals(json.answers.map(({ worker, error }: Answer) => [worker, error.code]), [["dead", "no_answer"]]);
});

Deno.test("GET /queues tells how much waits and since when, and how much was done of late", async () => {
  await using shop = new Shop();
  assertEquals((await shop.ask("GET", "/queues")).json, { queues: [] });
  await shop.app.sendTask("other", [], { queue: "mail" });
  await shop.app.sendTask("other", [], { queue: "mail", countdown: 100 });
  const { json: { queues: [mail, ...others] } } = await shop.ask("GET", "/queues");
  assertEquals([mail.name, mail.waiting, mail.delayed, mail.paused, others], ["mail", 1, 1, false, []]);
  assertMatch(mail.oldest, /^\d{4}-.*Z$/);
  assertEquals((await shop.ask("GET", "/queues/mail")).json, mail);
  assertEquals((await shop.ask("GET", "/queues/none")).json, { name: "none", waiting: 0, delayed: 0, paused: false });
  assertEquals((await shop.ask("GET", "/queues/mail?rates=true")).json.rates, { done: 0, failed: 0, retried: 0 });
  assertEquals((await shop.ask("GET", "/queues/a%20b")).status, 422);
});

Deno.test("POST /queues/:queue/pause, resume and purge", async () => {
  await using shop = new Shop();
  const { id } = await shop.app.sendTask("other", [], { queue: "mail" });
  for (const _ of [1, 2]) assertEquals((await shop.ask("POST", "/queues/mail/pause", {})).status, 204);
  assertEquals((await shop.ask("GET", "/queues/mail")).json.paused, true);
  for (const _ of [1, 2]) assertEquals((await shop.ask("POST", "/queues/mail/resume", {})).status, 204);
  assertEquals((await shop.ask("GET", "/queues/mail")).json.paused, false);
  assertEquals((await shop.ask("POST", "/queues/mail/purge", {})).json, { revoked: 1 });
  assertEquals((await shop.ask("POST", "/queues/mail/purge", {})).json, { revoked: 0 });
  assertEquals(await shop.app.result(id).state(), "REVOKED");
  assertMatch(shop.lines.findLast((line) => line.includes("purgeQueue")) ?? "", /mail/);
});

Deno.test("PATCH /queues/:queue/limits and /limits/:task set limits, and GET /limits lists them", async () => {
  await using shop = new Shop();
  const set = await shop.ask("PATCH", "/queues/single/limits", { concurrency: 3 });
  assertEquals(set.status, 200, JSON.stringify(set.json));
  const [limit] = set.json.limits;
  assertEquals([limit.kind, limit.of, limit.set], ["queue", "single", { concurrency: 3 }]);
  const task = await shop.ask("PATCH", "/limits/held", { rateLimit: "5/s" });
  assertEquals(task.json.limits[0].set.rate, { limit: 5, period: 1000, burst: 1 });
  const { json: { limits } } = await shop.ask("GET", "/limits");
  assertEquals(limits.map(({ kind, of }: Answer) => [kind, of]), [["queue", "single"], ["rate", "held"]]);
  const reset = await shop.ask("PATCH", "/queues/single/limits", { concurrency: null });
  assert(reset.json.limits.every((one: Answer) => one.set === undefined));
  assertEquals((await shop.ask("PATCH", "/queues/single/limits", { rateLimit: "5/s" })).status, 422);
  assertEquals((await shop.ask("PATCH", "/queues/single/limits", {})).status, 422);
  assertEquals((await shop.ask("PATCH", "/limits/held", {})).status, 422);
  assertEquals((await shop.ask("PATCH", "/limits/held", { rateLimit: "often" })).status, 422);
});
