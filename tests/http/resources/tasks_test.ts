import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Hono } from "hono";
import { z } from "zod";
import { BrokerRefused, BrokerUnavailable, InvalidInput, type Logger, Umbel, Worker } from "@umbel/umbel";
import { http, type HttpApp, type HttpOptions, type TaskView } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";

const token = "a-secret-of-the-tests";

/** An app, its HTTP side, and what sends requests to it. */
class Setup implements AsyncDisposable {
  readonly app: Umbel;
  readonly api: HttpApp;
  readonly logged: string[] = [];

  constructor(options: Partial<HttpOptions> = {}) {
    this.app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
    this.app.task("add", (x: number, y: number) => x + y);
    this.app.task("fail", () => {
      throw new TypeError("no good");
    });
    const access = options.open ? {} : { tokens: [token] };
    this.api = http(this.app, { ...access, log: collectingLogger(this.logged), ...options });
  }

  async request(method: string, path: string, body?: unknown, headers: HeadersInit = {}): Promise<Response> {
    return await this.api.request(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async send(name: string, body: unknown = {}): Promise<string> {
    const response = await this.request("POST", `/tasks/${name}`, body);
    assertEquals(response.status, 202);
    return (await response.json()).id;
  }

  async drain(): Promise<void> {
    await new Worker(this.app, { log: collectingLogger([]) }).drain({ seconds: 60 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

function collectingLogger(lines: string[]): Logger {
  const say = (message: string) => void lines.push(message);
  return { enabled: () => true, debug: say, info: say, warning: say, error: say };
}

interface Expected {
  readonly status: number;
  readonly code: string;
  readonly detail?: RegExp;
  readonly field?: string;
}

async function assertProblem(response: Response, { status, code, detail, field }: Expected): Promise<void> {
  const text = await response.text();
  assertEquals(response.status, status, text);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  const body = JSON.parse(text);
  assertEquals([body.status, body.code, body.type], [status, code, "about:blank"]);
  assert(typeof body.title === "string" && body.title !== "");
  assertMatch(body.detail, detail ?? /./);
  assertEquals(body.errors?.map((error: { field: string }) => error.field), field === undefined ? undefined : [field]);
}

Deno.test("POST /tasks/:name sends the task, says its id and where it is", async () => {
  await using setup = new Setup();
  const response = await setup.request("POST", "/tasks/add", { args: [1, 2], queue: "sums", priority: 9 });
  const { id, ...rest } = await response.json();
  assertEquals(response.status, 202);
  assertEquals(rest, { task: "add", existed: false });
  assertEquals(response.headers.get("location"), `/tasks/${id}`);
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals((await setup.app.result(id).record())?.queue, "sums");
});

Deno.test("POST /tasks/:name takes every option of a call that is a caller's business", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", {
    args: [1, 2],
    id: "order/1",
    eta: "2099-01-31T08:00:00Z",
    expires: "2099-02-01T08:00:00Z",
    headers: { trace: "t1" },
    ignoreResult: false,
    timeLimit: "5s",
    softTimeLimit: "4s",
    maxRetries: null,
    resultExpires: { hours: 1 },
  });
  const view: TaskView = await (await setup.request("GET", `/tasks/${encodeURIComponent(id)}`)).json();
  assertEquals([id, view.id, view.state, view.eta], ["order/1", id, "SCHEDULED", "2099-01-31T08:00:00.000Z"]);
});

Deno.test("POST /tasks/:name takes an empty body as no arguments", async () => {
  await using setup = new Setup();
  await setup.send("fail", "");
});

Deno.test("POST /tasks/:name with an id that is there adds nothing, and says so", async () => {
  await using setup = new Setup();
  const first = await setup.request("POST", "/tasks/add", { args: [1, 2], id: "order-7" });
  const second = await setup.request("POST", "/tasks/add", { args: [1, 2], id: "order-7" });
  assertEquals(await first.json(), { id: "order-7", task: "add", existed: false });
  assertEquals([second.status, second.headers.get("location")], [202, "/tasks/order-7"]);
  assertEquals(await second.json(), { id: "order-7", task: "add", existed: true, state: "QUEUED" });
  assertEquals((await setup.app.broker.inspector.queues())[0]?.waiting, 1);
  await assertProblem(await setup.request("POST", "/tasks/fail", { id: "order-7" }), {
    status: 409,
    code: "id_taken",
    detail: /"order-7" is the id of a task "add" already/,
    field: "id",
  });
  await assertProblem(
    await setup.request("POST", "/tasks/add", { id: "order-7" }, { "idempotency-key": "order-8" }),
    { status: 422, code: "invalid_input", field: "Idempotency-Key" },
  );
});

Deno.test("POST /tasks/:name to a full queue is 429, of a unique task that is there 409", async () => {
  const config = { queues: { small: { maxLength: 1 } } };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, config });
  app.task("small", { queue: "small" }, () => {});
  app.task("once", { unique: { on: "reject" } }, () => {});
  const api = http(app, { open: true, log: collectingLogger([]) });
  const headers = { "content-type": "application/json" };
  const post = (name: string) => api.request(`/tasks/${name}`, { method: "POST", headers });
  assertEquals((await post("small")).status, 202);
  const full = await post("small");
  assertEquals(full.headers.get("retry-after"), "5");
  await assertProblem(full, { status: 429, code: "queue_full", detail: /Queue "small" is full/ });
  const { id } = await (await post("once")).json();
  await assertProblem(await post("once"), { status: 409, code: "already_exists", detail: new RegExp(id) });
});

Deno.test("POST /tasks/:name under an Idempotency-Key gives the same answer again, after the end too", async () => {
  await using setup = new Setup({ tokens: [token, "other"] });
  const post = (key: string, body: object = { args: [1, 2] }, more = {}) =>
    setup.request("POST", "/tasks/add", body, { "idempotency-key": key, ...more });
  const answers = [await post('"order-7"'), await post("order-7"), await post('"order-7";v=1')];
  await setup.drain();
  answers.push(await post("order-7"));
  const [answer, ...others] = await Promise.all(answers.map(async (response) => [
    response.status,
    response.headers.get("location"),
    await response.json(),
  ]));
  for (const other of others) assertEquals(other, answer);
  await assertProblem(await post("order-7", { args: [1, 3] }), {
    status: 422,
    code: "idempotency_mismatch",
    field: "Idempotency-Key",
  });
  await assertProblem(await post("order-7", { args: [1, 2], priority: 9 }), {
    status: 422,
    code: "idempotency_mismatch",
    field: "Idempotency-Key",
  });
  // Another caller's key, and another task's, is another one.
  const another = await post("order-7", { args: [1, 3] }, { authorization: "Bearer other" });
  assertEquals(another.status, 202);
  const fails = await setup.request("POST", "/tasks/fail", { args: [] }, { "idempotency-key": "order-7" });
  assertEquals(fails.status, 202);
  for (const key of ['""', '"half', "a b", "a,b", "x".repeat(256)]) {
    await assertProblem(await post(key), { status: 400, code: "invalid_idempotency_key", field: "Idempotency-Key" });
  }
});

for (
  const [what, body, expected] of [
    ["a body that is no JSON", '{"args": [1,', { status: 400, code: "invalid_json" }],
    ["a body that is no object", "[1, 2]", { status: 422, code: "invalid_input", field: "body" }],
    ["args that are no array", { args: 1 }, { status: 422, code: "invalid_input", field: "args", detail: /array/ }],
    ["an unknown option", { cuntdown: 3 }, {
      status: 422,
      code: "invalid_input",
      field: "cuntdown",
      detail: /did you mean countdown\?/,
    }],
    ["an option that is not the caller's", { parent: { id: "x" } }, {
      status: 422,
      code: "invalid_input",
      field: "parent",
    }],
    ["a priority that is none", { priority: 12 }, { status: 422, code: "invalid_input", field: "priority" }],
    ["a countdown that is none", { countdown: "soon" }, { status: 422, code: "invalid_input", field: "countdown" }],
    ["a time that is none", { expires: "2099-99-99" }, { status: 422, code: "invalid_input", field: "expires" }],
    ["an id with spaces", { id: "a b" }, { status: 422, code: "invalid_input", field: "id" }],
    ["args too deep", `{"args": [${"[".repeat(300)}${"]".repeat(300)}]}`, {
      status: 422,
      code: "invalid_input",
      field: "body",
      detail: /at most 64 levels/,
    }],
    ["a member named __proto__", '{"__proto__": {"queue": "x"}}', {
      status: 422,
      code: "invalid_input",
      field: "__proto__",
    }],
    ["a body above the limit", { args: ["x".repeat(5000)] }, { status: 413, code: "too_large", detail: /4000 bytes/ }],
  ] as readonly (readonly [string, unknown, Expected])[]
) {
  Deno.test(`POST /tasks/:name refuses ${what}`, async () => {
    await using setup = new Setup({ maxBodySize: 4000 });
    await assertProblem(await setup.request("POST", "/tasks/add", body), expected);
    assertEquals(await setup.app.broker.inspector.queues(), []);
  });
}

Deno.test("POST /tasks/:name refuses a stream above the limit, whose length nobody told", async () => {
  await using setup = new Setup({ maxBodySize: 4000 });
  const response = await setup.api.request("/tasks/add", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: new Blob([JSON.stringify({ args: ["x".repeat(5000)] })]).stream(),
  });
  await assertProblem(response, { status: 413, code: "too_large" });
});

