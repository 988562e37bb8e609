import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Redis } from "@upstash/redis/cloudflare";
import { restServer, serveRest } from "@umbel/umbel/rest";
import { redisTest, startRest } from "../redis.ts";
import { type Answer, answer, call, failure, result } from "./client.ts";

redisTest("POST / runs one command", async () => {
  await using rest = await startRest();
  assertEquals(await result(rest, "SET", "k", "v"), "OK");
  assertEquals(await result(rest, "GET", "k"), "v");
  assertEquals(await result(rest, "GET", "none"), null);
  assertEquals(await result(rest, "INCRBY", "n", 41), 41);
  assertEquals(await result(rest, "SET", "flag", true), "OK");
  assertEquals(await result(rest, "GET", "flag"), "true");
  assertEquals(await result(rest, "EVAL", "return {1,'a',{false,'b'},{ok='FINE'}}", 0), [1, "a", [null, "b"], "FINE"]);
});

redisTest("POST / answers errors with 400 and Redis's own words", async () => {
  await using rest = await startRest();
  await result(rest, "SET", "k", "v");
  assertEquals(await failure(rest, "INCR", "k"), [400, "ERR value is not an integer or out of range"]);
  assertEquals(await failure(rest, "EVAL", "return {err='My own words'}", 0), [400, "My own words"]);
  assertEquals(await failure(rest, "EVALSHA", "0".repeat(40), 0), [
    400,
    "NOSCRIPT No matching script. Please use EVAL.",
  ]);
  const wrong = [["{", "not JSON"], ["", "not JSON"], [[], "empty command"], [{}, "JSON array"], [
    ["GET", null],
    "argument 1",
  ]] as const;
  for (const [body, words] of wrong) {
    const [status, error] = await answer(rest, "/", { body });
    assertEquals(status, 400);
    assertStringIncludes((error as { error: string }).error, words);
  }
});

redisTest("integers above 2^53 keep their digits, in commands and in replies", async () => {
  await using rest = await startRest();
  const number = "9007199254740993";
  const text = async (body: string, headers = {}) => await (await call(rest, "/", { body, headers })).text();
  assertEquals(await text(`["SET","n",${number}]`), '{"result":"OK"}');
  assertEquals(await text('["GET","n"]'), `{"result":"${number}"}`);
  assertEquals(await text('["INCR","n"]'), '{"result":9007199254740994}');
  assertEquals(await text('["INCR","n"]', { "upstash-encoding": "base64" }), '{"result":9007199254740995}');
  assertEquals(await text('["INCR","n"]', { "upstash-response-format": "resp2" }), ":9007199254740996\r\n");
  assertEquals(await text('["DECRBY","low",1]'), '{"result":-1}');
});

redisTest("a token is needed, as bearer or in the query", async () => {
  await using rest = await startRest();
  const refused: Answer = [401, { error: "WRONGPASS invalid or missing auth token" }];
  for (const authorization of ["Bearer wrong", "Bearer", "", rest.token, `Basic ${rest.token}`]) {
    assertEquals(await answer(rest, "/", { body: ["PING"], headers: { authorization } }), refused, authorization);
  }
  for (const query of ["", "?_token=", "?_token=wrong"]) {
    const response = await fetch(`${rest.url}/ping${query}`);
    assertEquals([response.status, await response.json()], refused);
  }
  const response = await fetch(`${rest.url}/ping?_token=${rest.token}`);
  assertEquals(await response.json(), { result: "PONG" });
  assertEquals(await answer(rest, "/ping", { headers: { authorization: `bearer ${rest.token}` } }), [200, {
    result: "PONG",
  }]);
});

redisTest("readOnlyToken allows commands that only read", async () => {
  await using rest = await startRest({ rest: { readOnlyToken: "looker" } });
  const reader = { url: rest.url, token: "looker" };
  await result(rest, "SET", "k", "v");
  await result(rest, "XADD", "s", "1-1", "f", "v");
  const allowed = [
    [["GET", "k"], "v"],
    [["ping"], "PONG"],
    [["OBJECT", "ENCODING", "k"], "embstr"],
    [["XLEN", "s"], 1],
    [["EVAL_RO", "return redis.call('GET', KEYS[1])", 1, "k"], "v"],
  ] as const;
  for (const [command, reply] of allowed) assertEquals(await result(reader, ...command), reply);
  const refused = "SET k w,DEL k,KEYS *,SCAN 0,FLUSHALL,CONFIG GET dir,XGROUP CREATE s g 0,PUBLISH c m,NONSENSE,XINFO"
    .split(",").map((text) => text.split(" "));
  for (const command of [...refused, ["EVAL", "return redis.call('GET', KEYS[1])", 1, "k"]]) {
    assertEquals(await failure(reader, ...command), [
      400,
      `NOPERM this user has no permissions to run the '${String(command[0]).toLowerCase()}' command`,
    ]);
  }
  const both = [["GET", "k"], ["SET", "k", "w"]];
  const words = { error: "NOPERM this user has no permissions to run the 'set' command" };
  assertEquals(await answer(reader, "/pipeline", { body: both }), [200, [{ result: "v" }, words]]);
  assertEquals(await answer(reader, "/multi-exec", { body: both }), [400, words]);
  assertEquals((await answer(reader, "/monitor"))[0], 400);
  assertEquals((await answer(reader, "/set/k/w"))[0], 400);
  assertEquals(await result(rest, "GET", "k"), "v");
});

