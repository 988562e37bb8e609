/**
 * A connection to Redis that is opened when it is needed, and again when it was lost.
 *
 * @module
 */
import { createClient, ErrorReply, type RedisClientType } from "redis";
import type { Buffer } from "node:buffer";
import { InvalidInput } from "../errors.ts";
import type { Command } from "./commands.ts";
import { type Reply, typeMapping } from "./encoding.ts";
import { Rejection, Unavailable } from "./rejection.ts";

/** How long opening a connection may take (ms). */
const connectTimeout = 2000;
/** Its own time limit is off: it makes a timer and a signal for each command, which takes a third of all the time. */
const options = { typeMapping, timeout: 0 } as unknown as NonNullable<Parameters<RedisClientType["sendCommand"]>[1]>;

/** What a connection needs. */
export interface ConnectionOptions {
  /** Where Redis is. */
  readonly url: string;
  /** How long Redis may be silent while commands wait for it; then the connection is given up (ms). */
  readonly timeout: number;
  /** Told that the connection was lost, or closed. */
  readonly onLost?: () => void;
}

/**
 * One connection for any number of callers: what they send at once goes out in one write.
 *
 * The client behind it is node-redis: it hands out bulk strings as bytes and statuses as text, sends what comes in one
 * turn in one write, and gives up what was on its way when the connection is lost; nothing is sent twice. It is told not
 * to connect again by itself: it would wait between its attempts, for a time that nobody can cut short. Here the next
 * request tries, so that Redis is used in the moment it is back, and a request in between is answered at once.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #client: RedisClientType | undefined;
  #opening: Promise<RedisClientType> | undefined;
  #isClosed = false;
  #pending = 0;
  #answered = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #idle: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    // Reads the URL, and refuses a wrong one now rather than at the first request.
    this.#create();
  }

  /** The client, connected. @throws {Unavailable} */
  open(): Promise<RedisClientType> {
    if (this.#client) return Promise.resolve(this.#client);
    return this.#opening ??= this.#connect().finally(() => this.#opening = undefined);
  }

  async #connect(): Promise<RedisClientType> {
    if (this.#isClosed) throw new Unavailable("the server is being stopped");
    const client = this.#create();
    // The client's own time limit is for the connection alone, and not for the password.
    const deadline = setTimeout(() => client.destroy(), Math.min(connectTimeout, this.#options.timeout));
    try {
      await client.connect();
    } catch (error) {
      client.destroy();
      throw new Unavailable(`Redis cannot be reached: ${reasonOf(error)}`);
    } finally {
      clearTimeout(deadline);
    }
    // One that was destroyed while its socket was being opened is ready all the same, and closed for good.
    if (!client.isReady || !client.isOpen || this.#isClosed) {
      client.destroy();
      throw new Unavailable("Redis cannot be reached: the connection was closed at once");
    }
    client.on("end", () => this.#lose(client)).on("terminated", () => this.#lose(client));
    return this.#client = client;
  }

  #create(): RedisClientType {
    try {
      const client = createClient({
        url: this.#options.url,
        RESP: 2,
        disableOfflineQueue: true,
        disableClientInfo: true,
        socket: { reconnectStrategy: false, connectTimeout },
      }) as unknown as RedisClientType;
      // Whatever it was, a reply may have got lost: from here on they could be given to the wrong callers.
      return client.on("error", () => client.destroy());
    } catch (error) {
      throw new InvalidInput("redis", `redis must be a URL like redis://127.0.0.1:6379: ${reasonOf(error)}`);
    }
  }

  #lose(client: RedisClientType): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#options.onLost?.();
  }

  /** Sends one command. An error that Redis answers is returned, since it is an answer. @throws {Rejection} */
  run(command: Command): Promise<Reply> {
    return this.#client ? this.#send(this.#client, command) : this.open().then((client) => this.#send(client, command));
  }

  /** Sends commands in one go: nobody's commands come in between. @throws {Rejection} */
  async runAll(commands: readonly Command[]): Promise<Reply[]> {
    const client = this.#client ?? await this.open();
    return await Promise.all(commands.map((command) => this.#send(client, command)));
  }

  /** Waits for an answer that was not asked for by `run()`, and gives the connection up when none comes. */
  async expect<T>(answer: Promise<T>): Promise<T> {
    this.#begin();
    try {
      return await answer;
    } finally {
      this.#settle();
    }
  }

  /** Gives the connection up when it is there and Redis does not answer: it may have died and closed nothing. */
  probe(): void {
    if (this.#client) this.expect(this.#client.ping()).catch(() => {});
  }

  #send(client: RedisClientType, command: Command): Promise<Reply> {
    this.#begin();
    const sent = client.sendCommand(command as (string | Buffer<ArrayBuffer>)[], options) as unknown as Promise<Reply>;
    return sent.then(this.#succeed, this.#fail);
  }

  readonly #succeed = (reply: Reply): Reply => {
    this.#settle();
    return reply;
  };

  readonly #fail = (error: unknown): Error => {
    this.#settle();
    if (error instanceof ErrorReply) return inWords(error);
    throw new Unavailable(
      `the connection to Redis was lost, and the command may have been carried out: ${reasonOf(error)}`,
    );
  };

  #begin(): void {
    this.#pending++;
    this.#watch ??= this.#lookLater();
  }

  #settle(): void {
    this.#answered++;
    if (--this.#pending === 0) this.#idle?.();
  }

  /** Looks now and then whether answers still come: a Redis that hangs, or whose machine is gone, closes nothing. */
  #lookLater(): ReturnType<typeof setTimeout> {
    const { timeout } = this.#options;
    const before = this.#answered;
    return setTimeout(() => {
      this.#watch = undefined;
      if (this.#pending === 0) return;
      if (this.#answered === before) this.#client?.destroy();
      else this.#watch = this.#lookLater();
    }, timeout);
  }

  /** Waits for the commands that are on their way, and closes it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => {});
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle = resolve);
    clearTimeout(this.#watch);
    this.#client?.destroy();
  }
}

/** An error of Redis in the words that callers expect. @throws {Rejection} When it is not yet ready. */
export function inWords(error: Error): Error {
  if (error.message.startsWith("LOADING")) throw new Rejection(503, error.message);
  // Servers word it differently, and clients compare it.
  return error.message.startsWith("NOSCRIPT") ? new Error("NOSCRIPT No matching script. Please use EVAL.") : error;
}

/** A sentence of an error, also of one that only has causes (both addresses of a name refused, for example). */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
