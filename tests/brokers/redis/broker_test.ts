import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { BrokerRefused, BrokerUnavailable, InvalidInput, openBroker, Umbel, upstash, Worker } from "@umbel/umbel";
import { Redis } from "@upstash/redis/cloudflare";
import { ManualClock } from "@umbel/umbel/testing";
import { withoutFlags } from "../../../src/brokers/redis/connection/script.ts";
import { drop, list, oldest, resend } from "../../../src/brokers/redis/scripts/dead_letters.ts";
import { children } from "../../../src/brokers/redis/scripts/children.ts";
import { change } from "../../../src/brokers/redis/scripts/change.ts";
import { ends } from "../../../src/brokers/redis/scripts/ends.ts";
import { exchange } from "../../../src/brokers/redis/scripts/exchange.ts";
import { read } from "../../../src/brokers/redis/scripts/running.ts";
import { publish } from "../../../src/brokers/redis/scripts/publish.ts";
import { fetch as fetchRecords, inspect, watch, whole } from "../../../src/brokers/redis/scripts/records.ts";
import { revoke } from "../../../src/brokers/redis/scripts/revoke.ts";
import { counting } from "../../../src/brokers/redis/connection/meter.ts";
import { message, TestWorker } from "../../../src/testing/test_worker.ts";
import { lanes, layouts, scan, scanDelayed, seekDelayed } from "../../../src/brokers/redis/scripts/waiting.ts";
import { redisTest, startRest, type TestRest } from "../../redis.ts";

function client({ url, token }: TestRest) {
  return new Redis({
    url,
    token,
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    responseEncoding: false,
    retry: { retries: 0 },
  });
}

const scripts = [
  read,
  children,
  publish,
  exchange,
  fetchRecords,
  whole,
  watch,
  revoke,
  inspect,
  list,
  oldest,
  drop,
  resend,
  layouts,
  lanes,
  scan,
  scanDelayed,
  seekDelayed,
  change,
  ends,
];

redisTest("every script loads, with its flags and without them", async () => {
  await using rest = await startRest();
  for (const { name, source } of scripts) {
    for (const text of [source, withoutFlags(source), counting(source)]) {
      const sha = await rest.command("SCRIPT", "LOAD", text.replace("allow-key-locking", "allow-stale"));
      assertEquals(String(sha).length, 40, name);
    }
  }
});

redisTest("upstash() refuses what is no URL, and no token", () => {
  assertThrows(() => upstash({ url: "localhost:8079", token: "t" }), InvalidInput, "localhost:8079");
  assertThrows(() => upstash({ url: "https://x" }), InvalidInput, "token");
  assertThrows(() => upstash({}), InvalidInput, "url");
  return Promise.resolve();
});

redisTest("openBroker() opens http: URLs that carry the token", async () => {
  await using rest = await startRest();
  const url = new URL(rest.url);
  url.password = rest.token;
  await using broker = openBroker(url.href)("shop");
  assertEquals(await broker.inspector.queues(), []);
  assertEquals(broker.name.includes(rest.token), false);
});

redisTest("RedisBroker goes on when the server has forgotten its scripts", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  await add.delay(1, 2);
  await rest.command("SCRIPT", "FLUSH");
  const sum = await add.delay(3, 4);
  await rest.command("SCRIPT", "FLUSH");
  assertEquals((await new Worker(app).drain({ seconds: 60 })).done, 2);
  assertEquals(await sum.get(), 7);
});

redisTest("RedisBroker works with a client that has eval and evalsha and nothing else, by asking", async () => {
  await using rest = await startRest();
  const redis = client(rest);
  const least = {
    eval: (script: string, keys: string[], args: string[]) => redis.eval(script, keys, args),
    evalsha: (sha: string, keys: string[], args: string[]) => redis.evalsha(sha, keys, args),
  };
  await using app = new Umbel("shop", { broker: upstash({ client: least, pollInterval: "20ms" }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  const worker = new Worker(app);
  const running = worker.run();
  assertEquals(await (await add.delay(1, 2)).get({ timeout: "10m" }), 3);
  await worker.stop();
  await running;
});

redisTest("RedisBroker says what was refused, without arguments and token", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: "wrong" }) });
  const error = await assertRejects(() => app.sendTask("add", ["s3cret"]), BrokerRefused);
  assertStringIncludes(error.message, "WRONGPASS");
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    assertEquals(/s3cret|wrong"/.test(cause.message), false, cause.message);
  }
});

redisTest("RedisBroker is unavailable once the deadline is over, and back when Redis is", async () => {
  await using rest = await startRest({ appendonly: true });
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token, deadline: "200ms" }) });
  await app.sendTask("add", [], { publishDeadline: "10m" });
  await rest.redis.kill();
  await assertRejects(() => app.sendTask("add"), BrokerUnavailable, "publish");
  await assertRejects(() => app.sendTask("add", [], { publishDeadline: "1ms" }), BrokerUnavailable);
  await rest.redis.restart();
  // The server has asked to be left alone for a second.
  await app.sendTask("add", [], { publishDeadline: "10m" });
});