Deno.test("POST /tasks/:name refuses a message above the app's limit", async () => {
  await using setup = new Setup({ maxBodySize: 3_000_000 });
  await assertProblem(await setup.request("POST", "/tasks/add", { args: ["x".repeat(1_100_000)] }), {
    status: 413,
    code: "too_large",
    detail: /The message of task "add" is too large/,
  });
});

Deno.test("POST /tasks/:name refuses what is not plain JSON", async () => {
  await using setup = new Setup();
  for (
    const headers of [
      { "content-type": "text/plain" },
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "" },
      { "content-type": "application/json", "content-encoding": "gzip" },
    ]
  ) {
    const response = await setup.request("POST", "/tasks/add", "{}", headers);
    assertEquals(response.headers.get("accept-post"), "application/json");
    await assertProblem(response, { status: 415, code: "unsupported_media_type" });
  }
  assertEquals(
    (await setup.request("POST", "/tasks/add", "{}", { "content-type": "Application/JSON; charset=utf-8" })).status,
    202,
  );
});

Deno.test("POST /tasks/:name refuses a name that the app does not know, with the nearest", async () => {
  await using setup = new Setup();
  await assertProblem(await setup.request("POST", "/tasks/ad", {}), {
    status: 404,
    code: "unknown_task",
    detail: /did you mean "add"\?/,
  });
});

