import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { silentLogger } from "../../src/log.ts";

Deno.test("app.retry() sends a dead letter again under its id, and other tasks that ended as new ones", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  let fails = true;
  const add = app.task("add", { maxRetries: 0 }, (x: number, y: number) => {
    if (fails) throw new TypeError("no");
    return x + y;
  });
  const work = () => new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  const failed = await add.delay(1, 2);
  const waits = await add.applyAsync([1, 2], { countdown: 60 });
  await work();
  assertEquals(await app.retry(failed.id), { status: "resent", id: failed.id });
  assertEquals(await app.retry(failed.id), { status: "open", id: failed.id });
  assertEquals(await app.retry(waits.id), { status: "open", id: waits.id });
  assertEquals(await app.retry("nobody"), { status: "unknown", id: "nobody" });
  fails = false;
  await work();
  const again = await app.retry(failed.id, { idempotencyKey: "once" });
  assertEquals(again.status, "sent");
  assertEquals(await app.retry(failed.id, { idempotencyKey: "once" }), again);
  const other = await app.retry(failed.id, { args: [10, 20] });
  await work();
  assertEquals([await app.result(again.id).get(), await app.result(other.id).get()], [3, 30]);
  await waits.revoke();
  const third = await app.retry(waits.id);
  assertEquals(third.status, "sent");
  await work();
  assertEquals(await app.result(third.id).get(), 3);
  const [mail] = await app.sendMany([
    add.call([1, 2], { maxRetries: 9, queue: "other", priority: 7, headers: { a: 1 } }),
  ]);
  await new Worker(app, { log: silentLogger, queues: ["other"] }).drain({ seconds: 60 });
  const copy = await app.detail((await app.retry(mail.id, { queue: "default" })).id);
  const { queue, priority, headers, maxRetries } = copy!.message!;
  assertEquals({ queue, priority, headers, maxRetries }, {
    queue: "default",
    priority: 7,
    headers: { a: 1 },
    maxRetries: 9,
  });
  await assertRejects(() => app.retry(mail.id, { args: 1 as never }), InvalidInput, "args");
});
