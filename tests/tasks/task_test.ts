import { assertEquals, assertRejects } from "@std/assert";
import { MaxRetriesExceeded, sharedTask, Umbel } from "@umbel/umbel";

Deno.test("Task.run() runs the handler in place", async () => {
  const app = new Umbel("shop", { env: {} });
  const add = app.task("add", (x: number, y: number) => Promise.resolve(x + y));
  assertEquals(await add.run(1, 2), 3);
  assertEquals(await app.task("nothing", () => {}).run(), null);
  assertEquals(await sharedTask("double", (x: number) => 2 * x).run(2), 4);
});

Deno.test("Task.run() gives a bound handler a context of its own", async () => {
  const app = new Umbel("shop", { env: {} });
  const task = app.task("bound", { bind: true, retry: { max: 0 } }, (self, x: number) => {
    self.updateState("PROGRESS", { x });
    self.log.info("said to nobody");
    if (x === 0) throw self.retry();
    return [self.task, self.args, self.retries, self.parentId ?? null, self.rootId === self.id, self.signal.aborted];
  });
  assertEquals(await task.run(1), ["bound", [1], 0, null, true, false]);
  await assertRejects(() => task.run(0), MaxRetriesExceeded, "was tried again 0 times, and the limit is 0");
});
