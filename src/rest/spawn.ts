/**
 * Starts a `redis-server` of one's own.
 *
 * @module
 */
import { freePort } from "./free_port.ts";

/** How to start it. */
export interface SpawnRedisOptions {
  /** Where it keeps its files; a temporary folder, removed at the end, when absent. */
  readonly dir?: string;
  /** The port; a free one when absent. */
  readonly port?: number;
  /**
   * Whether it writes each change to a file, and so survives.
   *
   * @default {true}
   */
  readonly appendonly?: boolean;
  /**
   * When what is written is certain to be on the disk: after each command, each second, or when the system likes.
   *
   * @default {"everysec"}
   */
  readonly appendfsync?: "always" | "everysec" | "no";
  /** Further arguments of `redis-server`, as in `["--maxmemory", "1gb"]`. */
  readonly args?: readonly string[];
}

/** A running `redis-server`. */
export interface SpawnedRedis extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** The process. */
  readonly pid: number;
  /** Ends it: at once (`SIGKILL`, the default), or after it has saved. */
  kill(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Starts it again, on the same port and files. */
  restart(): Promise<void>;
}

/** Whether there is a `redis-server` on the path. */
export async function hasRedisServer(): Promise<boolean> {
  try {
    await new Deno.Command("redis-server", { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts `redis-server` on 127.0.0.1 and waits until it answers.
 *
 * @throws {Deno.errors.NotFound} When there is none on the path.
 * @throws {Error} With what it printed, when it ends at once.
 */
export async function spawnRedis(options: SpawnRedisOptions = {}): Promise<SpawnedRedis> {
  const { appendonly = true, appendfsync = "everysec", args = [] } = options;
  const temporary = options.dir === undefined;
  const dir = options.dir ?? await Deno.makeTempDir({ prefix: "umbel_redis_" });
  await Deno.mkdir(dir, { recursive: true });
  let port = options.port ?? freePort();
  let child: Deno.ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = new Deno.Command("redis-server", {
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""],
        ...["--appendonly", appendonly ? "yes" : "no", "--appendfsync", appendfsync],
        ...args,
      ],
      stdout: "piped",
      stderr: "null",
      stdin: "null",
    }).spawn();
    let printed = "";
    const reader = started.stdout.pipeThrough(new TextDecoderStream()).getReader();
    // Its output is read to the end, or the pipe fills and it stops.
    while (!printed.includes("Ready to accept connections")) {
      const { value, done } = await reader.read();
      if (done) {
        await started.status;
        throw new Error(`redis-server ended at once: ${printed.trim().split("\n").slice(-3).join(" ")}`);
      }
      printed += value;
    }
    const drained = (async () => {
      while (!(await reader.read()).done);
    })();
    ending.set(started, drained);
    child = started;
  }

  const ending = new WeakMap<Deno.ChildProcess, Promise<void>>();

  async function kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const ended = child;
    child = undefined;
    if (!ended) return;
    try {
      ended.kill(signal);
    } catch (error) {
      // It has ended by itself, or somebody else ended it.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
    await ended.status;
    await ending.get(ended);
  }

  for (let attempt = 1;; attempt++) {
    try {
      await start();
      break;
    } catch (error) {
      // Between finding a free port and binding it somebody else may have taken it.
      if (options.port !== undefined || attempt === 5 || !/in use/i.test(String(error))) {
        if (temporary) await Deno.remove(dir, { recursive: true });
        throw error;
      }
      port = freePort();
    }
  }
  return {
    get url() {
      return `redis://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      if (temporary) await Deno.remove(dir, { recursive: true });
    },
  };
}
