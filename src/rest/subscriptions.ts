/**
 * Channels as server-sent events: any number of readers over one connection to Redis.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { ErrorReply, type RedisClientType } from "redis";
import { Connection } from "./connection.ts";
import { event, EventStream, type EventStreamOptions } from "./event_stream.ts";
import { Rejection, Unavailable } from "./rejection.ts";

/** Channels by their names, or by patterns. */
export type Kind = "subscribe" | "psubscribe";

/** What subscriptions need. */
export interface SubscriptionsOptions extends EventStreamOptions {
  /** Where Redis is. */
  readonly url: string;
  /** See {@linkcode ConnectionOptions}. */
  readonly timeout: number;
}

/** All readers of a server. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #connection: Connection;
  readonly #streams = new Set<EventStream>();
  readonly #channels = new Map<string, Channel>();
  #probe: ReturnType<typeof setInterval> | undefined;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    // What is published meanwhile is missed: the readers are told by the end of their streams, and come back.
    this.#connection = new Connection({ url: options.url, timeout: options.timeout, onLost: () => this.#endAll() });
  }

  /**
   * A stream of what is published to these channels, or patterns. It has begun when this resolves.
   *
   * @throws {Rejection} When Redis cannot be reached, or refuses.
   */
  async open(kind: Kind, names: readonly string[]): Promise<EventStream> {
    const client = await this.#connection.open();
    const stream = this.#track(new EventStream(this.#options));
    try {
      for (const [index, name] of names.entries()) {
        if (stream.isEnded) break;
        const channel = this.#channel(client, kind, name);
        channel.claims++;
        stream.onEnd(() => this.#release(channel, stream));
        await this.#connection.expect(channel.subscribed);
        stream.send(event(kind, ",", name, ",", String(index + 1)));
        if (!stream.isEnded) channel.readers.add(stream);
      }
    } catch (error) {
      stream.end();
      throw asRejection(error);
    }
    return stream;
  }

  /** A stream of all commands that Redis carries out. It has a connection of its own, since Redis wants it so. */
  async monitor(): Promise<EventStream> {
    const stream = this.#track(new EventStream(this.#options));
    const { url, timeout } = this.#options;
    const connection = new Connection({ url, timeout, onLost: () => stream.end() });
    stream.onEnd(() => void connection.close());
    try {
      const client = await connection.open();
      await connection.expect(client.monitor((reply) => stream.send(event(String(reply)))));
      stream.send(event('"OK"'));
      return stream;
    } catch (error) {
      stream.end();
      throw asRejection(error);
    }
  }

  #track(stream: EventStream): EventStream {
    this.#streams.add(stream);
    // Who only listens would never learn that Redis, or its machine, is gone.
    this.#probe ??= setInterval(() => this.#connection.probe(), this.#options.heartbeat);
    stream.onEnd(() => {
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#probe);
      this.#probe = undefined;
    });
    return stream;
  }

  #channel(client: RedisClientType, kind: Kind, name: string): Channel {
    const key = `${kind} ${name}`;
    const known = this.#channels.get(key);
    if (known) return known;
    const channel = new Channel(client, kind, name);
    this.#channels.set(key, channel);
    return channel;
  }

  /** As soon as its last reader is gone a channel is left: then PUBLISH counts nobody. */
  #release(channel: Channel, stream: EventStream): void {
    channel.readers.delete(stream);
    if (--channel.claims > 0) return;
    const key = `${channel.kind} ${channel.name}`;
    // Never before it is subscribed: the Redis client forgets a reader who comes while both are on their way.
    const leave = () => {
      if (channel.claims > 0 || this.#channels.get(key) !== channel) return;
      this.#channels.delete(key);
      channel.unsubscribe().catch(() => {
        // The connection is gone, and the subscription with it.
      });
    };
    if (channel.isSubscribed) leave();
    else channel.subscribed.then(leave, leave);
  }

  #endAll(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  /** Ends every stream, and closes the connection. */
  async close(): Promise<void> {
    this.#endAll();
    await this.#connection.close();
  }
}

function asRejection(error: unknown): Rejection {
  if (error instanceof Rejection) return error;
  const words = error instanceof Error ? error.message : String(error);
  return error instanceof ErrorReply ? new Rejection(400, words) : new Unavailable(`Redis did not subscribe: ${words}`);
}

/** One channel or pattern, and who reads it. */
class Channel {
  readonly kind: Kind;
  readonly name: string;
  /** Those who are told what is published. */
  readonly readers = new Set<EventStream>();
  /** How many want it, those included who still wait for it to begin. */
  claims = 0;
  /** Resolves when Redis has confirmed it. */
  readonly subscribed: Promise<void>;
  isSubscribed = false;
  readonly #client: RedisClientType;

  constructor(client: RedisClientType, kind: Kind, name: string) {
    this.kind = kind;
    this.name = name;
    this.#client = client;
    const confirmed = kind === "subscribe"
      ? client.subscribe(name, this.#tell, true)
      : client.pSubscribe(name, this.#tell, true);
    this.subscribed = confirmed.then(() => {
      this.isSubscribed = true;
    });
  }

  async unsubscribe(): Promise<void> {
    await (this.kind === "subscribe"
      ? this.#client.unsubscribe(this.name, this.#tell, true)
      : this.#client.pUnsubscribe(this.name, this.#tell, true));
  }

  /** The same bytes for all of them. */
  readonly #tell = (message: Buffer, channel: Buffer): void => {
    const bytes = this.kind === "subscribe"
      ? event("message,", channel, ",", message)
      : event("pmessage,", this.name, ",", channel, ",", message);
    for (const reader of this.readers) reader.send(bytes);
  };
}
