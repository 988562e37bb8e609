/**
 * A broker's signals over HTTP, as server-sent events.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Signal, Topic } from "../../ports/signals.ts";
import { systemClock } from "../../clock.ts";
import { noReason } from "../../streams/no_reason.ts";
import { eventWatcher } from "../../ports/journal.ts";
import { beatTopic } from "../../ports/schedules.ts";
import type { Caller } from "../access/caller.ts";
import { workerOf } from "./identity.ts";
import type { Ledger } from "./ledger.ts";

/** Something is sent so often, for proxies that close what is silent (ms). */
const beatEvery = 15_000;

/** What a stream of signals needs. */
export interface WatchOptions {
  /** The app whose broker is watched. */
  readonly app: Umbel;
  /** What was handed out. */
  readonly ledger: Ledger;
  /** Who watches. */
  readonly caller: Caller;
  /** Aborted when the server stops. */
  readonly stop: AbortSignal;
  /** Makes JSON of a signal, for this caller. */
  readonly encode: (signal: Signal) => string;
}

/**
 * Answers with the signals on these topics: a comment `open` when they are watched, then an event for each signal, and an
 * event `end` when no more will come.
 *
 * @throws {Refusal} When the caller may not watch one of them.
 */
export function watch(topics: readonly Topic[], options: WatchOptions): Response {
  const { app, caller } = options;
  const own = topics.map((topic) => topicOf(topic, caller));
  const workers = own.flatMap((topic) => "worker" in topic ? [topic.worker] : []);
  const left = new AbortController();
  const over = AbortSignal.any([options.stop, left.signal]);
  const signals = app.broker.watch(own, { signal: over });
  const body = streamOf(signals, (signal) => {
    if (signal.kind === "delivery" && workers.length > 0) {
      for (const delivery of signal.deliveries) options.ledger.note(workers[0]!, delivery);
    }
    return options.encode(signal);
  }, { left, over });
  return new Response(body, { headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" } });
}

function topicOf(topic: Topic, caller: Caller): Topic {
  if ("command" in topic) {
    caller.must("control");
    return topic;
  }
  if ("task" in topic || topic.worker === eventWatcher || topic.worker === beatTopic) {
    caller.must("read");
    return topic;
  }
  caller.must("work");
  return { worker: workerOf(caller, topic.worker) };
}

function streamOf(
  signals: AsyncIterable<Signal>,
  encode: (signal: Signal) => string,
  { left, over }: { readonly left: AbortController; readonly over: AbortSignal },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = signals[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<Signal>> | undefined;
  let isOpen = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const say = (text: string) => controller.enqueue(encoder.encode(text));
      if (!isOpen) {
        isOpen = true;
        return say(": open\n\n");
      }
      next ??= iterator.next();
      try {
        const result = await nextOrBeat(next, over);
        if (!result) return say(": nothing new\n\n");
        next = undefined;
        if (!result.done) return say(`data: ${encode(result.value)}\n\n`);
        // Whether all has ended or the server stops: who still wants to hear something comes again.
        if (!over.aborted) say("event: end\ndata:\n\n");
      } catch {
        // The client hears nothing, and connects again.
      }
      left.abort();
      controller.close();
    },
    async cancel() {
      left.abort();
      await iterator.return?.();
    },
  }, { highWaterMark: 0 });
}

/** The next signal; `undefined` when there was none for a while. */
async function nextOrBeat<T>(next: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([
      next,
      systemClock.sleep(beatEvery, AbortSignal.any([over.signal, stop])).then(() => undefined),
    ]);
  } finally {
    over.abort(noReason);
  }
}
