import { assertEquals } from "@std/assert";
import type { EntryOptions } from "@umbel/umbel";
import { Beat, Entries } from "@umbel/umbel/beat";
import { Store, times } from "./shop.ts";

async function afterDowntime(options: EntryOptions, seconds: number): Promise<{ sent: string; next: string }> {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, ...options } };
  await app.tick();
  await store.clock.jump(seconds);
  await app.tick();
  const { due } = await new Entries(app).get("a");
  return { sent: times(await store.sent(app)), next: due === undefined ? "" : times([{ id: `x:${due}` }]) };
}

for (
  const [options, seconds, sent, next] of [
    [{}, 45, "10:20:10", "10:20:50"],
    [{ catchUp: "one" }, 3605, "10:20:10", "11:20:10"],
    [{ catchUp: "none" }, 45, "10:20:10", "10:20:50"],
    [{ catchUp: "none" }, 3605, "11:18:40", "11:20:10"],
    [{ catchUp: "none", endAt: Date.parse("2026-11-20T10:21:00Z") }, 3605, "", ""],
    [{ catchUp: "all" }, 45, "10:20:10 10:20:20 10:20:30 10:20:40", "10:20:50"],
    [{ catchUp: "all", catchUpMax: 2 }, 45, "10:20:10 10:20:20", "10:20:50"],
    [{ catchUp: "all", maxRuns: 3 }, 45, "10:20:10 10:20:20 10:20:30", ""],
    [{ catchUp: "all", endAt: Date.parse("2026-11-20T10:20:25Z") }, 45, "10:20:10 10:20:20", ""],
  ] as const
) {
  Deno.test(`${JSON.stringify(options)} after ${seconds} s without a beat sends ${sent || "nothing"}`, async () => {
    assertEquals(await afterDowntime(options, seconds), { sent, next });
  });
}

Deno.test("overlap: skip leaves a tick out while the last task has not ended", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, overlap: "skip" } };
  await app.tick();
  for (let n = 0; n < 3; n++) {
    await store.clock.advance(10);
    await app.tick();
  }
  assertEquals(times(await store.sent(app)), "10:20:10");
  await store.clock.advance(10);
  await app.tick();
  assertEquals(times(await store.sent(app)), "10:20:40");
  const { runs, leftOut } = await new Entries(app).get("a");
  assertEquals([runs, leftOut], [2, 2]);
});

Deno.test("what is left out does not count towards maxRuns", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, overlap: "skip", maxRuns: 2 } };
  await app.tick();
  for (let n = 0; n < 3; n++) {
    await store.clock.advance(10);
    await app.tick();
  }
  assertEquals(times(await store.sent(app)), "10:20:10");
  await store.clock.advance(10);
  await app.tick();
  assertEquals(times(await store.sent(app)), "10:20:40");
  assertEquals((await new Entries(app).get("a")).due, undefined);
});

Deno.test("overlap: queue-one sends one once the last task has ended, in place of all meanwhile", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, overlap: "queue-one" } };
  await app.tick();
  for (let n = 0; n < 4; n++) {
    await store.clock.advance(10);
    await app.tick();
  }
  assertEquals(times(await store.sent(app)), "10:20:10");
  await store.clock.advance(7);
  await app.tick();
  assertEquals(times(await store.sent(app)), "10:20:20");
  assertEquals(times([{ id: `x:${(await new Entries(app).get("a")).due}` }]), "10:20:50");
});

Deno.test("overlap: queue-one: a beat that runs hears of the end it waits for", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, overlap: "queue-one" } };
  await using beat = new Beat(app);
  void beat.run();
  await store.clock.advance(25);
  assertEquals(times(await store.sent(app)), "10:20:10");
  await store.clock.advance(1);
  assertEquals(times(await store.sent(app)), "10:20:20");
});

Deno.test("overlap: cancel-previous revokes the last task that has not ended", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 10, overlap: "cancel-previous" } };
  await app.tick();
  await store.clock.advance(10);
  const [first] = (await app.tick()).fired;
  await store.clock.advance(10);
  await app.tick();
  const [record] = await app.broker.fetch(first!.ids);
  assertEquals(record!.state, "REVOKED");
  assertEquals(times(await store.sent(app)), "10:20:20");
});
