/**
 * Holds crontabs to what Celery itself made of the same patterns: crontab.json was made by running it.
 */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { crontab, nextTimes } from "@umbel/umbel/beat";
import fc from "fast-check";
import { type FieldName, readField } from "../../../src/beat/schedules/crontab_field.ts";
import { crontabText } from "../../../src/beat/schedules/crontab.ts";
import corpus from "./crontab.json" with { type: "json" };
import { seedProperties } from "../../random.ts";

seedProperties();

const fields: { readonly [name: string]: FieldName } = {
  minute: "minute",
  hour: "hour",
  day_of_week: "dayOfWeek",
  day_of_month: "dayOfMonth",
  month_of_year: "monthOfYear",
};
const weekday = /(sun|mon|tue|wed|thu|fri|sat)/i;
const month = /(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;

/** What Celery reads as something else than what stands there. */
function isMisread(field: string, text: string): boolean {
  const names = field !== "day_of_week" && weekday.test(text) || field !== "month_of_year" && month.test(text);
  return names || /\/\d+[./]|-\d+-|[a-z]-(,|$)|#/.test(text);
}

/** What Celery refuses, and here means something. */
function isExtension(field: string, text: string): boolean {
  return text.split(",").some((part) =>
    field === "day_of_month" && part === "L" || field === "day_of_week" && /^[0-6](L|#[1-5])$/.test(part)
  );
}

Deno.test("crontab fields stand for what they do in Celery, or are refused", () => {
  const wrong: unknown[] = [];
  let counted = 0;
  for (const { field, input, ok } of corpus.expand as { field: string; input: string; ok?: number[] }[]) {
    const values = expanded(fields[field]!, input);
    if (ok && isMisread(field, input) ? values === "refused" : isExtension(field, input)) continue;
    counted++;
    if (JSON.stringify(values) !== JSON.stringify(ok ?? "refused")) wrong.push({ field, input, ok, values });
  }
  assertEquals(wrong, []);
  assertEquals(counted > 400, true, `only ${counted} rows were compared`);
});

function expanded(field: FieldName, input: string): readonly number[] | "refused" {
  try {
    return readField(field, input).values;
  } catch (error) {
    if (error instanceof InvalidInput && error.field === field) return "refused";
    throw error;
  }
}

Deno.test("crontabs run when Celery runs them", async () => {
  const wrong: unknown[] = [];
  for (const { pattern, start, runs } of corpus.next) {
    const names = ["minute", "hour", "day_of_month", "month_of_year", "day_of_week"];
    if (pattern.split(" ").some((text, index) => isMisread(names[index]!, text))) continue;
    const here = await timesOf(pattern, start, runs.length).catch((error) => error);
    const same = runs[0]!.startsWith("RuntimeError") ? here instanceof InvalidInput : String(here) === String(runs);
    if (!same) wrong.push({ pattern, start, runs, here });
  }
  assertEquals(wrong, []);
});

async function timesOf(pattern: string, start: string, count: number, timezone = "UTC"): Promise<string[]> {
  const times = await nextTimes(crontab(pattern), count, { after: Date.parse(start), timezone });
  return times.map((time) => new Date(time).toISOString().slice(0, 16) + "Z");
}

for (
  const [field, input, why] of [
    ["minute", "*/1.5", /ignore the end "\.5"/],
    ["minute", "5-10-15", /ignore the end "-15"/],
    ["minute", "mon", /"mon" is a day of the week/],
    ["dayOfWeek", "jan", /"jan" is a month/],
    ["dayOfWeek", "mon#1", /reads "mon#1" as every mon: write 1#1/],
    ["dayOfWeek", "friL", /reads "friL" as every fri: write 5L/],
    ["dayOfWeek", "1-7", /7 is above 6: Sunday is 0, or sun/],
    ["hour", "24", /24 is above 23/],
    ["dayOfMonth", 0, /whole numbers from 1 to 31, and it is \[0\]/],
    ["minute", true, /and it is true/],
    ["minute", [], /and it is \[\]/],
  ] as const
) {
  Deno.test(`crontab({ ${field}: ${JSON.stringify(input)} }) is refused with the field and the reason`, () => {
    const error = assertThrows(() => crontab({ [field]: input } as never), InvalidInput);
    assertEquals(error.field, field);
    assertMatch(error.message, why);
  });
}

Deno.test("crontab() refuses days that never come", () => {
  for (const pattern of ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 1-7 * 1#2", "0 0 8-31 * 1#1"]) {
    assertEquals(assertThrows(() => crontab(pattern), InvalidInput).field, "dayOfMonth", pattern);
  }
});

Deno.test("crontab() accepts days that come seldom", async () => {
  for (let weekday = 0; weekday < 7; weekday++) {
    const [time] = await timesOf(`0 0 29 2 ${weekday}`, "2072-03-01T00:00Z", 1);
    assertEquals([time!.slice(4), new Date(time!).getUTCDay()], ["-02-29T00:00Z", weekday]);
  }
});

Deno.test("crontab() refuses other numbers of fields, and unknown ones", () => {
  for (const pattern of ["", "* * * *", "* * * * * * *", "@often"]) {
    assertEquals(assertThrows(() => crontab(pattern), InvalidInput).field, "crontab");
  }
  assertMatch(assertThrows(() => crontab({ dayofweek: 1 } as never), InvalidInput).message, /did you mean dayOfWeek/);
});

Deno.test("crontab() takes numbers, lists and sets, as Celery does", () => {
  const schedule = crontab({ minute: 0, hour: [7, 19], dayOfWeek: new Set([1, 2]), monthOfYear: "nov-feb" });
  assertEquals(crontabText(schedule), "0 7,19 * nov-feb 1,2");
  assertEquals(JSON.parse(JSON.stringify(schedule)), { ...schedule });
});

Deno.test("crontab() extends Celery's: seconds, nicknames, blanks, last days and weekdays of the month", async () => {
  assertEquals(crontabText(crontab("@daily")), "0 0 * * *");
  assertEquals(crontabText(crontab("  0   7 * *  mon ")), "0 7 * * mon");
  const seconds = await nextTimes(crontab("*/20 * * * * *"), 3, { after: 0 });
  assertEquals(seconds, [20_000, 40_000, 60_000]);
  const rows = [
    ["0 0 L * *", "2026-11-30 2026-12-31 2027-01-31 2027-02-28"],
    ["0 0 15,L * *", "2026-11-30 2026-12-15 2026-12-31 2027-01-15"],
    ["0 0 * * 5L", "2026-11-27 2026-12-25 2027-01-29 2027-02-26"],
    ["0 0 * * 1#1,5L", "2026-11-27 2026-12-07 2026-12-25 2027-01-04"],
    ["0 0 * * 3,1#2", "2026-11-25 2026-12-02 2026-12-09 2026-12-14"],
    ["0 0 13 * 5#2", "2027-08-13 2028-10-13 2029-04-13 2029-07-13"],
  ] as const;
  for (const [pattern, days] of rows) {
    const times = await timesOf(pattern, "2026-11-20T10:20Z", 4);
    assertEquals(times.map((time) => time.slice(0, 10)).join(" "), days, pattern);
  }
});

Deno.test("last days and weekdays of the month are those that going through the days says", async () => {
  const place = fc.record({
    weekday: fc.integer({ min: 0, max: 6 }),
    nth: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant("L" as const)),
  });
  const few = (most: number) => fc.uniqueArray(fc.integer({ min: most === 31 ? 1 : 0, max: most }), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      few(31),
      fc.boolean(),
      few(6),
      fc.array(place, { maxLength: 2 }),
      async (days, last, weekdays, places) => {
        const ofMonth = [...days, ...(last ? ["L"] : [])];
        const ofWeek = [
          ...weekdays,
          ...places.map(({ weekday, nth }) => nth === "L" ? `${weekday}L` : `${weekday}#${nth}`),
        ];
        const fits = (date: Date) => {
          const day = date.getUTCDate();
          const left = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate() - day;
          const inMonth = ofMonth.length === 0 || days.includes(day) || (last && left === 0);
          const inWeek = ofWeek.length === 0 || weekdays.includes(date.getUTCDay()) ||
            places.some(({ weekday, nth }) =>
              weekday === date.getUTCDay() && (nth === "L" ? left < 7 : Math.ceil(day / 7) === nth)
            );
          return inMonth && inWeek;
        };
        const expected: number[] = [];
        for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2029, 0, 1); day += 86_400_000) {
          if (fits(new Date(day))) expected.push(day);
        }
        // Whether it ever comes is another test.
        fc.pre(expected.length > 0);
        const schedule = crontab(`0 0 ${ofMonth.join(",") || "*"} * ${ofWeek.join(",") || "*"}`);
        const times = await nextTimes(schedule, 30, { after: Date.UTC(2026, 0, 1) - 1 });
        assertEquals(times.slice(0, expected.length), expected.slice(0, 30));
      },
    ),
    { numRuns: 300 },
  );
});
