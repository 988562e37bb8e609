import { assertEquals, assertStringIncludes } from "@std/assert";
import { restServer, serveRest, spawnRedis } from "@umbel/umbel/rest";
import { redisTest, startRest } from "../redis.ts";
import { settled } from "../scripted.ts";
import { answer, call, Events, failure, result, type Target } from "./client.ts";

redisTest("while Redis is away the answer is 503 at once, and the first request after that works", async () => {
  await using rest = await startRest({ appendonly: true });
  await using events = await Events.open(rest, "/subscribe/c");
  await events.next();
  await result(rest, "SET", "k", "kept");
  await rest.redis.kill("SIGTERM");
  assertEquals(await events.next(), undefined);
  const away = await call(rest, "/", { body: ["GET", "k"] });
  assertEquals([away.status, away.headers.get("retry-after")], [503, "1"]);
  assertStringIncludes((await away.json()).error, "UNAVAILABLE Redis cannot be reached");
  for (const path of ["/pipeline", "/multi-exec", "/subscribe/c", "/monitor", "/get/k"]) {
    const [status, body] = await answer(rest, path, { body: [["GET", "k"]] });
    assertEquals(status, 503, path);
    assertStringIncludes((body as { error: string }).error, "UNAVAILABLE");
  }
  await rest.redis.restart();
  assertEquals(await result(rest, "GET", "k"), "kept");
  // Nobody is subscribed who is not there.
  assertEquals(await result(rest, "PUBLISH", "c", "hello?"), 0);
  await using again = await Events.open(rest, "/subscribe/c");
  assertEquals(await again.next(), "data: subscribe,c,1");
});

redisTest("a server that is started before its Redis works as soon as that is there", async () => {
  const first = await spawnRedis({ appendonly: false });
  const { port, url } = first;
  await first[Symbol.asyncDispose]();
  await using rest = await serveRest({ redis: url, port: 0 });
  assertEquals((await failure(rest, "PING"))[0], 503);
  await using _redis = await spawnRedis({ appendonly: false, port });
  assertEquals(await result(rest, "PING"), "PONG");
});

redisTest(
  "commands that were on their way when Redis was killed are answered with 503 and not sent again",
  async () => {
    await using rest = await startRest({ appendonly: true });
    assertEquals(await result(rest, "INCR", "before"), 1);
    Deno.kill(rest.redis.pid, "SIGSTOP");
    const sent = Array.from({ length: 20 }, () => failure(rest, "INCR", "n"));
    const transaction = answer(rest, "/multi-exec", { body: [["INCR", "n"], ["INCR", "n"]] });
    // They have been read when a later one, which needs no Redis, has been answered.
    await failure(rest, "MULTI");
    await rest.redis.kill("SIGKILL");
    for (const [status, words] of await Promise.all(sent)) {
      assertEquals(status, 503);
      assertStringIncludes(words, "UNAVAILABLE");
    }
    assertEquals((await transaction)[0], 503);
    await rest.redis.restart();
    assertEquals(await result(rest, "MGET", "before", "n"), ["1", null]);
  },
);

redisTest(
  "a command whose answer got lost was carried out once, and its caller is told that nobody knows",
  async () => {
    await using redis = await spawnRedis({ appendonly: false });
    await using proxy = startProxy(redis.port);
    await using rest = await serveRest({ redis: proxy.url, port: 0 });
    assertEquals(await result(rest, "INCR", "n"), 1);
    proxy.dropNextAnswer();
    const [status, words] = await failure(rest, "INCR", "n");
    assertEquals(status, 503);
    assertStringIncludes(words, "may have been carried out");
    assertEquals(await result(rest, "GET", "n"), "2");
    proxy.dropNextAnswer();
    assertEquals((await answer(rest, "/multi-exec", { body: [["INCR", "n"], ["INCR", "n"]] }))[0], 503);
    assertEquals(await result(rest, "GET", "n"), "4");
  },
);

redisTest(
  "callers of a Redis that hangs are answered when the time is over, and it is used again afterwards",
  async () => {
    await using rest = await startRest({ rest: { timeout: 50 } });
    await answersAgain(rest);
    Deno.kill(rest.redis.pid, "SIGSTOP");
    const answers = await Promise.all([failure(rest, "INCR", "n"), failure(rest, "INCR", "n")]);
    for (const [status, words] of answers) {
      assertEquals(status, 503);
      assertStringIncludes(words, "may have been carried out");
    }
    Deno.kill(rest.redis.pid, "SIGCONT");
    await answersAgain(rest);
  },
);

redisTest("readers of channels are cut off when Redis hangs", async () => {
  await using rest = await startRest({ rest: { timeout: 50, heartbeat: 5 } });
  await using events = await subscribed(rest);
  Deno.kill(rest.redis.pid, "SIGSTOP");
  const late = answer(rest, "/subscribe/d");
  while (await events.next() !== undefined);
  assertEquals((await late)[0], 503);
  Deno.kill(rest.redis.pid, "SIGCONT");
  await using _ = await subscribed(rest);
});

