/**
 * Records as they go to the broker and come back: of a sealed task all that says anything of it is sealed.
 *
 * @module
 */
import type { Settlement, Turn } from "../ports/turn.ts";
import type { TaskRecord } from "../ports/task_record.ts";
import { CannotDecode, UmbelError } from "../errors.ts";
import type { ErrorInfo } from "../error_info.ts";
import type { Json } from "../json.ts";
import type { KeptLog, LogLine } from "../log.ts";
import type { Message } from "../message.ts";
import type { Book, Named } from "./book.ts";
import { stored } from "./codec.ts";
import type { Encoded, Place } from "./encoded.ts";
import { encode } from "./pipeline.ts";
import { signed } from "./signature.ts";

/** Packs and opens records. */
export class Records {
  readonly #book: Book;

  /** Records of these codecs. */
  constructor(book: Book) {
    this.#book = book;
  }

  /** A turn as it goes out: what it tells of tasks that are sealed is sealed, and what is tried again is signed anew. */
  packTurn(turn: Turn): Turn | Promise<Turn> {
    const isTouched = [...turn.settlements, ...turn.reports].some(({ record: { task } }) => {
      const { seal, sign } = this.#book.codecsOf(task);
      return seal || sign;
    });
    return isTouched ? this.#packTurn(turn) : turn;
  }

