import { assert, assertEquals } from "@std/assert";
import { type Broker, type Message, upstash } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { readId } from "../../../src/id.ts";
import { message, TestWorker } from "../../../src/testing/test_worker.ts";
import { redisTest, startRest } from "../../redis.ts";

redisTest("listing.list() finds the messages of what came last at the ends of the queues", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  const first = message(clock, ["first"]);
  await broker.publish([first]);
  await clock.advance(5);
  await broker.publish(Array.from({ length: 12_000 }, (_, n) => message(clock, [n], { priority: n % 3 })));
  await clock.advance(5);
  const last = Array.from({ length: 20 }, (_, n) => message(clock, [`last ${n}`], { priority: n % 3 }));
  await broker.publish(last);
  // Scripts are loaded the first time.
  await broker.listing.list({ limit: 20, messages: true });
  const { total, calls } = await rest.billed(async () => {
    const { tasks } = await broker.listing.list({ limit: 20, messages: true });
    assertEquals(tasks.map(({ message }) => message?.args[0]).sort(), last.map(({ args }) => args[0]).sort());
  });
  assert(total <= 20, `${total}: ${JSON.stringify(calls)}`);
  const { tasks } = await broker.listing.list({ limit: 1, messages: true, to: first.sentAt + 1 });
  assertEquals(
    tasks.map(({ message }) => message?.args),
    [["first"]],
    "what is not found there is looked for elsewhere",
  );
});

redisTest("listing.list() forgets chosen ids of which nothing is known", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  await broker.publish([message(clock, [], { id: "gone" }), message(clock, [], { id: "there" })]);
  const count = () => rest.command("ZCARD", "{umbel:listing}:i");
  assertEquals(await count(), 2);
  await rest.command("DEL", "{umbel:listing}:t:gone");
  const { tasks } = await broker.listing.list({ limit: 10 });
  assertEquals(tasks.map(({ record }) => record.id), ["there"]);
  assertEquals(await count(), 1);
});

/** Tasks that were sent one by one, so far apart that each has a page of its own; and their pages' keys. */
async function sendAlone(broker: Broker, clock: ManualClock, count: number) {
  const sent: Message[] = [];
  for (let n = 0; n < count; n++) {
    await clock.advance({ milliseconds: 2000 });
    sent.push(message(clock, [n]));
    await broker.publish([sent.at(-1)!]);
  }
  return sent;
}

const pageOf = (id: string) => `{umbel:listing}:p:${readId(id)!.page}`;

async function listed(broker: Broker, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await broker.listing.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.tasks.map(({ record }) => record.id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

redisTest("names of pages cost a sender next to nothing, and looking for one reads few of them", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  await sendAlone(broker, clock, 1);
  const sent: Message[] = [];
  const { total, calls } = await rest.billed(async () => {
    sent.push(...await sendAlone(broker, clock, 1000));
  });
  // Two further commands for each 60 pages or more: sparse ones take more room each.
  assert(total <= 1000 * 6 + 40, `${total}: ${JSON.stringify(calls)}`);
  await broker.listing.list({ limit: 1 });
  const first = await rest.billed(async () => {
    const { tasks } = await broker.listing.list({ limit: 50 });
    assertEquals(tasks.map(({ record }) => record.id), sent.slice(-50).map(({ id }) => id).reverse());
  });
  assert(first.total <= 50 + 12, `${first.total}: ${JSON.stringify(first.calls)}`);
  assertEquals((await listed(broker, 300)).length, 1001);
});

redisTest("names of pages that are gone are forgotten once somebody lists what is left", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  const sent = await sendAlone(broker, clock, 500);
  const count = async () => Number(await rest.command("ZCARD", "{umbel:listing}:P"));
  const before = await count();
  // All but one in the middle, and the last ones.
  const kept = [sent[100]!, ...sent.slice(-20)];
  const gone = sent.filter((one) => !kept.includes(one));
  await rest.command("DEL", ...gone.map(({ id }) => pageOf(id)));
  assertEquals(await listed(broker, 10), kept.map(({ id }) => id).reverse());
  assert(await count() < 10, `${await count()} members are left of ${before}`);
  const { total, calls } = await rest.billed(async () => assertEquals((await listed(broker, 500)).length, kept.length));
  assert(total < 200, `${total}: ${JSON.stringify(calls)}`);
  // A page that comes back is noted anew.
  await broker.publish([gone[0]!]);
  assertEquals((await listed(broker, 10)).at(-1), gone[0]!.id);
});

redisTest("names of pages are bounded: those of the latest times stay", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  for (let from = 0; from < 100_000; from += 10_000) {
    const members = Array.from({ length: 10_000 }, (_, n) => [String(from + n), `${from + n}:0abc`]);
    await rest.command("ZADD", "{umbel:listing}:P", ...members.flat());
  }
  const sent = await sendAlone(broker, clock, 300);
  assertEquals(await rest.command("ZCARD", "{umbel:listing}:P"), 100_000);
  const { tasks } = await broker.listing.list({ limit: 300 });
  assertEquals(tasks.map(({ record }) => record.id), sent.map(({ id }) => id).reverse());
});

redisTest("listing.count() gets past a moment whose dead letters are more than one request tells", async () => {
  await using rest = await startRest();
  const clock = new ManualClock();
  await using broker = upstash({ url: rest.url, token: rest.token })("listing", clock);
  const worker = new TestWorker(broker, clock);
  await broker.publish([message(clock, [])]);
  await clock.advance(5);
  await broker.publish(Array.from({ length: 6000 }, (_, n) => message(clock, [n])));
  for (let taken = await worker.take(500); taken.length > 0; taken = await worker.take(500)) {
    const error = { type: "Error", message: "no" };
    const settlements = taken.map((one) => {
      const { record: { result: _, ...record }, lease } = worker.success(one);
      return { lease, record: { ...record, state: "FAILURE", error, keep: 604_800_000, message: one.message } };
    });
    await worker.exchange({ settlements });
  }
  // Their pages are gone by then.
  await clock.advance("2d");
  const { states, since } = await broker.listing.count({ looks: 100 });
  assertEquals([states, since], [{ FAILURE: 6001 }, undefined]);
});
