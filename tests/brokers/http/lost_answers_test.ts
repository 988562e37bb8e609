import { assertEquals } from "@std/assert";
import { type BrokerSource, Umbel, upstash, Worker } from "@umbel/umbel";
import { remote } from "@umbel/umbel/remote";
import { sqlite } from "@umbel/umbel/sqlite";
import { type Fate, startProxy, type VerbOf } from "../../chaos/proxy.ts";
import { redisTest, startRest } from "../../redis.ts";
import { serve, tokenLine } from "./served.ts";

const count = 300;
const verbOf: VerbOf = (path) => path.endsWith("/watch") ? undefined : path.split("/").at(-1);

/** Tasks through an exchange that loses every third request or answer, by workers that may work on one queue alone. */
async function survive(source: BrokerSource, fate: Fate): Promise<void> {
  await using served = serve("chaos", source, { tokens: [await tokenLine("hands", "w0rk", "work:default read")] });
  await using proxy = startProxy(served.url, (_verb, number) => number % 3 === 0 ? fate : "pass", verbOf);
  const url = `${proxy.url}/exchange`;
  await using sender = new Umbel("chaos", { broker: remote({ url, token: "s3cret", deadline: "60s" }), env: {} });
  await using elsewhere = new Umbel("chaos", {
    broker: remote({ url, token: "w0rk", deadline: "60s" }),
    config: { concurrency: 20 },
    env: {},
  });
  const runs = new Map<number, number>();
  elsewhere.task("square", (n: number) => {
    runs.set(n, (runs.get(n) ?? 0) + 1);
    return n * n;
  });
  const workers = [new Worker(elsewhere), new Worker(elsewhere)];
  const running = workers.map((worker) => worker.run());
  const results: unknown[] = [];
  for (let from = 0; from < count; from += 10) {
    const handles = await Promise.all(Array.from({ length: 10 }, (_, n) => sender.sendTask("square", [from + n])));
    results.push(...await Promise.all(handles.map((handle) => handle.get({ timeout: "10m" }))));
  }
  assertEquals(results, Array.from({ length: count }, (_, n) => n * n));
  assertEquals([...runs].filter(([, times]) => times !== 1), []);
  for (const verb of ["publish", "turn"]) {
    assertEquals((proxy.fates.get(`${verb}: ${fate}`) ?? 0) > 5, true, `${verb} met ${fate} too seldom`);
  }
  const { broker } = served.app;
  for (const worker of await broker.inspector.workers()) assertEquals(worker.holds, 0);
  for (const queue of await broker.inspector.queues()) assertEquals([queue.waiting, queue.delayed], [0, 0]);
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all(running);
  assertEquals(await broker.inspector.workers(), []);
}

for (const fate of ["drop answer", "drop request", "twice"] satisfies Fate[]) {
  const title = `${count} tasks are done once each through an exchange where every third request meets: ${fate}`;
  Deno.test(`${title}, before SQLite`, () => survive(sqlite(":memory:"), fate));
  redisTest(`${title}, before Redis`, async () => {
    await using rest = await startRest();
    await survive(upstash({ url: rest.url, token: rest.token }), fate);
  });
}
