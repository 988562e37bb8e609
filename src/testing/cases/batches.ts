/**
 * Batches: what a lane gives at once.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { args, lease, message, second, TestWorker } from "../test_worker.ts";

/** Three at once, or what is there after a second. */
const three = { batch: { size: 3, wait: second } };

async function send(broker: Broker, clock: ManualClock, numbers: readonly number[], names: string[] = ["b"]) {
  const limits = { b: three, c: { concurrency: 2 }, r: { rate: { limit: 1, period: second, burst: 2 } } };
  await broker.publish(numbers.map((n) => message(clock, [n], { limits: names })), { limits });
}

/** Batches: what a lane gives at once. */
export const batches: Cases = {
  async "a batch is given as soon as it is full, and uses one place of the turn"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1, 2]);
    const early = await worker.exchange({ limit: 1 });
    assertEquals([early.deliveries, early.more, early.wakeAt], [[], false, clock.now() + second]);
    await send(broker, clock, [3, 4]);
    const full = await worker.exchange({ limit: 1 });
    assertEquals([args(full.deliveries), full.more], [[1, 2, 3], false]);
  },
  async "a batch that is not full is given when its first one has waited long enough"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1]);
    await clock.advance(0.6);
    await send(broker, clock, [2]);
    assertEquals(await worker.take(), []);
    await clock.advance(0.4);
    assertEquals(args(await worker.take()), [1, 2]);
    await send(broker, clock, [3]);
    const next = await worker.exchange({ limit: 5 });
    assertEquals([next.deliveries, next.wakeAt], [[], clock.now() + second]);
  },
  async "what remains after a batch waits from then on"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1, 2, 3, 4, 5, 6, 7]);
    await clock.advance(0.5);
    assertEquals(args(await worker.take(1)), [1, 2, 3]);
    const next = await worker.exchange({ limit: 5 });
    assertEquals([args(next.deliveries), next.more, next.wakeAt], [[4, 5, 6], false, clock.now() + second]);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [7]);
  },
  async "a batch is smaller where concurrency or a rate allows fewer"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1, 2, 3, 4], ["b", "c"]);
    const held = await worker.take();
    assertEquals(args(held), [1, 2]);
    await worker.settle(held);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [3, 4]);
    await send(broker, clock, [5, 6, 7, 8], ["b", "r"]);
    assertEquals(args(await worker.take()), [5, 6]);
  },
  async "each of a batch is settled by itself"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1, 2, 3]);
    const [one, two] = await worker.take(1);
    await worker.exchange({ settlements: [worker.success(one!), worker.again(two!, { retries: 1 }, true)] });
    await clock.advance({ milliseconds: lease - 1 });
    await worker.exchange();
    assertEquals(args(await worker.take()), [2]);
    assertEquals((await broker.inspector.workers())[0]!.holds, 2);
  },
  async "batches of several lanes use a place each"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    for (const key of ["x", "y", "z"]) await send(broker, clock, [1, 2, 3], [`b#${key}`]);
    const reply = await worker.exchange({ limit: 2 });
    assertEquals([reply.deliveries.length, reply.more], [6, true]);
    assertEquals((await worker.take(2)).length, 3);
  },
  async "messages of a batch that are due together come together"({ broker, clock }) {
    const eta = clock.now() + second;
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["b"], eta }));
    await broker.publish(sent, { limits: { b: three } });
    await clock.advance(1);
    assertEquals(args(await new TestWorker(broker, clock).take(1)).sort(), [1, 2, 3]);
  },
  async "revoke() of one of a batch: the others are given without it"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["b"] }));
    await broker.publish(sent, { limits: { b: three } });
    await broker.control.revoke([sent[1]!.id]);
    const worker = new TestWorker(broker, clock);
    // At once, or once they have waited: a broker may find only when it takes them that one was revoked.
    const early = await worker.take();
    await clock.advance(1);
    assertEquals(args([...early, ...await worker.take()]), [1, 3]);
  },
  async "a batch lane whose head rests until its eta gives nothing before, however full it becomes"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await send(broker, clock, [1]);
    await clock.advance(1);
    const [held] = await worker.take();
    const eta = clock.now() + 40 * second;
    await worker.exchange({ settlements: [worker.again(held!, { eta, retries: 1 }, true)] });
    await send(broker, clock, [2, 3, 4]);
    assertEquals(await worker.take(), []);
    await broker.control.limit("b", { batch: { size: 2, wait: 1 } });
    await clock.advance(39.9);
    assertEquals(await worker.take(), []);
    await clock.advance(0.1);
    assertEquals(args(await worker.take(1)), [1, 2]);
  },
};
