/**
 * Sends messages: through the middleware, past the hooks, as their codecs make them, together with whatever else is sent
 * at the same time.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { PublishingVerb, Receipt } from "../ports/publishing.ts";
import type { Config } from "../config/config.ts";
import type { Draft } from "./drafter.ts";
import type { Hooks } from "../hooks.ts";
import type { LimitBook } from "../limits/book.ts";
import type { Logger } from "../log.ts";
import { checkName, checkSize, encodeMessage, type Message } from "../message.ts";
import type { MiddlewareChain } from "../middleware.ts";
import { Outbox } from "./outbox.ts";
import { checkContents, checkReceipts } from "./receipts.ts";
import type { TaskDefinition } from "../tasks/task.ts";
import type { Wake } from "./wake.ts";
import type { Wire } from "../wire/wire.ts";

/** What a post is made of. */
export interface PostOptions {
  /** The app's settings. */
  readonly config: Config;
  /** What tasks and queues declare. */
  readonly limits: LimitBook;
  /** Codecs and the store. */
  readonly wire: Wire;
  /** Told what is sent. */
  readonly hooks: Hooks;
  /** Stands around sending. */
  readonly middleware: MiddlewareChain;
  /** Says what went wrong with a hook. */
  readonly log: Logger;
  /** Woken when there is something to do. */
  readonly wake: () => Wake | undefined;
  /** Where it goes; opened when it is first needed. */
  readonly broker: () => Broker;
  /** The task of that name, if the app knows it. */
  readonly taskNamed: (name: string) => TaskDefinition | undefined;
}

/** Sends messages. */
export class Post {
  readonly #options: PostOptions;
  readonly #outbox: Outbox;

  /** One of an app. */
  constructor(options: PostOptions) {
    this.#options = options;
    const { config, limits, broker } = options;
    const { publishDeadline, queues, events, history } = config;
    this.#outbox = new Outbox(broker, publishDeadline, queues, limits, { events, history });
  }

  /** Sends one. */
  async send({ message, deadline, isIdempotent }: Draft): Promise<Receipt> {
    const isSimple = deadline === undefined && !this.#isWatched && this.#options.wire.isPlain(message.task);
    const receipt = isSimple ? await this.#sendSimple(message) : (await this.#publish([message], deadline))[0]!;
    checkReceipts([message], [receipt]);
    if (isIdempotent) await this.#checkContents([message], [receipt]);
    return receipt;
  }

  async #sendSimple(message: Message): Promise<Receipt> {
    const receipt = await this.#outbox.send(message);
    this.#sent([message], [receipt]);
    return receipt;
  }

  /** Who is to do it is woken, if there is something to do now. */
  #sent(messages: readonly Message[], receipts: readonly Receipt[]): void {
    const wake = this.#options.wake();
    if (wake && messages.some(({ eta }, index) => eta === undefined && receipts[index]!.status === "added")) {
      wake.poke();
    }
  }

  /** Sends some, all in one round trip. */
  async sendAll(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
    const messages = drafts.map(({ message }) => message);
    const deadlines = drafts.flatMap(({ deadline }) => deadline ?? []);
    const receipts = await this.#publish(messages, deadlines.length === 0 ? undefined : Math.max(...deadlines));
    checkReceipts(messages, receipts);
    await this.#checkContents(messages, receipts);
    return receipts;
  }

  /** Sends messages by another verb of the broker than `publish`. */
  async by(messages: readonly Message[], verb: PublishingVerb): Promise<readonly Receipt[]> {
    const { wire } = this.#options;
    return await this.#through(messages, async (ready) => {
      const packed = await wire.pack(ready);
      const receipts = await verb(packed, this.#outbox.optionsFor(packed));
      wire.posted(packed, receipts);
      this.#sent(packed, receipts);
      return receipts;
    });
  }

  async #checkContents(messages: readonly Message[], receipts: readonly Receipt[]): Promise<void> {
    await checkContents(messages, receipts, (ids) => this.#options.broker().fetch(ids));
  }

  get #isWatched(): boolean {
    const { middleware, hooks } = this.#options;
    return middleware.publishes || !hooks.isEmpty;
  }

  async #publish(messages: readonly Message[], deadline: number | undefined): Promise<readonly Receipt[]> {
    return await this.#through(messages, (ready) => this.#pack(ready, deadline));
  }

  /** Sends messages through the middleware, and tells the hooks. */
  async #through(
    messages: readonly Message[],
    send: (messages: readonly Message[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly Receipt[]> {
    if (!this.#isWatched) return await send(messages);
    const { middleware, hooks, log } = this.#options;
    return await middleware.publish(messages, async (changed) => {
      const own = new Set(messages);
      const ready = changed.map((message) => own.has(message) ? message : this.#checked(message));
      for (const message of ready) hooks.tell("beforeTaskPublish", { message }, log);
      const receipts = await send(ready);
      for (const [index, message] of ready.entries()) {
        hooks.tell("afterTaskPublish", { message, receipt: receipts[index]! }, log);
      }
      return receipts;
    });
  }

  /** Sends messages as their codecs make them; a lone one together with others that are sent at the same time. */
  async #pack(messages: readonly Message[], deadline: number | undefined): Promise<readonly Receipt[]> {
    const { wire } = this.#options;
    const packed = messages.every(({ task }) => wire.isPlain(task)) ? messages : await wire.pack(messages);
    const receipts = packed.length === 1 && deadline === undefined
      ? [await this.#outbox.send(packed[0]!)]
      : await this.#outbox.sendAll(packed, deadline);
    wire.posted(packed, receipts);
    this.#sent(packed, receipts);
    return receipts;
  }

  /** A message that a middleware has made. */
  #checked(message: Message): Message {
    const { config, limits, wire, taskNamed } = this.#options;
    checkName("queue", message.queue);
    const checked = limits.renamed(taskNamed(message.task), message);
    if (wire.isPlain(message.task)) checkSize(message.task, encodeMessage(checked), config.maxMessageSize);
    return checked;
  }
}
