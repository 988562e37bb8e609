/**
 * Sunrise, sunset and their like. By astronomy-engine: it searches for the next event after a time, so that days without
 * one (beyond the polar circles) and the date line need no thought, and it has no dependencies.
 *
 * @module
 */
import { Body, Observer, SearchAltitude, SearchHourAngle, SearchRiseSet } from "astronomy-engine";
import type { SolarEvent, SolarSchedule } from "../../periodic/schedule_data.ts";

type Search = (observer: Observer, from: Date) => { readonly date: Date } | null;

/** Further than a year ahead there is nothing: at the poles the sun rises once a year. */
const days = 400;

const searches: { readonly [event in SolarEvent]: Search } = {
  dawn_astronomical: altitude(+1, -18),
  dawn_nautical: altitude(+1, -12),
  dawn_civil: altitude(+1, -6),
  sunrise: (observer, from) => SearchRiseSet(Body.Sun, observer, +1, from, days),
  solar_noon: (observer, from) => SearchHourAngle(Body.Sun, observer, 0, from).time,
  sunset: (observer, from) => SearchRiseSet(Body.Sun, observer, -1, from, days),
  dusk_civil: altitude(-1, -6),
  dusk_nautical: altitude(-1, -12),
  dusk_astronomical: altitude(-1, -18),
};

function altitude(direction: 1 | -1, degrees: number): Search {
  return (observer, from) => SearchAltitude(Body.Sun, observer, direction, from, days, degrees);
}

/** The first time after another, to the second; `undefined` when there is none within 400 days. */
export function nextSolar({ event, latitude, longitude }: SolarSchedule, after: number): number | undefined {
  const observer = new Observer(latitude, longitude, 0);
  // An event that was rounded down is found once more; the one after it is hours away.
  for (const from of [after, after + 60_000]) {
    const found = searches[event](observer, new Date(from));
    if (!found) return undefined;
    const time = Math.floor(found.date.getTime() / 1000) * 1000;
    if (time > after) return time;
  }
  return undefined;
}
