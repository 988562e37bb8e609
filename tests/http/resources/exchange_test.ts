import { assert, assertEquals } from "@std/assert";
import { type BrokerSource, type Clock, Umbel, upstash } from "@umbel/umbel";
import { sealed } from "@umbel/umbel/codecs";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { silentLogger } from "../../../src/log.ts";
import { redisTest, startRest } from "../../redis.ts";
import { until } from "../../until.ts";

/** An app, and a worker that takes its turns by plain requests. */
interface Shop extends AsyncDisposable {
  readonly app: Umbel;
  /** Takes a turn, as the worker `w~1` unless it says otherwise. */
  turn(body?: object): Promise<Reply>;
  /** The same, before it is answered. */
  open(body?: object): Promise<Response>;
  /** The exchange as another process serves it, which remembers nothing. */
  restart(): void;
}

// deno-lint-ignore no-explicit-any
type Reply = { readonly status: number; readonly [member: string]: any };

function open(broker: BrokerSource, { clock, options = {} }: { clock?: Clock; options?: object } = {}): Shop {
  const app = new Umbel("shop", { broker, env: {}, ...(clock ? { clock } : {}), ...options });
  const serve = () => http(app, { tokens: ["s3cret"], log: silentLogger });
  let api = serve();
  const open = async (body: object = {}) =>
    await api.request("/exchange", {
      method: "POST",
      headers: { "authorization": "Bearer s3cret", "content-type": "application/json" },
      body: JSON.stringify({ worker: "w~1", ...body }),
    });
  return {
    app,
    open,
    restart: () => void (api = serve()),
    async turn(body) {
      const response = await open(body);
      return { status: response.status, ...await response.json() };
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** On both brokers. */
function test(name: string, run: (shop: Shop, clock: ManualClock) => Promise<void>): void {
  Deno.test(`${name}, on SQLite`, async () => {
    const clock = new ManualClock();
    await using shop = open(sqlite(":memory:"), { clock });
    await run(shop, clock);
  });
  redisTest(`${name}, on Redis`, async () => {
    const clock = new ManualClock();
    await using rest = await startRest();
    await using shop = open(upstash({ url: rest.url, token: rest.token }), { clock });
    await run(shop, clock);
  });
}

test("POST /exchange takes tasks and settles them", async ({ app, turn }) => {
  app.task("add", { timeLimit: "5s" }, () => {});
  const handles = await app.sendMany([["add", [1, 2], { headers: { from: "test" } }], ["add", [3, 4]]]);
  const { status, deliveries, lost, revoked } = await turn({ limit: 5 });
  assertEquals([status, lost, revoked], [200, [], []]);
  const [{ lease, sentAt: _, ...first }, second] = deliveries;
  const usual = { task: "add", queue: "default", retries: 0, deaths: 0, timeLimit: 5 };
  assertEquals(first, { ...usual, id: handles[0].id, args: [1, 2], headers: { from: "test" } });
  const settlements = [{ lease, result: { sum: 3 } }, { lease: second.lease, error: { type: "Oops", message: "no" } }];
  assertEquals(await turn({ settlements }), { status: 200, deliveries: [], lost: [], revoked: [] });
  assertEquals(await handles[0].get(), { sum: 3 });
  const failed = (await handles[1].record())!;
  assertEquals([failed.state, failed.error, failed.worker], ["FAILURE", { type: "Oops", message: "no" }, "w~1"]);
  assertEquals((await app.deadLetters.list()).letters.length, 1);
});

test("POST /exchange that comes twice settles once, and brings again what was not known", async ({ app, turn }) => {
  const handles = await app.sendMany([["add", [1]], ["add", [2]]]);
  const { deliveries: [one] } = await turn();
  const request = { settlements: [{ lease: one.lease, result: 1 }] };
  const { deliveries: [two] } = await turn(request);
  const again = await turn({ settlements: [{ lease: one.lease, result: "something else" }] });
  assertEquals([again.deliveries, again.lost], [[two], [one.lease]]);
  assertEquals(await handles[0].get(), 1);
  // What it names as held does not come again.
  assertEquals((await turn({ holds: [two.lease] })).deliveries, []);
});

test("POST /exchange settles what another process handed out", async ({ app, turn, restart }, clock) => {
  app.task("flaky", { retry: { max: 1 } }, () => {});
  const handle = await app.sendTask("flaky", [1]);
  const { deliveries: [one] } = await turn();
  restart();
  await turn({ settlements: [{ lease: one.lease, error: "not now" }] });
  assertEquals((await handle.record())!.state, "RETRY");
  await clock.advance("1d");
  restart();
  const { deliveries: [two] } = await turn();
  assertEquals([two.args, two.retries], [[1], 1]);
  restart();
  await turn({ reports: [{ lease: two.lease, state: "HALFWAY", meta: { current: 1 } }], holds: [two.lease], limit: 0 });
  assertEquals((({ state, meta }) => ({ state, meta }))((await handle.record())!), {
    state: "HALFWAY",
    meta: { current: 1 },
  });
  restart();
  await turn({ settlements: [{ lease: two.lease, result: null }] });
  const record = (await handle.record())!;
  assertEquals([record.state, record.retries, record.attempts?.length], ["SUCCESS", 1, 2]);
});

test("POST /exchange tries again when it is told to, until no retry is left", async ({ app, turn }, clock) => {
  app.task("call", { maxRetries: 1 }, () => {});
  const handle = await app.sendTask("call", []);
  const { deliveries: [one] } = await turn();
  await turn({ settlements: [{ lease: one.lease, retry: { countdown: 60 }, error: "busy" }] });
  const waiting = (await handle.record())!;
  assertEquals([waiting.state, waiting.eta! - clock.now(), waiting.error?.message], ["RETRY", 60_000, "busy"]);
  await clock.advance("60s");
  const { deliveries: [two] } = await turn();
  await turn({ settlements: [{ lease: two.lease, retry: {}, error: "still busy" }] });
  assertEquals((({ state, error }) => [state, error?.message])((await handle.record())!), ["FAILURE", "still busy"]);
});

test("POST /exchange waits for a task, and no longer than it was told to", async ({ app, turn }) => {
  const waiting = turn({ wait: 20 });
  await until(async () => (await app.broker.inspector.workers()).length > 0);
  await app.sendTask("add", [1]);
  const { deliveries: [one] } = await waiting;
  assertEquals(one.args, [1]);
  assertEquals((await turn({ wait: 0.05, settlements: [{ lease: one.lease, result: 1 }] })).deliveries, []);
  // Nobody listens any more: what is sent now is not kept for this worker.
  await app.sendTask("add", [2]);
  assertEquals((await turn({ worker: "another~1" })).deliveries[0].args, [2]);
});

test("POST /exchange of a client that has gone takes nothing more", async ({ app, open, turn }) => {
  const waiting = await open({ wait: 20 });
  await until(async () => (await app.broker.inspector.workers()).length > 0);
  await waiting.body!.cancel();
  await app.sendTask("add", [1]);
  assertEquals((await turn({ worker: "another~1" })).deliveries[0].args, [1]);
});

test("POST /exchange hands out nothing that is over before it starts", async ({ app, turn }, clock) => {
  const late = await app.sendTask("add", [1], { expires: "1s" });
  const good = await app.sendTask("add", [2]);
  await clock.advance("2s");
  const { deliveries } = await turn({ limit: 1, wait: 20 });
  assertEquals(deliveries.map(({ id }: { id: string }) => id), [good.id]);
  assertEquals((await late.record())!.state, "EXPIRED");
});

test("POST /exchange tells what was revoked, and what the worker no longer holds", async ({ app, turn }, clock) => {
  const handle = await app.sendTask("add", [1]);
  const { deliveries: [one] } = await turn();
  await app.revoke(handle.id);
  assertEquals((await turn({ holds: [one.lease], wait: 20 })).revoked, [one.lease]);
  assertEquals((await turn({ settlements: [{ lease: one.lease, result: 1 }] })).lost, []);
  assertEquals((await handle.record())!.state, "REVOKED");
  await app.sendTask("add", [2]);
  const { deliveries: [two] } = await turn();
  await clock.advance("31s");
  const { deliveries: [taken] } = await turn({ worker: "another~1" });
  assertEquals([taken.id, taken.deaths], [two.id, 1]);
  assertEquals((await turn({ holds: [two.lease] })).lost, [two.lease]);
});

test("POST /exchange renews what is held, and brings nothing to who takes nothing", async ({ app, turn }, clock) => {
  await app.sendMany([["add", [1]], ["add", [2]]]);
  const { deliveries: [one] } = await turn();
  for (let renewals = 0; renewals < 5; renewals++) {
    await clock.advance("20s");
    assertEquals((await turn({ holds: [], limit: 0 })).deliveries, []);
  }
  assertEquals((await turn({ settlements: [{ lease: one.lease, result: 1 }], limit: 0 })).lost, []);
  const { deliveries: [two] } = await turn();
  await turn({ leave: true });
  assertEquals((await turn({ worker: "another~1" })).deliveries[0].id, two.id);
});

Deno.test("POST /exchange opens what is sealed, and seals what comes back", async () => {
  const codecs = [sealed({ keys: { a: new Uint8Array(32) } as never })];
  await using shop = open(sqlite(":memory:"), { options: { codecs } });
  const { app, turn } = shop;
  app.task("add", () => {});
  const handle = await app.sendTask("add", ["a secret"]);
  const { deliveries: [one] } = await turn();
  assertEquals(one.args, ["a secret"]);
  await turn({ settlements: [{ lease: one.lease, result: "another secret" }] });
  const [stored] = await app.broker.fetch([handle.id]);
  assert(!JSON.stringify(stored).includes("secret"), JSON.stringify(stored));
  assertEquals(await handle.get(), "another secret");
});

Deno.test("POST /exchange refuses what says nothing, or two things, or cannot be kept", async () => {
  await using shop = open(sqlite(":memory:"));
  const { app, turn } = shop;
  await app.sendTask("add", []);
  const { deliveries: [{ lease }] } = await turn();
  for (
    const [body, field] of [
      [{ worker: "a worker" }, "worker"],
      [{ limit: 501 }, "limit"],
      [{ queues: ["a queue"] }, "queue"],
      [{ lease: 0 }, "lease"],
      [{ settlements: [{ lease }] }, "settlements[0]"],
      [{ settlements: [{ lease, result: 1, error: "no" }] }, "settlements[0]"],
      [{ settlements: [{ lease, retry: {}, result: null }] }, "settlements[0]"],
      [{ settlement: [] }, "settlement"],
    ] as const
  ) {
    const { status, errors } = await turn(body);
    assertEquals([status, errors[0].field], [422, field]);
  }
  const api = http(app, { open: true, log: silentLogger });
  const body = `{"worker": "w~1", "settlements": [{"lease": "${lease}", "result": 9007199254740993}]}`;
  const headers = { "content-type": "application/json" };
  const refused = await api.request("/exchange", { method: "POST", headers, body });
  assertEquals([refused.status, (await refused.json()).detail], [
    422,
    "The body holds the number 9007199254740993, which cannot be kept exactly: send it as text",
  ]);
});