  async #packTurn(turn: Turn): Promise<Turn> {
    const [settlements, reports] = await Promise.all([
      Promise.all(turn.settlements.map((one) => this.#packSettlement(one))),
      Promise.all(turn.reports.map(async (one) => ({ ...one, record: await this.#packRecord(one.record) }))),
    ]);
    return { ...turn, settlements, reports };
  }

  async #packSettlement(settlement: Settlement): Promise<Settlement> {
    const record = await this.#packRecord(settlement.record);
    const { again } = settlement;
    if (!again) return { ...settlement, record };
    let message = again.message;
    // What is told of earlier runs travels with the message too.
    const { attempts, log } = record;
    if (attempts && message.attempts) message = Object.freeze({ ...message, attempts });
    if (log && message.log) message = Object.freeze({ ...message, log });
    // Only what was started has been verified: nothing else is to be vouched for.
    if (message.signature && !again.head && record.startedAt !== undefined) {
      const { sign } = this.#book.codecsOf(message.task);
      if (sign) message = await signed(message, this.#book.app, sign);
    }
    return { ...settlement, record, again: { ...again, message } };
  }

  async #packRecord(record: TaskRecord): Promise<TaskRecord> {
    const { seal } = this.#book.codecsOf(record.task);
    if (!seal) return record;
    const { error, meta, attempts, log, ...rest } = record;
    const sealed = async (info: ErrorInfo) => await this.#sealError(record, info);
    const [told, said, thrown, runs] = await Promise.all([
      meta === undefined ? undefined : this.#sealValue(record, "meta", meta),
      log && this.#sealLog(record, log),
      error && sealed(error),
      attempts &&
      Promise.all(attempts.map(async (one) => one.error ? { ...one, error: await sealed(one.error) } : one)),
    ]);
    return {
      ...rest,
      ...(thrown ? { error: thrown } : {}),
      ...(runs ? { attempts: runs } : {}),
      ...(said ? { log: said } : {}),
      ...(told ? { encoded: { ...rest.encoded, meta: told } } : {}),
    };
  }

  async #sealError(record: TaskRecord, info: ErrorInfo): Promise<ErrorInfo> {
    if (info.encoded) return info;
    const encoded = await this.#sealValue(record, "error", info as unknown as Json);
    return {
      type: "Sealed",
      message: `What went wrong is readable only with a key: ${encoded.by.join(", ")}`,
      encoded,
    };
  }

  async #sealLog(record: TaskRecord, log: KeptLog): Promise<KeptLog> {
    if (log.encoded) return log;
    const { lines, dropped } = log;
    return { lines: [], dropped, encoded: await this.#sealValue(record, "log", lines as unknown as Json) };
  }

  async #sealValue(record: TaskRecord, part: "meta" | "error" | "log", value: Json): Promise<Encoded> {
    const { values: _, ...codecs } = this.#book.codecsOf(record.task);
    return (await encode(value, part, { codecs, place: this.#book.place(record, part) })).encoded!;
  }

  /** A message with its arguments and headers. @throws {CannotDecode} @throws {StoreFailed} */
  async openMessage(message: Message): Promise<Message> {
    if (!message.encoded) return message;
    const body = await this.#book.decode(message, "args", message.encoded);
    const [args, headers] = Array.isArray(body) ? body : [];
    if (!Array.isArray(args)) {
      throw new CannotDecode(`The arguments of task ${message.task}[${message.id}] are no list`, { isDamaged: true });
    }
    const { encoded: _, log, ...rest } = message;
    return Object.freeze({
      ...rest,
      args: Object.freeze(args),
      ...(headers ? { headers } : {}),
      ...(log ? { log: await this.#openLog(message, log) } : {}),
    });
  }

  /** A record with all that can be read here; what cannot stays as it is. */
  async openRecord(record: TaskRecord): Promise<TaskRecord> {
    const { encoded = {}, error, attempts, log, message } = record;
    if (!hasEncoded(record)) return record;
    const [result, meta, said, thrown, runs, opened] = await Promise.all([
      encoded.result && this.#tryDecode(record, "result", encoded.result),
      encoded.meta && this.#tryDecode(record, "meta", encoded.meta),
      log && this.#openLog(record, log),
      error && this.#openError(record, error),
      attempts &&
      Promise.all(
        attempts.map(async (one) => one.error ? { ...one, error: await this.#openError(record, one.error) } : one),
      ),
      // What lies in the store is large, and mostly gone by now: nobody who looks at a record waits for it.
      message && !isStored(message.encoded) ? this.openMessage(message).catch(unlessSurprise(message)) : message,
    ]);
    const { encoded: _, ...rest } = record;
    const left = {
      ...(encoded.result && !result ? { result: encoded.result } : {}),
      ...(encoded.meta && !meta ? { meta: encoded.meta } : {}),
    };
    return {
      ...rest,
      ...(result ? { result: result.value as Json } : {}),
      ...(meta ? { meta: meta.value as Json } : {}),
      ...(said ? { log: said } : {}),
      ...(thrown ? { error: thrown } : {}),
      ...(runs ? { attempts: runs } : {}),
      ...(opened ? { message: opened } : {}),
      ...(Object.keys(left).length > 0 ? { encoded: left } : {}),
    };
  }

  /** The result of a record. @throws {CannotDecode} @throws {StoreFailed} */
  async openResult(record: TaskRecord): Promise<unknown> {
    const encoded = record.encoded?.result;
    if (encoded) return await this.#book.decode(record, "result", encoded);
    const { task, id, result } = record;
    if (result === undefined || !this.#book.codecsOf(task).seal?.isRequired) return result;
    throw new CannotDecode(`The result of task ${task}[${id}] is not sealed`, { isDamaged: true });
  }

  async #openError(record: TaskRecord, info: ErrorInfo): Promise<ErrorInfo> {
    const opened = info.encoded && await this.#tryDecode(record, "error", info.encoded);
    return opened ? opened.value as ErrorInfo : info;
  }

  async #openLog(task: Named, log: KeptLog): Promise<KeptLog> {
    const opened = log.encoded && await this.#tryDecode(task, "log", log.encoded);
    return opened ? { lines: opened.value as LogLine[], dropped: log.dropped } : log;
  }

  async #tryDecode(
    record: Named,
    part: Place["part"],
    encoded: Encoded,
  ): Promise<{ readonly value: unknown } | undefined> {
    try {
      return { value: await this.#book.decode(record, part, encoded) };
    } catch (error) {
      return unlessSurprise(undefined)(error);
    }
  }
}

/** Whether this is only what finds it in the store. */
export function isStored(encoded: Encoded | undefined): encoded is Encoded {
  return Array.isArray(encoded?.by) && encoded.by.at(-1) === stored;
}

function hasEncoded({ encoded, error, attempts, log, message }: TaskRecord): boolean {
  const has = (one: { readonly encoded?: unknown } | undefined) => one?.encoded !== undefined;
  return encoded !== undefined || has(error) || has(log) || has(message) ||
    !!attempts?.some((attempt) => has(attempt.error));
}

/** What is to stand in the place of something that cannot be read here. */
function unlessSurprise<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof UmbelError) return instead;
    throw error;
  };
}