redisTest("RedisBroker.now() is the server's time, whatever this machine's clock says", async () => {
  await using rest = await startRest();
  const redis = client(rest);
  const ahead = {
    eval: (script: string, keys: string[], args: string[]) => redis.eval(script, keys, args),
    evalsha: (sha: string, keys: string[], args: string[]) => redis.evalsha(sha, keys, args),
    time: async () => {
      const [seconds, microseconds] = await redis.time();
      return [Number(seconds) + 3600, microseconds] as [number, number];
    },
  };
  await using broker = upstash({ client: ahead })("shop");
  const before = Date.now();
  const error = await broker.now() - before - 3_600_000;
  const took = Date.now() - before;
  // As exact as the time that it took to ask for it.
  assertEquals(Math.abs(error) <= 2 * took + 2, true, `${error} ms, asked for ${took} ms`);
});

redisTest("RedisBroker begins a new list every 50,000 messages, and takes them in order", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const count = 60_000;
  for (let from = 0; from < count; from += 2000) {
    await broker.publish(Array.from({ length: 2000 }, (_, n) => message(clock, [from + n])));
  }
  const lists = async () => ((await rest.command("KEYS", "*:q:*")) as string[]).sort();
  assertEquals(await lists(), ["{umbel:shop}:q:default:5:0", "{umbel:shop}:q:default:5:1"]);
  assertEquals(Number(await rest.command("LLEN", "{umbel:shop}:q:default:5:0")) <= 50_000, true);
  const worker = new TestWorker(broker, clock);
  let taken = 0;
  for (let held = await worker.take(500); held.length > 0;) {
    for (const { message } of held) assertEquals(message.args[0], taken++);
    held = await worker.take(500, { settlements: held.map((one) => worker.success(one)) });
  }
  assertEquals(taken, count);
  assertEquals(await lists(), []);
});

redisTest("RedisBroker hands a message to a parked worker in the signal itself", async () => {
  await using rest = await startRest();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop");
  await broker.now();
  const stop = new AbortController();
  const signals = broker.watch([{ worker: "w1" }], { signal: stop.signal })[Symbol.asyncIterator]();
  // The first wake comes at once, the second when the stream is open.
  await signals.next();
  await signals.next();
  const turn = {
    worker: "w1",
    queues: ["default"],
    holds: [],
    settlements: [],
    reports: [],
    lease: 30_000,
    leave: false,
  };
  await broker.exchange({ ...turn, number: 1, limit: 2, park: true });
  const message = { task: "add", args: [1], queue: "default", priority: 5, sentAt: Date.now(), retries: 0 };
  await broker.publish(["a", "b", "c"].map((id) => ({ ...message, id })));
  const { value } = await signals.next();
  assertEquals(value.kind, "delivery");
  assertEquals(
    value.kind === "delivery" && value.deliveries.map((one: { message: { id: string } }) => one.message.id),
    ["a", "b"],
  );
  assertEquals((await broker.inspector.queues())[0]?.waiting, 1);
  stop.abort();
  await signals.return?.(undefined);
});

redisTest("RedisBroker lists a message again that was offered to a worker nobody listens for", async () => {
  await using rest = await startRest();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop");
  await broker.now();
  const turn = { queues: ["default"], holds: [], settlements: [], reports: [], lease: 30_000, leave: false };
  await broker.exchange({ ...turn, worker: "deaf", number: 1, limit: 2, park: true });
  const message = { task: "add", args: [1], queue: "default", priority: 5, sentAt: Date.now(), retries: 0 };
  await broker.publish([{ ...message, id: "a" }]);
  const { deliveries } = await broker.exchange({ ...turn, worker: "w2", number: 1, limit: 2, park: false });
  assertEquals(deliveries.map((one) => one.message.id), ["a"]);
});

redisTest("RedisBroker keeps a large result on a key of its own, which ends with the task's record", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  const large = "x".repeat(900_000);
  const repeat = app.task("repeat", (times: number) => "x".repeat(times));
  const results = await repeat.delayMany([[large.length], [10]], { resultExpires: "10m" });
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await results[0]!.get({ timeout: "10m" }) === large, true);
  assertEquals(await results[1]!.get({ timeout: "10m" }), "x".repeat(10));
  const [page] = (await rest.command("KEYS", "*:p:*")) as string[];
  assertEquals(Number(await rest.command("HSTRLEN", page!, results[0]!.id)) < 500, true);
  const own = `{umbel:shop}:r:${results[0]!.id}`;
  assertEquals(await rest.command("KEYS", "*:r:*"), [own]);
  const left = Number(await rest.command("PTTL", own));
  assertEquals(left > 0 && left <= 600_000, true, `${left} ms`);
});

