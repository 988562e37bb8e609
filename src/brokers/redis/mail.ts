/**
 * Workers' mail in Redis: commands lie in the map beside their workers, answers on a key of their own.
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
import type { Connection } from "./connection/connection.ts";
import type { Keys } from "./keys.ts";
import { answer, answers, send } from "./scripts/mail.ts";

/** What it needs of the broker. */
export interface MailOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** Brings commands to workers, and keeps what they answer. */
export class RedisMail implements Mail {
  readonly #options: MailOptions;

  /** That of these keys. */
  constructor(options: MailOptions) {
    this.#options = options;
  }

  /** Puts a command into workers' mail. */
  async send(to: readonly string[] | "all", command: RemoteCommand): Promise<Addressee[]> {
    const { keys, connection, now } = this.#options;
    const text = checkCommand(command);
    const names = to === "all" ? [] : to.map((name) => checkName("worker", name));
    const limits = [String(mostCommands), String(mostOfMail), to === "all" ? "1" : "0"];
    const first = [keys.prefix, String(await now()), command.id, String(Math.ceil(command.expires)), text, ...limits];
    const reply = await connection.run(send, [keys.map, keys.workers], [...first, ...names], undefined) as string[];
    const met: Addressee[] = [];
    for (let at = 0; at < reply.length; at += 2) {
      met.push({ worker: reply[at]!, status: reply[at + 1] === "full" ? "full" : "sent" });
    }
    return [...met, ...unmet(to, met.map(({ worker }) => worker))].sort((a, b) => a.worker < b.worker ? -1 : 1);
  }

  /** Keeps a part of an answer. */
  async answer(part: AnswerPart, expires: number): Promise<void> {
    checkPart(part);
    const { keys, connection, now } = this.#options;
    const key = keys.answers(part.command);
    const keep = Math.ceil(Math.max(expires - await now(), 0) + keptAnswers);
    await connection.run(answer, [key], [key, partKey(part), part.text, String(keep)], undefined);
  }

  /** Reads parts of answers. */
  async answers(command: string, except: ReadonlySet<string>): Promise<AnswerPart[]> {
    const { keys, connection } = this.#options;
    const key = keys.answers(checkCommandId(command));
    const reply = await connection.run(answers, [key], [String(mostRead), ...except], undefined) as string[];
    const parts: AnswerPart[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      parts.push({ command, ...readPartKey(reply[at]!), text: reply[at + 1]! });
    }
    return parts;
  }
}

/** Reads a worker's mail: a line for each command, whose JSON may hold what ends a line elsewhere than in Redis. */
export function readMail(text: string): RemoteCommand[] {
  return text.split("\n").flatMap((line) => {
    const [, expires, id, json] = /^(\d+) (\S+) (.+)$/s.exec(line) ?? [];
    return json === undefined ? [] : [readCommand(id!, Number(expires), json)];
  });
}
