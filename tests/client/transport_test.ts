import { assert, assertEquals, assertRejects } from "@std/assert";
import { createLogger, Umbel } from "@umbel/umbel";
import { BrokerUnavailable, Client, QueueFull, RequestRefused, ServerUnavailable } from "@umbel/umbel/client";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";

const silent = createLogger({ write: () => {} });

/** What a server answers to one request. */
type Step = (request: Request) => Response | Promise<Response>;

/** A client whose server answers by these steps, the last one again and again; and when it was asked. */
function scripted(...steps: readonly Step[]) {
  const clock = new ManualClock();
  const requests: Request[] = [];
  const times: number[] = [];
  const start = clock.now();
  const client = new Client("http://shop.example/api/", {
    clock,
    fetch: async (...args) => {
      const request = new Request(...args);
      requests.push(request);
      times.push(clock.now() - start);
      return await steps[Math.min(requests.length, steps.length) - 1]!(request);
    },
  });
  return { client, clock, requests, times };
}

const sent: Step = () => Response.json({ id: "a", existed: false }, { status: 202 });
const broken: Step = () => {
  throw new TypeError("connection reset");
};
const hangs: Step = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const status = (status: number, headers: HeadersInit = {}): Step => () => new Response("busy", { status, headers });
const problem = (status: number, code: string, more = {}): Step => () =>
  Response.json({ code, detail: `It is ${code}`, ...more }, { status });

Deno.test("a request is tried again under the same key, after growing, jittered pauses", async () => {
  const { client, clock, requests, times } = scripted(broken, status(503), status(502), status(500), sent);
  const sending = client.task("add").delay(1, 2);
  await clock.advance("5s");
  assertEquals((await sending).id, "a");
  assertEquals(new Set(requests.map(({ headers }) => headers.get("idempotency-key"))).size, 1);
  assertEquals(requests.map(({ url }) => url), Array(5).fill("http://shop.example/api/tasks/add"));
  for (const [index, pause] of [100, 200, 400, 800].entries()) {
    const paused = times[index + 1]! - times[index]!;
    assert(pause / 2 <= paused && paused <= pause, `pause ${index} is ${paused} ms`);
  }
});

Deno.test("a request waits as long as Retry-After says, in seconds or until a date", async () => {
  const { client, clock, times } = scripted(status(429, { "retry-after": "7" }), sent);
  const sending = client.task("add").delay(1, 2);
  await clock.advance("8s");
  await sending;
  assert(times[1]! >= 7000, `${times[1]} ms`);
  const date = new Date(Date.now() + 9000).toUTCString();
  const later = scripted(status(503, { "retry-after": date }), sent);
  const second = later.client.task("add").delay(1, 2);
  await later.clock.advance("12s");
  await second;
  assert(later.times[1]! > 6000, `${later.times[1]} ms`);
});

Deno.test("a request is given up at its deadline, or as soon as it is clear that there is no time for another try", async () => {
  const { client, clock, times } = scripted(broken);
  const sending = assertRejects(() => client.task("add").delay(1, 2), ServerUnavailable, "connection reset");
  await clock.advance("30s");
  const error = await sending;
  assertEquals((error.cause as Error).message, "connection reset");
  assert(times.at(-1)! > 20_000);
  const early = scripted(status(503, { "retry-after": "60" }));
  await assertRejects(() => early.client.task("add").delay(1, 2), ServerUnavailable, "answered 503");
});

Deno.test("a try that gets no answer in time is given up, and the next one made", async () => {
  const { client, clock, times } = scripted(hangs, sent);
  const sending = client.task("add").delay(1, 2);
  await clock.advance("11s");
  assertEquals((await sending).id, "a");
  assert(times[1]! >= 10_000);
});

Deno.test("what the server says is passing is tried again, what is not is thrown at once", async () => {
  const passing = scripted(problem(503, "broker_unavailable"));
  const sending = assertRejects(
    () => passing.client.task("add").delay(),
    BrokerUnavailable,
    "It is broker_unavailable",
  );
  await passing.clock.advance("31s");
  await sending;
  assert(passing.requests.length > 5);
  const full = scripted(problem(429, "queue_full", { queue: "mail" }));
  assertEquals((await assertRejects(() => full.client.task("add").delay(), QueueFull)).queue, "mail");
  const internal = scripted(problem(500, "internal"));
  assertEquals((await assertRejects(() => internal.client.task("add").delay(), RequestRefused)).status, 500);
  assertEquals([full.requests.length, internal.requests.length], [1, 1]);
});

Deno.test("an aborted signal ends a request while it waits for an answer, and between two tries", async () => {
  for (const step of [hangs, broken]) {
    const { client, clock } = scripted(step);
    const stop = new AbortController();
    const sending = client.task("add").applyAsync([1, 2], { signal: stop.signal });
    await clock.advance("1ms");
    stop.abort(new RangeError("enough"));
    await assertRejects(() => sending, RangeError, "enough");
  }
  const stop = new AbortController();
  stop.abort(new RangeError("over"));
  const client = new Client("http://shop.example", { signal: stop.signal });
  await assertRejects(() => client.result("a").record(), RangeError, "over");
});

Deno.test("RemoteResult.get() asks again while the task runs, with pauses when the server does not wait", async () => {
  const running = Response.json({ ended: false });
  const waits: Step = async (request) => {
    const ms = Number(/wait=(\d+)ms/.exec(request.url)![1]);
    await clock.sleep(ms);
    return running.clone();
  };
  const { client, clock, requests, times } = scripted(
    waits,
    waits,
    () => running.clone(),
    () => running.clone(),
    () => Response.json({ ended: true, state: "SUCCESS", result: 3 }),
  );
  const getting = client.result("a").get();
  await clock.advance("60s");
  assertEquals(await getting, 3);
  assertEquals(requests[0]!.url, "http://shop.example/api/tasks/a?wait=25000ms");
  assertEquals(times.slice(0, 3), [0, 25_000, 50_000]);
  assert(times[3]! > 50_000 && times[4]! > times[3]!);
});

Deno.test("a call whose answer is lost is there once", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  app.task("add", (x: number, y: number) => x + y);
  const api = http(app, { open: true, log: silent });
  let asked = 0;
  // The answer breaks off within its body: it was carried out, and nobody is told.
  const torn = () => new ReadableStream({ pull: (controller) => controller.error(new Error("torn")) });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: () => new Response(null, { status: 500 }) },
    async (request) => {
      const response = await api.fetch(request);
      if (asked++ % 2 === 1) return response;
      await response.body?.cancel();
      return new Response(torn(), response);
    },
  );
  const client = new Client(`http://127.0.0.1:${server.addr.port}`);
  const sent = await client.task("add").delay(1, 2);
  assertEquals([asked, sent.existed], [2, false]);
  assertEquals((await app.waiting({})).tasks.map(({ record }) => record.id), [sent.id]);
});
