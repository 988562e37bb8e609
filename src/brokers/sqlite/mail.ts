/**
 * Workers' mail in SQLite.
 *
 * @module
 */
import { checkName } from "../../message.ts";
import {
  type Addressee,
  type AnswerPart,
  checkCommand,
  checkCommandId,
  checkPart,
  isMeant,
  keptAnswers,
  type Mail,
  mostCommands,
  mostOfMail,
  mostRead,
  partKey,
  readCommand,
  readPartKey,
  type RemoteCommand,
  unmet,
} from "../../ports/mail.ts";
import type { AnswerRow, MailRow } from "./statements/mail.ts";
import type { Hub } from "./signals.ts";
import type { Statements, WorkerRow } from "./statements/statements.ts";
import type { Work } from "./database/work.ts";

/** What it needs of the broker. */
export interface MailOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** Tells workers, and whoever waits for answers. */
  readonly hub: Pick<Hub, "pass">;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
  /** Runs all or nothing; then others hear of it. */
  readonly change: <T>(run: (work: Work) => T) => Promise<T>;
}

/** Brings commands to workers, and keeps what they answer. */
export class SqliteMail implements Mail {
  readonly #options: MailOptions;

  /** That of this database. */
  constructor(options: MailOptions) {
    this.#options = options;
  }

  /** Puts a command into workers' mail. */
  async send(to: readonly string[] | "all", command: RemoteCommand): Promise<Addressee[]> {
    const text = checkCommand(command);
    const wanted = to === "all" ? undefined : new Set(to.map((name) => checkName("worker", name)));
    const { statements, hub, change } = this.#options;
    const met = await change(({ now }) => {
      const workers = statements.workers.all() as unknown as WorkerRow[];
      return workers.filter(({ name }) => !wanted || isMeant(name, wanted))
        .map(({ name }) => ({ worker: name, status: this.#put(name, command, text, now) }));
    });
    hub.pass(met.flatMap(({ worker, status }) => status === "sent" ? [{ worker, command }] : []), []);
    return [...met, ...unmet(to, met.map(({ worker }) => worker))].sort((a, b) => a.worker < b.worker ? -1 : 1);
  }

  #put(worker: string, { id, expires }: RemoteCommand, text: string, now: number): "sent" | "full" {
    const { addMail, countMail } = this.#options.statements;
    const { count, size, known } = countMail.get(id, worker, now) as { count: number; size: number; known: number };
    if (known > 0) return "sent";
    if (count >= mostCommands || size + text.length > mostOfMail) return "full";
    addMail.run(worker, id, Math.ceil(expires), text);
    return "sent";
  }

  /** Keeps a part of an answer. */
  async answer(part: AnswerPart, expires: number): Promise<void> {
    checkPart(part);
    const { statements, hub, change } = this.#options;
    await change(({ now }) => {
      const ends = Math.ceil(Math.max(expires, now) + keptAnswers);
      statements.addAnswer.run(part.command, partKey(part), ends, part.text);
    });
    hub.pass([], [part]);
  }

  /** Reads parts of answers. */
  async answers(command: string, except: ReadonlySet<string>): Promise<AnswerPart[]> {
    checkCommandId(command);
    const { statements, attempt } = this.#options;
    return await attempt(() => {
      const parts: AnswerPart[] = [];
      let size = 0;
      for (const row of statements.laterAnswers.iterate(command, 0) as Iterable<unknown>) {
        const { part, text } = row as AnswerRow;
        if (except.has(part)) continue;
        parts.push({ command, ...readPartKey(part), text });
        if ((size += text.length) > mostRead) break;
      }
      return parts;
    });
  }
}

/** A command as it lies in a worker's mail. */
export function toCommand({ id, expires, text }: Omit<MailRow, "seq" | "worker">): RemoteCommand {
  return readCommand(id, expires, text);
}
