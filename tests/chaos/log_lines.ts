/** What a worker says, to be awaited and counted. */
import { createLogger, type Logger } from "@umbel/umbel";

/** A line that was said. */
export interface Line {
  readonly level: string;
  readonly message: string;
}

/** Keeps lines of a level and above. */
export class LogLines {
  readonly lines: Line[] = [];
  readonly log: Logger = createLogger({
    format: "json",
    level: "info",
    write: (text) => {
      this.lines.push(JSON.parse(text));
      for (const check of [...this.#waiting]) check();
    },
  });
  readonly #waiting = new Set<() => void>();

  /** Those that say how it stands with the broker, and whatever is worse than info. */
  get ofBroker(): Line[] {
    return this.lines.filter(({ level, message }) => level !== "info" || /answers again/.test(message));
  }

  /** Resolves with the first line that says so. */
  said(pattern: RegExp): Promise<Line> {
    return new Promise((resolve) => {
      const check = () => {
        const line = this.lines.find(({ message }) => pattern.test(message));
        if (!line) return;
        this.#waiting.delete(check);
        resolve(line);
      };
      this.#waiting.add(check);
      check();
    });
  }
}
