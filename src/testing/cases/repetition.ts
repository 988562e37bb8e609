/**
 * Requests that come twice, late, or whose answer was lost.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput } from "../../errors.ts";
import type { Cases } from "../case.ts";
import { args, byLease, lease, message, states, TestWorker } from "../test_worker.ts";

/** Requests that come twice, late, or whose answer was lost. */
export const repetition: Cases = {
  async "exchange() of the same number brings the same deliveries and takes no more"({ broker, clock }) {
    await broker.publish([1, 2, 3].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take(2);
    const repeated = (await worker.repeat()).deliveries;
    assertEquals(byLease(repeated), byLease(deliveries));
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1, delayed: 0, paused: false }]);
  },
  async "exchange() of the same number settles once"({ broker, clock }) {
    const sent = [message(clock, [1]), message(clock, [2])];
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await worker.exchange({ settlements: [worker.success(one!), worker.again(two!, { retries: 1 })] });
    const { lost } = await worker.repeat();
    assertEquals(lost, []);
    assertEquals(await states(broker, sent), ["SUCCESS", "RETRY"]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
  },
  async "exchange() of the same number names the same as lost"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const slow = new TestWorker(broker, clock, "slow");
    const held = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "other").take();
    const { lost } = await slow.settle(held);
    assertEquals((await slow.repeat()).lost, lost);
  },
  async "exchange() of a lower number changes nothing and is refused"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const old = worker.turn({ settlements: held.map((one) => worker.success(one)) });
    await worker.exchange({ settlements: held.map((one) => worker.again(one, { retries: 1 })) });
    await assertRejects(() => broker.exchange(old), InvalidInput);
    assertEquals(await states(broker, [sent]), ["RETRY"]);
  },
  async "exchange() delivers again what the worker holds without knowing"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    const [lost] = await worker.take();
    worker.holds = [];
    const [again] = await worker.take(0);
    assertEquals([again!.lease, again!.message.id, again!.deaths], [lost!.lease, lost!.message.id, 0]);
  },
  async "exchange() that leaves can be repeated, and an earlier turn that comes late is refused"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    await worker.take();
    const late = worker.last!;
    await worker.exchange({ leave: true });
    await worker.repeat();
    await assertRejects(() => broker.exchange(late), InvalidInput);
    assertEquals(await broker.inspector.workers(), []);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
  },
  async "exchange() of the same number delivers no more than the worker does not know"({ broker, clock }) {
    await broker.publish([1, 2, 3].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    await worker.take(1);
    const second = await worker.take(1);
    const again = await worker.repeat();
    assertEquals(again.deliveries.map((one) => one.lease), second.map((one) => one.lease));
    assertEquals((await broker.inspector.workers())[0]!.holds, 2);
  },
  async "exchange() counts what the worker holds without knowing towards its limit"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    await worker.take(2);
    worker.holds = [];
    assertEquals(args(await worker.take(3)).sort(), [1, 2, 3]);
  },
  async "exchange() that was lost on its way is made up for by the next one"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const settlements = held.map((one) => worker.success(one));
    // This one never arrives.
    worker.turn({ settlements });
    assertEquals((await worker.exchange({ settlements })).lost, []);
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
};
