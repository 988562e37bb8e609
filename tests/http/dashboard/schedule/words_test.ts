import { assertEquals, assertMatch } from "@std/assert";
import { at, crontab, type CrontabSchedule, every, solar } from "@umbel/umbel/beat";
import { scheduleWords } from "../../../../src/http/dashboard/schedule/words.ts";
import corpus from "../../../beat/schedules/crontab.json" with { type: "json" };

Deno.test("scheduleWords() says a schedule as one would", () => {
  const cases = [
    [every(1), "Every second", "每 1 秒钟"],
    [every({ minutes: 5 }), "Every 5 minutes", "每 5 分钟"],
    [every({ milliseconds: 90_000 }), "Every 90 seconds", "每 90 秒钟"],
    [every({ days: 1 }), "Every day", "每 1 天"],
    [crontab("0 7 * * mon"), "At 07:00, only on Monday", "07:00，仅星期一"],
    [crontab("0 7 * * *"), "At 07:00", "每天 07:00"],
    [crontab("*/20 * * * *"), "Every 20 minutes", "每隔 20 分钟"],
    [crontab("0 0 L * *"), "At 00:00, on the last day of the month", "00:00，限每月的最后一天"],
    [at("2026-12-24T18:00Z"), "Once", "仅一次"],
    [solar("sunset", 51.48, 0), "Sunset at 51.48, 0", "51.48, 0 的日落"],
  ] as const;
  for (const [schedule, english, chinese] of cases) {
    assertEquals(scheduleWords(schedule, "en"), english);
    assertEquals(scheduleWords(schedule, "zh-CN"), chinese);
  }
});

Deno.test("scheduleWords() says of both day fields that both must fit, as Celery has it", () => {
  assertEquals(
    scheduleWords(crontab("30 4 1-7 * sun"), "en"),
    "At 04:30, between day 1 and 7 of the month, only on Sunday",
  );
});

Deno.test("scheduleWords() shows a pattern that has no words which are right and short", () => {
  for (const pattern of ["27-17 * * * 5", "0-47,*,44-36/7 20 * * *", "5 *,* 1 * *"]) {
    assertEquals(scheduleWords(crontab(pattern), "en"), pattern);
  }
});

Deno.test("scheduleWords() leaves no holes in what it says of the corpus", () => {
  for (const schedule of corpus.next.flatMap(({ pattern }) => schedulesOf(pattern))) {
    for (const language of ["en", "zh-CN"] as const) {
      const words = scheduleWords(schedule, language);
      assertMatch(words, /\S/);
      assertEquals(/undefined|NaN|null|, ,/.test(words), false, words);
    }
  }
});

/** None for the patterns that are refused. */
function schedulesOf(pattern: string): CrontabSchedule[] {
  try {
    return [crontab(pattern)];
  } catch {
    return [];
  }
}
