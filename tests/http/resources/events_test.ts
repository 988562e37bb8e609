import { assertEquals, assertMatch } from "@std/assert";
import { type Clock, Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { silentLogger as log } from "../../../src/log.ts";

function setup({ signal, clock }: { signal?: AbortSignal; clock?: Clock } = {}) {
  const config = { events: "lifecycle", history: true } as const;
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, config, ...(clock ? { clock } : {}) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const api = http(app, { tokens: ["secret"], log, ...(signal ? { signal } : {}) });
  const request = (path: string, init: RequestInit = {}) =>
    api.request(path, { ...init, headers: { authorization: "Bearer secret", ...init.headers } }) as Promise<Response>;
  const json = async (path: string) => await (await request(path)).json();
  const work = () => new Worker(app, { log, name: "w1" }).drain({ seconds: 60 });
  return { app, add, request, json, work };
}

interface Told {
  readonly type: string;
  readonly id?: string;
  readonly cursor: string;
}

/** The events of a stream, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<{ name: string; id: string; data: Told } | string> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s)));
      yield fields.data === undefined ? part : { name: fields.event, id: fields.id, data: JSON.parse(fields.data) };
    }
  }
}

Deno.test("GET /events tells what happened, part by part, by filter", async () => {
  const { app, add, json, request, work } = setup();
  await using _ = app;
  const start = await json("/events");
  assertEquals([start.events, start.missed], [[], false]);
  const { id } = await add.delay(1, 2);
  await work();
  const page = await json(`/events?since=${start.cursor}&id=${id}`);
  assertEquals(page.events.map(({ type }: Told) => type), ["task-sent", "task-succeeded"]);
  assertMatch(page.events[0].at, /^\d{4}-\d\d-\d\dT/);
  assertEquals((await json(`/events?since=${page.cursor}`)).events, []);
  const first = await json(`/events?from=0&limit=1&types=task-sent`);
  assertEquals(first.events.map(({ type }: Told) => type), ["task-sent"]);
  const wrong = await (await request("/events?types=task-set")).json();
  assertEquals([wrong.code, wrong.errors[0].field], ["invalid_input", "types"]);
});

Deno.test("GET /events/stream tells what happens, goes on behind Last-Event-ID, and ends with the server", async () => {
  const stop = new AbortController();
  const { app, add, request, work } = setup({ signal: stop.signal });
  await using _ = app;
  const response = await request("/events/stream?task=add");
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  assertMatch(String((await events.next()).value), /^id: /, "where to go on is said before there is an event");
  await add.delay(1, 2);
  const sent = (await events.next()).value as { name: string; id: string; data: Told };
  assertEquals([sent.name, sent.id], ["task-sent", sent.data.cursor]);
  await response.body?.cancel().catch(() => {});
  await events.return(undefined);
  await work();
  const again = await request("/events/stream?task=add", { headers: { "last-event-id": sent.id } });
  const rest = eventsOf(again);
  await rest.next();
  assertEquals(((await rest.next()).value as { name: string }).name, "task-succeeded");
  const next = rest.next();
  stop.abort();
  assertEquals((await next).done, true);
});

Deno.test("GET /history counts by minute; PUT /recording sets what is kept", async () => {
  // It stands: nothing lies in two minutes.
  const { app, add, json, request, work } = setup({ clock: new ManualClock() });
  await using _ = app;
  await add.delayMany([[1, 2], [3, 4]]);
  await work();
  const { step, points, buckets } = await json("/history?task=add");
  assertEquals([step, points.length, points[0].done, points[0].run.count], ["minute", 1, 2, 2]);
  assertEquals(points[0].run.buckets, undefined);
  const full = await json("/history?histograms=true&step=hour");
  assertEquals(full.points[0].run.buckets.length, buckets.length + 1);
  assertEquals(await json("/recording"), { events: "lifecycle", history: true });
  const put = (body: unknown) =>
    request("/recording", {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  assertEquals(await (await put({ events: "all" })).json(), { events: "all", history: true });
  assertEquals((await json("/recording")).events, "all");
  assertEquals((await put({ events: "some" })).status, 422);
});

Deno.test("GET /bill tells what was billed, which is nothing in SQLite", async () => {
  const { app, json, request } = setup();
  await using _ = app;
  const nothing = { isMetered: false, commands: 0, cost: 0, operations: {}, price: 1.5, days: [] };
  assertEquals(await json("/bill?days=3&price=1.5"), nothing);
  for (const query of ["days=0", "days=32", "price=-1", "price=x"]) {
    assertEquals((await request(`/bill?${query}`)).status, 422, query);
  }
});

Deno.test("GET /healthz and /readyz answer anybody, GET /metrics takes a token", async () => {
  const { app, add, request, work } = setup();
  await add.delay(1, 2);
  await work();
  const strange = (path: string) => request(path, { headers: { authorization: "" } });
  assertEquals([(await strange("/healthz")).status, (await strange("/readyz")).status], [200, 200]);
  assertEquals((await strange("/metrics")).status, 401);
  await add.applyAsync([1, 2], { queue: "mail" });
  const text = await (await request("/metrics")).text();
  assertMatch(text, /^umbel_queue_waiting\{queue="mail"\} 1$/m);
  assertMatch(text, /^umbel_broker_up 1$/m);
  await app[Symbol.asyncDispose]();
});
