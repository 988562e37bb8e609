/**
 * What the overview shows, as it is read: by one reader for all who look.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { QueueInfo, WorkerInfo } from "../../../ports/inspector.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import type { Message } from "../../../message.ts";
import type { Live, Question } from "../live.ts";
import { happenings, readPoints } from "../history/points.ts";
import { barsOf, type Period, type Sum, sumOf } from "../history/span.ts";
import { talliesOf, type Tally } from "../history/tallies.ts";

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
}

/** What the overview shows. */
export interface Sight extends Now {
  /** How far back it looks. */
  readonly period: Period;
  /** What the time until now came to; `undefined` while no history is kept. */
  readonly bars: readonly Sum[] | undefined;
  /** The same by task. */
  readonly tallies: readonly Tally[];
  /** How many ended, and how many of them failed, by queue. */
  readonly byQueue: ReadonlyMap<string, Pick<Sum, "done" | "failed">>;
}

/** How many tasks are shown of each list. */
const few = 10;

const now: Question<Now> = {
  ...{ name: "now", every: 5000, topics: happenings },
  async ask(app: Umbel): Promise<Now> {
    const { inspector } = app.broker;
    const [queues, workers, running, { letters }, time] = await Promise.all([
      inspector.queues({ oldest: true }),
      inspector.workers(),
      runningOf(app),
      app.deadLetters.list({ limit: few }),
      app.broker.now(),
    ]);
    const alive = workers.filter(({ aliveUntil }) => aliveUntil > time);
    return { queues, workers: alive, running, failed: letters };
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
  const since = ({ record }: Running) => record?.startedAt ?? Infinity;
  // What runs longest comes first: that is what hangs, if anything does.
  return shown.map((message, index) => ({ message, record: records[index] })).sort((one, other) =>
    since(one) === since(other) ? 0 : since(one) - since(other)
  );
}

/** Asks for what the overview shows: what is so now is shared by all periods. */
export function sightOf(live: Live, period: Period): Question<Sight> {
  return {
    ...{ name: `overview ${period}`, every: now.every, topics: happenings },
    async ask(app) {
      const [{ data }, points, time] = await Promise.all([
        live.read(now),
        readPoints(live, app, period),
        app.broker.now(),
      ]);
      const byQueue = Map.groupBy(points ?? [], ({ queue }) => queue);
      return {
        ...{ ...data, period, bars: points && barsOf(points, period, time) },
        tallies: points ? talliesOf(points, period, time) : [],
        byQueue: new Map([...byQueue].map(([queue, some]) => [queue, sumOf(some, 0)])),
      };
    },
  };
}
