import { assertEquals } from "@std/assert";
import { type TaskUpdate, Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../redis.ts";
import { type Fate, startProxy } from "./proxy.ts";

const count = 1000;

for (const fate of ["drop answer", "drop request", "twice"] satisfies Fate[]) {
  redisTest(`${count} tasks are done once each when every third request of each verb meets: ${fate}`, async () => {
    await using rest = await startRest();
    await using proxy = startProxy(rest.url, (_verb, number) => number % 3 === 0 ? fate : "pass");
    await using app = new Umbel("chaos", {
      broker: upstash({ url: proxy.url, token: rest.token, deadline: "60s" }),
      config: { concurrency: 20 },
    });
    const runs = new Map<number, number>();
    const square = app.task("square", (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1);
      return n * n;
    });
    const workers = [new Worker(app), new Worker(app)];
    const running = workers.map((worker) => worker.run());
    const results: number[] = [];
    // Ten at a time, one request each: many requests for the proxy to lose.
    for (let from = 0; from < count; from += 10) {
      const handles = await Promise.all(Array.from({ length: 10 }, (_, n) => square.delay(from + n)));
      results.push(...await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" }))));
    }
    assertEquals(results, Array.from({ length: count }, (_, n) => n * n));
    assertEquals(runs.size, count);
    assertEquals([...runs].filter(([, times]) => times !== 1), []);
    for (const verb of ["publish", "exchange"]) {
      assertEquals((proxy.fates.get(`${verb}: ${fate}`) ?? 0) > 5, true, `${verb} met ${fate} too seldom`);
    }
    for (const worker of await app.broker.inspector.workers()) assertEquals(worker.holds, 0);
    for (const queue of await app.broker.inspector.queues()) assertEquals([queue.waiting, queue.delayed], [0, 0]);
    await Promise.all(workers.map((worker) => worker.stop()));
    await Promise.all(running);
    assertEquals(await app.broker.inspector.workers(), []);
  });
}

redisTest("updates reach the end, and none comes twice, when every third request and its answer are lost", async () => {
  await using rest = await startRest();
  const fates: Fate[] = ["drop answer", "pass", "drop request", "pass", "pass", "twice"];
  await using proxy = startProxy(rest.url, (_verb, number) => fates[number % fates.length]!);
  await using app = new Umbel("chaos", { broker: upstash({ url: proxy.url, token: rest.token, deadline: "60s" }) });
  const seenBy = new Map<string, () => void>();
  const steps = app.task("steps", { bind: true }, async (self) => {
    for (let n = 1; n <= 3; n++) {
      self.progress(n, 3);
      self.log(`step ${n}`);
      await new Promise<void>((resolve) => seenBy.set(self.id, resolve));
    }
  });
  await using worker = new Worker(app);
  void worker.run();
  const handles = await Promise.all(Array.from({ length: 5 }, () => steps.delay()));
  const seen = await Promise.all(handles.map(async (handle) => {
    const updates: TaskUpdate[] = [];
    for await (const update of handle.updates()) {
      updates.push(update);
      if (update.kind === "progress") seenBy.get(handle.id)!();
    }
    return updates;
  }));
  for (const updates of seen) {
    const lines = updates.flatMap((update) => update.kind === "log" ? [update.message] : []);
    assertEquals(lines, ["step 1", "step 2", "step 3"]);
    const progress = updates.flatMap((update) => update.kind === "progress" ? [update.current] : []);
    const last = updates.at(-1)!;
    assertEquals([progress, last.kind === "state" && last.state], [[1, 2, 3], "SUCCESS"]);
  }
});
