/** The REST server of the benchmark: runs until its standard input ends. */
import { serveRest, spawnRedis } from "@umbel/umbel/rest";

await using redis = await spawnRedis({ appendonly: false });
await using rest = await serveRest({ redis: redis.url, port: 0 });
console.log(JSON.stringify({ url: rest.url, token: rest.token, redisUrl: redis.url }));
for await (const _ of Deno.stdin.readable);
