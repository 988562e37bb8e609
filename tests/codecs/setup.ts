/** An app, its worker and what lies in its broker, for the tests of codecs; over each broker. */
import { type BrokerSource, createLogger, Umbel, type UmbelOptions, upstash, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";

/** A key of 32 bytes that are all the same. */
export function key(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** One broker, and any number of apps over it. */
export class Setup implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly said: string[] = [];
  readonly #open: () => BrokerSource;
  readonly #all: () => Promise<string>;
  readonly #apps: Umbel[] = [];

  constructor(open: () => BrokerSource, all: () => Promise<string>) {
    this.#open = open;
    this.#all = all;
  }

  /** Another app of that name over the same broker: another process. */
  app(options: UmbelOptions = {}, name = "shop"): Umbel {
    const app = new Umbel(name, { broker: this.#open(), clock: this.clock, env: {}, ...options });
    this.#apps.push(app);
    return app;
  }

  /** Runs what may be run now. */
  async drain(app: Umbel): Promise<void> {
    const log = createLogger({ level: "info", write: (line) => this.said.push(line) });
    await new Worker(app, { name: "w", log }).drain({ seconds: 60 });
  }

  /** All that the broker holds, as text. */
  async all(): Promise<string> {
    return await this.#all();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const app of this.#apps) await app[Symbol.asyncDispose]();
  }
}

/** The same test over SQLite and over Redis. */
export function everywhere(name: string, check: (setup: Setup) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      const path = `${dir}/umbel.db`;
      await using setup = new Setup(() => sqlite(path), async () => {
        let all = "";
        for await (const { name } of Deno.readDir(dir)) {
          all += new TextDecoder("latin1").decode(await Deno.readFile(`${dir}/${name}`));
        }
        return all;
      });
      await check(setup);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    const { url, token } = rest;
    await using setup = new Setup(() => upstash({ url, token }), async () => {
      const all: unknown[] = [];
      for (const key of await rest.command("KEYS", "*") as string[]) {
        const type = await rest.command("TYPE", key);
        const read: { readonly [type: string]: readonly string[] } = {
          string: ["GET", key],
          hash: ["HGETALL", key],
          list: ["LRANGE", key, "0", "-1"],
          set: ["SMEMBERS", key],
          zset: ["ZRANGE", key, "0", "-1"],
        };
        all.push(key, await rest.command(...read[type as string]!));
      }
      return JSON.stringify(all);
    });
    await check(setup);
  });
}
