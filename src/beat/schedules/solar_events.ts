/**
 * Schedules by the sun, as data: what computes them is loaded only where there are any.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { nearest } from "../../options/nearest.ts";
import { show } from "../../options/values.ts";
import type { SolarEvent, SolarSchedule } from "../../periodic/schedule_data.ts";

const events: readonly SolarEvent[] = [
  "dawn_astronomical",
  "dawn_nautical",
  "dawn_civil",
  "sunrise",
  "solar_noon",
  "sunset",
  "dusk_civil",
  "dusk_nautical",
  "dusk_astronomical",
];

/**
 * When the sun does something at a place: `solar("sunset", 51.48, -0.0015)`. Beyond the polar circles it waits for the
 * next day on which it happens.
 *
 * @param event By Celery's names.
 * @param latitude Degrees north, -90 to 90.
 * @param longitude Degrees east, -180 to 180.
 * @throws {InvalidInput} For another event, or a place that is none.
 */
export function solar(event: SolarEvent, latitude: number, longitude: number): SolarSchedule {
  if (!events.includes(event)) {
    const meant = typeof event === "string" ? nearest(event, events) : undefined;
    throw new InvalidInput(
      "event",
      `event must be one of ${events.join(", ")}, and it is ${show(event)}` + (meant ? `: did you mean ${meant}?` : ""),
    );
  }
  checkDegrees("latitude", latitude, 90);
  checkDegrees("longitude", longitude, 180);
  return Object.freeze({ kind: "solar", event, latitude, longitude });
}

function checkDegrees(field: string, value: unknown, most: number): void {
  if (typeof value === "number" && Math.abs(value) <= most) return;
  throw new InvalidInput(field, `${field} must be a number from -${most} to ${most}, and it is ${show(value)}`);
}
