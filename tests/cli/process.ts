/**
 * The command line as it is used: processes, started with the permissions of the tasks in deno.json.
 */
import { assert } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const root = new URL("../../", import.meta.url);

/** How long a line may take to come before the test fails (ms). */
const patience = 300_000;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The task of deno.json whose permissions it has; that of the command when absent. */
  readonly task?: string;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process prints, as it comes. */
class Printed {
  text = "";
  readonly #waiting = new Set<() => void>();

  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      for (const look of this.#waiting) look();
    }
  }

  /** The first match, as soon as it is printed. */
  async match(pattern: RegExp, ended: Promise<unknown>): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = () => {
      const match = pattern.exec(this.text);
      if (match) resolve(match);
    };
    const fail = (why: string) => reject(new Error(`${why} without printing ${pattern}:\n${this.text}`));
    const timer = setTimeout(() => fail("Time is over"), patience);
    this.#waiting.add(look);
    look();
    void ended.then(() => fail("The process ended"));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}

/** A running command. */
export class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out = new Printed();
  readonly #err = new Printed();
  readonly #read: Promise<unknown>;

  constructor(args: readonly string[], { env = {}, cwd, task = args[0] }: RunOptions = {}) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...launch(task), ...args],
      ...(cwd === undefined ? {} : { cwd }),
      clearEnv: true,
      env: { ...kept(), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#read = Promise.all([this.#out.read(this.#child.stdout), this.#err.read(this.#child.stderr)]);
  }

  /** Waits for what it is to print on stdout. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#out.match(pattern, this.#read);
  }

  /** Waits for what it is to print on stderr. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#err.match(pattern, this.#read);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async end(): Promise<Output> {
    await this.#read;
    const { code } = await this.#child.status;
    return { code, stdout: this.#out.text, stderr: this.#err.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.end();
  }
}

/** Runs a command to its end. */
export async function umbel(args: readonly string[], options?: RunOptions): Promise<Output> {
  await using process = new Process(args, options);
  return await process.end();
}

/** `deno run` with the permissions of the command's task, up to the command's name. */
function launch(command: string | undefined): string[] {
  const tasks: Readonly<Record<string, string>> = config.tasks;
  const task = tasks[command !== undefined && Object.hasOwn(tasks, command) ? command : "call"]!;
  const words = task.split(" ");
  const script = words.indexOf("cli.ts");
  assert(words[0] === "deno" && script > 0, `The task ${command} does not run cli.ts: ${task}`);
  return [...words.slice(1, script), new URL("cli.ts", root).pathname];
}

/** What Deno itself needs of the environment. */
function kept(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** A folder that is removed at the end. */
export async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "umbel_cli_" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A file that exports the app of these tests. */
export const shop: string = new URL("tests/cli/shop.ts", root).pathname;
