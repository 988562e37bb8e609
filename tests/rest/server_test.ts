import { assertEquals, assertStringIncludes } from "@std/assert";
import { Redis } from "@upstash/redis/cloudflare";
import { restServer, serveRest } from "@umbel/umbel/rest";
import { redisTest, startRest, type TestRest } from "../redis.ts";

function call(rest: TestRest, path: string, body?: unknown, headers: Record<string, string> = {}, method = "POST") {
  return fetch(rest.url + path, {
    method,
    headers: { authorization: `Bearer ${rest.token}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

async function result(rest: TestRest, ...command: unknown[]): Promise<unknown> {
  return (await (await call(rest, "/", command)).json()).result;
}

redisTest("POST / runs one command", async () => {
  await using rest = await startRest();
  assertEquals(await result(rest, "SET", "k", "v"), "OK");
  assertEquals(await result(rest, "GET", "k"), "v");
  assertEquals(await result(rest, "GET", "none"), null);
  assertEquals(await result(rest, "INCRBY", "n", 41), 41);
  assertEquals(await result(rest, "EVAL", "return {1,'a',{false,'b'}}", 0), [1, "a", [null, "b"]]);
});

redisTest("POST / answers errors with 400 and Redis's own words", async () => {
  await using rest = await startRest();
  await result(rest, "SET", "k", "v");
  const wrong = await call(rest, "/", ["INCR", "k"]);
  assertEquals(wrong.status, 400);
  assertEquals(await wrong.json(), { error: "ERR value is not an integer or out of range" });
  for (
    const [body, words] of [["{", "not JSON"], [[], "empty command"], [{}, "JSON array"], [["GET", null], "argument 1"]]
  ) {
    const response = await call(rest, "/", body);
    assertEquals(response.status, 400);
    assertStringIncludes((await response.json()).error, words as string);
  }
});

redisTest("a token is needed, as bearer or in the query", async () => {
  await using rest = await startRest();
  for (const headers of [{ authorization: "Bearer wrong" }, { authorization: "" }]) {
    const response = await call(rest, "/", ["PING"], headers);
    assertEquals(response.status, 401);
    assertEquals(await response.json(), { error: "WRONGPASS invalid or missing auth token" });
  }
  const response = await fetch(`${rest.url}/ping?_token=${rest.token}`);
  assertEquals(await response.json(), { result: "PONG" });
});

redisTest("path commands take arguments from path, body and query, in this order", async () => {
  await using rest = await startRest();
  assertEquals(await (await call(rest, "/set/a%2Fb?EX=100&NX", "sla/sh")).json(), { result: "OK" });
  assertEquals(await result(rest, "GET", "a/b"), "sla/sh");
  assertEquals(await result(rest, "TTL", "a/b"), 100);
  assertEquals(await (await call(rest, "/get/a%2Fb", undefined, {}, "GET")).json(), { result: "sla/sh" });
  const head = await call(rest, "/get/a%2Fb", undefined, {}, "HEAD");
  assertEquals([head.status, await head.text()], [200, ""]);
  const removed = await call(rest, "/get/k", undefined, {}, "DELETE");
  assertEquals(removed.status, 405);
  await removed.body?.cancel();
});

redisTest("/pipeline answers each command, errors too", async () => {
  await using rest = await startRest();
  const response = await call(rest, "/pipeline", [["SET", "k", "v"], ["INCR", "k"], ["GET", "k"]]);
  assertEquals(response.status, 200);
  assertEquals(await response.json(), [
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { result: "v" },
  ]);
});

redisTest("/multi-exec keeps transactions apart that come at once", async () => {
  await using rest = await startRest();
  const replies = await Promise.all(Array.from({ length: 50 }, async (_, n) => {
    const response = await call(rest, "/multi-exec", [["SET", "k", n], ["INCR", "k"], ["GET", "k"]]);
    return await response.json();
  }));
  assertEquals(
    replies,
    Array.from({ length: 50 }, (_, n) => [{ result: "OK" }, { result: n + 1 }, { result: `${n + 1}` }]),
  );
  const discarded = await call(rest, "/multi-exec", [["SET", "k"], ["GET", "k"]]);
  assertEquals(discarded.status, 400);
  assertStringIncludes((await discarded.json()).error, "wrong number of arguments");
  assertEquals(await result(rest, "PING"), "PONG");
});

redisTest("Upstash-Encoding: base64 encodes every string but a status OK at the top", async () => {
  await using rest = await startRest();
  const headers = { "upstash-encoding": "base64" };
  const bytes = new Uint8Array([0, 255, 128, 10]);
  await (await fetch(`${rest.url}/set/bytes`, {
    method: "POST",
    headers: { authorization: `Bearer ${rest.token}` },
    body: bytes,
  })).body?.cancel();
  const get = async (...command: string[]) => (await (await call(rest, "/", command, headers)).json()).result;
  assertEquals(await get("GET", "bytes"), btoa(String.fromCharCode(...bytes)));
  assertEquals(await get("SET", "k", "v"), "OK");
  assertEquals(await get("TYPE", "k"), btoa("string"));
  assertEquals(await get("EVAL", "return {'OK',{'OK',1}}", "0"), [btoa("OK"), [btoa("OK"), 1]]);
});

redisTest("Upstash-Response-Format: resp2 answers as Redis does", async () => {
  await using rest = await startRest();
  const headers = { "upstash-response-format": "resp2" };
  const text = async (...command: string[]) => await (await call(rest, "/", command, headers)).text();
  assertEquals(await text("SET", "k", "v"), "+OK\r\n");
  assertEquals(await text("EVAL", "return {1,'é',false}", "0"), "*3\r\n:1\r\n$2\r\né\r\n$-1\r\n");
  assertStringIncludes(await text("NOPE"), "-ERR unknown command");
  for (const wrong of [{ "upstash-response-format": "xml" }, { ...headers, "upstash-encoding": "base64" }]) {
    const response = await call(rest, "/", ["PING"], wrong);
    assertEquals(response.status, 400);
    await response.body?.cancel();
  }
});

redisTest("commands that make no sense over HTTP are refused in words", async () => {
  await using rest = await startRest();
  const commands = [["BLPOP", "k", "0"], ["AUTH", "x"], ["MULTI"], ["SUBSCRIBE", "c"], ["MONITOR"], ["SELECT", "1"], [
    "XREAD",
    "BLOCK",
    "0",
    "STREAMS",
    "s",
    "0",
  ], ["SHUTDOWN"]];
  for (const command of commands) {
    const response = await call(rest, "/", command);
    assertEquals(response.status, 400, command[0]);
    assertStringIncludes((await response.json()).error, "over REST");
  }
  assertEquals(await result(rest, "SELECT", "0"), "OK");
  // A list that is named BLOCK is no option.
  assertEquals(await result(rest, "XREAD", "STREAMS", "BLOCK", "0"), null);
});

redisTest("the flag allow-key-locking is taken out of scripts, and their SHA-1 kept", async () => {
  await using rest = await startRest();
  const script = "#!lua flags=no-writes,allow-key-locking\nreturn redis.call('GET', KEYS[1])";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(script)));
  const sha = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  await result(rest, "SET", "k", "v");
  assertEquals(await (await call(rest, "/", ["EVALSHA", sha, 1, "k"])).json(), {
    error: "NOSCRIPT No matching script. Please use EVAL.",
  });
  assertEquals(await result(rest, "EVAL", script, 1, "k"), "v");
  assertEquals(await result(rest, "EVALSHA", sha, 1, "k"), "v");
  assertEquals(await result(rest, "SCRIPT", "LOAD", script), sha);
  assertEquals(await result(rest, "SCRIPT", "EXISTS", sha, "0".repeat(40)), [1, 0]);
});

redisTest("a request over the limit is refused with its size", async () => {
  await using rest = await startRest();
  await using small = await restServer({ redis: rest.redisUrl, token: "t", maxRequestSize: 100 });
  const response = await small.fetch(
    new Request("http://x/", {
      method: "POST",
      headers: { authorization: "Bearer t" },
      body: JSON.stringify(["SET", "k", "x".repeat(100)]),
    }),
  );
  assertEquals(response.status, 413);
  assertStringIncludes((await response.json()).error, "100 bytes");
});

async function* events(response: Response): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

redisTest("/subscribe streams what is published, and nobody listens once the reader left", async () => {
  await using rest = await startRest();
  const stop = new AbortController();
  const response = await fetch(`${rest.url}/subscribe/${encodeURIComponent("a/{b}")}`, {
    method: "POST",
    headers: { authorization: `Bearer ${rest.token}` },
    signal: stop.signal,
  });
  const reader = events(response);
  assertEquals((await reader.next()).value, "data: subscribe,a/{b},1");
  assertEquals(await result(rest, "PUBLISH", "a/{b}", "hello, you"), 1);
  assertEquals((await reader.next()).value, "data: message,a/{b},hello, you");
  stop.abort();
  await reader.next().catch(() => {});
  while (await result(rest, "PUBLISH", "a/{b}", "gone") !== 0);
});

redisTest("/psubscribe and /monitor stream too", async () => {
  await using rest = await startRest();
  for (const [path, first] of [["/psubscribe/n.*", "data: psubscribe,n.*,1"], ["/monitor", 'data: "OK"']]) {
    const stop = new AbortController();
    const response = await fetch(rest.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${rest.token}` },
      signal: stop.signal,
    });
    const reader = events(response);
    assertEquals((await reader.next()).value, first);
    await result(rest, "PUBLISH", "n.1", "x,y");
    const { value } = await reader.next();
    if (path === "/monitor") assertStringIncludes(value!, '"n.1" "x,y"');
    else assertEquals(value, "data: pmessage,n.*,n.1,x,y");
    stop.abort();
    await reader.next().catch(() => {});
  }
});