redisTest("RedisBroker sends what is larger than a request in several, whatever its characters", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  const seen: number[] = [];
  const read = app.task("read", (n: number, _text: string) => void seen.push(n));
  // 3 bytes a character, and a quote that is quoted again: 11 MB in all.
  const text = "語".repeat(290_000) + '"'.repeat(20_000);
  await read.delayMany(Array.from({ length: 12 }, (_, n): [number, string] => [n, text]));
  assertEquals((await new Worker(app, { concurrency: 1 }).drain({ seconds: 60 })).done, 12);
  // What could not be started soon may have been handed back, and taken again.
  assertEquals(seen.toSorted((a, b) => a - b), Array.from({ length: 12 }, (_, n) => n));
});

redisTest("RedisBroker revokes 5,000 tasks in one call", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  const task = app.task("never", (_n: number) => {});
  const handles = await task.delayMany(Array.from({ length: 5000 }, (_, n): [number] => [n]));
  const answers = await app.revoke(handles.map(({ id }) => id));
  assertEquals([answers.length, new Set(answers)], [5000, new Set(["revoked"])]);
  assertEquals((await new Worker(app).drain({ seconds: 60 })).received, 0);
});

redisTest("a dead letter is found, and sent again, when the page of its batch has gone", async () => {
  await using rest = await startRest();
  await using app = new Umbel("shop", { broker: upstash({ url: rest.url, token: rest.token }) });
  let fails = true;
  const add = app.task("add", (x: number, y: number) => {
    if (fails) throw new TypeError("no");
    return x + y;
  });
  const { id } = await add.delay(1, 2);
  await new Worker(app).drain({ seconds: 60 });
  const pages = (await rest.command("KEYS", "*:p:*")) as string[];
  assertEquals(pages.length, 1);
  const left = async (key: string) => Math.round(Number(await rest.command("PTTL", key)) / 86_400_000);
  assertEquals([await left(pages[0]!), await left(`{umbel:shop}:r:${id}`)], [1, 30]);
  await rest.command("DEL", pages[0]!);
  const [record] = await app.broker.fetch([id]);
  assertEquals([record!.state, record!.error!.type], ["FAILURE", "TypeError"]);
  fails = false;
  const { message } = record!;
  assertEquals(await app.broker.deadLetters.resend([{ ...message!, nonce: "n1" }]), ["resent"]);
  await new Worker(app).drain({ seconds: 60 });
  assertEquals(await app.result(id).get({ timeout: "10m" }), 3);
  assertEquals(await rest.command("KEYS", "*:[rf]*"), []);
});

redisTest("a worker hears by a signal that what it runs was revoked, and whether to terminate it", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const sent = [1, 2].map((n) => message(clock, [n]));
  await broker.publish(sent);
  const worker = new TestWorker(broker, clock);
  const reports = (await worker.take()).map(({ lease, message: { id, task, queue, sentAt, retries } }) => {
    const state = id === sent[0]!.id ? "STARTED" : "UPLOADING";
    return { lease, record: { id, task, queue, sentAt, retries, state, startedAt: clock.now(), worker: worker.name } };
  });
  await worker.exchange({ reports });
  const stop = new AbortController();
  const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
  // The first says to look now, the second that the stream is open.
  for (let wakes = 0; wakes < 2; wakes++) await signals.next();
  await broker.control.revoke([sent[0]!.id]);
  assertEquals((await signals.next()).value, { kind: "revoked", id: sent[0]!.id });
  await broker.control.revoke(sent.map(({ id }) => id), { terminate: true });
  for (const { id } of [sent[1]!, sent[0]!]) {
    assertEquals((await signals.next()).value, { kind: "revoked", id, terminate: true });
  }
  stop.abort();
  await signals.return?.(undefined);
});

redisTest("a turn that has no room for all that may start tells a worker that is parked", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const limits = { rate: { rate: { limit: 10, period: 1000, burst: 1 } } };
  await broker.publish([1, 2, 3].map((n) => message(clock, [n], { limits: ["rate"] })), { limits });
  const [parked, full] = [new TestWorker(broker, clock, "parked"), new TestWorker(broker, clock, "full")];
  const one = await parked.take(1);
  await parked.exchange({ limit: 5, park: true, settlements: one.map((delivery) => parked.success(delivery)) });
  await full.exchange();
  await clock.advance(0.25);
  // Two starts are due, and it takes one.
  const { calls } = await rest.billed(async () => assertEquals(await full.take(1).then(({ length }) => length), 1));
  assertEquals(calls["publish"], 1);
});
