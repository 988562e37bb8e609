/**
 * The signals of one worker, or about one command: a stream of its own, and while that is away, being told to ask now and
 * then.
 *
 * @module
 */
import type { Delivery } from "../../../ports/turn.ts";
import type { Signal } from "../../../ports/signals.ts";
import { readPartKey } from "../../../ports/mail.ts";
import { polling, wakingSignals } from "../../waking.ts";
import type { Keys } from "../keys.ts";
import { readMail } from "../mail.ts";
import { decodeEntry } from "../records/record.ts";
import { type ChannelEvent, subscribe } from "./sse.ts";

/** What such signals come by. */
export interface WorkerSignalsOptions {
  /** The REST URL and token; without them the reader is told to ask now and then. */
  readonly server: { readonly url: string; readonly token: string } | undefined;
  /** The keys. */
  readonly keys: Keys;
  /** Hears that a stream is open: that is billed. */
  readonly opened: () => void;
  /** How often to ask where there are no signals (ms). */
  readonly pollInterval: number;
}

/** The signals of a worker, until the signal is aborted or its reader has enough. */
export function workerSignals(
  name: string,
  options: WorkerSignalsOptions,
  signal: AbortSignal,
): AsyncGenerator<Signal> {
  return channelSignals(options.keys.worker(name), readWorkerSignal, options, signal);
}

/** The answers to a command, until the signal is aborted or its reader has enough. */
export function answerSignals(id: string, options: WorkerSignalsOptions, signal: AbortSignal): AsyncGenerator<Signal> {
  return channelSignals(options.keys.answers(id), (text) => readAnswerSignal(id, text), options, signal);
}

async function* channelSignals(
  channel: string,
  read: (text: string) => readonly Signal[],
  { server, opened, pollInterval }: WorkerSignalsOptions,
  signal: AbortSignal,
): AsyncGenerator<Signal> {
  if (signal.aborted) return;
  yield { kind: "wake" };
  if (!server) return yield* polling(pollInterval, signal);
  yield* wakingSignals({
    open: (signal) => counted(subscribe({ ...server, channel, signal }), opened),
    read,
    pollInterval,
  }, signal);
}

/** Tells each time that the stream opens. */
async function* counted(events: AsyncGenerator<ChannelEvent>, opened: () => void): AsyncGenerator<ChannelEvent> {
  for await (const event of events) {
    if (event.kind === "open") opened();
    yield event;
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
  if (kind === "m") return readMail(rest.join("\t")).map((command) => ({ kind: "mail", command }));
  if (kind === "r") return rest.map((id) => ({ kind: "revoked", id }));
  if (kind === "t") return rest.map((id) => ({ kind: "revoked", id, terminate: true }));
  return [{ kind: "wake" }];
}

/** `<part>/<parts> <worker>\t<text>`. */
function readAnswerSignal(command: string, message: string): Signal[] {
  const tab = message.indexOf("\t");
  if (tab === -1) return [{ kind: "wake" }];
  return [{ kind: "answer", answer: { command, ...readPartKey(message.slice(0, tab)), text: message.slice(tab + 1) } }];
}
