import { milliseconds } from "../../options/duration.ts";
import { readTime } from "../../options/values.ts";

/**
 * The time that a field of a filter says: so long ago, as `2d`, or a point in time; one that names no zone is meant in
 * UTC.
 *
 * @throws {InvalidInput} When it is neither; it names the field.
 */
export function readMoment(text: string, now: number, field: string): number {
  if (/^[\d.]+\s*(ms|s|m|h|d)$/.test(text)) return now - milliseconds(text, field);
  const time = text.replace(" ", "T");
  return readTime(/T[\d:.]+$/.test(time) ? `${time}Z` : time, field);
}
