/**
 * Redis spoken as Upstash REST: a server in front of any Redis or Valkey, for development, for tests, and for people with
 * a Redis of their own. What it speaks and what it refuses is in docs/rest.md.
 *
 * ```ts ignore
 * import { upstash } from "@umbel/umbel";
 * import { serveRest } from "@umbel/umbel/rest";
 *
 * await using rest = await serveRest({ redis: "redis://127.0.0.1:6379", port: 0 });
 * const broker = upstash({ url: rest.url, token: rest.token });
 * ```
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { restServer, type RestServerOptions } from "./server.ts";
import { spawnRedis } from "./spawn.ts";

export { type RestServer, restServer, type RestServerOptions } from "./server.ts";
export { hasRedisServer, type SpawnedRedis, spawnRedis, type SpawnRedisOptions } from "./spawn.ts";

/** Where to listen, and which Redis is behind it. */
export interface ServeRestOptions extends Omit<RestServerOptions, "redis" | "token"> {
  /**
   * Where Redis is.
   *
   * @default {"redis://127.0.0.1:6379"}
   */
  readonly redis?: string;
  /** Start a `redis-server` of our own instead, that keeps its files in `dir`. */
  readonly spawn?: boolean;
  /** See `spawn`; a temporary folder, removed at the end, when absent. */
  readonly dir?: string;
  /**
   * The port; 0 for a free one.
   *
   * @default {8079}
   */
  readonly port?: number;
  /**
   * The address to listen on.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string;
  /** What a caller must show; random when absent. */
  readonly token?: string;
}

/** A REST server that listens. */
export interface ServedRest extends AsyncDisposable {
  /** For `UPSTASH_REDIS_REST_URL`. */
  readonly url: string;
  /** For `UPSTASH_REDIS_REST_TOKEN`. */
  readonly token: string;
  /** The Redis behind it. */
  readonly redisUrl: string;
}

/**
 * Starts the server, and a Redis of its own where that is asked for.
 *
 * @throws {InvalidInput} When an option breaks a rule, or both `redis` and `spawn` are given.
 * @throws {Deno.errors.AddrInUse} When the port is taken.
 *
 * @example
 * ```ts ignore
 * import { serveRest } from "@umbel/umbel/rest";
 *
 * await using rest = await serveRest({ spawn: true, port: 0 });
 * const response = await fetch(`${rest.url}/ping`, { headers: { authorization: `Bearer ${rest.token}` } });
 * console.log(await response.json()); // { result: "PONG" }
 * ```
 */
export async function serveRest(options: ServeRestOptions = {}): Promise<ServedRest> {
  const { spawn = false, dir, port = 8079, hostname = "127.0.0.1", token = crypto.randomUUID(), ...others } = options;
  if (spawn && options.redis !== undefined) {
    throw new InvalidInput("spawn", "spawn starts a Redis of its own: give either spawn or redis");
  }
  if (!spawn && dir !== undefined) throw new InvalidInput("dir", "dir is where a Redis of spawn keeps its files");
  const spawned = spawn ? await spawnRedis(dir === undefined ? {} : { dir }) : undefined;
  try {
    const redis = spawned?.url ?? options.redis ?? "redis://127.0.0.1:6379";
    const rest = restServer({ ...others, redis, token });
    const server = Deno.serve({ port, hostname, onListen: () => {} }, rest.fetch);
    return {
      url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
      token,
      redisUrl: redis,
      async [Symbol.asyncDispose]() {
        // Both at once: no new requests, and each waits for the other's streams and commands.
        await Promise.all([stop(server), rest[Symbol.asyncDispose]()]);
        await spawned?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await spawned?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** How long answers may take to reach those who do not read them (ms). */
const patience = 2000;

/** Waits until each answer has gone out, but for a caller who has stopped reading not for ever. */
async function stop(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => timer = setTimeout(resolve, patience));
  await Promise.race([server.shutdown(), enough.then(() => server.unref())]);
  clearTimeout(timer);
}
