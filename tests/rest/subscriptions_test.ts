import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serveRest } from "@umbel/umbel/rest";
import { redisTest, startRest, type TestRest } from "../redis.ts";
import { answer, call, Events, result, untilNobodyListens } from "./client.ts";

redisTest("/subscribe streams what is published, and nobody listens once the reader left", async () => {
  await using rest = await startRest();
  const channel = "a/{b}";
  const path = `/subscribe/${encodeURIComponent(channel)}`;
  {
    await using events = await Events.open(rest, path);
    assertEquals(await events.next(), `data: subscribe,${channel},1`);
    assertEquals(await result(rest, "PUBLISH", channel, "hello, you"), 1);
    assertEquals(await events.next(), `data: message,${channel},hello, you`);
  }
  await untilNobodyListens(rest, channel);
  await using again = await Events.open(rest, path);
  assertEquals(await again.next(), `data: subscribe,${channel},1`);
  assertEquals(await result(rest, "PUBLISH", channel, "back"), 1);
  assertEquals(await again.next(), `data: message,${channel},back`);
});

redisTest("one request reads several channels, and several readers one channel", async () => {
  await using rest = await startRest();
  await using both = await Events.open(rest, "/subscribe/a/b");
  await using one = await Events.open(rest, "/subscribe/b");
  assertEquals([await both.next(), await both.next()], ["data: subscribe,a,1", "data: subscribe,b,2"]);
  assertEquals(await one.next(), "data: subscribe,b,1");
  // One connection to Redis for all of them.
  assertEquals(await result(rest, "PUBLISH", "b", "1"), 1);
  assertEquals(await result(rest, "PUBLISH", "a", "2"), 1);
  assertEquals([await both.next(), await both.next()], ["data: message,b,1", "data: message,a,2"]);
  assertEquals(await one.next(), "data: message,b,1");
  await both[Symbol.asyncDispose]();
  await untilNobodyListens(rest, "a");
  assertEquals(await result(rest, "PUBLISH", "b", "3"), 1);
  assertEquals(await one.next(), "data: message,b,3");
});

redisTest("/psubscribe streams channels that match a pattern", async () => {
  await using rest = await startRest();
  await using events = await Events.open(rest, "/psubscribe/n.*");
  assertEquals(await events.next(), "data: psubscribe,n.*,1");
  await result(rest, "PUBLISH", "n.1", "x,y");
  assertEquals(await events.next(), "data: pmessage,n.*,n.1,x,y");
});

redisTest("a line break in a message becomes a further line of its event, and forges none", async () => {
  await using rest = await startRest();
  await using events = await Events.open(rest, "/subscribe/c");
  await events.next();
  await result(rest, "PUBLISH", "c", "é\n\ndata: message,c,forged\r\nend\r!");
  assertEquals(await events.next(), "data: message,c,é\ndata: \ndata: data: message,c,forged\ndata: end\ndata: !");
});

redisTest("/monitor streams the commands that Redis carries out, and leaves no connection behind", async () => {
  await using rest = await startRest();
  {
    await using events = await Events.open(rest, "/monitor");
    assertEquals(await events.next(), 'data: "OK"');
    await result(rest, "SET", "k", "v w");
    assertStringIncludes((await events.next())!, '"SET" "k" "v w"');
  }
  while (String(await rest.command("CLIENT", "LIST")).includes("cmd=monitor"));
});

redisTest("a stream without a name is refused", async () => {
  await using rest = await startRest();
  assertEquals(await answer(rest, "/subscribe/"), [400, { error: "ERR subscribe needs the name of a channel" }]);
  assertEquals(await answer(rest, "/psubscribe/a//b"), [400, { error: "ERR psubscribe needs the name of a pattern" }]);
});

redisTest("a channel that Redis does not allow is refused with its words", async () => {
  await using rest = await startRest();
  await rest.command("ACL", "SETUSER", "guest", "on", ">pass", "~*", "+@all", "resetchannels", "&open");
  await using guest = await serveRest({ redis: rest.redisUrl.replace("//", "//guest:pass@"), port: 0 });
  const [status, body] = await answer(guest, "/subscribe/secret");
  assertEquals(status, 400);
  assertStringIncludes((body as { error: string }).error, "NOPERM");
  await using events = await Events.open(guest, "/subscribe/open");
  assertEquals(await events.next(), "data: subscribe,open,1");
  assertEquals(await result(rest, "PUBLISH", "open", "m"), 1);
});