Deno.test("POST /tasks/:name sends any name with anyTask", async () => {
  await using setup = new Setup({ anyTask: true });
  const name = "mails: send/now 100% ü";
  const id = await setup.send(encodeURIComponent(name));
  assertEquals((await setup.app.result(id).record())?.task, name);
});

Deno.test("GET /tasks/:id tells the result, and when what happened", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", { args: [1, 2] });
  const before: TaskView = await (await setup.request("GET", `/tasks/${id}`)).json();
  assertEquals([before.state, before.ended, "result" in before], ["QUEUED", false, false]);
  await setup.drain();
  const { sentAt, startedAt, finishedAt, worker, ...view } = await (await setup.request("GET", `/tasks/${id}`)).json();
  const args = [1, 2];
  assertEquals(view, { id, task: "add", args, state: "SUCCESS", ended: true, queue: "default", retries: 0, result: 3 });
  for (const time of [sentAt, startedAt, finishedAt]) assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertMatch(worker, /^worker@/);
});

Deno.test("GET /tasks/:id tells the error of a task that failed", async () => {
  await using setup = new Setup();
  const id = await setup.send("fail");
  await setup.drain();
  const { state, error } = await (await setup.request("GET", `/tasks/${id}`)).json();
  assertEquals([state, error.type, error.message], ["FAILURE", "TypeError", "no good"]);
});

Deno.test("GET /tasks/:id of an id that nobody knows is a 404, waiting or not", async () => {
  await using setup = new Setup();
  for (const path of ["/tasks/nobody", "/tasks/nobody?wait=5"]) {
    await assertProblem(await setup.request("GET", path), { status: 404, code: "unknown_id", detail: /nobody/ });
  }
});

Deno.test("GET /tasks/:id?wait= answers as soon as the task has ended", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", { args: [1, 2] });
  const [view] = await Promise.all([
    setup.request("GET", `/tasks/${id}?wait=20`).then((response) => response.json()),
    setup.drain(),
  ]);
  assertEquals([view.state, view.result], ["SUCCESS", 3]);
});

Deno.test("GET /tasks/:id?wait= answers with the present state when the time is over, or the server stops", async () => {
  const stop = new AbortController();
  await using setup = new Setup({ maxWait: "20s", signal: stop.signal });
  const id = await setup.send("add", { args: [1, 2] });
  const short: TaskView = await (await setup.request("GET", `/tasks/${id}?wait=10ms`)).json();
  assertEquals(short.state, "QUEUED");
  const long = setup.request("GET", `/tasks/${id}?wait=1000`);
  stop.abort();
  assertEquals((await (await long).json()).state, "QUEUED");
});

