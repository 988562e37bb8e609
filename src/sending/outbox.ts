/**
 * Gathers what is sent at the same time, so that it goes out in one request.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { PublishOptions, Receipt } from "../ports/publishing.ts";
import { BrokerUnavailable } from "../errors.ts";
import type { Recording } from "../ports/journal.ts";
import type { LimitBook } from "../limits/book.ts";
import type { Message } from "../message.ts";

interface Letter {
  readonly message: Message;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

/** How many requests may be on their way; what comes in the meantime goes with the next. */
const mostRequests = 4;
/** The most messages of one request. */
const mostMessages = 1000;

/** Sends messages: those of one round of microtasks together, without a timer; a lone one goes at once. */
export class Outbox {
  readonly #broker: () => Broker;
  readonly #deadline: number | undefined;
  readonly #options: PublishOptions;
  readonly #limits: LimitBook;
  #letters: Letter[] = [];
  #requests = 0;
  #planned = false;

  /**
   * @param deadline How long sending is tried (ms); by the broker's own measure when absent.
   * @param queues What is particular about queues.
   * @param limits What is declared.
   * @param recording What is to be written down.
   */
  constructor(
    broker: () => Broker,
    deadline: number | undefined,
    queues: NonNullable<PublishOptions["queues"]>,
    limits: LimitBook,
    recording: Recording,
  ) {
    this.#broker = broker;
    this.#deadline = deadline;
    const limited = new Map([...queues].filter(([, { maxLength }]) => maxLength !== undefined));
    const isRecorded = recording.events !== "none" || recording.history;
    this.#options = { ...(limited.size === 0 ? {} : { queues: limited }), ...(isRecorded ? { recording } : {}) };
    this.#limits = limits;
  }

  /** Sends a message with whatever else is sent now. */
  send(message: Message): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#letters.push({ message, resolve, reject });
      if (this.#planned || this.#requests >= mostRequests) return;
      this.#planned = true;
      queueMicrotask(() => {
        this.#planned = false;
        this.#post();
      });
    });
  }

  /** What the broker is told with these messages: what is particular about queues, and what their limits allow. */
  optionsFor(messages: readonly Message[]): PublishOptions {
    const limits = this.#limits.allowed(messages);
    return limits ? { ...this.#options, limits } : this.#options;
  }

  /** Sends messages in a request of their own. */
  async sendAll(messages: readonly Message[], deadline: number | undefined = this.#deadline): Promise<Receipt[]> {
    const signal = deadline === undefined ? undefined : AbortSignal.timeout(deadline);
    const options = this.optionsFor(messages);
    return await this.#broker().publish(messages, signal ? { ...options, signal } : options);
  }

  #post(): void {
    while (this.#letters.length > 0 && this.#requests < mostRequests) {
      const letters = this.#letters.length <= mostMessages ? this.#letters : this.#letters.slice(0, mostMessages);
      this.#letters = letters === this.#letters ? [] : this.#letters.slice(mostMessages);
      this.#requests++;
      void this.#request(letters);
    }
  }

  async #request(letters: readonly Letter[]): Promise<void> {
    try {
      const receipts = await this.sendAll(letters.map(({ message }) => message));
      for (let index = 0; index < letters.length; index++) letters[index]!.resolve(receipts[index]!);
    } catch (error) {
      if (letters.length === 1 || error instanceof BrokerUnavailable) {
        for (const { reject } of letters) reject(error);
      } else {
        await this.#oneByOne(letters);
      }
    } finally {
      this.#requests--;
      this.#post();
    }
  }

  /** One of them was refused: the others are not to suffer for it. */
  async #oneByOne(letters: readonly Letter[]): Promise<void> {
    for (const { message, resolve, reject } of letters) {
      try {
        resolve((await this.sendAll([message]))[0]!);
      } catch (error) {
        reject(error);
      }
    }
  }
}
