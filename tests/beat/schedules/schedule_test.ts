import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { at, crontab, every, nextTime, nextTimes, readSchedule, scheduleText, solar } from "@umbel/umbel/beat";

Deno.test("every() is aligned to 1970, or to its start", async () => {
  assertEquals(await nextTimes(every(30), 3, { after: 30_000 }), [60_000, 90_000, 120_000]);
  const own = every({ hours: 1, minutes: 15 }, { align: "start" });
  assertEquals(await nextTimes(own, 2, { after: 7, start: 1000 }), [1000, 4_501_000]);
});

Deno.test("every() refuses what is too short or no duration", () => {
  for (const interval of [0, -1, 0.05, "often", NaN, {}]) {
    assertEquals(assertThrows(() => every(interval as never), InvalidInput).field, "every");
  }
  assertEquals(assertThrows(() => every(1, { align: "day" as never }), InvalidInput).field, "align");
});

Deno.test("at() is due once", async () => {
  const schedule = at("2026-12-24T18:00:00Z");
  assertEquals(await nextTimes(schedule, 5, { after: 0 }), [Date.parse("2026-12-24T18:00:00Z")]);
  assertEquals(await nextTime(schedule, { after: schedule.time }), undefined);
  assertEquals(assertThrows(() => at("soon"), InvalidInput).field, "at");
});

Deno.test("schedules come out of JSON as they went in", () => {
  for (const schedule of [every("90s"), crontab("*/5 0 7 * * mon"), at(5), solar("sunset", 51.48, 0)]) {
    assertEquals(readSchedule(JSON.parse(JSON.stringify(schedule))), schedule);
  }
  assertEquals(readSchedule(30), every(30));
  assertEquals(readSchedule("5m"), every("5m"));
  assertEquals(readSchedule("0 7 * * mon"), crontab("0 7 * * mon"));
  assertEquals(readSchedule("@daily"), crontab("@daily"));
});

Deno.test("readSchedule() refuses what is no schedule", () => {
  const wrong = [undefined, null, {}, { kind: "often" }, { kind: "crontab", minute: "60" }, { kind: "every" }, []];
  for (const value of wrong) assertThrows(() => readSchedule(value), InvalidInput);
});

Deno.test("scheduleText() says it to people", () => {
  assertEquals(
    [every({ minutes: 90 }), crontab("@daily"), at(0), solar("sunset", 51.48, -0.5)].map(scheduleText),
    ["every 90m", "0 0 * * *", "at 1970-01-01T00:00:00.000Z", "sunset at 51.48, -0.5"],
  );
});
