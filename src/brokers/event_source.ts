/**
 * Reads server-sent events from a server that may go away: connects again, with growing pauses.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { lines } from "../streams/lines.ts";
import { Watchdog } from "../streams/watchdog.ts";
import { retryAfter } from "../retry_after.ts";

/** How long the server may take to open a stream (ms). */
const opening = 10_000;
/** A stream that was open for so long has worked (ms): one that ends sooner is a failure, as one that never opens. */
const working = 5000;
/** The pauses between tries (ms): doubled up to the longest. */
const pauses = { first: 100, longest: 5000 };

/** What comes: `open` first and after each reconnect, `closed` when the stream was lost, and messages in between. */
export type ChannelEvent =
  | { readonly kind: "open" }
  | { readonly kind: "closed" }
  | { readonly kind: "message"; readonly text: string };

/** Where events come from. */
export interface EventSource {
  /** Asks for the stream. */
  readonly request: (signal: AbortSignal) => Promise<Response>;
  /** What a line says: that the stream is open, that no more will ever come (`end`), a message, or nothing of interest. */
  readonly read: (line: string) => { readonly text: string } | "open" | "end" | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Reads until the signal is aborted or the server says `end`; again after each failure, with pauses of 0.1 to 5 s, or as
 * long as the server asks for.
 */
export async function* readChannel({ request, read, signal }: EventSource): AsyncGenerator<ChannelEvent> {
  for (let failures = 0; !signal.aborted;) {
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    const watchdog = new Watchdog(abort, opening);
    let openedAt = Infinity;
    let asked = 0;
    try {
      const response = await request(stop.signal);
      if (!response.ok || !response.body) {
        asked = retryAfter(response.headers.get("retry-after"), response.headers.get("date")) ?? 0;
        await response.body?.cancel();
        throw new Error(`HTTP ${response.status}`);
      }
      for await (const line of lines(response.body, stop.signal, () => watchdog.alive())) {
        if (line.startsWith(":")) watchdog.comments = true;
        const said = read(line);
        if (said === "end") return;
        if (said === "open") {
          openedAt = performance.now();
          watchdog.open();
          yield { kind: "open" };
        } else if (said) {
          yield { kind: "message", text: said.text };
        }
      }
    } catch {
      // A stream that broke, or was never there: the same to its reader, who is told `closed`.
    } finally {
      watchdog.stop();
      signal.removeEventListener("abort", abort);
      stop.abort();
    }
    if (signal.aborted) return;
    yield { kind: "closed" };
    if (performance.now() - openedAt > working) failures = 0;
    const pause = Math.min(pauses.first * 2 ** failures++, pauses.longest) * (0.5 + Math.random() / 2);
    await systemClock.sleep(Math.max(pause, asked), signal);
  }
}
