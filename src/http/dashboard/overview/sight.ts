/**
 * What the overview shows, as it is read: by one reader for all who look.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { QueueInfo, WorkerInfo } from "../../../ports/inspector.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { eventWatcher, type Recording } from "../../../ports/journal.ts";
import type { Message } from "../../../message.ts";
import type { Live, Question } from "../live.ts";
import { barsOf, type Period, spans, startOf, type Sum } from "./span.ts";

/** Something that runs, with what is known of it. */
export interface Running {
  /** Its message. */
  readonly message: Message;
  /** Its record, once its worker told that it was started. */
  readonly record: TaskRecord | undefined;
}

/** What is so now. */
export interface Now {
  /** The queues. */
  readonly queues: readonly QueueInfo[];
  /** Those that are alive. */
  readonly workers: readonly WorkerInfo[];
  /** What runs: the first few. */
  readonly running: readonly Running[];
  /** What failed last. */
  readonly failed: readonly TaskRecord[];
  /** What is written down. */
  readonly recording: Recording;
}

/** What the overview shows. */
export interface Sight extends Now {
  /** How far back it looks. */
  readonly period: Period;
  /** What the time until now came to; `undefined` while no history is kept. */
  readonly bars: readonly Sum[] | undefined;
  /** The same by queue, summed up. */
  readonly byQueue: ReadonlyMap<string, number>;
}

/** How many tasks are shown of each list. */
const few = 10;

/** Who hears of events hears that something happened. */
const topics = [{ worker: eventWatcher }];

const now: Question<Now> = {
  ...{ name: "now", every: 5000, topics },
  async ask(app: Umbel): Promise<Now> {
    const { inspector, journal } = app.broker;
    const [queues, workers, running, { letters }, recording, time] = await Promise.all([
      inspector.queues({ oldest: true }),
      inspector.workers(),
      runningOf(app),
      app.deadLetters.list({ limit: few }),
      journal.recording(),
      app.broker.now(),
    ]);
    const alive = workers.filter(({ aliveUntil }) => aliveUntil > time);
    return { queues, workers: alive, running, failed: letters, recording };
  },
};

async function runningOf({ broker }: Umbel): Promise<readonly Running[]> {
  const messages: Message[] = [];
  for await (const part of broker.inspector.running()) {
    messages.push(...part);
    if (messages.length >= few) break;
  }
  const shown = messages.slice(0, few);
  if (shown.length === 0) return [];
  const records = await broker.fetch(shown.map(({ id }) => id));
  return shown.map((message, index) => ({ message, record: records[index] }));
}

/** How long the bars of a period count (ms). */
const barsFor: { readonly [period in Period]: number } = { hour: 4000, day: 60_000, month: 300_000 };

function bars(period: Period): Question<Pick<Sight, "bars" | "byQueue">> {
  return {
    ...{ name: `bars ${period}`, every: barsFor[period] },
    // Of a day or a month one task more is not to be seen.
    ...(period === "hour" ? { topics } : {}),
    async ask(app: Umbel) {
      const time = await app.broker.now();
      const points = await app.history({ step: spans[period].step, from: startOf(period, time), to: time });
      const byQueue = new Map<string, number>();
      for (const { queue, done, failed } of points) byQueue.set(queue, (byQueue.get(queue) ?? 0) + done + failed);
      return { bars: barsOf(points, period, time), byQueue };
    },
  };
}

/** Asks for what the overview shows: what is so now is shared by all periods. */
export function sightOf(live: Live, period: Period): Question<Sight> {
  return {
    ...{ name: `overview ${period}`, every: now.every, topics },
    async ask({ config }) {
      const { data } = await live.read(now);
      // The broker hears of the setting with the first task that is sent.
      const past = data.recording.history || config.history ? (await live.read(bars(period))).data : undefined;
      return { ...data, period, bars: past?.bars, byQueue: past?.byQueue ?? new Map() };
    },
  };
}
