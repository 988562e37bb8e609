/**
 * What limits let through, and when: rates and concurrency, for all workers together.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Limit } from "../../ports/limits.ts";
import { InvalidInput } from "../../errors.ts";
import type { Cases } from "../case.ts";
import { args, lease, message, second, TestWorker } from "../test_worker.ts";

/** 10 a second: one every 100 ms. */
const tenth = { rate: { limit: 10, period: second, burst: 1 } };
/** In seconds. */
const interval = 0.1;

/** Names for `length` lanes that share a limit. */
function lanes(length: number, shared: string): string[][] {
  return Array.from({ length }, (_, n) => [shared, `lane#${n}`]);
}

/** What limits let through, and when. */
export const limits: Cases = {
  async "a rate lets one start in each interval, and exchange() says when"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await broker.publish([1, 2, 3].map((n) => message(clock, [n], { limits: ["r"] })), { limits: { r: tenth } });
    const start = clock.now();
    const first = await worker.exchange({ limit: 10 });
    assertEquals([args(first.deliveries), first.more, first.wakeAt], [[1], false, start + 100]);
    await clock.advance(0.099);
    assertEquals(await worker.take(), []);
    await clock.advance(0.001);
    const next = await worker.exchange({ limit: 10 });
    assertEquals([args(next.deliveries), next.more, next.wakeAt], [[2], false, start + 200]);
    await clock.advance(interval);
    assertEquals(args(await worker.take()), [3]);
  },
  async "a rate whose interval is no whole number is kept exactly"({ broker, clock }) {
    const limits = { r: { rate: { limit: 3, period: second, burst: 1 } } };
    await broker.publish(Array.from({ length: 31 }, (_, n) => message(clock, [n], { limits: ["r"] })), { limits });
    const worker = new TestWorker(broker, clock);
    const start = clock.now();
    for (let taken = 0; taken < 31;) {
      const { deliveries, wakeAt } = await worker.exchange({ limit: 10 });
      taken += deliveries.length;
      assert(deliveries.length <= 1);
      await worker.settle(deliveries);
      if (taken < 31) await clock.advance({ milliseconds: wakeAt! - clock.now() });
    }
    assertEquals(clock.now() - start, 10 * second);
  },
  async "a rate is kept although every turn comes 70 ms late"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4, 5, 6].map((n) => message(clock, [n], { limits: ["r"] })), {
      limits: { r: tenth },
    });
    const worker = new TestWorker(broker, clock);
    const start = clock.now();
    assertEquals(args(await worker.take()), [1]);
    for (let n = 1; n < 6; n++) {
      await clock.advance({ milliseconds: start + n * 100 + 70 - clock.now() });
      assertEquals(args(await worker.take()), [n + 1]);
    }
  },
  async "a rate makes no more good than 100 ms, over one lane or many"({ broker, clock }) {
    for (const names of [Array.from({ length: 20 }, () => ["one"]), lanes(20, "many")]) {
      await broker.publish(names.map((limits) => message(clock, [], { limits })), {
        limits: { one: tenth, many: tenth },
      });
      const worker = new TestWorker(broker, clock, `worker-${names[0]![0]}`);
      assertEquals((await worker.take()).length, 1);
      await clock.advance(20);
      assertEquals((await worker.take(20)).length, 2);
      await worker.exchange();
      await broker.control.purge("default");
    }
  },
  async "burst lets some start at once after a while without any, and then one in each interval"({ broker, clock }) {
    const limits = { r: { rate: { limit: 10, period: second, burst: 3 } } };
    await broker.publish(Array.from({ length: 9 }, (_, n) => message(clock, [n], { limits: ["r"] })), { limits });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [0, 1, 2]);
    await clock.advance(interval);
    assertEquals(args(await worker.take()), [3]);
    await clock.advance(interval);
    assertEquals(args(await worker.take()), [4]);
    assertEquals(await worker.take(), []);
  },
  async "a rate that nobody used for long lets no more start than its burst"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { r: tenth } });
    for (let round = 0; round < 2; round++) {
      await broker.publish([1, 2, 3].map((n) => message(clock, [n], { limits: ["r"] })));
      assertEquals(args(await worker.take()), [1]);
      await broker.control.purge("default");
      await clock.advance(10);
    }
  },
  async "a rate is shared by all lanes that name it: they start one after another"({ broker, clock }) {
    const sent = lanes(5, "r").map((limits, n) => message(clock, [n], { limits }));
    await broker.publish(sent, { limits: { r: tenth } });
    const workers = [new TestWorker(broker, clock, "w1"), new TestWorker(broker, clock, "w2")];
    const taken: unknown[] = [];
    for (let n = 0; n < 5; n++) {
      const deliveries = [...await workers[0]!.take(), ...await workers[1]!.take()];
      assertEquals(deliveries.length, 1);
      taken.push(...args(deliveries));
      await clock.advance(interval);
    }
    assertEquals(taken, [0, 1, 2, 3, 4]);
  },
  async "a limit with keys counts each key for itself"({ broker, clock }) {
    const sent = ["a", "a", "b", "b"].map((key, n) => message(clock, [n], { limits: [`r#${key}`] }));
    await broker.publish(sent, { limits: { r: tenth } });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()).sort(), [0, 2]);
    await clock.advance(interval);
    assertEquals(args(await worker.take()).sort(), [1, 3]);
  },
  async "a limit that nobody declared lets everything through, and the first publish() declares it"(
    { broker, clock },
  ) {
    const send = (n: number, concurrency?: number) =>
      broker.publish(
        [message(clock, [n], { limits: ["c"] })],
        concurrency === undefined ? {} : { limits: { c: { concurrency } } },
      );
    const worker = new TestWorker(broker, clock);
    for (const n of [1, 2]) await send(n);
    const held = await worker.take();
    assertEquals(args(held), [1, 2]);
    // What is leased already counts.
    await send(3, 3);
    await send(4, 5);
    assertEquals(args(await worker.take()), [3]);
    await worker.settle(held);
    assertEquals(args(await worker.take()), [4]);
  },
  async "what a worker declares goes before what was declared"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    assertEquals(args(await new TestWorker(broker, clock, "w1").take()), [1]);
    const worker = new TestWorker(broker, clock, "w2");
    assertEquals(args(await worker.take(5, { limits: { c: { concurrency: 2 } } })), [2]);
    await broker.publish([], { limits: { c: { concurrency: 9 } } });
    assertEquals(await worker.take(), []);
  },
  async "concurrency is for all workers together, and a settlement makes room in the same turn"(
    { broker, clock, another },
  ) {
    const sent = [1, 2, 3, 4].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 2 } } });
    const [one, two] = [new TestWorker(broker, clock, "w1"), new TestWorker(another(), clock, "w2")];
    const [held] = await one.take(1);
    assertEquals(args([held!]), [1]);
    const full = await two.exchange({ limit: 10 });
    assertEquals([args(full.deliveries), full.more], [[2], false]);
    assertEquals(await one.take(), []);
    const next = await one.exchange({ limit: 10, settlements: [one.success(held!)] });
    assertEquals([args(next.deliveries), next.more], [[3], false]);
  },
  async "concurrency has room again after a retry, and when a worker leaves or dies"({ broker, clock }) {
    const sent = ["a", "b", "c", "d"].map((name) => message(clock, [name], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const later = { retries: 1, eta: clock.now() + 3600 * second };
    assertEquals(args(await worker.take(10, { settlements: [worker.again(held!, later)] })), ["b"]);
    await worker.exchange({ leave: true });
    const dies = new TestWorker(broker, clock, "w2");
    assertEquals(args(await dies.take()), ["b"]);
    await clock.advance({ milliseconds: lease + 1 });
    const last = new TestWorker(broker, clock, "w3");
    const [back] = await last.take();
    assertEquals([back!.message.args, back!.deaths], [["b"], 1]);
    assertEquals(args(await last.take(10, { settlements: [last.success(back!)] })), ["c"]);
  },
  async "concurrency has room again once what was revoked is handed in, or its worker is gone"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await broker.control.revoke([sent[0]!.id]);
    await worker.settle(held);
    assertEquals(args(await worker.take()), [2]);
    await broker.control.revoke([sent[1]!.id]);
    await clock.advance({ milliseconds: lease + 1 });
    assertEquals(args(await new TestWorker(broker, clock, "w2").take()), [3]);
  },
  async "concurrency that 40 lanes share lets all of them go, one after another"({ broker, clock }) {
    const sent = lanes(40, "c").map((limits, n) => message(clock, [n], { limits }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    let reply = await worker.exchange({ limit: 1 });
    while (reply.deliveries.length > 0 || reply.more) {
      const held = reply.deliveries;
      assert(held.length <= 1);
      taken.push(...args(held));
      reply = await worker.exchange({ limit: 5, settlements: held.map((one) => worker.success(one)) });
    }
    assertEquals(taken, Array.from({ length: 40 }, (_, n) => n));
  },
  async "a place that the next lane cannot use is the one's behind it"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { a: { concurrency: 1 }, b: { concurrency: 1 } } });
    await broker.publish([
      message(clock, ["holds a"], { limits: ["a"] }),
      message(clock, ["holds b"], { limits: ["b"] }),
    ]);
    const [a, b] = await worker.take();
    await broker.publish([message(clock, ["both"], { limits: ["a", "b"] })]);
    await broker.publish([message(clock, ["a again"], { limits: ["a"] })]);
    assertEquals(await worker.take(), []);
    const [next] = await worker.take(10, { settlements: [worker.success(a!)] });
    assertEquals(next!.message.args, ["a again"]);
    assertEquals(await worker.take(10, { settlements: [worker.success(b!)] }), []);
    const settlements = [worker.success(next!)];
    assertEquals(args(await worker.take(10, { settlements })), ["both"]);
  },
  async "a place in two queues is used by whoever comes, and not kept for a queue that is paused"(
    { broker, clock },
  ) {
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { c: { concurrency: 1 } } });
    await broker.publish([message(clock, ["first"], { limits: ["c"] })]);
    const held = await worker.take();
    for (const queue of ["paused", "open"]) await broker.publish([message(clock, [queue], { queue, limits: ["c"] })]);
    const queues = ["paused", "open"];
    assertEquals(await worker.take(10, { queues }), []);
    await broker.control.pause("paused");
    const settlements = held.map((one) => worker.success(one));
    const next = await worker.take(10, { queues, settlements });
    assertEquals(args(next), ["open"]);
    await broker.control.resume("paused");
    assertEquals(await worker.take(10, { queues }), []);
    const last = next.map((one) => worker.success(one));
    assertEquals(args(await worker.take(10, { queues, settlements: last })), ["paused"]);
  },
  async "a rate is not used up by what concurrency keeps back"({ broker, clock }) {
    await broker.publish([message(clock, [1], { limits: ["r", "c"] }), message(clock, [2], { limits: ["r"] })], {
      limits: { r: tenth, c: { concurrency: 0 } },
    });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [2]);
    await clock.advance(interval);
    await broker.control.limit("c", { concurrency: 1 });
    assertEquals(args(await worker.take()), [1]);
  },
  async "exchange() counts a lane's places once, however often it is repeated"({ broker, clock }) {
    const sent = [1, 2, 3, 4].map((n) => message(clock, [n], { limits: ["c", "r"] }));
    const limits = { c: { concurrency: 2 }, r: { rate: { limit: 10, period: second, burst: 4 } } };
    await broker.publish(sent, { limits });
    await broker.publish(sent, { limits });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), [1, 2]);
    assertEquals(args((await worker.repeat()).deliveries).sort(), [1, 2]);
    const next = await worker.take(10, { settlements: [worker.success(held[0]!)] });
    assertEquals(args(next), [3]);
    const again = await worker.repeat();
    assertEquals([args(again.deliveries), again.lost, again.more], [[3], [], false]);
    assertEquals(await worker.take(), []);
    const rest = [held[1]!, ...next].map((one) => worker.success(one));
    assertEquals(args(await worker.take(10, { settlements: rest })), [4]);
  },
  async "exchange() frees the place of a lost lease once"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } satisfies Limit } });
    const slow = new TestWorker(broker, clock, "slow");
    const held = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    const other = new TestWorker(broker, clock, "other");
    assertEquals(args(await other.take()), [1]);
    assertEquals((await slow.settle(held)).lost.length, 1);
    assertEquals(await slow.take(), []);
  },
  async "publish() refuses names of limits that are none, and limits that say what cannot be"({ broker, clock }) {
    const name = message(clock, [], { limits: ["two words"] });
    await assertRejects(() => broker.publish([name]), InvalidInput, "two words");
    const limits = { c: { concurrency: -1 } };
    await assertRejects(() => broker.publish([message(clock)], { limits }), InvalidInput, "concurrency");
    const worker = new TestWorker(broker, clock);
    await assertRejects(() => worker.exchange({ limits }), InvalidInput, "concurrency");
  },
};
