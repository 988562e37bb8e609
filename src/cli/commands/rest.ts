/**
 * `umbel rest`.
 *
 * @module
 */
import { command, common, readPort } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { sentenceOf, Unavailable, UsageError } from "../failure.ts";
import { untilStop } from "../processes/signals.ts";

const usualRedis = "redis://127.0.0.1:6379";

/** Puts the Upstash REST protocol in front of a Redis. */
export const rest = command({
  name: "rest",
  summary: "Serves a Redis as Upstash REST and prints the two variables to set.",
  operands: [],
  options: {
    redis: { value: "URL", help: `the Redis behind it (default: ${usualRedis})` },
    spawn: { help: "start a redis-server of its own instead" },
    dir: { value: "DIR", help: "with --spawn: where it keeps its files (default: a temporary folder)" },
    port: { short: "p", value: "PORT", help: "the port, 0 for a free one (default: 8079)" },
    hostname: { value: "ADDRESS", help: "the address to listen on (default: 127.0.0.1)" },
    token: { value: "TOKEN", help: "what a caller must show (default: a random one)" },
    loglevel: common.loglevel,
  },
  examples: [
    "umbel rest --spawn --dir ./redis",
    "umbel rest --redis redis://127.0.0.1:6379 --port 8079 --token secret",
  ],
  async run({ redis, spawn, dir, port, hostname, token }) {
    const listens = readPort(port);
    if (dir !== undefined && !spawn) throw new UsageError("--dir needs --spawn");
    if (spawn && redis !== undefined) {
      throw new UsageError("--spawn starts a Redis of its own: give either it or --redis");
    }
    if (!spawn) await reach(redis ?? usualRedis);
    // Loaded here: no other command needs the Redis client.
    const { hasRedisServer, serveRest } = await import("../../rest/mod.ts");
    if (spawn && !await hasRedisServer()) {
      throw new Unavailable("redis-server cannot be started: it is not on the path, or may not be run");
    }
    await using server = await serveRest({
      ...(redis === undefined ? {} : { redis }),
      ...(spawn ? { spawn } : {}),
      ...(dir === undefined ? {} : { dir }),
      ...(listens === undefined ? {} : { port: listens }),
      ...(hostname === undefined ? {} : { hostname }),
      ...(token === undefined ? {} : { token }),
    });
    const stopped = untilStop();
    console.log(`UPSTASH_REDIS_REST_URL=${server.url}\nUPSTASH_REDIS_REST_TOKEN=${server.token}`);
    console.error(`umbel: in front of ${withoutPassword(server.redisUrl)}; set these two variables; Ctrl-C stops it`);
    await stopped;
    return exitCodes.ok;
  },
});

/** The client would try for ever: a Redis that is not there is said at once. */
async function reach(redis: string): Promise<void> {
  const url = URL.canParse(redis) ? new URL(redis) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw new UsageError(
      `--redis must be a URL like ${usualRedis}, and it is ${JSON.stringify(withoutPassword(redis))}`,
    );
  }
  try {
    const connection = await Deno.connect({
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 6379),
    });
    connection.close();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new Unavailable(
      `No Redis answers at ${withoutPassword(redis)} (${sentenceOf(error)}): start one, or use --spawn`,
    );
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//…@");
}
