import { assert, assertEquals, assertMatch, assertObjectMatch, assertThrows } from "@std/assert";
import { InvalidInput, Snooze, Umbel, Worker } from "@umbel/umbel";
import { flower, type FlowerOptions, type HttpApp } from "@umbel/umbel/flower";
import { sqlite } from "@umbel/umbel/sqlite";
import type { FlowerTask } from "../../../src/http/flower/format.ts";
import { readTaskQuery } from "../../../src/http/flower/query.ts";
import { silentLogger as log } from "../../../src/log.ts";
import { userOf } from "../access.ts";

// deno-lint-ignore no-explicit-any
type Answer = any;

/** An app with a worker, and Flower's API of it. */
class Setup implements AsyncDisposable {
  readonly app: Umbel = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  readonly api: HttpApp;
  readonly #worker: Worker;

  constructor(options: Partial<FlowerOptions> = {}) {
    this.app.task("tasks.add", { rateLimit: "1000/s" }, (x: number, y: number) => x + y);
    this.app.task("tasks.error", { maxRetries: 0 }, () => {
      throw new TypeError("it's no good");
    });
    this.app.task("tasks.later", () => {
      throw new Snooze("1h");
    });
    this.app.task(
      "tasks.wait",
      { bind: true },
      (self) => new Promise<void>((resolve) => self.signal.addEventListener("abort", () => resolve())),
    );
    this.api = flower(this.app, { ...(options.tokens ? {} : { open: true }), log, ...options });
    this.#worker = new Worker(this.app, { name: "w1", log, concurrency: 2 });
  }

  /** Starts the worker, and returns its full name. */
  async work(): Promise<string> {
    const ready = new Promise<string>((resolve) => this.app.on("workerReady", ({ worker }) => resolve(worker)));
    void this.#worker.run();
    return await ready;
  }

  async get(path: string): Promise<Answer> {
    const response = await this.api.request(path);
    const text = await response.text();
    assertEquals(response.status, 200, text);
    return JSON.parse(text);
  }

