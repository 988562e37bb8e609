import { assert, assertEquals, assertRejects } from "@std/assert";
import { createLogger, TaskFailed, TaskRevoked, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

const log = createLogger({ write: () => {} });

Deno.test("a task that runs is revoked by its id", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<string>();
  const endless = app.task("endless", { bind: true }, (self) => {
    self.signal.addEventListener("abort", () => seen.resolve(self.signal.reason.code));
    start();
    return new Promise<void>(() => {});
  });
  await using worker = new Worker(app, { log });
  const running = worker.run();
  const handle = await endless.delay();
  await started;
  assertEquals(await app.revoke(handle.id), ["revoked"]);
  await assertRejects(() => handle.get({ timeout: "10m" }), TaskRevoked);
  assertEquals(await seen.promise, "task_revoked");
  await worker.stop();
  assertEquals((await running).revoked, 1);
});

Deno.test("a task that takes too long fails, and its worker goes on", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const endless = app.task("endless", { timeLimit: "20ms" }, () => new Promise<void>(() => {}));
  const add = app.task("add", (x: number, y: number) => x + y);
  await using worker = new Worker(app, { concurrency: 1, log });
  void worker.run();
  const [slow, quick] = await app.sendMany([endless.call([]), add.call([1, 2])]);
  const { info } = await assertRejects(() => slow.get({ timeout: "10m" }), TaskFailed);
  assertEquals(info.type, "TimeLimitExceeded");
  assertEquals(await quick.get({ timeout: "10m" }), 3);
});

Deno.test("a task sends another, which knows where it comes from", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const child = app.task("child", { bind: true }, (self) => [self.rootId, self.parentId ?? null]);
  const parent = app.task("parent", { bind: true }, async (self) => (await child.applyAsync([], { parent: self })).id);
  const handle = await parent.delay();
  await new Worker(app, { log }).drain({ seconds: 60 });
  const childId = await handle.get();
  assertEquals(await app.result(childId).get(), [handle.id, handle.id]);
});

Deno.test("two workers share a queue, and everybody gets his result", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const runs = new Map<number, number>();
  const square = app.task("square", async (n: number) => {
    runs.set(n, (runs.get(n) ?? 0) + 1);
    await null;
    return n * n;
  });
  const workers = [new Worker(app, { log }), new Worker(app, { log })];
  const running = workers.map((worker) => worker.run());
  const handles = await Promise.all(Array.from({ length: 300 }, (_, n) => square.delay(n)));
  const results = await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" })));
  assertEquals(results, Array.from({ length: 300 }, (_, n) => n * n));
  await Promise.all(workers.map((worker) => worker.stop()));
  const summaries = await Promise.all(running);
  assertEquals(summaries.reduce((sum, { done }) => sum + done, 0), 300);
  assert([...runs.values()].every((times) => times === 1));
  assertEquals(await app.broker.inspector.workers(), []);
});

Deno.test("a task of an unknown name stays in the broker, and says why", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const handle = await app.sendTask("nobody_knows");
  const { returned } = await new Worker(app, { log: createLogger({ level: "error" }) }).drain({ seconds: 60 });
  assertEquals(returned, 1);
  const record = (await handle.record())!;
  assertEquals([record.state, record.error?.type], ["SCHEDULED", "UnknownTask"]);
});
