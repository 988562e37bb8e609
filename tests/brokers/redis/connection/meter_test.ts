import { assertEquals } from "@std/assert";
import { Umbel, upstash, Worker } from "@umbel/umbel";
import { redisTest, startRest } from "../../../redis.ts";

redisTest("meter() counts what Redis counts", async () => {
  await using rest = await startRest();
  await using app = new Umbel("meter", { broker: upstash({ url: rest.url, token: rest.token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const flaky = app.task("flaky", { retry: { max: 1, delay: 0 } }, () => {
    throw new Error("no");
  });
  const limited = app.task("limited", { rateLimit: "1000/s" }, () => {});
  const work = async () => {
    const calls = Array.from({ length: 20 }, (_, n): [number, number] => [n, 1]);
    await add.delayMany(calls);
    await flaky.delay();
    await limited.delay();
    await add.applyAsync([1, 2], { unique: true });
    await new Worker(app, { log: { ...console, enabled: () => false, error() {}, info() {}, warning() {} } as never })
      .drain({ seconds: 60 });
    await app.broker.inspector.queues({ oldest: true });
  };
  const meter = app.broker.meter!();
  // The first time loads scripts and measures the clock.
  await work();
  const before = meter.billed;
  const { total } = await rest.billed(work);
  assertEquals(meter.billed - before, total);
});

redisTest("meter() counts on where it has begun, and streams too", async () => {
  await using rest = await startRest();
  await using app = new Umbel("meter", { broker: upstash({ url: rest.url, token: rest.token }) });
  const { broker } = app;
  const meter = broker.meter!();
  assertEquals(meter.billed, 0);
  await broker.fetch(["1"]);
  // NOSCRIPT, loaded, and what it reads.
  assertEquals(meter.billed >= 2, true);
  assertEquals(broker.meter!().billed, meter.billed);
  const over = new AbortController();
  const before = meter.billed;
  let wakes = 0;
  for await (const { kind } of broker.watch([{ worker: "w1" }], { signal: over.signal })) {
    if (kind === "wake" && ++wakes === 2) over.abort();
  }
  assertEquals(meter.billed - before, 1);
});
