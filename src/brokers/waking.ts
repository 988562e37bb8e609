/**
 * The signals of one worker from a channel; while that is away, being told to ask now and then.
 *
 * @module
 */
import type { Signal } from "../ports/signals.ts";
import { systemClock } from "../clock.ts";
import type { ChannelEvent } from "./event_source.ts";
import { Mailbox } from "../streams/mailbox.ts";

/** What a worker's signals are made of. */
export interface WakingOptions {
  /** Opens the channel. */
  readonly open: (signal: AbortSignal) => AsyncGenerator<ChannelEvent>;
  /** What a message of it says. */
  readonly read: (text: string) => readonly Signal[];
  /** How often to ask while the channel is away (ms). */
  readonly pollInterval: number;
}

/** The signals, until the signal is aborted, the channel ends for good, or their reader has enough. */
export async function* wakingSignals(
  { open, read, pollInterval }: WakingOptions,
  signal: AbortSignal,
): AsyncGenerator<Signal> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) stop.abort();
  const mailbox = new Mailbox<Signal>();
  let polls = new AbortController();
  // While the stream is away, asking now and then keeps the worker going.
  const poll = async () => {
    for await (const one of polling(pollInterval, polls.signal)) mailbox.put(one);
  };
  let polled = poll();
  const reading = (async () => {
    for await (const event of open(stop.signal)) {
      if (event.kind === "open") {
        polls.abort();
        mailbox.put({ kind: "wake" });
      } else if (event.kind === "message") {
        for (const one of readable(read, event.text)) mailbox.put(one);
      } else if (polls.signal.aborted) {
        await polled;
        polls = new AbortController();
        polled = poll();
      }
    }
    polls.abort();
    await polled;
    mailbox.end();
  })();
  try {
    yield* mailbox.read();
  } finally {
    signal.removeEventListener("abort", abort);
    stop.abort();
    await reading;
  }
}

/** What cannot be read may come of another version, or of anybody who can publish: to look is never wrong. */
function readable(read: WakingOptions["read"], text: string): readonly Signal[] {
  try {
    return read(text);
  } catch {
    return [{ kind: "wake" }];
  }
}

/** Being told to ask now and then. */
export async function* polling(pollInterval: number, signal: AbortSignal): AsyncGenerator<Signal> {
  while (!signal.aborted) {
    await systemClock.sleep(pollInterval, signal);
    if (!signal.aborted) yield { kind: "wake" };
  }
}
