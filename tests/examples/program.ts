/** Starts a program of this repository, reads what it says, and sees that it is gone at the end. */
const root = new URL("../../", import.meta.url);

/** A program that runs. */
export interface Program extends AsyncDisposable {
  /** What it has said so far, on both streams. */
  readonly output: string;
  /** Waits until it has said something that matches; returns the match. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Tells it something. */
  kill(signal: Deno.Signal): void;
  /** Its exit code. */
  readonly ended: Promise<number>;
}

/** Starts `deno` with these arguments, in the repository's root unless told otherwise. */
export function startDeno(args: readonly string[], options: Deno.CommandOptions = {}): Program {
  return startProgram(Deno.execPath(), args, options);
}

/** Starts a program. */
export function startProgram(program: string, args: readonly string[], options: Deno.CommandOptions = {}): Program {
  const child = new Deno.Command(program, {
    cwd: root,
    ...options,
    args: [...args],
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let said = Promise.withResolvers<void>();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      said.resolve();
      said = Promise.withResolvers();
    }
  };
  const ended = Promise.all([child.status, read(child.stdout), read(child.stderr)]).then(([{ code }]) => code);
  return {
    get output() {
      return output;
    },
    async says(pattern) {
      while (true) {
        const match = pattern.exec(output);
        if (match) return match;
        const code = await Promise.race([said.promise, ended]);
        if (code !== undefined && !pattern.test(output)) {
          throw new Error(`It ended with exit code ${code} and never said ${pattern}:\n${output}`);
        }
      }
    },
    kill(signal) {
      child.kill(signal);
    },
    ended,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await ended;
    },
  };
}