  async post(path: string, body?: string | URLSearchParams): Promise<Answer> {
    const response = await this.api.request(path, { method: "POST", ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    assertEquals(response.status, 200, text);
    return JSON.parse(text);
  }

  /** The status and text of a request that is refused. */
  async refused(method: string, path: string, body?: string): Promise<[status: number, text: string]> {
    const response = await this.api.request(path, { method, ...(body === undefined ? {} : { body }) });
    assertMatch(response.headers.get("content-type") ?? "", /^(text\/plain|application\/json)/);
    return [response.status, await response.text()];
  }

  async send(task: string, args: readonly unknown[] = []): Promise<string> {
    return (await this.post(`/api/task/send-task/${task}`, JSON.stringify({ args })))["task-id"];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
    await this.app[Symbol.asyncDispose]();
  }
}

Deno.test("POST /api/task/async-apply and send-task send what curl -d says, with Celery's options", async () => {
  await using setup = new Setup();
  for (const verb of ["async-apply", "send-task"]) {
    const sent = await setup.post(`/api/task/${verb}/tasks.add?refresh=True`, '{"args": [1, 2]}');
    assertEquals(Object.keys(sent), ["task-id", "state"]);
    assertEquals(sent.state, "PENDING");
  }
  const body = {
    ...{ args: [3, 4], kwargs: {}, task_id: "mine", countdown: 3600, priority: 9, routing_key: "other", exchange: "x" },
    ...{ expires: "2040-01-01 00:00:00.000000", queue: "bulk", time_limit: 30 },
  };
  await setup.post("/api/task/async-apply/tasks.add", JSON.stringify(body));
  const [waiting] = (await setup.app.waiting({ queue: "bulk" })).tasks;
  assertObjectMatch(waiting!.message, {
    id: "mine",
    args: [3, 4],
    priority: 9,
    timeLimit: 30_000,
    expires: Date.UTC(2040),
  });
  const eta = await setup.post(
    "/api/task/async-apply/tasks.add",
    '{"args": [1, 2], "eta": "2040-01-01 12:00:00.500000"}',
  );
  assertEquals((await setup.app.result(eta["task-id"]).record())!.eta, Date.UTC(2040, 0, 1, 12, 0, 0, 500));
});

Deno.test("POST /api/task/… hands kwargs to the handler as an object that comes last", async () => {
  await using setup = new Setup();
  setup.app.task("tasks.scale", (x: number, { by = 1 }: { by?: number } = {}) => x * by);
  await setup.work();
  for (
    const [body, result] of [
      ['{"args": [2], "kwargs": {"by": 3}}', 6],
      ['{"args": [2], "kwargs": {}}', 2],
      ['{"args": [2], "kwargs": null}', 2],
    ] as const
  ) assertObjectMatch(await setup.post("/api/task/apply/tasks.scale", body), { state: "SUCCESS", result });
});

Deno.test("POST /api/task/… refuses what it cannot send, with Flower's statuses", async () => {
  await using setup = new Setup();
  const path = "/api/task/async-apply/tasks.add";
  for (const verb of ["apply", "async-apply", "send-task"]) {
    assertEquals(await setup.refused("POST", `/api/task/${verb}/tasks.ad`, "{}"), [404, "Unknown task 'tasks.ad'"]);
  }
  const refused: readonly [body: string, sentence: RegExp][] = [
    ["[1]", /must be an object/],
    ["{", /not JSON/],
    ['{"args": 1}', /args must be an array/],
    ['{"kwargs": [1]}', /kwargs must be an object/],
    ['{"kwargs": "x=1"}', /kwargs must be an object/],
    ['{"eta": "tomorrow"}', /Invalid option: eta/],
    ['{"expires": "soon"}', /Invalid option: expires/],
    ['{"link": "x"}', /"link" is no option here/],
    ['{"args": [1, 2], "priority": 10}', /priority must be/],
  ];
  for (const [body, sentence] of refused) {
    const [status, text] = await setup.refused("POST", path, body);
    assertEquals(status, 400, text);
    assertMatch(text, sentence);
  }
});

Deno.test("POST /api/task/apply waits for the result", async () => {
  await using setup = new Setup();
  await setup.work();
  const sum = await setup.post("/api/task/apply/tasks.add", '{"args": [1, 2]}');
  assertObjectMatch(sum, { state: "SUCCESS", result: 3 });
  const failed = await setup.post("/api/task/apply/tasks.error", "{}");
  assertEquals([failed.state, failed.result], ["FAILURE", "TypeError('it\\'s no good')"]);
  assertMatch(failed.traceback, /no good/);
});

Deno.test("GET /api/task/result tells the state, and the result once there is one", async () => {
  await using setup = new Setup();
  const id = await setup.send("tasks.add", [1, 2]);
  assertEquals(await setup.get(`/api/task/result/${id}`), { "task-id": id, state: "PENDING" });
  assertEquals(await setup.get(`/api/task/result/${id}?timeout=0.05`), { "task-id": id, state: "PENDING" });
  assertEquals(await setup.get("/api/task/result/nobody"), { "task-id": "nobody", state: "PENDING" });
  await setup.work();
  assertEquals(await setup.get(`/api/task/result/${id}?timeout=10`), { "task-id": id, state: "SUCCESS", result: 3 });
  assertEquals((await setup.refused("GET", `/api/task/result/${id}?timeout=soon`))[0], 400);
});

Deno.test("GET /api/task/info tells all members that Celery gives a task", async () => {
  await using setup = new Setup();
  const worker = await setup.work();
  const [good, bad] = [await setup.send("tasks.add", [3, 4]), await setup.send("tasks.error")];
  for (const id of [good, bad]) await setup.get(`/api/task/result/${id}?timeout=10`);
  const info = await setup.get(`/api/task/info/${good}`);
  assertEquals(Object.keys(info), [
    ...[
      "uuid",
      "name",
      "state",
      "received",
      "sent",
      "started",
      "rejected",
      "succeeded",
      "failed",
      "retried",
      "revoked",
    ],
    ...["args", "kwargs", "eta", "expires", "retries", "worker", "result", "exception", "timestamp", "runtime"],
    ...[
      "traceback",
      "exchange",
      "routing_key",
      "clock",
      "client",
      "root",
      "root_id",
      "parent",
      "parent_id",
      "children",
    ],
    "task-id",
  ]);
  assertObjectMatch(info, {
    ...{
      uuid: good,
      name: "tasks.add",
      state: "SUCCESS",
      args: "[3, 4]",
      kwargs: "{}",
      result: "7",
      retries: 0,
      worker,
    },
    ...{ exception: null, traceback: null, failed: null, revoked: null, children: [], routing_key: "default" },
  });
  assert(
    info.succeeded >= info.started && info.started >= info.received && info.received > 1.7e9,
    JSON.stringify(info),
  );
  assertObjectMatch(await setup.get(`/api/task/info/${bad}`), {
    ...{ state: "FAILURE", succeeded: null, result: null, exception: "TypeError('it\\'s no good')" },
  });
  assertEquals(await setup.refused("GET", "/api/task/info/nobody"), [404, "Unknown task 'nobody'"]);
});

Deno.test("GET /api/tasks lists tasks by their ids, filtered, searched and sorted as Flower does it", async () => {
  await using setup = new Setup();
  const worker = await setup.work();
  const ids = [
    await setup.send("tasks.add", [1, 2]),
    await setup.send("tasks.add", [3, 4]),
    await setup.send("tasks.error"),
  ];
  for (const id of ids) await setup.get(`/api/task/result/${id}?timeout=10`);
  const later = (await setup.post("/api/task/async-apply/tasks.add", '{"args": [55, 66], "countdown": 60}'))["task-id"];
  const list = async (query: string) => Object.keys(await setup.get(`/api/tasks${query}`)).sort();
  const [one, two, bad] = ids as [string, string, string];
  assertEquals(await list(""), [...ids, later].sort());
  assertEquals(await list("?taskname=tasks.error&workername=All&state=All"), [bad]);
  assertEquals(await list("?state=SUCCESS"), [one, two].sort());
  assertEquals(await list("?state=PENDING"), [later]);
  assertEquals(await list(`?workername=${encodeURIComponent(worker)}`), ids.toSorted());
  assertEquals(await list("?received_start=2000-01-01 00:00&received_end=2000-01-02 00:00"), []);
  assertEquals(await list("?received_start=2000-01-01%2000:00"), [...ids, later].sort());
  assertEquals(await list('?search=state:FAILURE OR args:"55, 66"'), [bad, later].sort());
  assertEquals((await list("?limit=1")).length, 1);
  assertEquals((await list("?limit=2&offset=3")).length, 1);
  const sorted = Object.values(await setup.get("/api/tasks?sort_by=-name")) as FlowerTask[];
  assertEquals(sorted.map(({ name }) => name), ["tasks.error", "tasks.add", "tasks.add", "tasks.add"]);
  const received = Object.values(await setup.get("/api/tasks?sort_by=received")) as FlowerTask[];
  assertEquals(received.map(({ uuid }) => uuid), [...ids, later]);
  for (const query of ["sort_by=runtime", "received_start=today", "limit=some"]) {
    assertEquals((await setup.refused("GET", `/api/tasks?${query}`))[0], 400, query);
  }
  assertEquals(await setup.refused("GET", "/api/tasks?search=(ab"), [
    400,
    '{"error":"Substring search terms must contain at least 3 characters at position 1."}',
  ]);
});

Deno.test("readTaskQuery() reads the language of Flower's search", () => {
  const task: FlowerTask = {
    ...{ uuid: "f67ea225-ae9e", name: "tasks.send_email", state: "FAILURE", worker: "celery@host" },
    ...{ args: "['connection refused', 'say \"hi\"']", kwargs: "{}", result: null },
  };
  const fits = (query: string) => readTaskQuery(query)(task);
  const yes = `
    | send_email | SEND_EMAIL refused | email AND refused | nothing OR email | state:failure | State:FAILURE
    | "connection refused" | args:"connection refused" | name:email worker:celery@host | ae9e | "say \\"hi\\""
    | (nothing OR email) (refused AND failure) | ((((email)))) | nothing OR email refused | other:thing OR email
  `;
  const no = `
    nothing | email AND nothing | state:fail | "refused connection" | args:email | kwargs:queue=priority | result:email
    | (email OR refused) nothing | worker:email
  `;
  for (const query of yes.split("|")) assert(fits(query.trim()), query);
  for (const query of no.split("|")) assert(!fits(query.trim()), query);
  const wrong: readonly [query: string, sentence: string][] = [
    ["NOT email", "NOT is not supported at position 0."],
    ["email -other", "Negation with '-' is not supported at position 6."],
    ["(email", "Missing closing parenthesis at position 0."],
    ["email)", "Unexpected ')' at position 5."],
    ["()", "Expected a search term at position 1."],
    ["email OR", "Expected a search term at position 8."],
    ["ab", "Substring search terms must contain at least 3 characters at position 0."],
    ["name:", "Search qualifier requires a value at position 0."],
    ['"open', "Unterminated quoted phrase at position 0."],
    ['""', "Empty search term at position 0."],
    ["((((((email))))))", "Query nesting exceeds 5 levels at position 5."],
    ["x".repeat(3000), "Query exceeds 2048 characters."],
  ];
  for (const [query, sentence] of wrong) {
    assertEquals(assertThrows(() => readTaskQuery(query), InvalidInput).message, sentence);
  }
});

Deno.test("GET /api/task/types and /api/queues/length", async () => {
  await using setup = new Setup();
  assertEquals(await setup.get("/api/task/types"), {
    "task-types": ["tasks.add", "tasks.error", "tasks.later", "tasks.wait"],
  });
  await setup.send("tasks.add", [1, 2]);
  await setup.send("tasks.add", [3, 4]);
  assertEquals(await setup.get("/api/queues/length"), { active_queues: [{ name: "default", messages: 2 }] });
});

Deno.test("POST /api/task/revoke and abort revoke a task", async () => {
  await using setup = new Setup();
  const waiting = await setup.send("tasks.add", [1, 2]);
  assertEquals(await setup.post(`/api/task/revoke/${waiting}?terminate=False&signal=SIGTERM`), {
    message: `Revoked '${waiting}'`,
  });
  assertObjectMatch(await setup.get(`/api/task/result/${waiting}`), { state: "REVOKED" });
  const running = await setup.send("tasks.wait");
  await setup.work();
  for await (const update of setup.app.result(running).updates()) {
    if (update.kind === "state" && update.state === "STARTED") break;
  }
  assertEquals(await setup.post(`/api/task/abort/${running}`), { message: `Aborted '${running}'` });
  assertObjectMatch(await setup.get(`/api/task/result/${running}?timeout=10`), { state: "REVOKED" });
  assertEquals((await setup.refused("POST", `/api/task/revoke/${running}?terminate=perhaps`))[0], 400);
});

Deno.test("GET /api/workers tells what workers say of themselves, and whether they are alive", async () => {
  await using setup = new Setup();
  assertEquals(await setup.get("/api/workers?refresh=1"), {});
  const worker = await setup.work();
  assertEquals(await setup.get("/api/workers?status=true"), { [worker]: true });
  const id = await setup.send("tasks.wait");
  for await (const update of setup.app.result(id).updates()) {
    if (update.kind === "state" && update.state === "STARTED") break;
  }
  const all = await setup.get("/api/workers?refresh=True");
  assertEquals(Object.keys(all), [worker]);
  const facts = all[worker];
  assertEquals(Object.keys(facts), [
    ...["stats", "active_queues", "registered", "scheduled", "active", "reserved", "revoked", "conf", "timestamp"],
  ]);
  assertEquals(facts.registered, ["tasks.add", "tasks.error", "tasks.later", "tasks.wait"]);
  assertObjectMatch(facts.active_queues[0], { name: "default", routing_key: "default", exchange: { type: "direct" } });
  assertObjectMatch(facts.active[0], {
    id,
    name: "tasks.wait",
    args: [],
    kwargs: {},
    hostname: worker,
    worker_pid: null,
  });
  assertEquals(facts.stats.pool["max-concurrency"], 2);
  assert(facts.stats.pid > 0 && facts.stats.rusage.maxrss > 0 && facts.timestamp > 1.7e9, JSON.stringify(facts.stats));
  // A worker may be called without the word of its life.
  assertEquals(Object.keys(await setup.get(`/api/workers?workername=${worker.split("~")[0]}`)), [worker]);
  assertEquals(await setup.refused("GET", "/api/workers?workername=w9"), [404, "Unknown worker 'w9'"]);
  await setup.post(`/api/task/revoke/${id}`);
});

Deno.test("POST /api/worker/… tells workers what to do", async () => {
  await using setup = new Setup();
  const worker = await setup.work();
  const at = encodeURIComponent(worker);
  const told: readonly [path: string, body: URLSearchParams | undefined, message: string][] = [
    [`pool/grow/${at}?n=3`, undefined, `Growing '${worker}' worker's pool by 3`],
    [`pool/shrink/${at}`, undefined, `Shrinking '${worker}' worker's pool by 1`],
    [`pool/autoscale/${at}?min=3&max=10`, undefined, `Autoscaling '${worker}' worker (min=3, max=10)`],
    [`queue/add-consumer/${at}?queue=sample-queue`, undefined, "add consumer sample-queue"],
    [
      `queue/cancel-consumer/${at}`,
      new URLSearchParams({ queue: "sample-queue" }),
      "no longer consuming from sample-queue",
    ],
  ];
  for (const [path, body, message] of told) assertEquals(await setup.post(`/api/worker/${path}`, body), { message });
  const [stats] = await setup.app.inspect.stats();
  assertObjectMatch((stats as Answer).answer, { pool: { autoscale: { min: 3, max: 10 } }, queues: ["default"] });

  const [status, text] = await setup.refused("POST", `/api/worker/pool/restart/${at}`);
  assertEquals(status, 403);
  assertMatch(text, /^Failed to restart the 'w1.*' pool: /);
  assertEquals((await setup.refused("POST", `/api/worker/pool/shrink/${at}?n=100`))[0], 403);
  assertEquals(await setup.refused("POST", `/api/worker/queue/add-consumer/${at}`), [400, "Missing argument queue"]);
  assertEquals((await setup.refused("POST", `/api/worker/pool/grow/${at}?n=many`))[0], 400);
  for (const path of ["shutdown", "pool/restart", "pool/grow", "queue/add-consumer"]) {
    assertEquals(await setup.refused("POST", `/api/worker/${path}/w9?queue=a`), [404, "Unknown worker 'w9'"], path);
  }
  assertEquals(await setup.post(`/api/worker/shutdown/${at}`), { message: "Shutting down!" });
});

Deno.test("POST /api/task/timeout and rate-limit set limits", async () => {
  await using setup = new Setup();
  const worker = await setup.work();
  const form = new URLSearchParams({ soft: "30", hard: "100", workername: worker });
  assertEquals(await setup.post("/api/task/timeout/tasks.add", form), { message: "time limits set successfully" });
  const rate = new URLSearchParams({ ratelimit: "200", workername: worker });
  assertEquals(await setup.post("/api/task/rate-limit/tasks.add", rate), {
    message: "new rate limit set successfully",
  });
  const [limit] = await setup.app.broker.inspector.limits();
  assertObjectMatch(limit!, { set: { rate: { limit: 200, period: 1000 } } });
  await setup.post("/api/task/rate-limit/tasks.add", new URLSearchParams({ ratelimit: "0" }));
  assertEquals((await setup.app.broker.inspector.limits())[0]!.set, undefined);
  assertEquals(await setup.refused("POST", "/api/task/timeout/tasks.ad"), [404, "Unknown task 'tasks.ad'"]);
  assertEquals(await setup.refused("POST", "/api/task/rate-limit/tasks.ad?ratelimit=1"), [
    404,
    "Unknown task 'tasks.ad'",
  ]);
  const unknown = "/api/task/rate-limit/tasks.add?ratelimit=1&workername=w9";
  assertEquals(await setup.refused("POST", unknown), [404, "Unknown worker 'w9'"]);
  assertEquals((await setup.refused("POST", "/api/task/rate-limit/tasks.add?ratelimit=fast"))[0], 400);
  const [status, text] = await setup.refused("POST", "/api/task/rate-limit/tasks.error?ratelimit=1");
  assertEquals(status, 403);
  assertMatch(text, /^Failed to set rate limit: '.*declares no rateLimit/);
});

Deno.test("Flower's API lets in users by basic auth, and nobody unasked", async () => {
  const tokens = [await userOf("anna", "hers", ["read"]), await userOf("otto", "his", ["admin"])];
  await using setup = new Setup({ tokens });
  const ask = async (path: string, { user = "", ...init }: RequestInit & { user?: string } = {}) => {
    const headers: HeadersInit = user === "" ? {} : { authorization: `Basic ${btoa(user)}` };
    const response = await setup.api.request(path, { ...init, headers });
    await response.body?.cancel();
    return response;
  };
  const stranger = await ask("/api/tasks");
  assertEquals(stranger.status, 401);
  assertMatch(stranger.headers.get("www-authenticate") ?? "", /Basic/);
  assertEquals((await ask("/api/tasks", { user: "anna:wrong" })).status, 401);
  assertEquals((await ask("/api/tasks", { user: "anna:hers" })).status, 200);
  const post = { method: "POST", body: '{"args": [1, 2]}' };
  assertEquals((await ask("/api/task/async-apply/tasks.add", { user: "anna:hers", ...post })).status, 403);
  assertEquals((await ask("/api/task/async-apply/tasks.add", { user: "otto:his", ...post })).status, 200);
  assertThrows(() => flower(setup.app, {} as FlowerOptions), InvalidInput);

  const shown = flower(setup.app, { tokens, readOnly: true, log });
  const authorization = `Basic ${btoa("otto:his")}`;
  const response = await shown.request("/api/task/revoke/a", { method: "POST", headers: { authorization } });
  assertEquals([response.status, await response.text()], [403, "This server changes nothing: it is read-only"]);
});

Deno.test("every endpoint in Flower's table is there", async () => {
  await using setup = new Setup();
  const endpoints = `
    GET /api/workers | POST /api/worker/shutdown/w | POST /api/worker/pool/restart/w | POST /api/worker/pool/grow/w
    | POST /api/worker/pool/shrink/w | POST /api/worker/pool/autoscale/w | POST /api/worker/queue/add-consumer/w
    | POST /api/worker/queue/cancel-consumer/w | GET /api/tasks | GET /api/task/types | GET /api/task/info/a
    | GET /api/task/result/a | POST /api/task/apply/a | POST /api/task/async-apply/a | POST /api/task/send-task/a
    | POST /api/task/abort/a | POST /api/task/revoke/a | POST /api/task/timeout/a | POST /api/task/rate-limit/a
    | GET /api/queues/length
  `;
  for (const endpoint of endpoints.split("|")) {
    const [method, path] = endpoint.trim().split(" ") as [string, string];
    const response = await setup.api.request(path, { method });
    const text = await response.text();
    assert(response.status === 200 || /^Unknown (task|worker) '[aw]'$/.test(text), `${endpoint}: ${text}`);
    const other = method === "GET" ? "POST" : "GET";
    const wrong = await setup.api.request(path, { method: other });
    await wrong.body?.cancel();
    assertEquals(wrong.status, 405, endpoint);
  }
});
