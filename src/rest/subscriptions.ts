/**
 * Channels as server-sent events: any number of readers over one connection to Redis.
 *
 * @module
 */
import type { RedisClientType } from "redis";
import { Buffer } from "node:buffer";

/** How often a stream shows a sign of life (ms). */
const heartbeat = 15_000;
/** A reader that is so many bytes behind is cut off: it will come back, and must not fill the memory. */
const mostPending = 8 * 1024 * 1024;

type Listener = (message: Buffer, channel: Buffer) => void;
type Kind = "subscribe" | "psubscribe";

/** See above. */
export class Subscriptions {
  readonly #client: RedisClientType;
  readonly #streams = new Set<() => void>();
  #beat: ReturnType<typeof setInterval> | undefined;
  readonly #beats = new Set<() => void>();

  /** @param client A connection for subscriptions alone. */
  constructor(client: RedisClientType) {
    this.#client = client;
    // While the connection is away messages are lost: readers are cut off, so that they know and come back.
    client.on("reconnecting", () => this.closeAll());
  }

  /** A stream of what is published to these channels, or patterns. It has begun when this resolves. */
  async open(kind: Kind, names: readonly string[]): Promise<ReadableStream<Uint8Array>> {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    let pending = 0;
    let closed = false;
    const listeners: [string, Listener][] = [];
    const close = () => {
      if (closed) return;
      closed = true;
      this.#streams.delete(close);
      this.#beats.delete(beat);
      if (this.#beats.size === 0) clearInterval(this.#beat);
      for (const [name, listener] of listeners) {
        // As soon as the last reader is gone PUBLISH counts nobody.
        const done = kind === "subscribe"
          ? this.#client.unsubscribe(name, listener, true)
          : this.#client.pUnsubscribe(name, listener, true);
        done.catch(() => {});
      }
      try {
        controller.close();
      } catch {
        // The reader closed it.
      }
    };
    const send = (bytes: Uint8Array) => {
      if (closed) return;
      pending = bytes.length - (controller.desiredSize ?? 0);
      if (pending > mostPending) return close();
      controller.enqueue(bytes);
    };
    const beat = () => send(Buffer.from(": alive\n\n"));
    const stream = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given;
      },
      cancel: close,
    }, { highWaterMark: 0, size: (chunk) => chunk.length });
    this.#streams.add(close);
    for (const [index, name] of names.entries()) {
      const listener: Listener = (message, channel) => {
        const head = kind === "subscribe" ? `data: message,${channel},` : `data: pmessage,${name},${channel},`;
        send(Buffer.concat([Buffer.from(head), message, Buffer.from("\n\n")]));
      };
      if (kind === "subscribe") await this.#client.subscribe(name, listener, true);
      else await this.#client.pSubscribe(name, listener, true);
      listeners.push([name, listener]);
      if (closed) {
        const undo = kind === "subscribe"
          ? this.#client.unsubscribe(name, listener, true)
          : this.#client.pUnsubscribe(name, listener, true);
        await undo.catch(() => {});
        break;
      }
      send(Buffer.from(`data: ${kind},${name},${index + 1}\n\n`));
    }
    if (!closed) {
      this.#beats.add(beat);
      if (this.#beats.size === 1) this.#beat = setInterval(() => this.#beatAll(), heartbeat);
    }
    return stream;
  }

  #beatAll(): void {
    for (const beat of this.#beats) beat();
  }

  /** Ends every stream. */
  closeAll(): void {
    for (const close of [...this.#streams]) close();
  }
}
