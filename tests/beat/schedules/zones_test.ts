/**
 * Daylight saving: the rule of docs/beat.md where clocks change by an hour, by half an hour and by a day; and against
 * going through the minutes one by one.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { crontab, every, nextTimes } from "@umbel/umbel/beat";
import fc from "fast-check";
import { readTimezone } from "../../../src/options/timezone.ts";
import { seedProperties } from "../../random.ts";

seedProperties();

const rows: readonly (readonly [zone: string, pattern: string, after: string, times: string, why: string])[] = [
  ["Europe/London", "30 1 * * *", "2026-03-28T12:00Z", "29T01:00 30T00:30 31T00:30", "in the gap: right after it"],
  ["Europe/London", "*/10 1 * * *", "2026-03-28T12:00Z", "29T01:00 30T00:00 30T00:10", "all in the gap: once"],
  ["Europe/London", "30 1,2 * * *", "2026-03-28T12:00Z", "29T01:00 29T01:30 30T00:30", "beside one that is there"],
  ["Europe/London", "0 1,2 * * *", "2026-03-28T12:00Z", "29T01:00 30T00:00 30T01:00", "at one that is there: once"],
  ["Europe/London", "30 1 * * *", "2026-10-24T12:00Z", "25T00:30 26T01:30 27T01:30", "in the fold: the first time"],
  ["Europe/London", "30 1 * * *", "2026-10-25T01:10Z", "26T01:30 27T01:30", "not the second time"],
  ["Europe/London", "*/30 * * * *", "2026-03-29T00:10Z", "29T00:30 29T01:00 29T01:30 29T02:00", "half hours, spring"],
  ["Europe/London", "*/30 * * * *", "2026-10-25T00:10Z", "25T00:30 25T01:00 25T01:30 25T02:00", "half hours, autumn"],
  ["America/New_York", "30 2 * * *", "2026-03-07T12:00Z", "08T07:00 09T06:30", "in the gap"],
  ["America/New_York", "30 1 * * *", "2026-10-31T12:00Z", "01T05:30 02T06:30", "in the fold"],
  ["America/New_York", "0 * * * *", "2026-11-01T03:30Z", "01T04:00 01T05:00 01T06:00 01T07:00 01T08:00", "hourly"],
  ["America/New_York", "5 * * * *", "2026-03-08T05:30Z", "08T06:05 08T07:05 08T08:05", "hourly, spring"],
  ["America/New_York", "0 */2 * * *", "2026-03-08T04:30Z", "08T05:00 08T07:00 08T08:00 08T10:00", "no three hours"],
  ["America/New_York", "0 */2 * * *", "2026-11-01T03:30Z", "01T04:00 01T06:00 01T07:00 01T09:00", "nor in autumn"],
  ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", "03T15:30 04T15:15", "half an hour's gap"],
  ["Australia/Lord_Howe", "45 1 * * *", "2026-04-03T20:00Z", "04T14:45 05T15:15", "half an hour's fold"],
  [
    "Australia/Lord_Howe",
    "*/30 * * * *",
    "2026-04-04T13:50Z",
    "04T14:00 04T14:30 04T15:00 04T15:30 04T16:00",
    "half hours",
  ],
  ["Australia/Lord_Howe", "0 * * * *", "2026-10-03T14:10Z", "03T14:30 03T15:30 03T16:00 03T17:00", "never longer"],
  ["Pacific/Apia", "0 7 * * *", "2011-12-29T12:00Z", "29T17:00 30T10:00 30T17:00", "a day that was not there"],
  ["Pacific/Apia", "0 7,19 30 12 *", "2011-12-29T12:00Z", "30T10:00 29T17:00", "once, and then a year later"],
  ["Pacific/Apia", "0 * * * *", "2011-12-30T08:10Z", "30T09:00 30T10:00 30T11:00", "hourly over that day"],
];

for (const [timezone, pattern, after, times, why] of rows) {
  Deno.test(`crontab ${pattern} in ${timezone} from ${after}: ${why}`, async () => {
    const count = times.split(" ").length;
    const found = await nextTimes(crontab(pattern), count, { after: Date.parse(after), timezone });
    assertEquals(found.map((time) => new Date(time).toISOString().slice(8, 16)).join(" "), times);
  });
}

Deno.test("every() is elapsed time, whatever the clocks do", async () => {
  for (const timezone of ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]) {
    const after = Date.parse("2011-01-01T00:00Z");
    const times = await nextTimes(every({ hours: 1 }), 400 * 24, { after, timezone });
    assertEquals(times.every((time, index) => time === after + (index + 1) * 3_600_000), true, timezone);
  }
});

Deno.test("a zone must be one", () => {
  assertEquals(readTimezone("Europe/London"), "Europe/London");
  for (const name of ["Mars/Olympus", "", undefined, 3]) {
    assertEquals(assertThrows(() => readTimezone(name), InvalidInput).field, "timezone");
  }
});

