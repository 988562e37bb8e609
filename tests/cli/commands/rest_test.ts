import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { spawnRedis } from "@umbel/umbel/rest";
import { freePort } from "../../../src/rest/free_port.ts";
import { redisTest } from "../../redis.ts";
import { Process, shop, umbel } from "../process.ts";

redisTest("rest --spawn prints two variables that make the other commands work, and stops redis-server", async () => {
  await using rest = new Process(["rest", "--spawn", "--port", "0"]);
  const [, url, token] = await rest.printed(/^UPSTASH_REDIS_REST_URL=(.+)\nUPSTASH_REDIS_REST_TOKEN=(.+)\n/);
  const [, port] = await rest.said(/in front of redis:\/\/127\.0\.0\.1:(\d+)/);
  const env = { UPSTASH_REDIS_REST_URL: url!, UPSTASH_REDIS_REST_TOKEN: token! };
  const id = (await umbel(["call", "add", "-A", shop, "-a", "[1, 2]"], { env })).stdout.trim();
  await umbel(["worker", "-A", shop, "--drain", "-l", "error"], { env });
  assertEquals(await umbel(["result", id, "-A", shop], { env }), { code: 0, stdout: "3\n", stderr: "" });
  rest.kill("SIGINT");
  assertEquals((await rest.end()).code, 0);
  await assertRejects(() => Deno.connect({ port: Number(port) }), Deno.errors.ConnectionRefused);
});

redisTest("rest --redis serves a Redis that is there, with the token that is given", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  await using rest = new Process(["rest", "--redis", redis.url, "--port", "0", "--token", "secret"]);
  const [, url] = await rest.printed(/^UPSTASH_REDIS_REST_URL=(.+)\nUPSTASH_REDIS_REST_TOKEN=secret\n/);
  const response = await fetch(`${url}/ping`, { headers: { authorization: "Bearer secret" } });
  assertEquals(await response.json(), { result: "PONG" });
  rest.kill("SIGTERM");
  assertEquals((await rest.end()).code, 0);
});

Deno.test("rest exits 69 when no Redis is there", async () => {
  const port = freePort();
  const { code, stderr } = await umbel(["rest", "--redis", `redis://:hidden@127.0.0.1:${port}`]);
  assertEquals(code, 69);
  assertMatch(stderr, /^umbel: No Redis answers at redis:\/\/…@127\.0\.0\.1:\d+ \(.+\): start one, or use --spawn\n$/);
});
