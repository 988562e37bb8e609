/**
 * What a handler says, kept with its task: the last lines, so that whoever looks at the task sees what it said.
 *
 * The lines travel with the message of a retry, as its attempts do: a task's next run goes on where its last one ended.
 *
 * @module
 */
import { byteLength } from "../json.ts";
import type { KeptLog, LogFields, LogLevel, LogLine, TaskLogger } from "../log.ts";
import type { Message } from "../message.ts";

/** The most lines that are kept, the bytes of all of them, and the characters of one. */
const most = { lines: 100, bytes: 8192, characters: 1000 };

/** Keeps the last lines of one task. */
export class LogKeeper {
  readonly #lines: LogLine[];
  #bytes: number;
  #dropped: number;

  /** Goes on from what was kept of earlier runs. */
  constructor({ lines, dropped }: KeptLog = { lines: [], dropped: 0 }) {
    this.#lines = [...lines];
    this.#dropped = dropped;
    this.#bytes = lines.reduce((sum, { message }) => sum + byteLength(message), 0);
  }

  /** Another line: the oldest ones go when there are too many. */
  add({ message, ...line }: LogLine): void {
    const text = message.length <= most.characters ? message : `${message.slice(0, most.characters - 1)}…`;
    this.#lines.push({ ...line, message: text });
    this.#bytes += byteLength(text);
    while (this.#lines.length > most.lines || this.#bytes > most.bytes) {
      this.#bytes -= byteLength(this.#lines.shift()!.message);
      this.#dropped++;
    }
  }

  /** What is kept now. */
  get kept(): KeptLog {
    return { lines: [...this.#lines], dropped: this.#dropped };
  }
}

/**
 * A logger that also keeps what it is told, whatever the log that it writes to leaves out; debug lines are not kept.
 *
 * @param keep Takes each line.
 */
export function keepingLogger(log: TaskLogger, keep: (level: LogLevel, message: string) => void): TaskLogger {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
    // A handler in JavaScript may say anything, an error too.
    keep(level, String(message));
    log[level](message, fields);
  };
  const info = say("info");
  return Object.assign((message: string, fields?: LogFields) => info(message, fields), {
    enabled: (level: LogLevel) => level !== "debug" || log.enabled(level),
    debug: (message: string, fields?: LogFields) => log.debug(message, fields),
    info,
    warning: say("warning"),
    error: say("error"),
  });
}

/** A message that carries what was kept so far. */
export function withLog(message: Message, log: KeptLog | undefined): Message {
  return log === undefined || log === message.log ? message : Object.freeze({ ...message, log });
}
