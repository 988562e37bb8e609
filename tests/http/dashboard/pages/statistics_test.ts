import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { nextParts, Site } from "../site.ts";

const hostile = "<b>bold</b>";

function shop(config: { readonly history?: boolean } = { history: true }): Umbel {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, config });
  app.task("add", (x: number, y: number) => x + y);
  app.task(hostile, { maxRetries: 0, queue: "mail" }, () => {
    throw new TypeError("no good");
  });
  return app;
}

async function worked(): Promise<Site> {
  const site = new Site({ app: shop() });
  for (const args of [[1, 2], [3, 4], [5, 6]]) await site.app.sendTask("add", args);
  await site.app.sendTask(hostile, [], { queue: "mail" });
  await site.work();
  return site;
}

Deno.test("GET /statistics tells what each task came to, those that fail first unless another order is asked for", async () => {
  await using site = await worked();
  const text = await site.read("/statistics");
  assertStringIncludes(text, `${hostile} 0 1 100% 0`);
  assertStringIncludes(text, "add 3 0 – 0");
  const first = async (path: string) => {
    const { html } = await site.get(path);
    return /<tr[^>]* data-key="([^"]*)"/.exec(html)?.[1];
  };
  assertEquals(await first("/statistics"), "&lt;b&gt;bold&lt;/b&gt;");
  assertEquals(await first("/statistics?sort=done&period=day"), "add");
  const { html } = await site.get("/statistics?sort=done&period=day");
  assert(/<th[^>]* aria-sort="descending"[^>]*><span class="sorted">Done/.test(html));
  assertStringIncludes(html, "/dashboard/statistics?period=day&amp;sort=p95");
});

Deno.test("GET /statistics/of/:task tells the figures of one task, with links to its tasks of each minute", async () => {
  await using site = await worked();
  const path = `/statistics/of/${encodeURIComponent(hostile)}`;
  const text = await site.read(path);
  assertStringIncludes(text, "Done 0 0 a minute Failed 1 100% of what ended");
  assertStringIncludes(text, "TypeError: no good");
  const { html } = await site.get("/statistics/of/add?period=hour");
  const links = [...html.matchAll(/href="(\/dashboard\/tasks\?task=add&amp;from=[^"]+)"/g)].map(([, href]) =>
    href!.replaceAll("&amp;", "&").replace("/dashboard", "")
  );
  // Each minute in each of the three charts.
  assertEquals(links.length, 180);
  const found = await Promise.all(links.slice(56, 60).map((link) => site.get(link)));
  const counts = found.map(({ html }) => html.match(/<tr[^>]* id="task-/g)?.length ?? 0);
  assertEquals(counts.reduce((sum, count) => sum + count), 3);
  assertEquals((await site.get(`/statistics/of/${"a".repeat(201)}`)).status, 422);
});

Deno.test("GET /statistics/live tells what ended since", async () => {
  await using site = await worked();
  const stop = new AbortController();
  const response = await site.stream("/statistics/live", stop.signal);
  const reader = response.body!.getReader();
  const { statistics } = await nextParts(reader);
  assertStringIncludes(statistics!, 'data-key="add"');
  stop.abort();
  await reader.cancel();
});

Deno.test("GET /statistics offers to keep a history where none is kept", async () => {
  await using site = new Site({ app: shop({}) });
  assertStringIncludes(await site.read("/statistics"), "No history is kept");
  assertStringIncludes(await site.submit("/statistics", "/record"), "Nothing ended in this time");
});

Deno.test("the page of a queue tells what came out of it, by task, and how long what waits will take", async () => {
  await using site = await worked();
  assertStringIncludes(await site.read("/queues/of/mail"), `Failed 1 100% of what ended`);
  const text = await site.read("/queues/of/default");
  assertStringIncludes(text, "Done 3");
  assertStringIncludes(text, "nothing waits");
  await site.app.sendTask("add", [1, 2]);
  assertStringIncludes(await new Site({ app: site.app }).read("/queues/of/default"), "Waiting 1 pace not known");
});
