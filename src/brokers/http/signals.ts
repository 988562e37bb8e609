/**
 * Signals over HTTP: server-sent events of an exchange.
 *
 * @module
 */
import type { Signal, Topic } from "../../ports/signals.ts";
import { readChannel } from "../event_source.ts";
import { wakingSignals } from "../waking.ts";
import type { Line } from "./line.ts";

/** What signals come by. */
export interface SignalsOptions {
  /** The line to the exchange. */
  readonly line: Line;
  /** How often to ask while there are no signals (ms). */
  readonly pollInterval: number;
}

/** The signals of a worker or about a command, until the signal is aborted or their reader has enough. */
export async function* wakingSignalsOf(
  topic: Topic,
  { line, pollInterval }: SignalsOptions,
  signal: AbortSignal,
): AsyncGenerator<Signal> {
  if (signal.aborted) return;
  yield { kind: "wake" };
  yield* wakingSignals(
    { open: (signal) => openChannel(() => [topic], line, signal), read: readSignal, pollInterval },
    signal,
  );
}

/** Opens a stream of signals on these topics; when it is opened again, on those that there are then. */
export function openChannel(
  topics: () => readonly unknown[],
  line: Line,
  signal: AbortSignal,
): ReturnType<typeof readChannel> {
  return readChannel({
    request: (signal) => line.watch(topics(), signal),
    read(line) {
      if (line.startsWith("data: ")) return { text: line.slice(6) };
      return line === ": open" ? "open" : line === "event: end" ? "end" : undefined;
    },
    signal,
  });
}

/** A signal of a kind that this version does not know says at least that something happened. */
export function readSignal(text: string): readonly Signal[] {
  return text === "" ? [] : [JSON.parse(text) as Signal];
}
