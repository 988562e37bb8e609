/**
 * Events as JSON for whoever asks: times are ISO 8601 text.
 *
 * @module
 */
import type { AppEvent } from "../../ports/journal.ts";
import { given } from "../requests/parameters.ts";
import { timeText } from "../../operations/task_view.ts";

/** The view of an event. */
export function viewOfEvent({ at, eta, startedAt, ...event }: AppEvent): Record<string, unknown> {
  const times = Object.entries(given({ at, eta, startedAt })).map(([name, time]) => [name, timeText(time!)]);
  return { ...Object.fromEntries(times), ...event };
}
