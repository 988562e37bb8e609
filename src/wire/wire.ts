/**
 * What stands between an app and its broker: messages are packed when they are sent and opened when they are run, and so
 * are results when they are handed in and read. Tasks without codecs pass untouched.
 *
 * @module
 */
import type { TaskRecord } from "../ports/task_record.ts";
import type { Receipt } from "../ports/publishing.ts";
import type { Settlement, Turn } from "../ports/turn.ts";
import { CannotDecode } from "../errors.ts";
import { checkSize, encodeMessage, type Message } from "../message.ts";
import { Book, type BookOptions } from "./book.ts";
import type { Codecs } from "./codec.ts";
import type { Encoded } from "./encoded.ts";
import { encode, type EncodedValue } from "./pipeline.ts";
import { isStored, Records } from "./records.ts";
import { signed, verify } from "./signature.ts";
import { onlyWord } from "./store.ts";

/** What a wire is made of. */
export interface WireOptions extends BookOptions {
  /** The largest message (bytes). */
  readonly limit: number;
}

/** Between an app and its broker. */
export class Wire {
  /**
   * Which codecs a task has.
   *
   * @internal
   */
  readonly book: Book;
  /**
   * Packs and opens what is known of tasks.
   *
   * @internal
   */
  readonly records: Records;
  readonly #limit: number;

  /** A wire of these codecs. */
  constructor({ limit, ...options }: WireOptions) {
    this.book = new Book(options);
    this.records = new Records(this.book);
    this.#limit = limit;
  }

  /** Whether something may lie aside. */
  get hasStore(): boolean {
    return this.book.store !== undefined;
  }

  /** Whether what is sent to a task goes out as it is, and its result too. */
  isPlain(task: string): boolean {
    return !this.hasStore && isEmpty(this.book.codecsOf(task));
  }

  /** Whether what a task is given and returns is sealed. */
  isSealed(task: string): boolean {
    return this.book.codecsOf(task).seal !== undefined;
  }

  /** Messages as they go out. @throws {TooLarge} @throws {StoreFailed} */
  async pack(messages: readonly Message[]): Promise<readonly Message[]> {
    return await Promise.all(messages.map((message) => this.isPlain(message.task) ? message : this.#pack(message)));
  }

  async #pack(message: Message): Promise<Message> {
    return await this.#signed(await this.#encoded(message));
  }

  /**
   * A turn as it goes out, with what is sent with its settlements. None of that lies aside: a store that is away is not to
   * hold up a turn.
   *
   * @internal
   */
  packTurn(turn: Turn): Turn | Promise<Turn> {
    const isTouched = turn.settlements.some(({ followUps = [] }) =>
      followUps.some(({ task }) => !isEmpty(this.book.codecsOf(task)))
    );
    return isTouched ? this.#packTurn(turn) : this.records.packTurn(turn);
  }

  async #packTurn(turn: Turn): Promise<Turn> {
    const packed = await this.records.packTurn(turn);
    return { ...packed, settlements: await Promise.all(packed.settlements.map((one) => this.packFollowUps(one))) };
  }

  /**
   * A settlement whose follow-ups are as they go out.
   *
   * @internal
   */
  async packFollowUps(settlement: Settlement): Promise<Settlement> {
    const { followUps } = settlement;
    if (!followUps) return settlement;
    return { ...settlement, followUps: await Promise.all(followUps.map((one) => this.#packFollowUp(one))) };
  }

  async #packFollowUp(message: Message): Promise<Message> {
    const { task, args, headers } = message;
    const codecs = this.book.codecsOf(task);
    const body = headers ? [args, headers] : [args];
    const { encoded } = await encode(body, "args", { codecs, place: this.book.place(message, "args") });
    return await this.#signed(await blinded(encoded ? withBody(message, encoded) : message, codecs));
  }

  /**
   * A message that was sent before, as it goes out once more. It is signed anew only if it was signed rightly, however
   * long ago: nobody vouches for what was refused.
   *
   * @param body Other arguments or headers than its own.
   * @param word Tells what is put aside for it from what was put aside before.
   * @throws {CannotDecode} When only one of these is given, and the other cannot be read.
   * @throws {TooLarge} @throws {StoreFailed}
   */
  async repack(
    before: Message,
    again: Message,
    body?: Pick<Partial<Message>, "args" | "headers">,
    word?: string,
  ): Promise<Message> {
    const codecs = this.book.codecsOf(before.task);
    const isTrusted = await this.#verify(before, codecs, 0).then(() => true, () => false);
    // Keys that it had are blind already.
    const limits = again.limits && await Promise.all(
      again.limits.map(async (name) => before.limits?.includes(name) ? name : await blindLimit(name, codecs.seal)),
    );
    if (!body) {
      const moved = limits ? Object.freeze({ ...again, limits }) : again;
      return isTrusted ? await this.#signed(moved) : moved;
    }
    const own = body.args && body.headers ? before : await this.records.openMessage(before);
    // To seal them would make good what somebody slipped in.
    const headers = body.headers ?? (isTrusted ? own.headers : undefined);
    const { encoded: _encoded, headers: _headers, limits: _limits, unique, ...rest } = again;
    const [kept, made] = unique === before.unique ? [unique, undefined] : [undefined, unique];
    const packed = await this.#encoded({
      ...{ ...rest, args: body.args ?? own.args },
      ...(headers ? { headers } : {}),
      ...(made ? { unique: made } : {}),
    }, word);
    const changed = Object.freeze({
      ...packed,
      ...(limits ? { limits } : {}),
      ...(kept ? { unique: kept } : {}),
    });
    return isTrusted ? await this.#signed(changed) : changed;
  }

