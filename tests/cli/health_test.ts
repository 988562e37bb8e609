import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serveRest, spawnRedis } from "@umbel/umbel/rest";
import { freePort } from "../../src/rest/free_port.ts";
import { redisTest } from "../redis.ts";
import { makeFolder, Process, shop, umbel } from "./process.ts";

async function ask(url: string): Promise<[status: number, body: string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

redisTest("worker --health-port: ready while the broker can be reached, and not while it is away", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  const port = freePort();
  const rest = await serveRest({ redis: redis.url, port, token: "secret" });
  const env = { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: "secret" };
  await using worker = new Process(["worker", "-A", shop, "--health-port", "0"], { env });
  const [, url] = await worker.said(/Health at (http:\/\/127\.0\.0\.1:\d+)\/healthz/);
  await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "--wait"], { env });
  assertEquals(await ask(`${url}/healthz`), [200, "ok\n"]);
  assertEquals(await ask(`${url}/readyz`), [200, "ok\n"]);
  const [, metrics] = await ask(`${url}/metrics`);
  assertStringIncludes(metrics, 'umbel_queue_waiting{queue="default"} 0\n');
  assertStringIncludes(metrics, 'umbel_tasks_total{task="add",end="succeeded"} 1\n');
  await rest[Symbol.asyncDispose]();
  await worker.said(/trying on/);
  assertEquals(await ask(`${url}/readyz`), [503, "broker out of reach\n"]);
  assertEquals((await ask(`${url}/healthz`))[0], 200);
  await using _ = await serveRest({ redis: redis.url, port, token: "secret" });
  await worker.said(/The broker answers again/);
  assertEquals((await ask(`${url}/readyz`))[0], 200);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});

Deno.test("worker --health-port refuses what is no address, and a port that is taken", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const wrong = await umbel(["worker", "-A", shop, "--health-port", "here"], { env });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--health-port must be a port or HOST:PORT");
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const taken = await umbel(["worker", "-A", shop, "--health-port", String(listener.addr.port)], { env });
  assertEquals(taken.code, 69);
  assertMatch(taken.stderr, /^umbel: The port is in use: choose another$/m);
});
