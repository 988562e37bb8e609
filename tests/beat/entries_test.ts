import { assertEquals, assertRejects } from "@std/assert";
import { type BeatSchedule, InvalidInput } from "@umbel/umbel";
import { Beat, crontab, Entries, every } from "@umbel/umbel/beat";
import { Store, times } from "./shop.ts";

/** A process of a version of the code, which ticks once. */
async function deploy(store: Store, schedule: BeatSchedule) {
  const app = store.app();
  app.beatSchedule = schedule;
  await app.tick();
  return app;
}

Deno.test("Entries.put() is heard by a beat that runs, and so are change() and remove()", async () => {
  await using store = new Store();
  await using beat = new Beat(store.app(), { maxInterval: "1h" });
  void beat.run();
  await store.clock.advance(1);
  const app = store.app();
  const entries = new Entries(app);
  const put = await entries.put("a", { task: "a", schedule: 10, description: "for tests" });
  assertEquals([put.source, put.changed, put.revision, put.runs], ["put", false, 1, 0]);
  await store.clock.advance(20);
  assertEquals(times(await store.sent(app)), "10:20:10 10:20:20");
  const changed = await entries.change("a", { schedule: every(7), description: undefined });
  assertEquals([changed.revision, changed.runs, changed.description], [2, 2, undefined]);
  await store.clock.advance(9);
  assertEquals(times(await store.sent(app)), "10:20:27");
  await entries.remove("a");
  await store.clock.advance(30);
  assertEquals(await store.sent(app), []);
  assertEquals(await entries.list(), []);
});

Deno.test("Entries.disable() and enable(): what was missed in between is not made up for", async () => {
  await using store = new Store();
  const app = store.app();
  const entries = new Entries(app);
  await entries.put("a", { task: "a", schedule: 10, catchUp: "all" });
  assertEquals((await entries.disable("a")).due, undefined);
  await store.clock.advance(60);
  assertEquals((await app.tick()).fired, []);
  assertEquals((await entries.enable("a")).due, store.clock.now() + 10_000);
});

Deno.test("Entries.change() of what does not say when leaves alone when it is due", async () => {
  await using store = new Store();
  const entries = new Entries(store.app());
  const { due } = await entries.put("a", { task: "a", schedule: every(100, { align: "start" }) });
  await store.clock.advance(50);
  assertEquals((await entries.change("a", { args: [1], options: { queue: "q" } })).due, due);
  assertEquals((await entries.change("a", { schedule: every(60, { align: "start" }) })).due, due! - 40_000);
});

Deno.test("Entries.run() sends now, beside the schedule", async () => {
  await using store = new Store();
  const app = store.app();
  const entries = new Entries(app);
  const { due } = await entries.put("a", { task: "a", schedule: 10, args: [1] });
  const handle = await entries.run("a");
  assertEquals((await store.sent(app)).map(({ id, args }) => [id, args]), [[handle.id, [1]]]);
  assertEquals((await entries.get("a")).due, due);
});

Deno.test("Entries.next() tells the next times, as many as there are", async () => {
  await using store = new Store();
  const entries = new Entries(store.app());
  const entry = await entries.put("a", { task: "a", schedule: crontab("0 */6 * * *"), maxRuns: 3 });
  const next = (await entries.next(entry, 10)).map((time) => new Date(time).toISOString().slice(0, 13));
  assertEquals(next, ["2026-11-20T12", "2026-11-20T18", "2026-11-21T00"]);
});

Deno.test("Entries refuses names that are not there, with the nearest, and functions", async () => {
  await using store = new Store();
  const entries = new Entries(store.app());
  await entries.put("report", { task: "a", schedule: 10 });
  await assertRejects(() => entries.disable("reprot"), InvalidInput, "There is no periodic task");
  await assertRejects(() => entries.get("reprot"), InvalidInput, 'did you mean "report"?');
  await assertRejects(() => entries.put("b", { task: "a", schedule: 1, args: () => [] }), InvalidInput);
  await assertRejects(() => entries.put("a\nb", { task: "a", schedule: 1 }), InvalidInput);
  await assertRejects(() => entries.reset("report"), InvalidInput, "The code declares no");
});

