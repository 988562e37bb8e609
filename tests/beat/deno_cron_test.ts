import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { denoCron } from "@umbel/umbel/beat";
import { Store } from "./shop.ts";

Deno.test("denoCron() ticks each minute by Deno.cron", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 60 } };
  const crons: [name: string, schedule: string, handler: () => Promise<void>][] = [];
  const before = Object.getOwnPropertyDescriptor(Deno, "cron");
  Object.defineProperty(Deno, "cron", {
    configurable: true,
    value: (...cron: (typeof crons)[number]) => Promise.resolve(void crons.push(cron)),
  });
  try {
    await denoCron(app);
  } finally {
    if (before) Object.defineProperty(Deno, "cron", before);
    else Reflect.deleteProperty(Deno, "cron");
  }
  const [[name, schedule, handler]] = crons as [(typeof crons)[number]];
  assertEquals([crons.length, name, schedule], [1, "beat of shop", "* * * * *"]);
  await handler();
  await store.clock.advance(60);
  await handler();
  assertEquals((await store.sent(app)).map(({ task }) => task), ["a"]);
});

Deno.test({
  name: "denoCron() says what is missing where there is no Deno.cron",
  ignore: "cron" in Deno,
  async fn() {
    await using store = new Store();
    assertThrows(() => denoCron(store.app()), InvalidInput, "needs Deno Deploy");
  },
});
