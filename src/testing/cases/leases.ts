/**
 * Who holds what, and for how long.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Delivery } from "../../ports/turn.ts";
import type { Cases } from "../case.ts";
import { args, lease, message, states, TestWorker } from "../test_worker.ts";

/** Who holds what, and for how long. */
export const leases: Cases = {
  async "exchange() gives a message to one worker only"({ broker, clock, another }) {
    await broker.publish(Array.from({ length: 200 }, (_, n) => message(clock, [n])));
    const workers = ["w1", "w2", "w3", "w4"].map((name, n) => new TestWorker(n % 2 ? another() : broker, clock, name));
    const taken = await Promise.all(workers.map(async (worker) => {
      const mine: Delivery[] = [];
      for (let turns = 0; turns < 20; turns++) mine.push(...await worker.take(10));
      return mine;
    }));
    assertEquals(args(taken.flat()).sort((a, b) => Number(a) - Number(b)), Array.from({ length: 200 }, (_, n) => n));
  },
  async "exchange() renews all that the worker holds"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    await worker.take();
    const other = new TestWorker(broker, clock, "w2");
    for (let times = 0; times < 5; times++) {
      await clock.advance(20);
      assertEquals((await worker.exchange()).lost, []);
      assertEquals(await other.take(), []);
    }
  },
  async "exchange() returns what a dead worker held to others, with a death counted"({ broker, clock }) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    await new TestWorker(broker, clock, "w1").take(1);
    const other = new TestWorker(broker, clock, "w2");
    const { wakeAt } = await other.exchange({ limit: 0 });
    assertEquals(wakeAt !== undefined && wakeAt <= clock.now() + lease, true, `wakeAt ${wakeAt}`);
    await clock.advance({ milliseconds: lease });
    const deliveries = await other.take();
    // It was taken first, so it comes first again.
    assertEquals(deliveries.map((one) => [one.message.args[0], one.deaths]), [[1, 1], [2, 0]]);
  },
  async "exchange() counts every death"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    for (let deaths = 0; deaths < 4; deaths++) {
      const [delivery] = await new TestWorker(broker, clock, `w${deaths}`).take();
      assertEquals(delivery!.deaths, deaths);
      await clock.advance({ milliseconds: lease + 1 });
    }
  },
  async "exchange() lets only the holder settle"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const slow = new TestWorker(broker, clock, "slow");
    const late = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    const quick = new TestWorker(broker, clock, "quick");
    const again = await quick.take();
    assertEquals(again.length, 1);
    const reply = await slow.settle(late, { result: "late" });
    assertEquals(reply.lost, [late[0]!.lease]);
    assertEquals((await states(broker, [sent]))[0] === "SUCCESS", false);
    await quick.settle(again, { result: "quick" });
    assertEquals((await broker.fetch([sent.id]))[0]!.result, "quick");
  },
  async "exchange() names as lost what the worker no longer holds"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const slow = new TestWorker(broker, clock, "slow");
    const [held] = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "other").take();
    assertEquals((await slow.exchange()).lost, [held!.lease]);
  },
  async "exchange() settles only under the very lease: another worker's is lost"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const [held] = await new TestWorker(broker, clock, "w1").take();
    const thief = new TestWorker(broker, clock, "thief");
    assertEquals((await thief.settle([held!])).lost, [held!.lease]);
    assertEquals((await states(broker, [sent]))[0] === "SUCCESS", false);
  },
  async "exchange() gives a message that came back another lease"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    const [one] = await worker.take();
    await worker.exchange({ settlements: [worker.again(one!, { retries: 1 })] });
    const [two] = await worker.take();
    assertEquals(two!.lease === one!.lease, false);
    assertEquals((await worker.exchange({ settlements: [worker.success(one!)] })).lost, [one!.lease]);
  },
  async "exchange() that leaves returns the rest, in order and with no death counted"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock, "w1");
    const held = await worker.take(3);
    await worker.exchange({ leave: true, settlements: [worker.success(held[1]!)] });
    assertEquals(await broker.inspector.workers(), []);
    const others = await new TestWorker(broker, clock, "w2").take();
    assertEquals(others.map((one) => [one.message.args[0], one.deaths]), [[1, 0], [3, 0], [4, 0]]);
  },
  async "exchange() renews 500 deliveries, and returns them all when their worker dies"({ broker, clock }) {
    await broker.publish(Array.from({ length: 500 }, (_, n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock, "w1");
    assertEquals((await worker.take(500)).length, 500);
    await clock.advance(20);
    assertEquals((await worker.exchange()).lost, []);
    await clock.advance(20);
    const other = new TestWorker(broker, clock, "w2");
    assertEquals(await other.take(500), []);
    await clock.advance(11);
    const taken = await other.take(500);
    assertEquals(new Set(args(taken)).size, 500);
    assertEquals(taken.every(({ deaths }) => deaths === 1), true);
  },
  async "exchange() returns what a dead worker held in its old order, before what waits"({ broker, clock }) {
    await broker.publish(Array.from({ length: 40 }, (_, n) => message(clock, [n])));
    await new TestWorker(broker, clock, "w1").take(30);
    await clock.advance({ milliseconds: lease });
    const taken = args(await new TestWorker(broker, clock, "w2").take(40));
    assertEquals(taken, Array.from({ length: 40 }, (_, n) => n));
  },
  async "exchange() keeps for each worker its own lease, short or long"({ broker, clock }) {
    await broker.publish([message(clock, ["short"]), message(clock, ["long"])]);
    const short = await new TestWorker(broker, clock, "short").exchange({ limit: 1, lease: 5000 });
    const long = await new TestWorker(broker, clock, "long").exchange({ limit: 1, lease: 60_000 });
    assertEquals([short.aliveUntil, long.aliveUntil], [clock.now() + 5000, clock.now() + 60_000]);
    const other = new TestWorker(broker, clock, "other");
    await clock.advance(5);
    assertEquals(args(await other.take()), ["short"]);
    await clock.advance(20);
    assertEquals(await other.take(), []);
  },
  async "exchange() takes no report from a worker that does not hold the message"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const slow = new TestWorker(broker, clock, "slow");
    const [late] = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "quick").take();
    const { record } = slow.success(late!, { state: "UPLOADING" });
    await slow.exchange({ reports: [{ lease: late!.lease, record }] });
    assertEquals((await states(broker, [sent]))[0] === "UPLOADING", false);
  },
  async "exchange() gives a dead worker that comes back nothing of what it held, and lets it work on"(
    { broker, clock },
  ) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    const worker = new TestWorker(broker, clock, "back");
    const [held] = await worker.take(1);
    await clock.advance({ milliseconds: lease + 1 });
    const other = new TestWorker(broker, clock, "other");
    assertEquals(args(await other.take(1)), [1]);
    const reply = await worker.exchange({ limit: 1 });
    assertEquals([reply.lost, args(reply.deliveries)], [[held!.lease], [2]]);
    assertEquals((await worker.settle(reply.deliveries)).lost, []);
  },
};