const minute = 60_000;
const zones = [
  "UTC",
  "Europe/London",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "Africa/Casablanca",
  "Asia/Tehran",
  "Asia/Kathmandu",
  "Africa/Cairo",
  "America/St_Johns",
  "Antarctica/Troll",
  "Asia/Pyongyang",
  "Pacific/Kiritimati",
];

/** A reading of a zone's clock, as if it were UTC; by another way than the code goes. */
function reading(time: number, timezone: string): number {
  return time + Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timezone).offsetNanoseconds / 1e6;
}

interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[] | "*" | `*/${number}`;
  readonly days: readonly number[];
  readonly weekdays: readonly number[];
}

function fits({ minutes, hours, days, weekdays }: Fields, wall: number): boolean {
  const date = new Date(wall);
  const hour = date.getUTCHours();
  const ofHour = typeof hours === "string" ? hour % Number(hours.slice(2) || 1) === 0 : hours.includes(hour);
  return ofHour && minutes.includes(date.getUTCMinutes()) && days.includes(date.getUTCDate()) &&
    weekdays.includes(date.getUTCDay());
}

/** Goes through the minutes of the rule, one by one. */
function byMinutes(fields: Fields, timezone: string, after: number, end: number): number[] {
  const found: number[] = [];
  const isElapsed = typeof fields.hours === "string";
  let offset = reading(after - 3 * 1440 * minute, timezone) - (after - 3 * 1440 * minute);
  let before = offset;
  let until = 0;
  let highest = -Infinity;
  for (let time = after - 3 * 1440 * minute; time <= end; time += minute) {
    const wall = reading(time, timezone);
    let due = fits(fields, wall);
    if (wall - time !== offset) {
      before = offset;
      offset = wall - time;
      until = time + Math.abs(offset - before);
      if (!isElapsed) {
        for (let jumped = time + before; jumped < wall; jumped += minute) due ||= fits(fields, jumped);
      }
    }
    if (isElapsed) due ||= time < until && fits(fields, time + before);
    else if (wall <= highest) due = false;
    highest = Math.max(highest, wall);
    if (due && time > after) found.push(time);
  }
  return found;
}

const some = (least: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 8 }).map((list) =>
    list.sort((a, b) => a - b)
  );
const all = (least: number, most: number) => Array.from({ length: most - least + 1 }, (_, index) => least + index);
const mostly = (least: number, most: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(all(least, most)) }, { weight: 1, arbitrary: some(least, most) });

Deno.test("an hour that comes again at the end of a day counts again, though no other day of that name is near", async () => {
  // At the end of this day Cairo's clocks were set back from midnight to 23:00.
  const after = Date.parse("2014-06-26T19:30:00Z");
  const found = await nextTimes(crontab("0 * 26 * *"), 3, { after, timezone: "Africa/Cairo" });
  assertEquals(found.map((time) => new Date(time).toISOString()), [
    "2014-06-26T20:00:00.000Z",
    "2014-06-26T21:00:00.000Z",
    "2014-07-25T22:00:00.000Z",
  ]);
});

Deno.test("crontabs are due when going through the minutes one by one says so", async () => {
  const fields = fc.record({
    minutes: fc.oneof(some(0, 59), fc.constant([0]), fc.constant([0, 30])),
    hours: fc.oneof(
      some(0, 23),
      some(0, 4),
      fc.constant("*" as const),
      fc.integer({ min: 1, max: 24 }).map((n) => `*/${n}` as const),
    ),
    days: mostly(1, 31),
    weekdays: mostly(0, 6),
  });
  const year = fc.integer({ min: 1985, max: 2037 });
  await fc.assert(
    fc.asyncProperty(
      fields,
      fc.constantFrom(...zones),
      year,
      fc.nat(),
      fc.boolean(),
      async (fields, timezone, year, seed, near) => {
        const first = Date.UTC(year, 0, 1);
        let after = first + (seed % (365 * 1440)) * minute;
        if (near) {
          // Half of them begin shortly before a change.
          const change = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(timezone)
            .getTimeZoneTransition("next");
          if (change) after = change.epochMilliseconds - (seed % 600) * minute;
        }
        const { minutes, hours, days, weekdays } = fields;
        const schedule = crontab({
          minute: minutes,
          hour: hours,
          dayOfMonth: days.length === 31 ? "*" : [...days, 1],
          dayOfWeek: weekdays.length === 7 ? "*" : weekdays,
        });
        const expected = byMinutes({ ...fields, days: [...days, 1] }, timezone, after, after + 3 * 1440 * minute);
        const found = await nextTimes(schedule, expected.length + 1, { after, timezone });
        assertEquals(found.slice(0, -1), expected);
        assertEquals(found.at(-1)! > after + 3 * 1440 * minute, true);
      },
    ),
    { numRuns: 150 },
  );
});
