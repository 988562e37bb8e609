import { assert, assertEquals, assertRejects } from "@std/assert";
import { serveRest, spawnRedis } from "@umbel/umbel/rest";
import { redisTest } from "../redis.ts";
import { result } from "./client.ts";

redisTest("serveRest() spawns a redis-server of its own", async () => {
  const dir = await Deno.makeTempDir();
  for (const expected of [null, "kept"]) {
    await using served = await serveRest({ spawn: true, dir, port: 0, token: "t" });
    assertEquals(served.token, "t");
    assert(served.redisUrl.startsWith("redis://127.0.0.1:"));
    assertEquals(await result(served, "GET", "k"), expected);
    await result(served, "SET", "k", "kept");
    await result(served, "BGREWRITEAOF");
  }
  await Deno.remove(dir, { recursive: true });
});

redisTest("serveRest() makes up a token, another one each time", async () => {
  await using one = await serveRest({ spawn: true, port: 0 });
  await using other = await serveRest({ redis: one.redisUrl, port: 0 });
  assert(one.token.length >= 32);
  assert(one.token !== other.token);
  assertEquals(await result(other, "PING"), "PONG");
});

redisTest("serveRest() leaves nothing behind when its port is taken", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  await assertRejects(() => serveRest({ spawn: true, port: listener.addr.port }), Deno.errors.AddrInUse);
  listener.close();
});

Deno.test("serveRest() refuses options that contradict each other", async () => {
  await assertRejects(() => serveRest({ spawn: true, redis: "redis://127.0.0.1" }), Error, "either spawn or redis");
  await assertRejects(() => serveRest({ dir: "/tmp" }), Error, "of spawn");
});

redisTest("spawnRedis() keeps its data over kill and restart, on the same port", async () => {
  await using redis = await spawnRedis({ appendfsync: "always" });
  await using rest = await serveRest({ redis: redis.url, port: 0 });
  const { port, pid } = redis;
  for (let round = 1; round <= 3; round++) {
    assertEquals(await result(rest, "INCR", "n"), round);
    await redis.kill("SIGKILL");
    await redis.restart();
  }
  assertEquals(redis.port, port);
  assert(redis.pid !== pid);
});

redisTest("spawnRedis() bears that the process was ended by somebody else", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  Deno.kill(redis.pid, "SIGKILL");
  await redis.restart();
  Deno.kill(redis.pid, "SIGKILL");
});

redisTest("spawnRedis() says why redis-server did not start", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  await assertRejects(() => spawnRedis({ port: redis.port }), Error, "redis-server ended at once");
});

redisTest("spawnRedis() removes its temporary folder, and no other", async () => {
  const dir = await Deno.makeTempDir();
  const redis = await spawnRedis({ dir, appendonly: true });
  await redis[Symbol.asyncDispose]();
  assert((await Deno.stat(dir)).isDirectory);
  await Deno.remove(dir, { recursive: true });
});
