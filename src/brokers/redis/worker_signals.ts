/**
 * The signals of one worker: a stream of its own, and while that is away, being told to ask now and then.
 *
 * @module
 */
import type { Delivery, Signal } from "../../broker.ts";
import { systemClock } from "../../clock.ts";
import type { Keys } from "./keys.ts";
import { Mailbox } from "./mailbox.ts";
import { decodeEntry } from "./record.ts";
import { subscribe } from "./sse.ts";

/** What a worker's signals come by. */
export interface WorkerSignalsOptions {
  /** The REST URL and token; without them the worker is told to ask now and then. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
  /** The keys. */
  readonly keys: Keys;
  /** Hears that a stream is open: that is billed. */
  readonly opened: () => void;
  /** How often to ask where there are no signals (ms). */
  readonly pollInterval: number;
}

/** The signals of a worker, until the signal is aborted or its reader has enough. */
export async function* workerSignals(
  name: string,
  { server, keys, opened, pollInterval }: WorkerSignalsOptions,
  signal: AbortSignal,
): AsyncGenerator<Signal> {
  if (signal.aborted) return;
  yield { kind: "wake" };
  if (!server) return yield* polling(pollInterval, signal);
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
    for await (const event of subscribe({ ...server, channel: keys.worker(name), signal: stop.signal })) {
      if (event.kind === "open") {
        opened();
        polls.abort();
        mailbox.put({ kind: "wake" });
      } else if (event.kind === "message") {
        for (const one of readWorkerSignal(event.text)) mailbox.put(one);
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

async function* polling(pollInterval: number, signal: AbortSignal): AsyncGenerator<Signal> {
  while (!signal.aborted) {
    await systemClock.sleep(pollInterval, signal);
    if (!signal.aborted) yield { kind: "wake" };
  }
}

function readWorkerSignal(text: string): Signal[] {
  const [kind, ...rest] = text.split("\t");
  if (kind === "d") {
    const turn = rest[0]!;
    const deliveries: Delivery[] = [];
    for (let at = 1; at + 2 < rest.length; at += 3) {
      deliveries.push({ ...decodeEntry(rest[at + 2]!), lease: `${rest[at]}:${turn}` });
    }
    return [{ kind: "delivery", deliveries }];
  }
  if (kind === "r") return rest.map((id) => ({ kind: "revoked", id }));
  if (kind === "t") return rest.map((id) => ({ kind: "revoked", id, terminate: true }));
  return [{ kind: "wake" }];
}
