/**
 * What is left of a task that the broker ended: its message, as long as its record.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Message } from "../../message.ts";
import type { Cases } from "../case.ts";
import { args, lease, message, second, states, TestWorker } from "../test_worker.ts";

/** Takes turns until there is nothing to be met. */
async function meetAll(worker: TestWorker, limit = 10): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (let more = true; more;) {
    const reply = await worker.exchange({ limit });
    taken.push(...args(reply.deliveries));
    more = reply.more;
  }
  return taken;
}

/** The messages in the records of these. */
async function kept(broker: Broker, messages: readonly Message[]): Promise<(Message | undefined)[]> {
  return (await broker.fetch(messages.map(({ id }) => id))).map((record) => record?.message);
}

/** Finds the messages of these, met or not. */
async function found(broker: Broker, messages: readonly Message[]): Promise<(Message | undefined)[]> {
  const elsewhere = await broker.inspector.messages(messages.map(({ id }) => id));
  return (await kept(broker, messages)).map((message, index) => message ?? elsewhere[index]);
}

/** What is left of a task that the broker ended. */
export const keptMessages: Cases = {
  async "inspector.messages() finds those that wait, are delayed, run, and nothing of others"({ broker, clock }) {
    const waits = message(clock, ["waits"]);
    const delayed = message(clock, ["delayed"], { eta: clock.now() + 60 * second });
    const laned = message(clock, ["laned"], { limits: ["calls"] });
    const runs = message(clock, ["runs"], { queue: "other" });
    await broker.publish([waits, delayed, laned, runs]);
    await new TestWorker(broker, clock).take(10, { queues: ["other"] });
    const all = [laned, runs, delayed, message(clock), waits];
    assertEquals(await found(broker, all), [laned, runs, delayed, undefined, waits]);
    assertEquals(await broker.inspector.messages([]), []);
  },
  async "revoke() keeps the message of what waits, is delayed, waits for a retry or a limit"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    const retried = message(clock, ["retried"]);
    await broker.publish([retried]);
    const [held] = await worker.take();
    const again = worker.again(held!, { retries: 1, eta: clock.now() + 5 * second });
    await worker.exchange({ settlements: [again] });
    const sent = [
      message(clock, ["waits"], { headers: { quoted: '"\\\n' } }),
      message(clock, ["delayed"], { eta: clock.now() + 10 * second }),
      message(clock, ["laned"], { limits: ["calls#1"], lifo: true }),
      message(clock, ["unique"], { unique: { key: "one", for: 60 * second } }),
      message(clock, ["mine"], { id: "mine", nonce: "word" }),
      message(clock, ["large", '\u00fc"'.repeat(30_000)]),
    ];
    const left = message(clock, ["left"]);
    await broker.publish([...sent, left]);
    const all = [...sent, retried];
    await broker.control.revoke(all.map(({ id }) => id));
    const messages = [...sent, again.again!.message];
    assertEquals(await found(broker, all), messages);
    await clock.advance(11);
    assertEquals(await meetAll(worker), ["left"]);
    assertEquals(await kept(broker, all), messages);
    assertEquals(await found(broker, all), messages);
    assertEquals(await states(broker, all), all.map(() => "REVOKED"));
    assertEquals((await broker.inspector.workers()).map(({ holds }) => holds), [1]);
  },
  async "revoke() keeps the message of what runs, whatever its worker hands in"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await broker.control.revoke(sent.map(({ id }) => id));
    assertEquals(await found(broker, sent), sent);
    await worker.exchange({
      settlements: [
        worker.success(held[0]!, { result: { message: "x" } }),
        worker.success(held[1]!, { state: "REVOKED", message: sent[1]! }),
        worker.again(held[2]!, { retries: 1 }),
      ],
    });
    assertEquals(await meetAll(worker), []);
    const records = await broker.fetch(sent.map(({ id }) => id));
    assertEquals(records.map((record) => record?.message), sent);
    assertEquals(records.map((record) => [record?.state, record?.result]), sent.map(() => ["REVOKED", undefined]));
  },
  async "revoke() keeps the message of what a worker held that died or left"({ broker, clock }) {
    const [one, two] = [message(clock, [1]), message(clock, [2], { queue: "other" })];
    await broker.publish([one, two]);
    await new TestWorker(broker, clock, "dies").take();
    const leaves = new TestWorker(broker, clock, "leaves");
    await leaves.take(10, { queues: ["other"] });
    await broker.control.revoke([one.id, two.id]);
    await leaves.exchange({ leave: true });
    await clock.advance({ milliseconds: lease + 1 });
    const worker = new TestWorker(broker, clock);
    for (const queue of ["default", "other"]) {
      for (let more = true; more;) {
        const reply = await worker.exchange({ limit: 10, queues: [queue] });
        assertEquals(reply.deliveries, []);
        more = reply.more;
      }
    }
    assertEquals(await kept(broker, [one, two]), [one, two]);
  },
  async "exchange() whose answer was lost loses no message of what it met"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n]));
    await broker.publish(sent);
    await broker.control.revoke(sent.map(({ id }) => id));
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limit: 10 });
    assertEquals((await worker.repeat()).deliveries, []);
    assertEquals((await worker.repeat()).lost, []);
    assertEquals(await meetAll(worker), []);
    assertEquals((await worker.repeat()).deliveries, []);
    assertEquals(await kept(broker, sent), sent);
  },
  async "exchange() that meets what was revoked, and then never again: another worker does"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    await broker.control.revoke([sent.id]);
    await new TestWorker(broker, clock, "dies").exchange({ limit: 10 });
    await clock.advance({ milliseconds: lease + 1 });
    const worker = new TestWorker(broker, clock, "lives");
    assertEquals(await meetAll(worker), []);
    assertEquals(await kept(broker, [sent]), [sent]);
    assertEquals((await broker.inspector.queues()).map(({ waiting }) => waiting), [0]);
  },
  async "exchange() meets thousands that were revoked, and takes what is behind them"({ broker, clock }) {
    const sent = Array.from({ length: 2500 }, (_, n) => message(clock, [n]));
    await broker.publish(sent);
    await broker.publish([message(clock, ["behind"])]);
    await broker.control.revoke(sent.map(({ id }) => id));
    const worker = new TestWorker(broker, clock);
    assertEquals(await meetAll(worker, 1), ["behind"]);
    assertEquals((await kept(broker, sent)).filter((one, n) => one?.args[0] !== n), []);
    assertEquals(await broker.control.revoke([sent[0]!.id]), ["revoked"]);
  },
  async "publish() keeps the messages of those that it ends"({ broker, clock }) {
    const unique = { key: "one", for: 60 * second, on: "replace" } as const;
    const first = message(clock, ["first"], { unique });
    const second_ = message(clock, ["second"], { unique, eta: clock.now() + 10 * second });
    const large = message(clock, ["third", "x".repeat(50_000)], { unique });
    const last = message(clock, ["last"], { unique });
    for (const one of [first, second_, large, last]) await broker.publish([one]);
    const queues = new Map([["small", { maxLength: 2, whenFull: "dropOldest" as const }]]);
    const many = [1, 2, 3, 4].map((n) => message(clock, [n, "y".repeat(n * 15_000)], { queue: "small" }));
    await broker.publish(many.slice(0, 2), { queues });
    await broker.publish(many.slice(2), { queues });
    const over = Array.from({ length: 3 }, (_, n) => message(clock, [n], { queue: "small" }));
    await broker.publish(over, { queues });
    await broker.control.revoke([last.id], { tree: true });
    const child = message(clock, ["child"], { parentId: last.id, rootId: last.id, limits: ["calls"] });
    await broker.publish([child]);
    const worker = new TestWorker(broker, clock);
    assertEquals(await meetAll(worker), []);
    const ended = [first, second_, large, ...many, over[0]!, last, child];
    assertEquals(await states(broker, ended), ended.map(() => "REVOKED"));
    assertEquals(await kept(broker, ended), ended);
  },
  async "purge() keeps the messages of those that it revokes"({ broker, clock }) {
    const sent = [message(clock, [1]), message(clock, [2]), message(clock, [3], { eta: clock.now() + 60 * second })];
    await broker.publish(sent);
    await broker.control.revoke([sent[0]!.id]);
    assertEquals(await broker.control.purge("default"), 2);
    assertEquals(await kept(broker, sent), sent);
  },
};
