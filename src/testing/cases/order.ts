/**
 * What is taken first, and when.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput } from "../../errors.ts";
import type { Cases } from "../case.ts";
import { args, message, second, TestWorker } from "../test_worker.ts";

/** What is taken first, and when. */
export const order: Cases = {
  async "exchange() returns nothing when the queue is empty"({ broker, clock }) {
    const reply = await new TestWorker(broker, clock).exchange({ limit: 10 });
    assertEquals([reply.deliveries, reply.lost, reply.revoked, reply.more], [[], [], [], false]);
  },
  async "exchange() takes no more than its limit, and says that there is more"({ broker, clock }) {
    await broker.publish(Array.from({ length: 5 }, (_, n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const one = await worker.exchange({ limit: 2 });
    assertEquals([args(one.deliveries), one.more], [[0, 1], true]);
    const two = await worker.exchange({ limit: 10 });
    assertEquals([args(two.deliveries), two.more], [[2, 3, 4], false]);
    assertEquals((await worker.exchange({ limit: 0 })).deliveries, []);
  },
  async "exchange() takes the highest priority first, and the oldest within one"({ broker, clock }) {
    await broker.publish(
      [[5, "a"], [9, "b"], [0, "c"], [9, "d"], [5, "e"]].map(([priority, name]) =>
        message(clock, [name as string], { priority: priority as number })
      ),
    );
    assertEquals(args(await new TestWorker(broker, clock).take()), ["b", "d", "a", "e", "c"]);
  },
  async "exchange() takes from its queues in the order given, and from no other"({ broker, clock }) {
    await broker.publish(["a", "b", "c"].map((queue) => message(clock, [queue], { queue })));
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(10, { queues: ["c", "a"] })), ["c", "a"]);
    assertEquals(args(await worker.take(10, { queues: ["b"] })), ["b"]);
  },
  async "exchange() takes a delayed message when it is due, and tells when that is"({ broker, clock }) {
    const eta = clock.now() + 60 * second;
    await broker.publish([message(clock, ["later"], { eta })]);
    const worker = new TestWorker(broker, clock);
    const early = await worker.exchange({ limit: 10 });
    assertEquals([early.deliveries, early.more, early.wakeAt], [[], false, eta]);
    await clock.advance(59.999);
    assertEquals(await worker.take(), []);
    await clock.advance(0.001);
    assertEquals(args(await worker.take()), ["later"]);
  },
  async "exchange() takes delayed messages of one queue by their times"({ broker, clock }) {
    const now = clock.now();
    await broker.publish([3, 1, 2].map((n) => message(clock, [n], { eta: now + n * second })));
    const worker = new TestWorker(broker, clock);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [1]);
    await clock.advance(5);
    assertEquals(args(await worker.take()).sort(), [2, 3]);
  },
  async "exchange() takes a message whose eta is over at once"({ broker, clock }) {
    await broker.publish([message(clock, ["old"], { eta: clock.now() - 1 })]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["old"]);
  },
  async "exchange() releases 1,200 messages that are due at the same time"({ broker, clock }) {
    const eta = clock.now() + second;
    await broker.publish(Array.from({ length: 1200 }, (_, n) => message(clock, [n], { eta })));
    await clock.advance(1);
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 6 && taken.length < 1200; turns++) {
      const deliveries = await worker.take(500);
      taken.push(...args(deliveries));
      await worker.settle(deliveries);
    }
    assertEquals(new Set(taken).size, 1200);
  },
  async "exchange() refuses a limit over 500 and names that are none"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await assertRejects(() => broker.exchange(worker.turn({ limit: 501 })), InvalidInput, "501");
    await assertRejects(() => broker.exchange(worker.turn({ worker: "a b" })), InvalidInput);
    await assertRejects(() => broker.exchange(worker.turn({ queues: ["a|b"] })), InvalidInput);
  },
  async "exchange() heeds the order of its queues before any priority"({ broker, clock }) {
    await broker.publish([
      message(clock, ["urgent"], { queue: "b", priority: 9 }),
      message(clock, ["plain"], { queue: "a", priority: 0 }),
    ]);
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(1, { queues: ["a", "b"] })), ["plain"]);
    assertEquals(args(await worker.take(1, { queues: ["a", "b"] })), ["urgent"]);
  },
  async "exchange() takes from 50 queues at once"({ broker, clock }) {
    const queues = Array.from({ length: 50 }, (_, n) => `queue-${n}`);
    await broker.publish(queues.toReversed().map((queue) => message(clock, [queue], { queue })));
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(100, { queues })), queues);
    assertEquals((await worker.exchange({ limit: 100, queues })).more, false);
  },
  async "exchange() puts what is due behind what waits already, and the highest priority before it"(
    { broker, clock },
  ) {
    const eta = clock.now() + second;
    await broker.publish([
      message(clock, ["delayed"], { eta }),
      message(clock, ["delayed and urgent"], { eta, priority: 9 }),
    ]);
    await broker.publish([message(clock, ["waits"])]);
    await clock.advance(2);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["delayed and urgent", "waits", "delayed"]);
  },
  async "exchange() tells the earliest of its queues' times, and no other queue's"({ broker, clock }) {
    const now = clock.now();
    await broker.publish([
      message(clock, [], { queue: "a", eta: now + 20 * second }),
      message(clock, [], { queue: "b", eta: now + 10 * second }),
      message(clock, [], { queue: "c", eta: now + 5 * second }),
    ]);
    const { wakeAt } = await new TestWorker(broker, clock).exchange({ limit: 1, queues: ["a", "b"] });
    assertEquals(wakeAt, now + 10 * second);
  },
  async "exchange() says that more is waiting when its limit is 0"({ broker, clock }) {
    await broker.publish([message(clock)]);
    const reply = await new TestWorker(broker, clock).exchange({ limit: 0 });
    assertEquals([reply.deliveries, reply.more], [[], true]);
  },
  async "exchange() brings 40 messages of half a megabyte in turns that stay small"({ broker, clock }) {
    const text = "x".repeat(500_000);
    for (let n = 0; n < 40; n += 8) {
      await broker.publish(Array.from({ length: 8 }, (_, k) => message(clock, [n + k, text])));
    }
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 40 && taken.length < 40; turns++) {
      const { deliveries, more } = await worker.exchange({ limit: 500 });
      taken.push(...args(deliveries));
      assertEquals(more, taken.length < 40);
      await worker.settle(deliveries);
    }
    assertEquals(taken, Array.from({ length: 40 }, (_, n) => n));
  },
  async "exchange() delays what it puts back beside what is due in the same turn"({ broker, clock }) {
    await broker.publish([message(clock, ["delayed"], { eta: clock.now() + second }), message(clock, ["retried"])]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take(1);
    assertEquals(held!.message.args, ["retried"]);
    await clock.advance(20);
    const eta = clock.now() + 40 * second;
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1, eta })] });
    assertEquals(args(await worker.take()), ["delayed"]);
    await clock.advance(41);
    assertEquals(args(await worker.take()), ["retried"]);
  },
};
