import { assertEquals, assertStringIncludes } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../../../src/log.ts";
import { Site } from "../site.ts";

/** An app whose worker runs a task that does not end by itself. */
async function busy() {
  const app = new Umbel("shop", { broker: sqlite(":memory:") });
  const started = Promise.withResolvers<void>();
  const task = app.task("wait", { bind: true, redact: ["0"] }, async (self, _secret: string, _open: string) => {
    started.resolve();
    await new Promise((resolve) => self.signal.addEventListener("abort", resolve, { once: true }));
  });
  const worker = new Worker(app, { name: "w1", concurrency: 2, log: silentLogger });
  const running = worker.run();
  const { id } = await task.delay("hush", "<b>loud</b>");
  await started.promise;
  const [info] = await app.broker.inspector.workers();
  return {
    ...{ app, worker, id, path: `/workers/of/${encodeURIComponent(info!.name)}` },
    async [Symbol.asyncDispose]() {
      await worker.abort();
      await running;
      await app[Symbol.asyncDispose]();
    },
  };
}

Deno.test("the page of workers shows who answers, and what they run", async () => {
  await using shop = await busy();
  assertStringIncludes(await new Site({ app: shop.app }).read("/workers"), "Online 1 of 2");
});

Deno.test("each tab of a worker shows what it answers; arguments as far as the task lets them be seen", async () => {
  await using shop = await busy();
  const site = new Site({ app: shop.app });
  const { html } = await site.get(`${shop.path}?tab=tasks`);
  assertStringIncludes(html, "&lt;b&gt;loud&lt;/b&gt;");
  assertEquals(html.includes("hush"), false);
  for (const [tab, text] of [["pool", "async"], ["queues", "default"], ["limits", "wait"], ["system", "SQLite"]]) {
    assertStringIncludes((await site.read(`${shop.path}?tab=${tab}`)).toLowerCase(), text!.toLowerCase());
  }
  assertStringIncludes(await site.read(`${shop.path}?tab=conf`), "concurrency");
});

Deno.test("a worker grows, shrinks, takes from another queue and from one less, and gets time limits", async () => {
  await using shop = await busy();
  const { worker, path } = shop;
  const site = new Site({ app: shop.app });
  await site.submit(path, `${path}/grow`, { by: "3" });
  assertEquals(worker.concurrency, 5);
  await site.submit(path, `${path}/shrink`, { by: "1" });
  assertEquals(worker.concurrency, 4);
  assertStringIncludes(await site.submit(path, `${path}/shrink`, { by: "x" }), "by must be a whole number");
  await site.submit(path, `${path}/add`, { queue: "extra" });
  assertStringIncludes(await site.read(`${path}?tab=queues`), "extra");
  await site.submit(path, `${path}/cancel`, { queue: "extra" });
  assertEquals((await site.get(`${path}?tab=queues`)).html.includes("of/extra"), false);
  assertStringIncludes(
    await site.submit(path, `${path}/limit`, { task: "wait", soft: "10s", hard: "20s" }),
    "The time limits of wait are set",
  );
});

Deno.test("a worker is shut down by its button; one that is unknown is said to be so", async () => {
  const shop = await busy();
  const { path, worker } = shop;
  const site = new Site({ app: shop.app });
  assertStringIncludes(await site.submit(path, `${path}/shutdown`, { how: "cold" }), "shuts down");
  await worker.stop();
  assertStringIncludes(await site.read(path), "No worker of this name is known");
  await shop[Symbol.asyncDispose]();
});
