import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { health, type WorkerView } from "@umbel/umbel/health";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, ManualClock } from "@umbel/umbel/testing";

const idle: WorkerView = {
  name: "w1@host",
  concurrency: 10,
  running: 2,
  waiting: 1,
  summary: { received: 3, done: 0, failed: 0, retried: 0, revoked: 0, expired: 0, returned: 0, lost: 0 },
  isWorking: true,
  answeredAt: 0,
};

Deno.test("/healthz answers whatever the worker does", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const response = await health(app, { ...idle, isWorking: false }).request("/healthz");
  assertEquals([response.status, await response.text()], [200, "ok\n"]);
});

Deno.test("/readyz is false for a worker that does not work, or hears nothing of its broker", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const ready = async (worker: WorkerView) => {
    const response = await health(app, worker).request("/readyz");
    return [response.status, await response.text()];
  };
  assertEquals(await ready(idle), [200, "ok\n"]);
  assertEquals(await ready({ ...idle, isWorking: false }), [503, "not working\n"]);
  assertEquals(await ready({ ...idle, answeredAt: undefined }), [503, "broker out of reach\n"]);
});

Deno.test("/readyz asks the broker when the worker has long not heard of it, and every 10 s at most", async () => {
  const clock = new ManualClock();
  let asked = 0;
  let isThere = true;
  const broker = failing(sqlite(":memory:")("shop", clock), (verb) => {
    if (verb === "fetch") asked++;
    return isThere ? "pass" : "drop request";
  });
  await using app = new Umbel("shop", { broker, clock });
  const worker = { ...idle, answeredAt: clock.now() };
  const server = health(app, worker);
  const ready = async () => (await server.request("/readyz")).status;
  assertEquals([await ready(), asked], [200, 0]);
  await clock.advance(11);
  assertEquals([await ready(), await ready(), asked], [200, 200, 1]);
  isThere = false;
  assertEquals(await ready(), 200);
  await clock.advance(11);
  assertEquals([await ready(), asked], [503, 2]);
  isThere = true;
  assertEquals(await ready(), 200);
});

Deno.test("/metrics tells queues first, then what became of tasks, and what the worker holds", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  const add = app.task("add", (x: number, y: number) => x + y);
  const fail = app.task("fail", () => {
    throw new Error("no");
  });
  const worker = new Worker(app, { name: "w1@host", log: { ...console, enabled: () => false } as never });
  const server = health(app, worker);
  await add.delay(1, 2);
  await clock.advance(2);
  await fail.delay();
  await worker.drain({ seconds: 60 });
  await app.sendTask("elsewhere", [], { queue: "mail" });
  await clock.advance(90);
  const response = await server.request("/metrics");
  assertMatch(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  assertMatch(text, /^# HELP umbel_queue_waiting .*\n# TYPE umbel_queue_waiting gauge\n/);
  for (
    const line of [
      'umbel_queue_waiting{queue="mail"} 1',
      'umbel_queue_oldest_age_seconds{queue="mail"} 90',
      "umbel_broker_up 1",
      'umbel_tasks_total{task="add",end="succeeded"} 1',
      'umbel_tasks_total{task="fail",end="failed"} 1',
      'umbel_received_total{worker="w1@host"} 2',
      'umbel_task_wait_seconds_bucket{queue="default",le="1"} 1',
      'umbel_task_wait_seconds_bucket{queue="default",le="2.5"} 2',
      'umbel_task_wait_seconds_bucket{queue="default",le="+Inf"} 2',
      'umbel_task_wait_seconds_sum{queue="default"} 2',
      'umbel_task_run_seconds_count{task="add"} 1',
      'umbel_worker_running{worker="w1@host"} 0',
    ]
  ) assertStringIncludes(text, `\n${line}\n`);
  for (const line of text.trim().split("\n")) {
    assertMatch(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+-]+)$/);
  }
});

Deno.test("/metrics without the broker tells that, and what the worker knows itself", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const server = health(app, idle);
  await app.broker[Symbol.asyncDispose]();
  const text = await (await server.request("/metrics")).text();
  assertStringIncludes(text, "umbel_broker_up 0\n");
  assertStringIncludes(text, 'umbel_worker_running{worker="w1@host"} 2\n');
  assert(!text.includes("umbel_queue_waiting"));
});

Deno.test("health() refuses options that break their rule", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  assertThrows(() => health(app, idle, { inspectEvery: "often" as never }), InvalidInput, "inspectEvery");
  assertThrows(() => health(app, idle, { every: 1 } as never), InvalidInput, "every");
});