redisTest("path commands take arguments from path, body and query, in this order", async () => {
  await using rest = await startRest();
  const get = { method: "GET" };
  assertEquals(await answer(rest, "/set/a%2Fb?EX=100&NX", { body: "sla/sh" }), [200, { result: "OK" }]);
  assertEquals(await result(rest, "GET", "a/b"), "sla/sh");
  assertEquals(await result(rest, "TTL", "a/b"), 100);
  assertEquals(await answer(rest, "/get/a%2Fb", get), [200, { result: "sla/sh" }]);
  assertEquals(await answer(rest, "/set/%C3%BC%20%2B/a%20b", get), [200, { result: "OK" }]);
  assertEquals(await answer(rest, "/get/%C3%BC%20%2B", { method: "POST" }), [200, { result: "a b" }]);
  assertEquals(await answer(rest, `/set/q/v?_token=${rest.token}&XX`, get), [200, { result: null }]);
  assertEquals((await answer(rest, "/get/%FF", get))[0], 400);
  assertEquals((await answer(rest, "/", get))[0], 400);
  const head = await call(rest, "/get/a%2Fb", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  const missing = await call(rest, "/get", { method: "HEAD" });
  assertEquals([missing.status, await missing.text()], [400, ""]);
  for (const method of ["DELETE", "PATCH", "OPTIONS"]) {
    const refused = await call(rest, "/get/k", { method });
    assertEquals([refused.status, refused.headers.get("allow")], [405, "GET, HEAD, POST, PUT"]);
    await refused.body?.cancel();
  }
});

redisTest("bytes come back as they were put", async () => {
  await using rest = await startRest();
  const bytes = new Uint8Array(3 * 1024 * 1024).map((_, index) => index * 7 + (index >> 8));
  assertEquals(await answer(rest, "/set/bytes", { method: "PUT", body: bytes }), [200, { result: "OK" }]);
  assertEquals(await result(rest, "STRLEN", "bytes"), bytes.length);
  const raw = await call(rest, "/get/bytes", { method: "GET", headers: { "upstash-response-format": "resp2" } });
  const framed = new Uint8Array(await raw.arrayBuffer());
  const head = `$${bytes.length}\r\n`;
  assertEquals(new TextDecoder().decode(framed.subarray(0, head.length)), head);
  assert(framed.subarray(head.length, -2).every((byte, index) => byte === bytes[index]));
  await result(rest, "HSET", "h", "é", "\u{1f33c}");
  assertEquals(await result(rest, "HGETALL", "h"), ["é", "\u{1f33c}"]);
  await (await call(rest, "/set/odd", { body: new Uint8Array([0x61, 0xff, 0x62]) })).body?.cancel();
  assertEquals(await result(rest, "GET", "odd"), "a\ufffdb");
});

redisTest("/pipeline answers each command, errors too", async () => {
  await using rest = await startRest();
  const body = [["SET", "k", "v"], ["INCR", "k"], ["BLPOP", "l", 0], ["GET", "k"]];
  const [status, items] = await answer(rest, "/pipeline", { body });
  assertEquals(status, 200);
  assertEquals(items, [
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { error: 'ERR Command "BLPOP" is not allowed over REST: it blocks, and would hold up everybody else' },
    { result: "v" },
  ]);
  assertEquals(await answer(rest, "/pipeline", { body: [] }), [200, []]);
  assertEquals((await answer(rest, "/pipeline", { body: [["GET", "k"], "GET"] }))[0], 400);
  assertEquals((await answer(rest, "/pipeline", { body: { GET: "k" } }))[0], 400);
  const many = Array.from({ length: 5000 }, () => ["INCR", "n"]);
  const [, counts] = await answer(rest, "/pipeline", { body: many });
  assertEquals(counts, many.map((_, index) => ({ result: index + 1 })));
});

redisTest("/pipeline is carried out in order, also by the first request", async () => {
  await using rest = await startRest({ rest: { readOnlyToken: "looker" } });
  const flagged = "#!lua flags=allow-key-locking\nreturn redis.call('APPEND', KEYS[1], ARGV[1])";
  const body = [
    ["APPEND", "k", "a"],
    ["EVAL", flagged, 1, "k", "b"],
    ["APPEND", "k", "c"],
    ["SCRIPT", "LOAD", flagged],
    ["EVALSHA", await sha1(flagged), 1, "k", "d"],
    ["GET", "k"],
    ["XREAD", "STREAMS", "s", "0"],
    ["DEL", "k"],
  ];
  const [, items] = await answer(rest, "/pipeline", { body });
  assertEquals((items as { result: unknown }[])[5], { result: "abcd" });
  assertEquals(await result(rest, "EXISTS", "k"), 0);
  const reads = [["STRLEN", "k"], ["OBJECT", "HELP"], ["EXISTS", "k"], ["EVAL_RO", "return 7", 0]];
  const [, seen] = await answer({ ...rest, token: "looker", url: rest.url }, "/pipeline", { body: reads });
  assertEquals((seen as { result: unknown }[]).map(({ result }) => result), [0, undefined, 0, 7]);
});

redisTest("many callers at once each get their own answer", async () => {
  await using rest = await startRest();
  const callers = Array.from({ length: 40 }, async (_, caller) => {
    for (let round = 0; round < 25; round++) {
      const text = `${caller}-${round}`;
      const [, items] = await answer(rest, "/pipeline", { body: [["ECHO", text], ["INCR", "n"], ["NOPE"]] });
      const [echo, , nope] = items as { result?: unknown; error?: string }[];
      assertEquals(echo, { result: text });
      assertStringIncludes(nope!.error!, "unknown command");
    }
  });
  await Promise.all(callers);
  assertEquals(await result(rest, "GET", "n"), "1000");
});

redisTest("/multi-exec keeps transactions apart that come at once", async () => {
  await using rest = await startRest();
  const replies = await Promise.all(Array.from({ length: 50 }, async (_, n) => {
    const [, transaction] = await Promise.all([
      answer(rest, "/pipeline", { body: [["SET", "k", "somebody else's"], ["APPEND", "k", "!"]] }),
      answer(rest, "/multi-exec", { body: [["SET", "k", n], ["INCR", "k"], ["GET", "k"]] }),
    ]);
    return transaction;
  }));
  const expected = (n: number): Answer => [200, [{ result: "OK" }, { result: n + 1 }, { result: `${n + 1}` }]];
  assertEquals(replies, Array.from({ length: 50 }, (_, n) => expected(n)));
});

redisTest("/multi-exec is discarded as a whole, or carried out with its errors", async () => {
  await using rest = await startRest();
  const multi = (body: unknown[], headers = {}) => answer(rest, "/multi-exec", { body, headers });
  const [status, discarded] = await multi([["SET", "k", "v"], ["SET", "k"], ["NOPE"]]);
  assertEquals(status, 400);
  assertStringIncludes((discarded as { error: string }).error, "wrong number of arguments for 'set'");
  assertEquals((await multi([["SET", "k", "v"], ["WATCH", "k"]]))[0], 400);
  assertEquals(await result(rest, "GET", "k"), null);
  assertEquals(await multi([["SET", "k", "v"], ["INCR", "k"], ["EVALSHA", "0".repeat(40), 0], ["GET", "k"]]), [200, [
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { error: "NOSCRIPT No matching script. Please use EVAL." },
    { result: "v" },
  ]]);
  const headers = { "upstash-encoding": "base64", "upstash-response-format": "resp2" };
  assertEquals(await multi([["SET", "k", "v"], ["GET", "k"]], headers), [200, [{ result: "OK" }, {
    result: btoa("v"),
  }]]);
  assertEquals(await multi([]), [200, []]);
});

redisTest("Upstash-Encoding: base64 encodes every string but a status OK at the top", async () => {
  await using rest = await startRest();
  const headers = { "upstash-encoding": "base64" };
  const bytes = new Uint8Array([0, 255, 128, 10]);
  await (await call(rest, "/set/bytes", { body: bytes })).body?.cancel();
  const get = async (...command: string[]) =>
    ((await answer(rest, "/", { body: command, headers }))[1] as { result: unknown }).result;
  assertEquals(await get("GET", "bytes"), btoa(String.fromCharCode(...bytes)));
  assertEquals(await get("SET", "k", "v"), "OK");
  assertEquals(await get("TYPE", "k"), btoa("string"));
  assertEquals(await get("ECHO", "OK"), btoa("OK"));
  const nested = "return {'OK',{ok='OK'},{'OK',1,{'OK',false}},{err='ERR x'}}";
  assertEquals(await get("EVAL", nested, "0"), [
    btoa("OK"),
    btoa("OK"),
    [btoa("OK"), 1, [btoa("OK"), null]],
    btoa("ERR x"),
  ]);
  const body = [["SET", "k", "v"], ["GET", "k"], ["INCR", "k"], ["GET", "none"]];
  assertEquals((await answer(rest, "/pipeline", { body, headers }))[1], [
    { result: "OK" },
    { result: btoa("v") },
    { error: "ERR value is not an integer or out of range" },
    { result: null },
  ]);
});

redisTest("Upstash-Response-Format: resp2 answers as Redis does", async () => {
  await using rest = await startRest();
  const headers = { "upstash-response-format": "resp2" };
  const text = async (...command: string[]) => {
    const response = await call(rest, "/", { body: command, headers });
    assertEquals(response.headers.get("content-type"), "application/octet-stream");
    return `${response.status} ${await response.text()}`;
  };
  assertEquals(await text("SET", "k", "v"), "200 +OK\r\n");
  assertEquals(
    await text("EVAL", "return {1,'é',false,{ok='FINE'}}", "0"),
    "200 *4\r\n:1\r\n$2\r\né\r\n$-1\r\n+FINE\r\n",
  );
  assertStringIncludes(await text("NOPE"), "400 -ERR unknown command");
  const pipeline = await call(rest, "/pipeline", { body: [["GET", "k"], ["INCR", "n"]], headers });
  assertEquals(await pipeline.text(), "$1\r\nv\r\n:1\r\n");
  for (const wrong of [{ "upstash-response-format": "xml" }, { ...headers, "upstash-encoding": "base64" }]) {
    assertEquals((await answer(rest, "/", { body: ["PING"], headers: wrong }))[0], 400);
  }
});

redisTest("each answer has an upstash-sync-token, another one after each write", async () => {
  await using rest = await startRest();
  const token = async (headers = {}) => {
    const response = await call(rest, "/", { body: ["INCR", "n"], headers });
    await response.body?.cancel();
    return response.headers.get("upstash-sync-token");
  };
  const first = await token();
  assert(first);
  assertNotEquals(await token({ "upstash-sync-token": first }), first);
});

redisTest("commands that make no sense over HTTP are refused in words", async () => {
  await using rest = await startRest();
  const commands = [
    ..."BLPOP k 0,BLMOVE a b LEFT LEFT 0,BZPOPMIN z 0,AUTH x,HELLO 3,CLIENT LIST,QUIT,RESET,MULTI,EXEC,WATCH k,SUBSCRIBE c"
      .split(","),
    ..."PSUBSCRIBE *,MONITOR,SELECT 1,XREAD BLOCK 0 STREAMS s 0,XREADGROUP GROUP g c BLOCK 0 STREAMS s >,WAIT 1 0"
      .split(","),
    ..."SHUTDOWN,DEBUG SLEEP 1,REPLICAOF h 1,SCRIPT DEBUG YES".split(","),
  ].map((text) => text.split(" "));
  for (const command of commands) {
    const [status, words] = await failure(rest, ...command);
    assertEquals(status, 400, command[0]);
    assertStringIncludes(words, "over REST");
    const [lower] = await failure(rest, command[0]!.toLowerCase(), ...command.slice(1));
    assertEquals(lower, 400, command[0]);
  }
  assertEquals(await result(rest, "SELECT", "0"), "OK");
  // A list, a group or a consumer that is named BLOCK is no option.
  assertEquals(await result(rest, "XREAD", "STREAMS", "BLOCK", "0"), null);
  await result(rest, "XGROUP", "CREATE", "s", "BLOCK", "0", "MKSTREAM");
  assertEquals(await result(rest, "XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", "s", ">"), null);
});

redisTest("SELECT 0 leaves callers in the database of the server's URL", async () => {
  await using rest = await startRest();
  await using second = await serveRest({ redis: `${rest.redisUrl}/2`, port: 0 });
  await result(second, "SET", "k", "in 2");
  assertEquals(await result(second, "SELECT", 0), "OK");
  assertEquals((await answer(second, "/multi-exec", { body: [["SELECT", "0"], ["GET", "k"]] }))[1], [
    { result: "OK" },
    { result: "in 2" },
  ]);
  assertEquals(await result(second, "GET", "k"), "in 2");
  assertEquals(await result(rest, "GET", "k"), null);
});

redisTest("the flag allow-key-locking is taken out of scripts, and their SHA-1 kept", async () => {
  await using rest = await startRest();
  await result(rest, "SET", "k", "v");
  const noscript = "NOSCRIPT No matching script. Please use EVAL.";
  for (const [index, shebang] of ["flags=no-writes,allow-key-locking", "flags=allow-key-locking"].entries()) {
    const script = `#!lua ${shebang}\nreturn redis.call('GET', KEYS[1])`;
    const sha = await sha1(script);
    assertEquals(await failure(rest, "EVALSHA", sha, 1, "k"), [400, noscript]);
    assertEquals(await result(rest, "EVAL", script, 1, "k"), "v");
    assertEquals(await result(rest, "EVALSHA", sha, 1, "k"), "v");
    assertEquals(await result(rest, "EVALSHA", sha.toUpperCase(), 1, "k"), "v");
    assertEquals(await result(rest, "SCRIPT", "LOAD", script), sha);
    assertEquals(await result(rest, "SCRIPT", "EXISTS", sha, "0".repeat(40)), [1, 0]);
    const body = [["SCRIPT", "LOAD", script], ["EVALSHA", sha, 1, "k"]];
    const replies: Answer = [200, [{ result: sha }, { result: "v" }]];
    assertEquals(await answer(rest, "/pipeline", { body }), replies);
    assertEquals(await answer(rest, "/multi-exec", { body }), replies);
    await result(rest, "SCRIPT", "FLUSH");
    assertEquals(await failure(rest, "EVALSHA", sha, 1, "k"), [400, noscript]);
    if (index === 0) assertEquals((await failure(rest, "EVAL", script.replace("'GET'", "'INCR'"), 1, "k"))[0], 400);
  }
  const plain = "return 'not touched: allow-key-locking'";
  assertEquals(await result(rest, "SCRIPT", "LOAD", plain), await sha1(plain));
});

async function sha1(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

redisTest("a request over the limit is refused with the limit", async () => {
  await using rest = await startRest({ rest: { maxRequestSize: 100 } });
  const refused: Answer = [413, { error: "ERR max request size exceeded: the limit is 100 bytes" }];
  const long = ["SET", "k", "x".repeat(100)];
  for (const path of ["/", "/pipeline", "/multi-exec", "/set/k"]) {
    assertEquals(await answer(rest, path, { body: long }), refused);
  }
  // Without its size at its head.
  assertEquals(
    await answer(rest, "/", { body: ReadableStream.from([new Uint8Array(60), new Uint8Array(60)]) }),
    refused,
  );
  const parts = ['["SET",', '"k","v"]'].map((part) => new TextEncoder().encode(part));
  assertEquals(await answer(rest, "/", { body: ReadableStream.from(parts) }), [200, { result: "OK" }]);
});

redisTest("the official client works as it comes", async () => {
  await using rest = await startRest();
  const redis = new Redis({ url: rest.url, token: rest.token, enableTelemetry: false });
  assertEquals(await redis.set("k", { a: [1, "ü"] }), "OK");
  assertEquals(await redis.get("k"), { a: [1, "ü"] });
  assertEquals(await redis.multi().incr("n").get("k").exec(), [1, { a: [1, "ü"] }]);
  assertEquals(await redis.eval("return ARGV[1]", [], ["x"]), "x");
  assertEquals(await redis.createScript("return {KEYS[1], 'OK'}").exec(["k"], []), ["k", "OK"]);
  assertEquals(await Promise.all([redis.incr("n"), redis.incr("n")]), [2, 3]);
});

Deno.test("restServer() refuses options that break a rule", () => {
  const redis = "redis://127.0.0.1:6379";
  const wrong = [
    [{ redis, token: "" }, "token must be a text"],
    [{ redis, token: "t", readOnlyToken: "" }, "readOnlyToken must be a text"],
    [{ redis, token: "t", readOnlyToken: "t" }, "must differ"],
    [{ redis: "http://x", token: "t" }, "redis must be a URL"],
    [{ redis: "nonsense", token: "t" }, "redis must be a URL"],
    [{ redis, token: "t", timeout: 0 }, "timeout must be a whole number above 0, and it is 0"],
    [{ redis, token: "t", heartbeat: 1.5 }, "heartbeat must be"],
  ] as const;
  for (const [options, words] of wrong) assertThrows(() => restServer(options), Error, words);
});
