/** What else may answer in the place of an exchange, and clocks that are set. */
import { assertEquals } from "@std/assert";
import { type Broker, createLogger, Umbel, Worker } from "@umbel/umbel";
import { remote } from "@umbel/umbel/remote";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { serve } from "./served.ts";

/** Answers the first requests for each verb by itself, and hands on all others. */
function stranger(target: string, answers: readonly string[]) {
  const counts = new Map<string, number>();
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const count = counts.get(pathname) ?? 0;
    counts.set(pathname, count + 1);
    const answer = answers[count];
    if (answer !== undefined) {
      await request.body?.cancel();
      return new Response(answer, { headers: { "content-type": "application/json" } });
    }
    return await fetch(target + pathname, request);
  });
}

Deno.test("what something on the way answers in the place of an exchange is no answer", async () => {
  await using served = serve("shop", sqlite(":memory:"));
  const answers = ["{}", "[]", '{"status":"ok"}', "null", "<html>", "[[]]"];
  await using proxy = stranger(new URL(served.url).origin, answers);
  const url = `http://127.0.0.1:${proxy.addr.port}/exchange`;
  await using app = new Umbel("shop", { broker: remote({ url, token: "s3cret", deadline: "60s" }), env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  await using worker = new Worker(app, { log: createLogger({ write: () => {} }) });
  const running = worker.run();
  const sum = async () => await (await add.delay(1, 2)).get({ timeout: 30 });
  assertEquals(await Promise.race([sum(), running]), 3);
});

Deno.test("remote() measures the broker's time anew as soon as this machine's clock was set", async () => {
  const clock = new ManualClock();
  await using served = serve("shop", sqlite(":memory:"), { clock });
  await using broker: Broker = remote({ url: served.url, token: "s3cret" })("shop");
  const isRight = async () => Math.abs(await broker.now() - clock.now()) < 60_000;
  const { now } = Date;
  try {
    assertEquals(await isRight(), true);
    Date.now = () => now() + 3_600_000;
    assertEquals(await isRight(), true);
  } finally {
    Date.now = now;
  }
  assertEquals(await isRight(), true);
});
