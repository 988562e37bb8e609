import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, type TaskNode, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../src/log.ts";

function shop() {
  return new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
}

/** Names and children, as text. */
function drawn({ record, children, more }: TaskNode): string {
  const below = [...children.map(drawn), ...(more === 0 ? [] : [`+${more}`])];
  return (record?.task ?? "?") + (below.length === 0 ? "" : `(${below.join(" ")})`);
}

Deno.test("app.detail() tells of a task while it waits, while it runs and once it has ended", async () => {
  await using app = shop();
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const add = app.task("add", async (x: number, y: number) => {
    started.resolve();
    await go.promise;
    return x + y;
  });
  const { id } = await add.delay(1, 2);
  const waits = (await app.detail(id))!;
  assertEquals([waits.record.state, waits.message?.args, waits.record.message], ["QUEUED", [1, 2], undefined]);
  await using worker = new Worker(app, { log: silentLogger });
  const running = worker.run();
  await started.promise;
  assertEquals((await app.detail(id))?.message?.args, [1, 2]);
  go.resolve();
  await app.result(id).get();
  await worker.stop();
  await running;
  const ended = (await app.detail(id))!;
  assertEquals([ended.record.state, ended.record.result, ended.message?.args], ["SUCCESS", 3, [1, 2]]);
  assertEquals([ended.ancestors, ended.children, ended.more], [[], [], 0]);
  assertEquals(await app.detail("nobody"), undefined);
});

Deno.test("app.detail() tells where a task came from and what it sent, as far as that is asked for", async () => {
  await using app = shop();
  const root = await app.sendTask("root");
  const middle = await app.sendTask("middle", [], { parent: root });
  await app.sendTask("other", [], { parent: root });
  const leaves = await app.sendMany(
    Array.from({ length: 5 }, () => ["leaf", [], { parent: { id: middle.id, rootId: root.id } }] as const),
  );
  const leaf = (await app.detail(leaves[0]!.id))!;
  assertEquals(leaf.ancestors.map(({ task }) => task), ["root", "middle"]);
  assertEquals((await app.detail(middle.id, { limit: 2 }))!.children.length, 2);
  const top = async (options: Parameters<Umbel["detail"]>[1]) => {
    const [first, ...rest] = [...(await app.detail(root.id, options))!.children].sort((a, b) => a.id < b.id ? -1 : 1);
    return [first, ...rest].map((node) => drawn(node!)).sort();
  };
  assertEquals(await top({}), ["middle(+5)", "other"]);
  assertEquals(await top({ depth: 2 }), ["middle(leaf leaf leaf leaf leaf)", "other"]);
  assertEquals(await top({ depth: 9, limit: 4 }), ["middle(leaf leaf +3)", "other"]);
  assertEquals((await app.detail(root.id, { depth: 0 }))!.more, 2);
  await assertRejects(() => app.detail(root.id, { depth: -1 }), InvalidInput, "depth");
  await assertRejects(() => app.detail(root.id, { limit: 0 }), InvalidInput, "limit");
});
