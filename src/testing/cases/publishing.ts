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
  async "publish() adds no message whose unique key another one holds, and says whose it is"({ broker, clock }) {
    const unique = { key: "sum: 1|2 é", for: 60 * second };
    const [one, two, other] = [
      message(clock, [1], { unique }),
      message(clock, [2], { unique }),
      message(clock, [3], { unique: { ...unique, key: "other" } }),
    ];
    assertEquals(await broker.publish([one]), [{ id: one.id, status: "added" }]);
    assertEquals(await broker.publish([two, other]), [
      { id: one.id, status: "exists" },
      { id: other.id, status: "added" },
    ]);
    // A repetition of the first is none.
    assertEquals(await broker.publish([one]), [{ id: one.id, status: "added" }]);
    assertEquals(await states(broker, [one, two]), ["QUEUED", undefined]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1, 3]);
  },
  async "publish() adds the first of two messages of one unique key"({ broker, clock }) {
    const unique = { key: "k", for: second };
    const [one, two] = [message(clock, [1], { unique }), message(clock, [2], { unique })];
    assertEquals(await broker.publish([one, two]), [{ id: one.id, status: "added" }, { id: one.id, status: "exists" }]);
  },
  async "publish() finds a unique key held through runs and retries, and free at the end"({ broker, clock }) {
    const unique = { key: "k", for: 600 * second };
    const send = async (name: string) => (await broker.publish([message(clock, [name], { unique })]))[0]!.status;
    assertEquals(await send("one"), "added");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    assertEquals(await send("two"), "exists");
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    assertEquals(await send("three"), "exists");
    const [again] = await worker.take();
    await worker.settle([again!], { unique: "k" });
    assertEquals(await send("four"), "added");
    // The first one's end, told again, does not free what the fourth holds.
    await worker.repeat();
    assertEquals(await send("five"), "exists");
  },
  async "publish() finds a unique key free when its task is revoked or purged"({ broker, clock }) {
    const unique = { key: "k", for: 60 * second };
    const send = async (change = {}) => (await broker.publish([message(clock, [], { unique, ...change })]))[0]!;
    const { id } = await send();
    await broker.control.revoke([id]);
    assertEquals((await send({ eta: clock.now() + 600 * second })).status, "added");
    assertEquals(await broker.control.purge("default"), 1);
    assertEquals((await send()).status, "added");
    assertEquals((await send()).status, "exists");
  },
};
