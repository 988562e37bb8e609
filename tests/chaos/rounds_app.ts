/** The tasks of the kill rounds. Each run writes a line to a file at once, which outlives its process. */
import { type BrokerSource, Umbel, upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

/** For how long the tasks of a worker that was killed stay leased to it (ms). */
export const lease = 2000;

/** What a line says. */
export interface RunLine {
  /** When (ms since 1970). */
  readonly at: number;
  /** The victim, or its heir. */
  readonly who: string;
  readonly what: "start" | "end" | "kill";
  /** Which task. */
  readonly n: number;
}

/** Writes lines that a kill does not lose. */
export class RunLog {
  readonly #file: Deno.FsFile;
  readonly #who: string;

  constructor(path: string, who: string) {
    this.#file = Deno.openSync(path, { append: true, create: true });
    this.#who = who;
  }

  write(what: RunLine["what"], n: number): void {
    this.#file.writeSync(new TextEncoder().encode(`${Date.now()} ${this.#who} ${what} ${n}\n`));
  }

  close(): void {
    this.#file.close();
  }

  static read(path: string): RunLine[] {
    return Deno.readTextFileSync(path).trim().split("\n").filter(Boolean).map((line) => {
      const [at, who, what, n] = line.split(" ") as [string, string, RunLine["what"], string];
      return { at: Number(at), who, what, n: Number(n) };
    });
  }
}

/** A broker by its URL: `https://:<token>@host` or `sqlite:<path>`. */
export function brokerAt(url: string): BrokerSource {
  if (url.startsWith("sqlite:")) return sqlite(url);
  const { origin, password } = new URL(url);
  return upstash({ url: origin, token: password, deadline: "60s" });
}

/** The app of a round: most tasks take a moment, some are tried again, some fail. */
export function roundApp(name: string, broker: BrokerSource, log: RunLog): Umbel {
  const app = new Umbel(name, { broker, env: {} });
  const run = async (n: number) => {
    log.write("start", n);
    await new Promise((resolve) => setTimeout(resolve, 100 + (n * 37) % 100));
  };
  app.task("work", async (n: number) => {
    await run(n);
    log.write("end", n);
    return n;
  });
  app.task("flaky", { bind: true, retry: { max: 5, delay: "10ms" } }, async (self, n: number) => {
    await run(n);
    if (self.retries === 0) throw new Error("the first try");
    log.write("end", n);
    return n;
  });
  app.task("fails", async (n: number) => {
    await run(n);
    log.write("end", n);
    throw new RangeError("as it is to");
  });
  return app;
}
