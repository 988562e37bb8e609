/**
 * Reads a channel over REST as server-sent events. The official client's subscriber does not connect again, and says
 * nothing when the stream ends; this one does both.
 *
 * @module
 */
import { type ChannelEvent, readChannel } from "../../event_source.ts";

export type { ChannelEvent };

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

/** Subscribes until the signal is aborted, again after each failure, with pauses of 0.1 to 5 s. */
export function subscribe({ url, token, channel, signal }: Subscription): AsyncGenerator<ChannelEvent> {
  const address = `${url.replace(/\/$/, "")}/subscribe/${encodeURIComponent(channel)}`;
  const prefix = `data: message,${channel},`;
  return readChannel({
    request: (signal) =>
      fetch(address, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
        signal,
      }),
    read(line) {
      if (line.startsWith(prefix)) return { text: line.slice(prefix.length) };
      return line.startsWith("data: subscribe,") ? "open" : undefined;
    },
    signal,
  });
}
