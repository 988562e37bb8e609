/**
 * A real redis-server behind our REST server, for tests.
 */
import { createClient } from "redis";
import {
  hasRedisServer,
  serveRest,
  type ServeRestOptions,
  type SpawnedRedis,
  spawnRedis,
  type SpawnRedisOptions,
} from "@umbel/umbel/rest";

/** Whether there is a redis-server. */
export const hasRedis: boolean = await hasRedisServer();
const inCi = Deno.env.get("CI") === "true";
if (!hasRedis) {
  console.warn(
    inCi
      ? "redis-server is missing: the Redis tests fail"
      : "\n*** redis-server is missing: THE REDIS TESTS ARE SKIPPED (apt install redis-server) ***\n",
  );
}

/** A test that needs redis-server: skipped where there is none, but failed in CI. */
export function redisTest(
  name: string,
  test: ((t: Deno.TestContext) => void | Promise<void>) | Omit<Deno.TestDefinition, "name">,
): void {
  const definition = typeof test === "function" ? { fn: test } : test;
  Deno.test({ ...definition, name, ignore: definition.ignore || (!hasRedis && !inCi) });
}

/** A REST server with a redis-server of its own behind it. */
export interface TestRest extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly redisUrl: string;
  readonly redis: SpawnedRedis;
  /** One command, past the REST server. */
  command(...command: string[]): Promise<unknown>;
  /** What the commands of `run` were billed: calls by command, those inside scripts too, without our own looking on. */
  billed(run: () => Promise<void>): Promise<{ readonly total: number; readonly calls: Record<string, number> }>;
}

/** How both are started. Redis keeps nothing unless told so. */
export interface TestRestOptions extends SpawnRedisOptions {
  /** Options of the REST server. */
  readonly rest?: Omit<ServeRestOptions, "redis" | "spawn" | "dir" | "port">;
}

/** Starts both, each on a free port. */
export async function startRest({ rest: settings, ...options }: TestRestOptions = {}): Promise<TestRest> {
  const redis = await spawnRedis({ appendonly: false, ...options });
  const rest = await serveRest({ ...settings, redis: redis.url, port: 0 });

  async function withClient<T>(use: (send: (...command: string[]) => Promise<unknown>) => Promise<T>): Promise<T> {
    const client = createClient({ url: redis.url, RESP: 2 });
    await client.connect();
    try {
      return await use((...command) => client.sendCommand(command));
    } finally {
      client.destroy();
    }
  }

  return {
    url: rest.url,
    token: rest.token,
    redisUrl: redis.url,
    redis,
    command: (...command) => withClient((send) => send(...command)),
    billed: (run) =>
      withClient(async (send) => {
        await send("CONFIG", "RESETSTAT");
        await run();
        const stats = String(await send("INFO", "commandstats"));
        const calls: Record<string, number> = {};
        for (const [, name, count] of stats.matchAll(/^cmdstat_([^:|]+)(?:\|[^:]+)?:calls=(\d+)/gm)) {
          if (!housekeeping.has(name!)) calls[name!] = (calls[name!] ?? 0) + Number(count);
        }
        return { total: Object.values(calls).reduce((sum, count) => sum + count, 0), calls };
      }),
    async [Symbol.asyncDispose]() {
      await rest[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

/** What this file and the REST server's own connections say to Redis. */
const housekeeping = new Set(
  "config info hello auth client command ping subscribe unsubscribe psubscribe punsubscribe monitor".split(" "),
);