redisTest("a Redis that hangs before it has taken the password is given up", async () => {
  await using redis = await spawnRedis({ appendonly: false, args: ["--requirepass", "right"] });
  Deno.kill(redis.pid, "SIGSTOP");
  await using rest = await serveRest({ redis: redis.url.replace("//", "//:right@"), port: 0, timeout: 50 });
  assertEquals((await failure(rest, "PING"))[0], 503);
  Deno.kill(redis.pid, "SIGCONT");
  await answersAgain(rest);
});

redisTest(
  "a connection that was given up while it was being opened is not used when it opens all the same",
  async () => {
    await using redis = await spawnRedis({ appendonly: false });
    await using rest = restServer({ redis: redis.url, token: "t", timeout: 50 });
    const ping = async () => {
      const answer = await rest.fetch(new Request("http://x/ping", { headers: { authorization: "Bearer t" } }));
      return (await answer.json()).result;
    };
    const first = ping();
    await settled();
    // Its time is over before anybody looks whether it is open.
    for (const end = performance.now() + 100; performance.now() < end;);
    await first;
    while (await ping() !== "PONG");
  },
);

redisTest("a server is stopped at once while its Redis is away, and then answers with 503", async () => {
  await using redis = await spawnRedis({ appendonly: false });
  const rest = restServer({ redis: redis.url, token: "t" });
  const ping = () => rest.fetch(new Request("http://x/ping", { headers: { authorization: "Bearer t" } }));
  assertEquals(await (await ping()).json(), { result: "PONG" });
  await redis.kill();
  assertEquals((await ping()).status, 503);
  await rest[Symbol.asyncDispose]();
  const late = await ping();
  assertEquals([late.status, (await late.json()).error], [503, "UNAVAILABLE the server is being stopped"]);
});

redisTest("a server that is being stopped answers what is on its way", async () => {
  const rest = await startRest();
  assertEquals(await result(rest, "PING"), "PONG");
  Deno.kill(rest.redis.pid, "SIGSTOP");
  const sent = result(rest, "ECHO", "still answered");
  await failure(rest, "MULTI");
  const stopped = rest[Symbol.asyncDispose]();
  Deno.kill(rest.redis.pid, "SIGCONT");
  assertEquals(await sent, "still answered");
  await stopped;
});

redisTest("a wrong password of Redis is said", async () => {
  await using redis = await spawnRedis({ appendonly: false, args: ["--requirepass", "right"] });
  const withPassword = (password: string) => redis.url.replace("//", `//:${password}@`);
  await using wrong = await serveRest({ redis: withPassword("wrong"), port: 0 });
  const [status, words] = await failure(wrong, "PING");
  assertEquals(status, 503);
  assertStringIncludes(words, "WRONGPASS");
  await using right = await serveRest({ redis: withPassword("right"), port: 0 });
  assertEquals(await result(right, "PING"), "PONG");
});

/** Waits for an answer where one that takes 50 ms is given up: on a busy machine any may. */
async function answersAgain(rest: Target): Promise<void> {
  while (await result(rest, "PING") !== "PONG");
}

/** Waits for a stream, likewise. */
async function subscribed(rest: Target): Promise<Events> {
  for (;;) {
    const response = await call(rest, "/subscribe/c");
    if (!response.ok) {
      await response.body?.cancel();
      continue;
    }
    const events = new Events(response.body!);
    if (await events.next() === "data: subscribe,c,1") return events;
    await events[Symbol.asyncDispose]();
  }
}

/** A way to Redis that can break. */
function startProxy(port: number) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = new Set<Deno.TcpConn>();
  let drops = false;
  const close = (...connections: Deno.TcpConn[]) => {
    for (const connection of connections) if (open.delete(connection)) connection.close();
  };
  async function pass(from: Deno.TcpConn, to: Deno.TcpConn, isAnswer: boolean): Promise<void> {
    const bytes = new Uint8Array(65536);
    try {
      for (let size = await from.read(bytes); size !== null; size = await from.read(bytes)) {
        if (isAnswer && drops) {
          drops = false;
          break;
        }
        await to.write(bytes.slice(0, size));
      }
    } catch {
      // One side is gone, and the other is closed with it.
    }
    close(from, to);
  }
  const served = (async () => {
    const passing: Promise<void>[] = [];
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(near).add(far);
      passing.push(pass(near, far, false), pass(far, near, true));
    }
    await Promise.all(passing);
  })();
  return {
    url: `redis://127.0.0.1:${listener.addr.port}`,
    dropNextAnswer: () => {
      drops = true;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      close(...open);
      await served;
    },
  };
}