Deno.test("GET /tasks/:id?wait= waits no longer than maxWait", async () => {
  await using setup = new Setup({ maxWait: "10ms" });
  const id = await setup.send("add", { args: [1, 2] });
  assertEquals((await (await setup.request("GET", `/tasks/${id}?wait=1d`)).json()).state, "QUEUED");
});

Deno.test("GET /tasks/:id?wait= refuses a time that is none", async () => {
  await using setup = new Setup();
  await assertProblem(await setup.request("GET", "/tasks/some?wait=soon"), {
    status: 422,
    code: "invalid_input",
    field: "wait",
  });
});

Deno.test("HEAD /tasks/:id answers as GET does, without a body", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", { args: [1, 2] });
  const response = await setup.request("HEAD", `/tasks/${id}`);
  assertEquals([response.status, await response.text()], [200, ""]);
});

Deno.test("DELETE /tasks/:id revokes a task that waits, and again changes nothing", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", { args: [1, 2] });
  for (let time = 0; time < 2; time++) {
    const response = await setup.request("DELETE", `/tasks/${id}`);
    assertEquals([response.status, await response.json()], [200, { id, state: "REVOKED" }]);
  }
  assertEquals(await setup.app.result(id).state(), "REVOKED");
});

Deno.test("DELETE /tasks/:id of a task that has ended is a conflict", async () => {
  await using setup = new Setup();
  const id = await setup.send("add", { args: [1, 2] });
  await setup.drain();
  await assertProblem(await setup.request("DELETE", `/tasks/${id}`), {
    status: 409,
    code: "already_ended",
    detail: /SUCCESS/,
  });
});

Deno.test("DELETE /tasks/:id of an id that nobody knows is a 404", async () => {
  await using setup = new Setup();
  await assertProblem(await setup.request("DELETE", "/tasks/nobody"), { status: 404, code: "unknown_id" });
});

Deno.test("another method, or another path, is a problem too", async () => {
  await using setup = new Setup();
  const response = await setup.request("PUT", "/tasks/some", {});
  assertEquals(response.headers.get("allow"), "GET, HEAD, POST, PATCH, DELETE");
  await assertProblem(response, { status: 405, code: "method_not_allowed" });
  for (const path of ["/", "/task", "/tasks/", "/tasks/some/thing", "/nothing"]) {
    await assertProblem(await setup.request("GET", path), { status: 404, code: "not_found" });
  }
});

Deno.test("nothing below /tasks answers without a token, or with a wrong one", async () => {
  await using setup = new Setup();
  const requests: readonly (readonly [string, string])[] = [
    ["POST", "/tasks/add"],
    ["GET", "/tasks/some"],
    ["HEAD", "/tasks/some"],
    ["DELETE", "/tasks/some"],
    ["PATCH", "/tasks/some"],
    ["OPTIONS", "/tasks/some"],
    ["GET", "/tasks"],
    ["GET", "/tasks/some/thing"],
  ];
  for (const [method, path] of requests) {
    for (
      const [authorization, challenge] of [
        ["", 'Bearer realm="umbel"'],
        ["Bearer", 'Bearer realm="umbel"'],
        [`Basic ${btoa(`:${token}`)}`, 'Bearer realm="umbel"'],
        ["Bearer wrong", 'Bearer realm="umbel", error="invalid_token"'],
        [`Bearer ${token}x`, 'Bearer realm="umbel", error="invalid_token"'],
        [`Bearer ${token.slice(1)}`, 'Bearer realm="umbel", error="invalid_token"'],
      ] as const
    ) {
      const response = await setup.api.request(path, { method, headers: { authorization } });
      assertEquals([response.status, response.headers.get("www-authenticate")], [401, challenge]);
      await response.body?.cancel();
    }
  }
});

Deno.test("any of several tokens will do", async () => {
  await using setup = new Setup({ tokens: ["one", token, "three"] });
  for (const shown of ["one", token, "three"]) {
    const response = await setup.request("GET", "/tasks/nobody", undefined, { authorization: `bearer  ${shown}` });
    await assertProblem(response, { status: 404, code: "unknown_id" });
  }
});

Deno.test("http() refuses to be made without saying who may call", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  for (
    const options of [
      {},
      { open: false },
      { open: true, tokens: ["x"] },
      { tokens: [] },
      { tokens: [""] },
      { tokens: ["a b"] },
      { tokens: ["x"], maxBodySize: 0 },
      { tokens: ["x"], maxWait: "soon" },
      { token: "x" },
    ] as HttpOptions[]
  ) {
    assertThrows(() => http(app, options), InvalidInput);
  }
});

