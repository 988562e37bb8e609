/**
 * Schedules in plain words, as one would say them. Crontabs are put into words by cRonstrue, which people know from the
 * places where they look their crontabs up, and which speaks both languages.
 *
 * @module
 */
import cronstrue from "cronstrue";
import "cronstrue/locales/zh_CN.js";
import { crontabText } from "../../../beat/schedules/crontab.ts";
import type { CrontabSchedule, Schedule, SolarEvent } from "../../../periodic/schedule_data.ts";

/** The languages that schedules are put into. */
export type ScheduleLanguage = "en" | "zh-CN";

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
  ["millisecond", 1],
] as const;

const solar: { readonly [language in ScheduleLanguage]: { readonly [event in SolarEvent]: string } } = {
  en: {
    dawn_astronomical: "Astronomical dawn",
    dawn_nautical: "Nautical dawn",
    dawn_civil: "Civil dawn",
    sunrise: "Sunrise",
    solar_noon: "Solar noon",
    sunset: "Sunset",
    dusk_civil: "Civil dusk",
    dusk_nautical: "Nautical dusk",
    dusk_astronomical: "Astronomical dusk",
  },
  "zh-CN": {
    dawn_astronomical: "天文晨光始",
    dawn_nautical: "航海晨光始",
    dawn_civil: "民用晨光始",
    sunrise: "日出",
    solar_noon: "太阳正午",
    sunset: "日落",
    dusk_civil: "民用昏影终",
    dusk_nautical: "航海昏影终",
    dusk_astronomical: "天文昏影终",
  },
};

/** A schedule in words: `Every 5 minutes`, `At 07:00, only on Monday`, `Sunset at 51.48, 0`. */
export function scheduleWords(schedule: Schedule, language: ScheduleLanguage): string {
  switch (schedule.kind) {
    case "every":
      return everyWords(schedule.milliseconds, language);
    case "crontab":
      return crontabWords(schedule, language);
    case "at":
      return language === "en" ? "Once" : "仅一次";
    case "solar": {
      const event = solar[language][schedule.event];
      const place = `${schedule.latitude}, ${schedule.longitude}`;
      return language === "en" ? `${event} at ${place}` : `${place} 的${event}`;
    }
  }
}

function everyWords(ms: number, language: ScheduleLanguage): string {
  const [unit, size] = units.find(([, size]) => ms % size === 0)!;
  const count = ms / size;
  if (language === "en" && count === 1) return `Every ${unit}`;
  const length = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(count);
  return language === "en" ? `Every ${length}` : spaced(`每${length}`);
}

/** With a space between Chinese and figures beside it. */
function spaced(text: string): string {
  return text.replaceAll(/(?<=\p{Script=Han}) ?(?=\d)|(?<=\d) ?(?=\p{Script=Han})/gu, " ");
}

/** What one would say: single values, one range, a step of minutes or hours. Others have no words that are right and short. */
const sayable = /^(\*|\w+(,\w+)*|[a-z]+-[a-z]+|\w+#\d)$/i;
const step = /^\*\/\d+$/;
const numbers = /^(\d+)-(\d+)$/;

function isSayable(field: string, isTime: boolean): boolean {
  const range = numbers.exec(field);
  if (range) return Number(range[1]) < Number(range[2]);
  return sayable.test(field) || (isTime && step.test(field));
}

/** A day must fit both day fields, as Celery has it: `and` is what the words must say. */
function crontabWords(schedule: CrontabSchedule, language: ScheduleLanguage): string {
  const text = crontabText(schedule);
  const { second = "0", minute, hour, dayOfMonth, monthOfYear, dayOfWeek } = schedule;
  const isPlain = [second, minute, hour].every((field) => isSayable(field, true)) &&
    [dayOfMonth, monthOfYear, dayOfWeek].every((field) => isSayable(field, false));
  if (!isPlain) return text;
  const words = cronstrue.toString(text, {
    locale: language === "en" ? "en" : "zh_CN",
    use24HourTimeFormat: true,
    logicalAndDayFields: true,
  });
  const tidy = words.replaceAll(/ {2,}/g, " ").replaceAll(/ ?, ?/g, language === "en" ? ", " : "，");
  return language === "en"
    ? tidy
    : spaced(tidy).replace(/^在 (\d\d:\d\d)$/, "每天 $1").replace(/^在 (\d\d:\d\d)，/, "$1，");
}
