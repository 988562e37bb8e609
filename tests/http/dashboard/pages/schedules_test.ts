import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidInput, Umbel } from "@umbel/umbel";
import { at, crontab, Entries, every, scheduleText, solar } from "@umbel/umbel/beat";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { readSchedule } from "../../../../src/beat/schedules/schedule.ts";
import { changesOf, emptyInput, inputOf, readScheduleText } from "../../../../src/http/dashboard/schedule/form.ts";
import { Site } from "../site.ts";

const filled = { ...emptyInput, name: "sweep", task: "sweep", schedule: "5m" };

Deno.test("readScheduleText() reads what scheduleText() says", () => {
  const schedules = [
    every({ minutes: 5 }),
    crontab("0 7 * * mon"),
    at("2027-01-31T08:00Z"),
    solar("sunset", 51.48, -0.0015),
  ];
  for (const schedule of schedules) assertEquals(readSchedule(readScheduleText(scheduleText(schedule))), schedule);
});

Deno.test("changesOf() names what is different, and takes away what is empty now", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const entry = await new Entries(app).put("sweep", {
    ...{ task: "sweep", schedule: every({ minutes: 5 }, { align: "start" }), args: [1], description: "sweeps" },
    options: { queue: "slow", expires: "1h" },
  });
  const before = inputOf(entry);
  assertEquals(changesOf(before, before), {});
  const changes = changesOf(before, { ...before, description: "", queue: "fast", maxRuns: "3" });
  assertEquals(changes, { description: undefined, maxRuns: 3, options: { expires: "1h", queue: "fast" } });
  assertThrows(() => changesOf(before, { ...before, args: "{}" }), InvalidInput, "args must be a JSON array");
});

Deno.test("a periodic task is added by the form; what is wrong stands beside its field, and the rest is kept", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const site = new Site({ app });
  const wrong = { ...filled, schedule: "0 25 * * *" };
  const { status, html } = await site.post("/schedules/add", Object.entries(wrong));
  assertEquals(status, 422);
  assertStringIncludes(html, 'id="field-schedule-error"');
  assertStringIncludes(html, 'value="0 25 * * *"');
  assertEquals(await new Entries(app).list(), []);

  const text = await site.submit("/schedules/add", "/schedules/add", { ...filled, to: "/dashboard/schedules" });
  assertStringIncludes(text, "sweep is saved.");
  assertEquals((await new Entries(app).get("sweep")).schedule, every({ minutes: 5 }));
});

Deno.test("a periodic task is changed, paused, resumed, run and removed", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const entries = new Entries(app);
  await entries.put("the sweep", { task: "sweep", schedule: "0 7 * * mon", timezone: "Europe/London" });
  const site = new Site({ app });
  const path = "/schedules/of/the%20sweep";
  assertStringIncludes(await site.read("/schedules"), "At 07:00, only on Monday");
  const input = { ...inputOf(await entries.get("the sweep")), schedule: "*/20 * * * *" };
  await site.submit(path, `${path}/edit`, input);
  assertStringIncludes(await site.read(path), "Every 20 minutes");
  await site.submit(path, `${path}/pause`);
  assertEquals((await entries.get("the sweep")).enabled, false);
  await site.submit(path, `${path}/resume`);
  assertEquals((await entries.get("the sweep")).enabled, true);
  assertStringIncludes(await site.submit(path, `${path}/run`), "the sweep was sent: ");
  assertEquals((await app.waiting()).tasks.length, 1);
  await site.submit("/schedules", `${path}/remove`);
  assertEquals(await entries.list(), []);
  await site.read(path, 404);
});

Deno.test("the form of a periodic task shows no arguments that its task redacts, and leaves them as they are", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  app.task("login", { redact: true }, (secret: string) => secret);
  const entries = new Entries(app);
  const entry = await entries.put("nightly", { task: "login", schedule: "5m", args: ["hush"] });
  const site = new Site({ app });
  const path = "/schedules/of/nightly";
  assertEquals((await site.get(path)).html.includes("hush"), false);
  await site.submit(path, `${path}/edit`, { ...inputOf(entry, true), schedule: "10m" });
  const { args, schedule } = await entries.get("nightly");
  assertEquals([args, schedule], [["hush"], every({ minutes: 10 })]);
});

Deno.test("the page of schedules says whether a beat sends what is due, and what failed last", async () => {
  const clock = new ManualClock();
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), clock });
  app.task("sweep", { maxRetries: 0 }, () => {
    throw new Error("no broom");
  });
  const site = new Site({ app });
  await new Entries(app).put("sweeping", { task: "sweep", schedule: "5m" });
  assertStringIncludes(await site.read("/schedules"), "Beat On time nothing was due yet");
  await clock.advance("5m");
  await app.tick();
  await site.work();
  assertStringIncludes(await new Site({ app }).read("/schedules"), "Beat On time last sent 0 s ago");
  assertStringIncludes(await new Site({ app }).read("/schedules"), "Failed last time 1 sweeping");
  await clock.advance("7m");
  assertStringIncludes(await new Site({ app }).read("/schedules"), "Beat 1 overdue no beat seems to run");
});