  /** A message whose arguments went through their codecs, or to the store. */
  async #encoded(message: Message, word: string = message.nonce ?? onlyWord): Promise<Message> {
    const { task, args, headers, eta, sentAt } = message;
    const codecs = this.book.codecsOf(task);
    const { encoded } = await encode(headers ? [args, headers] : [args], "args", {
      ...{ codecs, store: this.book.store, place: this.book.place(message, "args") },
      ...{ until: Math.max(sentAt, eta ?? 0), word },
    });
    const packed = await blinded(encoded ? withBody(message, encoded) : message, codecs);
    try {
      checkSize(task, encodeMessage(packed), this.#limit);
    } catch (error) {
      this.#discardArgs(packed);
      throw error;
    }
    return packed;
  }

  async #signed(message: Message): Promise<Message> {
    const { sign } = this.book.codecsOf(message.task);
    return sign ? await signed(message, this.book.app, sign) : message;
  }

  /** What was put aside for a message that was not added is not needed. */
  posted(messages: readonly Message[], receipts: readonly Receipt[]): void {
    if (!this.book.store) return;
    for (const [index, { status, id }] of receipts.entries()) {
      const message = messages[index]!;
      // Whoever holds an id has arguments of its own, unless it is the same message.
      const isThere = status === "added" || (status === "exists" && message.id === id && message.nonce === undefined);
      if (!isThere) this.#discardArgs(message);
    }
  }

  /** The name of a task's limit as its messages have it: with a key that tells nothing where they are sealed. */
  async hiddenLimit(task: string, name: string): Promise<string> {
    return await blindLimit(name, this.book.codecsOf(task).seal);
  }

  /** A message is not the one that waits, and another one of its task is. */
  dropped(message: Message, other: Message): void {
    if (JSON.stringify(message.encoded) !== JSON.stringify(other.encoded)) this.#discardArgs(message);
  }

  /** Whether a message may be run; nothing where nobody asks for that. @throws {SignatureRefused} @throws {CannotDecode} */
  admit(message: Message, now: number): Promise<void> | undefined {
    const codecs = this.book.codecsOf(message.task);
    return codecs.seal || codecs.sign ? this.#verify(message, codecs, now) : undefined;
  }

  async #verify(message: Message, { seal, sign }: Codecs, now: number): Promise<void> {
    if (sign) await verify(message, this.book.app, sign, now);
    if (!seal?.isRequired || message.encoded?.by.includes(seal.name)) return;
    throw new CannotDecode(`The arguments of task ${message.task}[${message.id}] are not sealed`, { isDamaged: true });
  }

  /**
   * A result as it is handed in.
   *
   * @internal
   * @param until When its record goes.
   * @throws {InvalidInput} When nothing can carry it.
   * @throws {StoreFailed} When it is large, and the store does not take it.
   */
  async packResult(message: Message, value: unknown, until: number): Promise<EncodedValue> {
    return await encode(value, "result", {
      ...{ codecs: this.book.codecsOf(message.task), store: this.book.store, until },
      place: this.book.place(message, "result"),
    });
  }

  /** A task has ended, and the broker knows: its arguments are needed no more, unless it may be sent again. */
  ended(message: Message, { state }: TaskRecord): void {
    if (state === "SUCCESS") this.#discardArgs(message);
  }

  /** Nobody will ask for this result: another worker has the task. */
  lost(message: Message, result: Encoded | undefined): void {
    if (isStored(result)) this.book.store?.discard(this.book.place(message, "result"), result.data);
  }

  /** Waits until what is not needed any more is deleted. */
  async settled(): Promise<void> {
    await this.book.store?.settled();
  }

  #discardArgs(message: Message): void {
    const { encoded } = message;
    if (isStored(encoded)) this.book.store?.discard(this.book.place(message, "args"), encoded.data);
  }
}

/** A message whose arguments and headers are encoded. */
function withBody({ headers: _, ...message }: Message, encoded: Encoded): Message {
  return Object.freeze({ ...message, args: [], encoded });
}

/** A message whose keys, which are made of its arguments, tell a broker what is the same, and not what it is. */
async function blinded(message: Message, { seal }: Codecs): Promise<Message> {
  const { task, unique, limits } = message;
  if (!seal?.blind || (!unique && !limits)) return message;
  const hidden = limits && Promise.all(limits.map((name) => blindLimit(name, seal)));
  return Object.freeze({
    ...message,
    ...(unique ? { unique: { ...unique, key: `${task}:${await seal.blind(unique.key)}` } } : {}),
    ...(hidden ? { limits: await hidden } : {}),
  });
}

async function blindLimit(name: string, seal: Codecs["seal"]): Promise<string> {
  const at = name.indexOf("#");
  return at === -1 || !seal?.blind ? name : `${name.slice(0, at)}#${await seal.blind(name)}`;
}

function isEmpty({ values, compress, seal, sign }: Codecs): boolean {
  return !values && !compress && !seal && !sign;
}
