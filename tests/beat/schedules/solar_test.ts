/**
 * Holds the sun to what Celery 5.6.3 with ephem 4.1.4 says of the same places.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { nextTime, nextTimes, solar, type SolarEvent } from "@umbel/umbel/beat";

const rows:
  readonly (readonly [event: SolarEvent, latitude: number, longitude: number, after: string, next: string])[] = [
    ["dawn_astronomical", -33.87, 151.21, "2026-11-20T10:20Z", "2026-11-20T17:02:30Z"],
    ["dawn_civil", -33.87, 151.21, "2026-11-20T10:20Z", "2026-11-20T18:12:36Z"],
    ["dawn_nautical", -33.87, 151.21, "2026-11-20T10:20Z", "2026-11-20T17:38:45Z"],
    ["dusk_astronomical", -18.14, 178.44, "2027-03-01T00:00Z", "2027-03-01T07:45:57Z"],
    ["dusk_civil", -18.14, 178.44, "2027-03-01T00:00Z", "2027-03-01T06:54:16Z"],
    ["dusk_nautical", -18.14, 178.44, "2027-03-01T00:00Z", "2027-03-01T07:20:00Z"],
    ["solar_noon", 51.48, -0.0015, "2026-06-20T12:00Z", "2026-06-20T12:01:36Z"],
    ["sunrise", 51.48, -0.0015, "2026-06-20T12:00Z", "2026-06-21T03:42:47Z"],
    ["sunrise", 69.65, 18.96, "2026-11-20T10:20Z", "2026-11-21T09:06:15Z"],
    ["sunset", 51.48, -0.0015, "2026-06-20T12:00Z", "2026-06-20T20:20:38Z"],
    ["sunset", 69.65, 18.96, "2026-11-20T10:20Z", "2026-11-20T11:59:54Z"],
  ];

for (const [event, latitude, longitude, after, next] of rows) {
  Deno.test(`solar("${event}", ${latitude}, ${longitude}) after ${after} is when Celery says, to 2 s`, async () => {
    const time = await nextTime(solar(event, latitude, longitude), { after: Date.parse(after) });
    assertEquals(Math.abs(time! - Date.parse(next)) <= 2000, true, new Date(time!).toISOString());
  });
}

Deno.test("solar() comes once a day, and each time once", async () => {
  const times = await nextTimes(solar("sunset", 51.48, 0), 365, { after: Date.parse("2026-01-01T00:00Z") });
  assertEquals(times.every((time, day) => Math.abs(time - Date.UTC(2026, 0, day + 1, 18)) < 4 * 3_600_000), true);
});

Deno.test("solar() waits out the polar night", async () => {
  const time = await nextTime(solar("sunrise", 69.65, 18.96), { after: Date.parse("2026-12-10T00:00Z") });
  assertEquals(new Date(time!).toISOString().slice(0, 7), "2027-01");
});

Deno.test("solar() refuses events and places that are none", () => {
  const fields = [["moonrise", 0, 0], ["sunset", 91, 0], ["sunset", 0, -181], ["sunset", NaN, 0]] as const;
  const refused = fields.map(([event, latitude, longitude]) =>
    assertThrows(() => solar(event as SolarEvent, latitude, longitude), InvalidInput).field
  );
  assertEquals(refused, ["event", "latitude", "longitude", "latitude"]);
});
