import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createLogger, InvalidInput, Umbel } from "@umbel/umbel";
import { at, Beat, crontab, Entries, every } from "@umbel/umbel/beat";
import { failing } from "@umbel/umbel/testing";
import { Store, times } from "./shop.ts";

Deno.test("Beat sends what is due when it is due, with its arguments and options", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = {
    "every 30 s": { task: "sweep", schedule: 30, args: ["a", { b: 1 }], options: { priority: 9, expires: "10s" } },
    "at noon": { task: "lunch", schedule: crontab("0 12 * * *"), timezone: "Europe/Berlin" },
  };
  await using beat = new Beat(app);
  void beat.run();
  await store.clock.advance(29.999);
  assertEquals(await store.sent(app), []);
  await store.clock.advance(0.001);
  const [sent] = await store.sent(app);
  assertEquals(sent, { id: `beat:every=2030=20s:${store.clock.now()}`, task: "sweep", args: ["a", { b: 1 }] });
  await store.clock.advance("60s");
  const [record] = await app.broker.fetch([`beat:every=2030=20s:${store.clock.now()}`]);
  assertEquals(record!.sentAt, store.clock.now());
  assertEquals(times(await store.sent(app)), "10:21:00 10:21:30");
  await store.clock.jump("38m");
  await store.clock.advance(0);
  assertEquals((await store.sent(app)).map(({ task }) => task).sort(), ["sweep"]);
  assertEquals((await new Entries(app).get("at noon")).due, Date.parse("2026-11-20T11:00:00Z"));
  assertEquals(beat.sent, 4);
});

Deno.test("Umbel.addPeriodicTask() takes signatures, also within onAfterConfigure", async () => {
  await using store = new Store();
  const app = store.app({ config: { timezone: "America/New_York" } });
  const add = app.task("add", (x: number, y: number) => x + y);
  assertEquals(JSON.parse(JSON.stringify(add.s(1, 2))), { task: "add", args: [1, 2] });
  assertEquals(app.addPeriodicTask(10, add.s(1, 2)), "add(1, 2)");
  app.on("onAfterConfigure", ({ app }) => {
    app.addPeriodicTask(crontab({ minute: 0, hour: 6 }), add.signature([3, 4], { priority: 1 }), {
      name: "early",
      expires: "1h",
      description: "before anybody is up",
    });
  });
  assertThrows(() => app.addPeriodicTask(20, add.s(1, 2)), InvalidInput, "give it another name");
  await app.tick();
  const [one, early] = await new Entries(app).list();
  assertEquals([one!.name, one!.timezone, one!.source], ["add(1, 2)", "America/New_York", "code"]);
  assertEquals([early!.options, early!.description], [{ priority: 1, expires: "1h" }, "before anybody is up"]);
  assertEquals(new Date(early!.due!).toISOString(), "2026-11-20T11:00:00.000Z");
});

for (
  const [entry, field] of [
    [{ task: "a", schedule: 0 }, "every"],
    [{ task: "a", schedule: { kind: "often" } }, "schedule"],
    [{ task: "", schedule: 1 }, "task"],
    [{ task: "a", schedule: 1, args: [undefined] }, "args[0]"],
    [{ task: "a", schedule: 1, options: { eta: 5 } }, "eta"],
    [{ task: "a", schedule: 1, options: { queue: "a b" } }, "queue"],
    [{ task: "a", schedule: 1, options: { expires: new Date() } }, "expires"],
    [{ task: "a", schedule: 1, timezone: "Mars" }, "timezone"],
    [{ task: "a", schedule: 1, overlap: "both" }, "overlap"],
    [{ task: "a", schedule: 1, catchUp: "some" }, "catchUp"],
    [{ task: "a", schedule: 1, catchUpMax: 0 }, "catchUpMax"],
    [{ task: "a", schedule: 1, maxRuns: 2, oneOff: true }, "maxRuns"],
    [{ task: "a", schedule: 1, startAt: 10, endAt: 5 }, "endAt"],
    [{ task: "a", schedule: 1, jitters: 5 }, "jitters"],
  ] as const
) {
  Deno.test(`Umbel.beatSchedule refuses ${JSON.stringify(entry)}, and names ${field}`, () => {
    const app = new Umbel("shop", { env: {} });
    const error = assertThrows(() => app.beatSchedule = { entry: entry as never }, InvalidInput);
    assertEquals(error.field, field);
    assertEquals(app.beatSchedule, {});
  });
}