redisTest("while Redis is away the answer is 503, and readers of channels are cut off", async () => {
  await using rest = await startRest({ appendonly: true });
  const response = await fetch(`${rest.url}/subscribe/c`, {
    method: "POST",
    headers: { authorization: `Bearer ${rest.token}` },
  });
  const reader = events(response);
  await reader.next();
  await result(rest, "SET", "k", "kept");
  await rest.redis.kill("SIGTERM");
  assertEquals((await reader.next()).done, true);
  const away = await call(rest, "/", ["GET", "k"]);
  assertEquals([away.status, away.headers.get("retry-after")], [503, "1"]);
  assertStringIncludes((await away.json()).error, "UNAVAILABLE");
  await rest.redis.restart();
  while (await result(rest, "GET", "k") !== "kept");
});

redisTest("the official client works as it comes", async () => {
  await using rest = await startRest();
  const redis = new Redis({ url: rest.url, token: rest.token, enableTelemetry: false });
  assertEquals(await redis.set("k", { a: [1, "ü"] }), "OK");
  assertEquals(await redis.get("k"), { a: [1, "ü"] });
  assertEquals(await redis.multi().incr("n").get("k").exec(), [1, { a: [1, "ü"] }]);
  assertEquals(await redis.eval("return ARGV[1]", [], ["x"]), "x");
  assertEquals(await Promise.all([redis.incr("n"), redis.incr("n")]), [2, 3]);
});

redisTest("serveRest() spawns a redis-server of its own", async () => {
  await using served = await serveRest({ spawn: true, port: 0 });
  const redis = new Redis({ url: served.url, token: served.token, enableTelemetry: false });
  assertEquals(await redis.ping(), "PONG");
  assertStringIncludes(served.redisUrl, "redis://127.0.0.1:");
});
