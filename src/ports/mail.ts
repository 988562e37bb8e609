/**
 * The port to workers' mail: commands on their way to workers, and the answers to whoever sent them.
 *
 * A signal carries a command, and a turn brings it where the signal was lost; an answer goes the same two ways. What is
 * late is of no use to anybody: each command has a time after which nobody carries it out.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";

/** What workers are told to do or are asked for, apart from tasks. */
export interface RemoteCommand {
  /** Of this command alone, letters and digits: sent again under the same id it changes nothing. */
  readonly id: string;
  /** What is to be done: `ping`, `stats`, `pool_grow`. */
  readonly name: string;
  /** What with. */
  readonly args: { readonly [name: string]: Json };
  /** Not to be carried out from this time on: ms since 1970 by the broker's clock. */
  readonly expires: number;
}

/** A part of what a worker answers: the texts of all parts together are JSON. */
export interface AnswerPart {
  /** The command's id. */
  readonly command: string;
  /** The worker. */
  readonly worker: string;
  /** Which part, from 0. */
  readonly part: number;
  /** How many there are. */
  readonly parts: number;
  /** The text. */
  readonly text: string;
}

/**
 * A worker that a command is for: it was put into its mail, or that is `full`; or there is none of that name.
 */
export interface Addressee {
  /** The worker's name as the broker knows it; of one that is `unknown`, as it was asked for. */
  readonly worker: string;
  /** What became of the command. */
  readonly status: "sent" | "full" | "unknown";
}

/** Commands and answers. */
export interface Mail {
  /**
   * Puts a command into the mail of workers, and signals it to them. It comes with each of their turns until they say
   * that they have read it, or until it expires; a worker that leaves or dies takes its mail along.
   *
   * @param to The names of workers, with or without what stands behind their last `~`; `all` for those that there are.
   * @returns Each worker that is meant, once: by name.
   */
  send(to: readonly string[] | "all", command: RemoteCommand): Promise<Addressee[]>;
  /** Keeps a part of an answer for whoever sent the command, until 10 s after that expires, and signals it. */
  answer(part: AnswerPart, expires: number): Promise<void>;
  /**
   * Reads the parts that there are.
   *
   * @param except Those that are known already, as {@linkcode partKey} writes them.
   * @returns As many as are not too large together, one at least; all of them when nothing is left to be read.
   */
  answers(command: string, except: ReadonlySet<string>): Promise<AnswerPart[]>;
}

/** The most characters of a command's JSON. */
const mostOfCommand = 10_000;
/** The most commands in a worker's mail, those that it has read included until they expire. */
export const mostCommands = 1000;
/** About how much all of them may take together (bytes). */
export const mostOfMail = 200_000;
/** The most characters of a part of an answer. */
export const mostOfPart = 100_000;
/** The most parts of an answer. */
export const mostParts = 40;
/** For how long answers are kept after their command has expired (ms). */
export const keptAnswers = 10_000;
/** About so many characters of answers are read at once. */
export const mostRead = 1_000_000;

/** How a part is told from others of the same command: its number, how many there are, and the worker. */
export function partKey({ worker, part, parts }: Pick<AnswerPart, "worker" | "part" | "parts">): string {
  return `${part}/${parts} ${worker}`;
}

/** Reads what {@linkcode partKey} wrote. */
export function readPartKey(key: string): Pick<AnswerPart, "worker" | "part" | "parts"> {
  const [, part, parts, worker] = /^(\d+)\/(\d+) (.*)$/.exec(key)!;
  return { worker: worker!, part: Number(part), parts: Number(parts) };
}

/**
 * Checks a command at the broker's door.
 *
 * @returns Its name and arguments as JSON.
 * @throws {InvalidInput} When its id is none, or it is too large.
 */
export function checkCommand({ id, name, args }: RemoteCommand): string {
  checkCommandId(id);
  const text = JSON.stringify([name, args]);
  if (text.length <= mostOfCommand) return text;
  throw new InvalidInput(
    "args",
    `Command ${name} must have at most ${mostOfCommand} characters of JSON, and it has ${text.length}`,
  );
}

/** Checks the id of a command. @throws {InvalidInput} */
export function checkCommandId(id: string): string {
  if (/^[A-Za-z0-9]{1,64}$/.test(id)) return id;
  throw new InvalidInput(
    "id",
    `The id of a command must be 1 to 64 letters and digits, and it is ${JSON.stringify(id)}`,
  );
}

/** Checks a part of an answer. @throws {InvalidInput} When there are too many, or it is too large. */
export function checkPart({ command, part, parts, text }: AnswerPart): void {
  checkCommandId(command);
  if (!(parts <= mostParts && part < parts && text.length <= mostOfPart)) {
    throw new InvalidInput(
      "text",
      `An answer must have at most ${mostParts} parts of ${mostOfPart} characters: this is part ${part} of ${parts}, ` +
        `and it has ${text.length}`,
    );
  }
}

/** Reads a command that was stored or signalled: what {@linkcode checkCommand} wrote, and what was kept beside it. */
export function readCommand(id: string, expires: number, text: string): RemoteCommand {
  const [name, args] = JSON.parse(text) as [string, RemoteCommand["args"]];
  return { id, name, args, expires };
}

/** Whether a worker is meant by a name: its own, or that without what stands behind its last `~`. */
export function isMeant(worker: string, names: ReadonlySet<string>): boolean {
  return names.has(worker) || names.has(plainName(worker));
}

/** A worker's name without what stands behind its last `~`: each of its lives has a word of its own there. */
function plainName(worker: string): string {
  return worker.replace(/~[^~]*$/, "");
}

/** Those of `to` by which none of these workers is meant. */
export function unmet(to: readonly string[] | "all", workers: readonly string[]): Addressee[] {
  if (to === "all") return [];
  const met = new Set(workers.flatMap((worker) => [worker, plainName(worker)]));
  return [...new Set(to)].filter((name) => !met.has(name)).map((worker) => ({ worker, status: "unknown" }));
}
