/**
 * Dead letters in SQLite: records that say when they failed.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import type { DeadLetterPage, DeadLetterQuery, DeadLetters, Deletion, Resending } from "../../ports/dead_letters.ts";
import type { Message } from "../../message.ts";
import { decodeRecord, encodeRecord, usualKeep } from "./record.ts";
import type { RecordRow, Statements } from "./statements/statements.ts";

/** What the letters need of the broker. */
export interface LettersOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** The time. */
  readonly now: () => number;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
  /** The same for what changes something, all or nothing; `send` puts a message where it waits. */
  readonly change: <T>(run: (send: (message: Message) => void) => T) => Promise<T>;
}

interface LetterRow {
  readonly id: string;
  readonly failed: number;
  readonly record: string;
}

/** Dead letters in SQLite. */
export class SqliteDeadLetters implements DeadLetters {
  readonly #options: LettersOptions;

  /** Those of this database. */
  constructor(options: LettersOptions) {
    this.#options = options;
  }

  /** A part of them, the newest first. */
  async list({ limit, cursor, task, queue, error, before, after }: DeadLetterQuery): Promise<DeadLetterPage> {
    const { statements: { listLetters }, now, attempt } = this.#options;
    const [time, id] = cursor === undefined ? [before ?? Number.MAX_SAFE_INTEGER, ""] : readCursor(cursor);
    return await attempt(() => {
      const filter = [task ?? null, queue ?? null, error ?? null];
      const rows = listLetters.all(time, id, after ?? 0, now(), ...filter, limit) as unknown as LetterRow[];
      const letters = rows.map(({ record }) => decodeRecord(record, now()));
      const last = rows.at(-1);
      return rows.length < limit ? { letters } : { letters, cursor: `${last!.failed}:${last!.id}` };
    });
  }

  /** Puts messages into their queues in place of letters. */
  async resend(messages: readonly Message[]): Promise<Resending[]> {
    return await this.#options.change((send) => messages.map((message) => this.#resend(message, send)));
  }

  #resend(message: Message, send: (message: Message) => void): Resending {
    const { statements, now } = this.#options;
    const { id, task, queue, sentAt, resentAt, nonce = "", unique, parentId } = message;
    const known = this.#find(id);
    if (!known) return "unknown";
    if (known.changed === nonce && nonce !== "") return "resent";
    if (decodeRecord(known.record, now()).state !== "FAILURE") return "not_failed";
    if (known.failed === 0) return "unknown";
    const holder = unique && statements.findUnique.get(unique.key, now()) as { id: string } | undefined;
    if (holder && holder.id !== id) return "exists";
    if (unique) statements.setUnique.run(unique.key, id, now() + unique.for, now());
    const record: TaskRecord = {
      ...{ id, task, state: "QUEUED", queue, sentAt, retries: 0 },
      ...(resentAt === undefined ? {} : { resentAt }),
      ...(unique && unique.states !== "any" ? { unique: unique.key } : {}),
    };
    // A repetition of the publish is still known as one.
    statements.addRecord.run(id, known.nonce, 0, encodeRecord(record));
    statements.noteResend.run(nonce, parentId ?? null, id);
    send(message);
    return "resent";
  }

  /** Forgets letters. */
  async delete(ids: readonly string[]): Promise<Deletion[]> {
    return await this.#options.change(() => ids.map((id) => this.#delete(id)));
  }

  #delete(id: string): Deletion {
    const { statements, now } = this.#options;
    const known = this.#find(id);
    if (!known) return "unknown";
    if (decodeRecord(known.record, now()).state !== "FAILURE") return "not_failed";
    statements.deleteLetter.run(id);
    return "deleted";
  }

  /** Removes those whose time is over, and the oldest beyond so many. */
  async trim(most: number): Promise<number> {
    const { statements: { endLetters, trimLetters }, now, change } = this.#options;
    return await change(() => Number(endLetters.run(now()).changes) + Number(trimLetters.run(usualKeep, most).changes));
  }

  #find(id: string): RecordRow | undefined {
    const { statements, now } = this.#options;
    const row = statements.findRecord.get(id) as unknown as RecordRow | undefined;
    return row && !(row.ends > 0 && row.ends < now()) ? row : undefined;
  }
}

function readCursor(cursor: string): [time: number, id: string] {
  const colon = cursor.indexOf(":");
  return [Number(cursor.slice(0, colon)), cursor.slice(colon + 1)];
}