Deno.test("Umbel.tick() by five at the same time sends each tick once, and tells who did", async () => {
  await using store = new Store();
  const apps = Array.from({ length: 5 }, () => {
    const app = store.app();
    app.beatSchedule = { a: { task: "a", schedule: 10 }, b: { task: "b", schedule: 20 } };
    return app;
  });
  await apps[0]!.tick();
  await store.clock.advance(20);
  const summaries = await Promise.all(apps.map((app) => app.tick()));
  const fired = summaries.flatMap(({ fired }) => fired);
  assertEquals(fired.map(({ name, due }) => `${name} ${times([{ id: `x:${due}` }])}`).sort(), [
    "a 10:20:10",
    "b 10:20:20",
  ]);
  assertEquals(summaries.map(({ next }) => next), Array(5).fill(store.clock.now() + 10_000));
  assertEquals((await store.sent(apps[0]!)).length, 2);
});

Deno.test("an entry keeps to startAt, endAt, maxRuns and oneOff", async () => {
  await using store = new Store();
  const app = store.app();
  const now = store.clock.now();
  app.beatSchedule = {
    between: { task: "between", schedule: 10, startAt: now + 25_000, endAt: new Date(now + 45_000) },
    thrice: { task: "thrice", schedule: 10, maxRuns: 3 },
    once: { task: "once", schedule: 10, oneOff: true },
    start: { task: "start", schedule: every(100, { align: "start" }), startAt: now + 5000, maxRuns: 1 },
    date: { task: "date", schedule: at(now + 7000) },
    past: { task: "past", schedule: at(now - 7000) },
  };
  await using beat = new Beat(app);
  void beat.run();
  await store.clock.advance(120);
  const sent = await store.sent(app);
  const of = (name: string) => times(sent.filter(({ task }) => task === name));
  assertEquals(["between", "thrice", "once", "start", "date", "past"].map(of), [
    "10:20:30 10:20:40",
    "10:20:10 10:20:20 10:20:30",
    "10:20:10",
    "10:20:05",
    "10:20:07",
    "",
  ]);
  const entries = new Entries(app);
  assertEquals((await entries.list()).map(({ due }) => due), Array(6).fill(undefined));
  // One that had come to its end begins anew when somebody wants it to.
  assertEquals((await entries.enable("once")).runs, 0);
  await store.clock.advance(30);
  assertEquals((await store.sent(app)).map(({ task }) => task), ["once"]);
});

Deno.test("jitter delays a call by the same whoever sends it, and by no more than it says", async () => {
  await using store = new Store();
  const app = store.app();
  app.beatSchedule = { a: { task: "a", schedule: 60, jitter: "30s", options: { expires: "5s" } } };
  await app.tick();
  const delays = [];
  for (let n = 0; n < 40; n++) {
    await store.clock.advance(60);
    const { fired } = await app.tick();
    const [record] = await app.broker.fetch(fired[0]!.ids);
    delays.push((record!.eta ?? store.clock.now()) - store.clock.now());
  }
  assertEquals(delays.every((delay) => delay >= 0 && delay < 30_000), true);
  assertEquals([delays.some((delay) => delay < 7500), delays.some((delay) => delay > 22_500)], [true, true]);
});

Deno.test("args may be a function, asked at each sending, where its code is", async () => {
  await using store = new Store();
  const app = store.app();
  let asked = 0;
  app.beatSchedule = { a: { task: "a", schedule: 10, args: () => Promise.resolve([++asked]) } };
  await app.tick();
  const other = store.app();
  await store.clock.advance(10);
  assertEquals((await other.tick()).fired, []);
  assertEquals((await app.tick()).fired.length, 1);
  await store.clock.advance(10);
  await app.tick();
  assertEquals((await store.sent(app)).map(({ args }) => args), [[1], [2]]);
  assertEquals((await new Entries(app).get("a")).lazy, true);
  await assertRejects(() => new Entries(other).run("a"), InvalidInput, "made by code that is not here");
});

