/**
 * `--logfile`: lines at the end of a file, opened again when the system has moved it away.
 *
 * @module
 */
import { dirname } from "node:path";

const encoder = new TextEncoder();

/** A file that lines are added to. Rotation is left to the system: after SIGHUP the name is opened anew. */
export class LogFile implements Disposable {
  readonly #path: string;
  #file: Deno.FsFile;
  readonly #reopen = () => {
    const old = this.#file;
    try {
      this.#file = open(this.#path);
    } catch (error) {
      // Whoever moved it goes on reading there.
      return this.write(`${this.#path} cannot be opened anew: ${error}`);
    }
    old.close();
  };

  /** Opens the file, and makes its folder; what cannot be written there goes to stderr. */
  constructor(path: string) {
    this.#path = path;
    this.#file = open(path);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", this.#reopen);
  }

  /** Adds a line: at once, so that it is there even if the process dies of what comes next. */
  write(line: string): void {
    const bytes = encoder.encode(`${line}\n`);
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch {
      // A disk that is full is to end no worker.
      console.error(line);
    }
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGHUP", this.#reopen);
    this.#file.close();
  }
}

function open(path: string): Deno.FsFile {
  Deno.mkdirSync(dirname(path), { recursive: true });
  return Deno.openSync(path, { append: true, create: true });
}