Deno.test("a deploy adds what is new, changes what differs, removes what is gone, and leaves what was put", async () => {
  await using store = new Store();
  const old = await deploy(store, {
    same: { task: "same", schedule: 10 },
    other: { task: "other", schedule: 10 },
    gone: { task: "gone", schedule: 10 },
  });
  const entries = new Entries(old);
  await entries.put("mine", { task: "mine", schedule: 10 });
  await store.clock.advance(10);
  await old.tick();
  await deploy(store, {
    same: { task: "same", schedule: 10 },
    other: { task: "other", schedule: 60, args: [2] },
    new: { task: "new", schedule: 10 },
  });
  const list = await entries.list();
  assertEquals(list.map(({ name, source, revision, runs }) => [name, source, revision, runs]), [
    ["mine", "put", 1, 1],
    ["new", "code", 1, 0],
    ["other", "code", 2, 1],
    ["same", "code", 1, 1],
  ]);
  assertEquals(list[2]!.due, Date.parse("2026-11-20T10:21:00Z"));
  // A program without declarations, a command line say, removes nothing.
  await store.app().tick();
  assertEquals((await entries.list()).length, 4);
});

Deno.test("what a person changed is marked and kept whatever is deployed, until it is given up", async () => {
  await using store = new Store();
  const entries = new Entries(await deploy(store, { a: { task: "a", schedule: 10 } }));
  const changed = await entries.change("a", { schedule: every(30) });
  assertEquals([changed.source, changed.changed], ["code", true]);
  await deploy(store, { a: { task: "a", schedule: 20, description: "newer" } });
  const kept = await entries.get("a");
  assertEquals([kept.changed, kept.schedule, kept.description], [true, every(30), undefined]);
  const reset = await entries.reset("a");
  assertEquals([reset.changed, reset.schedule, reset.description], [false, every(20), "newer"]);
  await assertRejects(() => entries.remove("a"), InvalidInput, "disable it");
});

Deno.test("changing back what a person changed is no change", async () => {
  await using store = new Store();
  const entries = new Entries(await deploy(store, { a: { task: "a", schedule: 10 } }));
  assertEquals((await entries.disable("a")).changed, true);
  assertEquals((await entries.enable("a")).changed, false);
  await deploy(store, { a: { task: "a", schedule: 20 } });
  assertEquals((await entries.get("a")).schedule, every(20));
});

Deno.test("Entries.change() hands arguments that are kept out of views, or made by code, to no other task", async () => {
  await using store = new Store();
  const app = store.app();
  app.task("login", { redact: ["1"] }, () => {});
  app.beatSchedule = { lazy: { task: "a", schedule: 10, args: () => ["made"] } };
  await app.tick();
  const entries = new Entries(app);
  await entries.put("hidden", { task: "login", args: ["anna", "s3cret"], schedule: 10 });
  await entries.put("plain", { task: "a", args: [1], schedule: 10 });
  for (const name of ["hidden", "lazy"]) {
    await assertRejects(
      () => entries.change(name, { task: "b" }),
      InvalidInput,
      "args must be given with another task",
    );
    await assertRejects(() => entries.change(name, { task: "b", enabled: true }), InvalidInput, "args must be given");
  }
  await assertRejects(
    () => entries.change("lazy", { task: "b", args: undefined }),
    InvalidInput,
    "made for it by code",
  );
  assertEquals((await entries.change("hidden", { task: "login", schedule: 20 })).args, ["anna", "s3cret"]);
  assertEquals((await entries.change("plain", { task: "b" })).args, [1]);
  assertEquals((await entries.change("hidden", { task: "b", args: ["anna"] })).args, ["anna"]);
  const { lazy, args } = await entries.change("lazy", { task: "b", args: [2] });
  assertEquals([lazy, args], [undefined, [2]]);
  await entries.put("hidden", { task: "login", args: ["anna", "s3cret"], schedule: 10 });
  assertEquals((await entries.change("hidden", { task: "b", args: undefined })).args, []);
});
