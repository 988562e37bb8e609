/** Looking for what waits where there is much of it: in parts, over segments, and in many lanes. */
import { assert, assertEquals } from "@std/assert";
import { type Broker, type Message, upstash } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { segmentEntries } from "../../../../src/brokers/redis/keys.ts";
import { message, TestWorker } from "../../../../src/testing/test_worker.ts";
import { redisTest, startRest } from "../../../redis.ts";

async function listed(broker: Broker): Promise<{ readonly told: unknown[]; readonly parts: number }> {
  const told: unknown[] = [];
  let parts = 0;
  let cursor: string | undefined;
  do {
    const page = await broker.waiting.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    told.push(...page.tasks.map(({ message }) => message.args[0]));
    cursor = page.cursor;
    parts++;
  } while (cursor !== undefined);
  return { told, parts };
}

async function place(broker: Broker, { id }: Message) {
  const [found] = await broker.waiting.find([id]);
  assert(typeof found === "object", `${found}`);
  return found;
}

redisTest("RedisWaiting.find() and change() reach the end of a queue of several segments", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const count = segmentEntries + 1000;
  const sent = Array.from({ length: count }, (_, n) => message(clock, [n]));
  await broker.publish(sent);
  const found = await broker.waiting.find([sent[0]!, sent[30_000]!, sent.at(-1)!].map(({ id }) => id));
  assertEquals(found.map((one) => typeof one === "object" && one.message.args[0]), [0, 30_000, count - 1]);
  const [first, middle, last] = found.map((found) => {
    assert(typeof found === "object");
    return { found, message: { ...found.message, priority: 9 }, nonce: "n" };
  });
  assertEquals(await broker.waiting.change([last!, middle!, first!]), ["changed", "changed", "changed"]);
  assertEquals((await broker.inspector.queues())[0]!.waiting, count);
  const worker = new TestWorker(broker, clock);
  const held = await worker.take(4);
  assertEquals(held.map(({ message }) => message.args[0]), [count - 1, 30_000, 0, 1]);
});

redisTest("RedisWaiting.list() goes through lists, lanes and what is delayed in bounded parts", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const eta = clock.now() + 1000;
  const sent = Array.from({ length: 3300 }, (_, n) =>
    message(
      clock,
      [n],
      n % 3 === 0 ? {} : n % 3 === 1 ? { limits: [`a#${n % 700}`] } : { eta: eta + Math.floor(n / 2000) },
    ));
  await broker.publish(sent);
  const { told, parts } = await listed(broker);
  assertEquals(told.length, sent.length);
  assertEquals(new Set(told).size, sent.length);
  assert(parts < 40, `${parts} parts`);
  const limited = await place(broker, sent[1]!);
  assertEquals([limited.message.limits, limited.record.state], [["a#1"], "QUEUED"]);
  assertEquals((await place(broker, sent[1001 * 3 + 2]!)).record.state, "SCHEDULED");
});

redisTest("RedisWaiting.find() finds a task in a queue that moves", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("shop", clock);
  const sent = Array.from({ length: 25_000 }, (_, n) => message(clock, [n]));
  await broker.publish(sent);
  const worker = new TestWorker(broker, clock);
  const taking = (async () => {
    for (let turns = 0; turns < 10; turns++) await worker.take(500);
  })();
  for (const n of [24_000, 21_000, 6000]) assertEquals((await place(broker, sent[n]!)).message.args, [n]);
  await taking;
  assertEquals(await broker.waiting.find([sent[0]!.id]), ["running"]);
});
