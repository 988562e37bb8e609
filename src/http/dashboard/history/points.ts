/**
 * What tasks came to in a period: read once for all pages that show some of it.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { HistoryPoint } from "../../../ports/history.ts";
import { eventWatcher, type Recording } from "../../../ports/journal.ts";
import type { Live, Question } from "../live.ts";
import { type Period, spans, startOf } from "./span.ts";

/** Who hears of events hears that something happened. */
export const happenings = [{ worker: eventWatcher }];

const recording: Question<Recording> = {
  ...{ name: "recording", every: 5000, topics: happenings },
  ask: ({ broker }) => broker.journal.recording(),
};

/** How long the points of a period count (ms). */
const pointsFor: { readonly [period in Period]: number } = { hour: 4000, day: 60_000, month: 300_000 };

function pointsOf(period: Period): Question<readonly HistoryPoint[]> {
  return {
    ...{ name: `points ${period}`, every: pointsFor[period] },
    // Of a day or a month one task more is not to be seen.
    ...(period === "hour" ? { topics: happenings } : {}),
    async ask(app) {
      const time = await app.broker.now();
      return await app.history({ step: spans[period].step, from: startOf(period, time), to: time });
    },
  };
}

/** The points of a period until now; `undefined` while no history is kept. */
export async function readPoints(
  live: Live,
  { config }: Umbel,
  period: Period,
): Promise<readonly HistoryPoint[] | undefined> {
  const { data } = await live.read(recording);
  // The broker hears of the setting with the first task that is sent.
  return data.history || config.history ? (await live.read(pointsOf(period))).data : undefined;
}
