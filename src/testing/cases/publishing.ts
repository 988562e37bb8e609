/**
 * Publishing.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Cases } from "../case.ts";
import { args, message, second, states, TestWorker } from "../test_worker.ts";

/** Publishing. */
export const publishing: Cases = {
  async "publish() adds a message that a turn takes as it was"({ broker, clock }) {
    const sent = message(clock, [1, "zwei", null, [true], { a: { b: [] } }], { headers: { x: 1 }, rootId: "r" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals({ ...delivery!.message }, sent);
    assertEquals(delivery!.deaths, 0);
  },
  async "publish() of nothing does nothing"({ broker }) {
    assertEquals(await broker.publish([]), []);
  },
  async "publish() changes no text: emoji, separators, large numbers, empty arrays and objects"({ broker, clock }) {
    const values = ['👩‍👩‍👧 é \u2028\u2029 \u0000 \t\r\n "\\ |;, ä', "9007199254740993", 9007199254740991, 1e-7, [], {}, [
      [],
    ], ""];
    await broker.publish([message(clock, values)]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals(delivery!.message.args, values);
  },
  async "publish() takes 3,000 messages at once, in order"({ broker, clock }) {
    const messages = Array.from({ length: 3000 }, (_, n) => message(clock, [n]));
    const receipts = await broker.publish(messages);
    assertEquals(receipts.map(({ id }) => id), messages.map(({ id }) => id));
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 6; turns++) {
      const deliveries = await worker.take(500);
      taken.push(...args(deliveries));
      await worker.settle(deliveries);
    }
    assertEquals(taken, messages.map(({ args }) => args[0]));
  },
  async "publish() takes a message of a megabyte"({ broker, clock }) {
    const text = "ü".repeat(500_000);
    await broker.publish([message(clock, [text])]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals(delivery!.message.args[0] === text, true);
  },
  async "publish() of the same messages again adds nothing and answers the same"({ broker, clock }) {
    const messages = [message(clock, [1]), message(clock, [2], { eta: clock.now() + 60 * second })];
    const answer = await broker.publish(messages);
    assertEquals(await broker.publish(messages), answer);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1, delayed: 1, paused: false }]);
  },
  async "publish() of the same message adds nothing while it runs and after its end"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take();
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await worker.take(), []);
    await worker.settle(deliveries);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await worker.take(), []);
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
  async "publish() answers exists for an id that the caller chose and that is there"({ broker, clock }) {
    const sent = message(clock, [1], { id: "order:4711", nonce: "a" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([{ ...sent, args: [2], nonce: "b" }]), [{ id: sent.id, status: "exists" }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1]);
  },
  async "publish() answers the same for a repetition, by its nonce, and exists for another message"({ broker, clock }) {
    const sent = message(clock, [1], { nonce: "a" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    const other = { ...sent, nonce: "b" };
    assertEquals(await broker.publish([other]), [{ id: sent.id, status: "exists" }]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(held.length, 1);
    await worker.settle(held);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([other]), [{ id: sent.id, status: "exists" }]);
  },
  async "publish() adds the first of two messages of one id"({ broker, clock }) {
    const sent = message(clock, [1], { id: "twice" });
    const messages = [{ ...sent, nonce: "a" }, { ...sent, args: [2], nonce: "b" }];
    assertEquals(await broker.publish(messages), [{ id: "twice", status: "added" }, { id: "twice", status: "exists" }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1]);
  },
  async "publish() carries everything that a message can say"({ broker, clock }) {
    const now = clock.now();
    const sent = message(clock, [], {
      priority: 0,
      expires: now + 60 * second,
      retries: 2,
      unknown: 1,
      maxRetries: null,
      headers: { "x-ß": ["\u2028", { deep: [null] }] },
      ignoreResult: true,
      resultExpires: 5 * second,
      timeLimit: 1500,
      softTimeLimit: 1000,
      rootId: "root",
      parentId: "parent",
    });
    await broker.publish([sent]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals({ ...delivery!.message }, sent);
  },
  async "publish() of the same message by two connections at once adds it once"({ broker, clock, another }) {
    const messages = Array.from({ length: 100 }, (_, n) => message(clock, [n]));
    const other = another();
    const answers = await Promise.all([broker.publish(messages), other.publish(messages), broker.publish(messages)]);
    for (const receipts of answers) assertEquals(receipts.every(({ status }) => status === "added"), true);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 100, delayed: 0, paused: false }]);
  },
  async "publish() of a message that was revoked adds nothing"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    await broker.control.revoke([sent.id]);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await new TestWorker(broker, clock).take(), []);
    assertEquals(await states(broker, [sent]), ["REVOKED"]);
  },
  async "publish() takes an id anew once its task's record is over"({ broker, clock }) {
    const sent = message(clock, [1], { id: "order:1", nonce: "a" });
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take(), { keep: 0 });
    await clock.advance(61);
    assertEquals(await broker.publish([{ ...sent, args: [2], nonce: "b" }]), [{ id: sent.id, status: "added" }]);
    assertEquals(args(await worker.take()), [2]);
  },
  async "publish() remembers for a minute what ended and left no result"({ broker, clock }) {
    const sent = message(clock, [1], { ignoreResult: true });
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const { result: _, ...record } = worker.success(held!, { keep: 0 }).record;
    await worker.exchange({ settlements: [{ lease: held!.lease, record }] });
    await clock.advance(59);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await worker.take(), []);
    const [found] = await broker.fetch([sent.id]);
    assertEquals([found!.state, "result" in found!], ["SUCCESS", false]);
  },
};
