/**
 * Redis spoken as Upstash REST: a server in front of any Redis or Valkey, for development, for tests, and for people with
 * a Redis of their own. What it speaks and what it refuses is in docs/rest.md.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { restServer } from "./server.ts";
import { type SpawnedRedis, spawnRedis } from "./spawn.ts";

export { type RestServer, restServer, type RestServerOptions } from "./server.ts";
export { hasRedisServer, type SpawnedRedis, spawnRedis, type SpawnRedisOptions } from "./spawn.ts";

/** Where to listen, and which Redis is behind it. */
export interface ServeRestOptions {
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
  /**
   * The largest body of a request, in bytes.
   *
   * @default {10485760}
   */
  readonly maxRequestSize?: number;
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
 * Starts the server.
 *
 * @throws {InvalidInput} When both `redis` and `spawn` are given, or the token is empty.
 */
export async function serveRest(options: ServeRestOptions = {}): Promise<ServedRest> {
  const { spawn = false, dir, port = 8079, hostname = "127.0.0.1", token = crypto.randomUUID(), maxRequestSize } =
    options;
  if (spawn && options.redis !== undefined) {
    throw new InvalidInput("spawn", "spawn starts a Redis of its own: give either spawn or redis");
  }
  const spawned: SpawnedRedis | undefined = spawn ? await spawnRedis(dir === undefined ? {} : { dir }) : undefined;
  const redisUrl = spawned?.url ?? options.redis ?? "redis://127.0.0.1:6379";
  try {
    const rest = await restServer({
      redis: redisUrl,
      token,
      ...(maxRequestSize === undefined ? {} : { maxRequestSize }),
    });
    const server = Deno.serve({ port, hostname, onListen: () => {} }, rest.fetch);
    return {
      url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`,
      token,
      redisUrl,
      async [Symbol.asyncDispose]() {
        // Streams first: the server waits for them.
        await rest[Symbol.asyncDispose]();
        await server.shutdown();
        await spawned?.[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await spawned?.[Symbol.asyncDispose]();
    throw error;
  }
}
