/**
 * The signals of who watches events: those of a worker that is none. That it watches is noted in the map now and then.
 *
 * @module
 */
import type { Signal } from "../../../ports/signals.ts";
import { systemClock } from "../../../clock.ts";
import { eventWatcher } from "../../../ports/journal.ts";
import type { Connection } from "../connection/connection.ts";
import { watchEvents } from "../scripts/journal.ts";
import { workerSignals, type WorkerSignalsOptions } from "./worker_signals.ts";

/** For how long it is noted (ms). */
const noted = 120_000;

/** What they come by. */
export interface EventSignalsOptions extends WorkerSignalsOptions {
  /** Calls scripts. */
  readonly connection: Connection;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** Signals that something was written down, until the signal is aborted or their reader has enough. */
export async function* eventSignals(options: EventSignalsOptions, signal: AbortSignal): AsyncGenerator<Signal> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  // First of all: what is told from then on is signalled, and what was told before is there to be read.
  await note(options, until);
  const noting = keepNoting(options, until);
  try {
    yield* workerSignals(eventWatcher, options, signal);
  } finally {
    over.abort();
    await noting;
  }
}

async function keepNoting(options: EventSignalsOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(noted / 2, signal);
    if (!signal.aborted) await note(options, signal);
  }
}

async function note({ connection, keys, now }: EventSignalsOptions, signal: AbortSignal): Promise<void> {
  try {
    await connection.run(watchEvents, [keys.map], [String(await now() + noted)], signal);
  } catch {
    // Its reader finds out by itself that the broker is out of reach, and asks now and then in any case.
  }
}