Deno.test("hosts: requests that name another host are refused", async () => {
  await using setup = new Setup({ open: true, hosts: ["localhost", "127.0.0.1"] });
  const ask = async (origin: string) => await setup.api.request(`${origin}/tasks/nobody`);
  await assertProblem(await ask("http://127.0.0.1:8000"), { status: 404, code: "unknown_id" });
  await assertProblem(await ask("http://evil.example:8000"), { status: 421, code: "misdirected", detail: /evil/ });
});

Deno.test("origins: no page of another origin may call, unless it is listed", async () => {
  const preflight = {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "POST" },
  };
  await using closed = new Setup();
  const refused = await closed.api.request("/tasks/add", preflight);
  assertEquals([refused.status, refused.headers.get("access-control-allow-origin")], [401, null]);
  await refused.body?.cancel();

  await using setup = new Setup({ origins: ["https://app.example"] });
  const allowed = await setup.api.request("/tasks/add", preflight);
  assertEquals([allowed.status, allowed.headers.get("access-control-allow-origin")], [204, "https://app.example"]);
  const other = await setup.api.request("/tasks/add", {
    ...preflight,
    headers: { ...preflight.headers, origin: "https://evil.example" },
  });
  assertEquals(other.headers.get("access-control-allow-origin"), null);
  const response = await setup.request("GET", "/tasks/nobody", undefined, { origin: "https://app.example" });
  assertEquals(response.headers.get("access-control-allow-origin"), "https://app.example");
  await response.body?.cancel();
});

Deno.test("mounted by route() it says where the task is, and leaves the other routes alone", async () => {
  await using setup = new Setup();
  const server = new Hono();
  server.route("/", setup.api);
  server.route("/api/v1", setup.api);
  server.get("/", (context) => context.text("The shop"));
  server.get("/tasks-of-today", (context) => context.text("None"));
  assertEquals(await (await server.request("/")).text(), "The shop");
  assertEquals(await (await server.request("/tasks-of-today")).text(), "None");
  assertEquals((await server.request("/nothing")).headers.get("content-type"), "text/plain; charset=UTF-8");
  const sent = await server.request("/api/v1/tasks/add", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: '{"args": [1, 2], "id": "a/b"}',
  });
  const path = sent.headers.get("location")!;
  assertEquals(path, "/api/v1/tasks/a%2Fb");
  const found = await server.request(path, { headers: { authorization: `Bearer ${token}` } });
  assertEquals((await found.json()).id, "a/b");
  await assertProblem(await server.request("/api/v1/tasks/some"), { status: 401, code: "unauthorized" });
});

for (
  const [error, expected, retryAfter] of [
    [new BrokerUnavailable("no answer from http://10.0.0.7"), { status: 503, code: "broker_unavailable" }, "5"],
    [new BrokerRefused("WRONGPASS http://10.0.0.7"), { status: 502, code: "broker_refused" }, null],
    [new Error("a bug at 10.0.0.7"), { status: 500, code: "internal" }, null],
  ] as const
) {
  Deno.test(`a ${error.name} of the broker is a ${expected.status}: told to the log, in general to the caller`, async () => {
    await using setup = new Setup();
    await setup.app.broker[Symbol.asyncDispose]();
    setup.app.broker.publish = () => Promise.reject(error);
    setup.app.broker.fetch = () => Promise.reject(error);
    for (const response of [await setup.request("POST", "/tasks/add", {}), await setup.request("GET", "/tasks/some")]) {
      assertEquals(response.headers.get("retry-after"), retryAfter);
      await assertProblem(response, { ...expected, detail: /^[^0-9]+$/ });
    }
    const faults = setup.logged.filter((line) => !line.startsWith("audit: "));
    assertEquals(faults, [error.message, error.message]);
  });
}

Deno.test("a broker that is named wrongly is a 500, whatever is asked", async () => {
  const app = new Umbel("shop", { env: {} });
  const logged: string[] = [];
  const api = http(app, { open: true, log: collectingLogger(logged) });
  await assertProblem(await api.request("/tasks/some"), { status: 500, code: "internal" });
  assertMatch(logged.join(), /has no broker/);
});

Deno.test("arguments that do not fit the task's schema are refused with their path", async () => {
  await using setup = new Setup();
  setup.app.task("mail", { schema: z.tuple([z.object({ to: z.email() })]) }, ({ to }) => to);
  const response = await setup.request("POST", "/tasks/mail", { args: [{ to: "nobody" }] });
  const { status, code, errors } = await response.json();
  assertEquals([status, code, errors[0].field], [422, "schema_mismatch", "args[0].to"]);
});
