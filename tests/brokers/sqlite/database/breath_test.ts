import { assert } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

Deno.test("SqliteBroker leaves timers their turn while senders and a worker keep each other busy", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const add = app.task("add", (x: number, y: number) => x + y);
  await using worker = new Worker(app);
  const running = worker.run();
  let hasFired = false;
  const timer = setTimeout(() => hasFired = true, 10);
  let sent = 0;
  // As long as everybody goes on in the same round of the event loop, only the count ends this.
  await Promise.all(Array.from({ length: 5 }, async () => {
    while (!hasFired && sent++ < 20_000) await (await add.delay(1, 2)).get();
  }));
  clearTimeout(timer);
  assert(hasFired, `the timer had not fired after ${sent} tasks`);
  await worker.stop();
  await running;
});