Deno.test("a tick that cannot be sent is logged and left out; others and later ones are sent", async () => {
  await using store = new Store();
  const lines: string[] = [];
  const app = store.app();
  let fails = true;
  app.beatSchedule = {
    bad: { task: "bad", schedule: 10, args: () => fails ? Promise.reject(new Error("no luck")) : [1] },
    good: { task: "good", schedule: 10 },
  };
  await using beat = new Beat(app, { log: createLogger({ write: (line) => lines.push(line), level: "error" }) });
  void beat.run();
  await store.clock.advance(10);
  assertEquals((await store.sent(app)).map(({ task }) => task), ["good"]);
  assertEquals(lines.length === 1 && /bad cannot be sent: no luck/.test(lines[0]!), true, lines.join("\n"));
  assertEquals((await new Entries(app).get("bad")).error, "no luck");
  fails = false;
  await store.clock.advance(10);
  assertEquals((await store.sent(app)).map(({ task }) => task).sort(), ["bad", "good"]);
});

Deno.test("an entry that cannot be read is logged, and holds up no other", async () => {
  await using store = new Store();
  const app = store.app();
  const lines: string[] = [];
  app.beatSchedule = { sound: { task: "sweep", schedule: 30 } };
  const due = store.clock.now() + 10_000;
  const definitions = [{}, { entry: { task: "a", schedule: { kind: "of a later version" } }, since: 0 }, null, "text"];
  await app.broker.schedules.put(definitions.map((definition, index) => ({
    ...{ name: `odd ${index}`, revision: 0, definition, due },
  })));
  assertEquals((await new Entries(app).list()).map(({ name }) => name), ["odd 1"]);
  await using beat = new Beat(app, { log: createLogger({ level: "error", write: (line) => lines.push(line) }) });
  const running = beat.run();
  for (let step = 0; step < 13; step++) await Promise.race([store.clock.advance("5s"), running]);
  assertEquals((await store.sent(app)).map(({ task }) => task), ["sweep", "sweep"]);
  for (const index of definitions.keys()) {
    assertEquals(
      lines.some((line) => line.includes(`The periodic task odd ${index} cannot be`)),
      true,
      lines.join("\n"),
    );
  }
});

Deno.test("hooks and middleware see what a beat sends", async () => {
  await using store = new Store();
  const app = store.app();
  const seen: string[] = [];
  app.on("beforeTaskPublish", ({ message }) => seen.push(`before ${message.task}`));
  app.on("afterTaskPublish", ({ receipt }) => seen.push(`after ${receipt.status}`));
  app.use({
    publish: (messages, next) => next(messages.map((message) => ({ ...message, args: [...message.args, "more"] }))),
  });
  app.beatSchedule = { a: { task: "a", schedule: 10, args: [1] } };
  await app.tick();
  await store.clock.advance(10);
  await app.tick();
  assertEquals((await store.sent(app)).map(({ args }) => args), [[1, "more"]]);
  assertEquals(seen, ["before a", "after added"]);
});

Deno.test("Beat goes on when the broker was away, and sends what was due meanwhile", async () => {
  await using store = new Store();
  let isAway = false;
  const app = store.app({ wrap: (broker) => failing(broker, () => isAway ? "drop request" : "pass") });
  app.beatSchedule = { a: { task: "a", schedule: 10 } };
  await using beat = new Beat(app, { log: createLogger({ write() {} }) });
  void beat.run();
  await store.clock.advance(10);
  isAway = true;
  await store.clock.advance(25);
  isAway = false;
  await store.clock.advance(60);
  const sent = times(await store.sent(app)).split(" ");
  // One in place of those that were missed.
  assertEquals([sent[0], sent[1], sent.at(-1)], ["10:20:10", "10:20:20", "10:21:30"]);
});

Deno.test("a program without @umbel/umbel/beat says what is missing when it ticks", async () => {
  const code =
    'import { Umbel } from "@umbel/umbel"; await new Umbel("shop").tick().catch((e) => console.log(e.message));';
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config=deno.json", code],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    'Nothing here knows schedules: import "@umbel/umbel/beat" first',
  );
});
