import { assertEquals, assertMatch } from "@std/assert";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";

const silent = createLogger({ write: () => {} });

function setup({ signal }: { signal?: AbortSignal } = {}) {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const step = Promise.withResolvers<void>();
  const build = app.task("build", { bind: true }, async (self) => {
    self.log("begins");
    self.progress(1, 2);
    await step.promise;
    self.log.warning("ends");
    return "built";
  });
  const api = http(app, { open: true, log: silent, ...(signal ? { signal } : {}) });
  const open = async (id: string, headers: HeadersInit = {}, init: RequestInit = {}) =>
    await api.request(`/tasks/${id}/updates`, { headers, ...init });
  return { app, api, build, step, open };
}

interface Event {
  readonly id: string;
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** The events of a response, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map((line) => line.split(/: (.*)/s)));
      yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

Deno.test("GET /tasks/:id/updates streams states, progress and lines to the end", async () => {
  const { app, build, step, open } = setup();
  await using _ = app;
  const { id } = await build.delay();
  await using worker = new Worker(app, { log: silent });
  const response = await open(id);
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const seen: unknown[] = [];
  for await (const { id, event, data } of eventsOf(response)) {
    seen.push([id, event, data.state ?? data.message ?? data.current]);
    if (data.state === "QUEUED") void worker.run();
    if (data.message === "begins") {
      assertEquals([data.line, data.level], [1, "info"]);
      assertMatch(data.at, /^\d{4}-\d\d-\d\dT/);
      step.resolve();
    }
    if (data.ended) assertEquals(data.result, "built");
  }
  assertEquals(seen, [
    ["0", "state", "QUEUED"],
    ["0", "state", "PROGRESS"],
    ["0", "progress", 1],
    ["1", "log", "begins"],
    ["2", "log", "ends"],
    ["end", "state", "SUCCESS"],
  ]);
});

Deno.test("GET /tasks/:id/updates goes on where Last-Event-ID says, and says 204 after the end", async () => {
  const { app, build, step, open } = setup();
  await using _ = app;
  const { id } = await build.delay();
  step.resolve();
  await new Worker(app, { log: silent }).drain({ seconds: 60 });
  const events = await Array.fromAsync(eventsOf(await open(id, { "last-event-id": "1" })));
  assertEquals(events.map(({ id, event }) => `${id} ${event}`), ["1 progress", "2 log", "end state"]);
  assertEquals((await open(id, { "last-event-id": "end" })).status, 204);
});

Deno.test("GET /tasks/:id/updates of an unknown id is 404, other methods are 405, HEAD has no body", async () => {
  const { app, api, build, open } = setup();
  await using _ = app;
  const unknown = await open("nobody");
  assertEquals([unknown.status, (await unknown.json()).code], [404, "unknown_id"]);
  const posted = await api.request("/tasks/a/updates", { method: "POST" });
  assertEquals([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
  await posted.body?.cancel();
  const { id } = await build.delay();
  const head = await open(id, {}, { method: "HEAD" });
  assertEquals([head.status, head.body], [200, null]);
});

Deno.test("GET /tasks/:id/updates ends when the server stops, and when nobody reads it any more", async () => {
  const stop = new AbortController();
  const { app, build, open } = setup({ signal: stop.signal });
  await using _ = app;
  const { id } = await build.delay();
  const gone = await open(id);
  await gone.body!.cancel();
  const left = await open(id);
  const reader = eventsOf(left);
  assertEquals((await reader.next()).value.data.state, "QUEUED");
  const next = reader.next();
  stop.abort();
  assertEquals((await next).done, true);
});
