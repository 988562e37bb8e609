/**
 * Reads a channel over REST as server-sent events. The official client's subscriber does not connect again, and says
 * nothing when the stream ends; this one does both.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";

/** How long a stream is read before it is opened anew, in case nobody told us that it died (ms). */
const longest = 30 * 60_000;
/** A server that sends comments as a sign of life and then is silent for so long has died (ms). */
const silence = 60_000;
/** How long the server may take to open a stream (ms). */
const opening = 10_000;

/** Where to subscribe. */
export interface Subscription {
  /** The REST URL. */
  readonly url: string;
  /** The REST token. */
  readonly token: string;
  /** The channel. */
  readonly channel: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What comes: `open` first and after each reconnect, `closed` when the stream was lost, and messages in between. */
export type ChannelEvent =
  | { readonly kind: "open" }
  | { readonly kind: "closed" }
  | { readonly kind: "message"; readonly text: string };

/** Subscribes until the signal is aborted, again after each failure, with pauses of 0.1 to 5 s. */
export async function* subscribe({ url, token, channel, signal }: Subscription): AsyncGenerator<ChannelEvent> {
  const address = `${url.replace(/\/$/, "")}/subscribe/${encodeURIComponent(channel)}`;
  for (let failures = 0; !signal.aborted;) {
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    const watchdog = new Watchdog(abort, opening);
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
        signal: stop.signal,
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new Error(`HTTP ${response.status}`);
      }
      const prefix = `message,${channel},`;
      for await (const line of lines(response.body, stop.signal, () => watchdog.alive())) {
        if (line.startsWith(`data: ${prefix}`)) {
          yield { kind: "message", text: line.slice(6 + prefix.length) };
        } else if (line.startsWith("data: subscribe,")) {
          failures = 0;
          watchdog.open();
          yield { kind: "open" };
        } else if (line.startsWith(":")) {
          watchdog.comments = true;
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
    await systemClock.sleep(Math.min(100 * 2 ** failures++, 5000) * (0.5 + Math.random() / 2), signal);
  }
}

/** Ends a stream that does not open, has died in silence, or is old. One timer, which looks now and then. */
class Watchdog {
  comments = false;
  readonly #end: () => void;
  readonly #started: number = performance.now();
  #timer: ReturnType<typeof setTimeout>;
  #seen: number = performance.now();

  constructor(end: () => void, ms: number) {
    this.#end = end;
    this.#timer = setTimeout(end, ms);
  }

  open(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), silence / 2);
  }

  alive(): void {
    this.#seen = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#started > longest || (this.comments && now - this.#seen > silence)) return this.#end();
    this.open();
  }
}

/** The lines of a body, until it ends or the signal is aborted. */
async function* lines(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  alive: () => void,
): AsyncGenerator<string> {
  // The signal of a fetch does not always reach a body that is being read: Deno lets go of it when memory is collected.
  // Cancelling the reader ends it in any case.
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  const decoder = new TextDecoder();
  const parts: string[] = [];
  try {
    while (!signal.aborted) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      // A long line comes in many chunks: they are joined once, at its end.
      let text = decoder.decode(value, { stream: true });
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        parts.push(text.slice(0, end));
        text = text.slice(end + 1);
        const line = parts.join("");
        parts.length = 0;
        yield line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      if (text) parts.push(text);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