redisTest("readers who come and go leave those who stay alone", async () => {
  await using rest = await startRest();
  await using stays = await Events.open(rest, "/subscribe/c");
  await stays.next();
  for (let round = 1; round <= 20; round++) {
    // Some leave before they are subscribed.
    const stop = new AbortController();
    const hasty = call(rest, "/subscribe/c/d", { signal: stop.signal }).then((response) => response.body?.cancel());
    const guests = await Promise.all(["c", "d", "c/d"].map((names) => Events.open(rest, `/subscribe/${names}`)));
    stop.abort();
    await Promise.all([hasty.catch(() => {}), ...guests.map((guest) => guest[Symbol.asyncDispose]())]);
    await using comes = await Events.open(rest, "/subscribe/d");
    await comes.next();
    assertEquals(await result(rest, "PUBLISH", "c", round), 1);
    assertEquals(await result(rest, "PUBLISH", "d", round), 1);
    assertEquals(await stays.next(), `data: message,c,${round}`);
    assertEquals(await comes.next(), `data: message,d,${round}`);
  }
  await stays[Symbol.asyncDispose]();
  await untilNobodyListens(rest, "c");
  await untilNobodyListens(rest, "d");
});

redisTest("a reader that leaves while Redis hangs is not subscribed for long", async () => {
  await using rest = await startRest();
  await using events = await Events.open(rest, "/subscribe/other");
  await events.next();
  Deno.kill(rest.redis.pid, "SIGSTOP");
  const stop = new AbortController();
  const hasty = call(rest, "/subscribe/c", { signal: stop.signal });
  // Its request has certainly been read when one sent later has been answered.
  const refused = await answer(rest, "/", { body: ["MULTI"] });
  assertEquals(refused[0], 400);
  stop.abort();
  await hasty.catch(() => {});
  Deno.kill(rest.redis.pid, "SIGCONT");
  await untilNobodyListens(rest, "c");
});

redisTest("streams show a sign of life", async () => {
  await using rest = await startRest({ rest: { heartbeat: 1 } });
  for (const path of ["/subscribe/c", "/monitor"]) {
    await using events = await Events.open(rest, path);
    while (await events.next() !== ": alive");
  }
});

redisTest("a reader that does not read is cut off, and the others are not", async () => {
  await using rest = await startRest({ rest: { maxPendingEvents: 1024 * 1024 } });
  await using reader = await Events.open(rest, "/subscribe/c");
  await reader.next();
  const slow = await subscribeAndStall(rest, "/subscribe/slow");
  const payload = "x".repeat(512 * 1024);
  let sent = 0;
  while (await result(rest, "PUBLISH", "slow", payload) !== 0) assert(++sent < 200, "never cut off");
  assertEquals(await result(rest, "PUBLISH", "c", "still here"), 1);
  assertEquals(await reader.next(), "data: message,c,still here");
  slow.close();
});

redisTest("a monitor that does not read is cut off", async () => {
  await using rest = await startRest({ rest: { maxPendingEvents: 1024 * 1024 } });
  const slow = await subscribeAndStall(rest, "/monitor");
  const payload = "x".repeat(512 * 1024);
  let sent = 0;
  while (String(await rest.command("CLIENT", "LIST")).includes("cmd=monitor")) {
    await result(rest, "SET", "k", payload);
    assert(++sent < 200, "never cut off");
  }
  slow.close();
});

/** Reads the first event, and then nothing more. */
async function subscribeAndStall(rest: TestRest, path: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(rest.url).port) });
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rest.token}\r\ncontent-length: 0\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  let text = "";
  const bytes = new Uint8Array(4096);
  while (!text.includes("data: ")) text += new TextDecoder().decode(bytes.subarray(0, (await connection.read(bytes))!));
  return connection;
}

redisTest("streams end when the server is stopped, and while they are open it can be", async () => {
  const rest = await startRest();
  await using events = await Events.open(rest, "/subscribe/c");
  await using monitor = await Events.open(rest, "/monitor");
  assertEquals([await events.next(), await monitor.next()], ["data: subscribe,c,1", 'data: "OK"']);
  await rest[Symbol.asyncDispose]();
  assertEquals([await events.next(), await monitor.next()], [undefined, undefined]);
});

redisTest("a reader that does not read holds up the server's end only for a while", {
  // What is left of its connection goes with the process.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const rest = await startRest({ rest: { maxPendingEvents: 100 * 1024 * 1024 } });
    const slow = await subscribeAndStall(rest, "/subscribe/slow");
    for (let sent = 0; sent < 40; sent++) await result(rest, "PUBLISH", "slow", "x".repeat(512 * 1024));
    await rest[Symbol.asyncDispose]();
    slow.close();
  },
});
