/**
 * Where the benchmark runs: a redis-server behind the REST server in a process of its own, and a SQLite file.
 */
import { type BrokerSource, upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { createClient } from "redis";

/** A broker to measure, and what can be asked of what is behind it. */
export interface Place extends AsyncDisposable {
  readonly name: string;
  readonly broker: BrokerSource;
  /** The same, for other processes. */
  readonly url: string;
  /** Bytes that are in use. */
  size(): Promise<number>;
  /** How many keys there are; `undefined` without Redis. */
  keys(): Promise<number | undefined>;
  /** How many commands Redis has carried out, those inside scripts too; `undefined` without Redis. */
  commands(): Promise<number | undefined>;
}

const hasRedis = await new Deno.Command("redis-server", { args: ["--version"], stdout: "null" }).output()
  .then(() => true, () => false);

export async function places(which: string | undefined): Promise<(() => Promise<Place>)[]> {
  const all: Record<string, () => Promise<Place>> = { redis: redisPlace, sqlite: sqlitePlace };
  if (which !== undefined) {
    const place = all[which];
    if (!place) throw new TypeError(`--broker must be redis or sqlite, and it is ${which}`);
    return [place];
  }
  if (!hasRedis) console.error("redis-server is missing: only SQLite is measured");
  return await Promise.resolve(hasRedis ? [redisPlace, sqlitePlace] : [sqlitePlace]);
}

async function redisPlace(): Promise<Place> {
  // In a process of its own, as it would be: otherwise client and server would share one thread.
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./rest.ts", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes("\n")) printed += (await reader.read()).value ?? "";
  const { url, token, redisUrl } = JSON.parse(printed);
  const client = createClient({ url: redisUrl, RESP: 2 });
  await client.connect();
  return {
    name: "Redis over HTTP",
    broker: upstash({ url, token }),
    url: url.replace("://", `://:${token}@`),
    async size() {
      return Number(/used_memory:(\d+)/.exec(await client.info("memory"))![1]);
    },
    keys: () => client.dbSize(),
    async commands() {
      let total = 0;
      const stats = await client.info("commandstats");
      for (const [, name, calls] of stats.matchAll(/^cmdstat_([^:|]+)[^:]*:calls=(\d+)/gm)) {
        if (!["info", "config", "hello", "client", "ping"].includes(name!)) total += Number(calls);
      }
      return total;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server.stdin.close();
      await reader.cancel();
      await server.status;
    },
  };
}

async function sqlitePlace(): Promise<Place> {
  const dir = await Deno.makeTempDir({ prefix: "umbel_bench_" });
  const path = `${dir}/umbel.db`;
  return {
    name: "SQLite file",
    broker: sqlite(path),
    url: `sqlite:${path}`,
    async size() {
      const sizes = await Promise.all([path, `${path}-wal`].map((file) => Deno.stat(file).catch(() => undefined)));
      return sizes.reduce((sum, stat) => sum + (stat?.size ?? 0), 0);
    },
    keys: () => Promise.resolve(undefined),
    commands: () => Promise.resolve(undefined),
    async [Symbol.asyncDispose]() {
      await Deno.remove(dir, { recursive: true });
    },
  };
}
