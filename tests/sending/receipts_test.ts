import { assertEquals, assertRejects } from "@std/assert";
import { QueueFull, TaskRevoked, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

Deno.test("a call of a queue that is full is refused, with what became of those that were sent with it", async () => {
  const config = { queues: { default: { maxLength: 2 } } };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), config });
  const add = app.task("add", (x: number, y: number) => x + y);
  const error = await assertRejects(() => add.delayMany([[1, 2], [3, 4], [5, 6]]), QueueFull);
  assertEquals([error.code, error.queue], ["queue_full", "default"]);
  assertEquals(error.calls.map(({ status }) => status), ["added", "added", "full"]);
  assertEquals(error.message, 'Queue "default" is full: of 3 calls 2 were added');
  // Those that were added run: nothing is taken back.
  assertEquals((await new Worker(app).drain({ seconds: 60 })).done, 2);
  assertEquals(await app.result(error.calls[1]!.id).get(), 7);
  // Calls that travel together are answered each on its own.
  const sent = await Promise.allSettled([add.delay(1, 2), add.delay(3, 4), add.delay(5, 6)]);
  assertEquals(sent.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected"]);
});

Deno.test("a task that a full queue dropped says so", async () => {
  const config = { queues: { default: { maxLength: 1, whenFull: "dropOldest" as const } } };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), config });
  const add = app.task("add", (x: number, y: number) => x + y);
  const [one, two] = [await add.delay(1, 2), await add.delay(3, 4)];
  await assertRejects(() => one.get(), TaskRevoked, "its queue was full");
  assertEquals((await one.record())!.reason, "queue_full");
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await two.get(), 7);
});
