/**
 * Signals.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Delivery } from "../../ports/turn.ts";
import type { Cases } from "../case.ts";
import { args, first, message, TestWorker } from "../test_worker.ts";

/** Signals. */
export const signals: Cases = {
  async "watch() tells a parked worker of a new message"({ broker, clock, another }) {
    const worker = new TestWorker(broker, clock);
    const stop = new AbortController();
    const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal });
    const iterator = signals[Symbol.asyncIterator]();
    // The first one says: look now.
    assertEquals((await iterator.next()).value.kind, "wake");
    await worker.exchange({ limit: 5, park: true });
    const deliveries: Delivery[] = [];
    await another().publish([message(clock, ["hello"])]);
    await first({ [Symbol.asyncIterator]: () => iterator }, (signal) => {
      if (signal.kind === "delivery") deliveries.push(...signal.deliveries);
      return true;
    });
    // Wherever it came from, it is there: in the signal, or with the next turn.
    worker.holds = deliveries.map((one) => one.lease);
    for (let turns = 0; deliveries.length === 0 && turns < 100; turns++) {
      deliveries.push(...await worker.take(5));
    }
    assertEquals(args(deliveries), ["hello"]);
    assertEquals((await worker.settle(deliveries)).lost, []);
    stop.abort();
    await iterator.return?.(undefined);
  },
  async "watch() of a task tells of its end, with its record"({ broker, clock, another }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const heard = first(another().watch([{ task: sent.id }], { signal: stop.signal }), ({ kind }) => kind === "ended");
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    // Whether the watcher is there by now or not: it is told.
    await worker.settle(held);
    const signal = await heard;
    assertEquals(signal.kind === "ended" && [signal.id, signal.record?.result], [sent.id, 3]);
    stop.abort();
  },
  async "watch() of a task that has ended tells at once"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    const stop = new AbortController();
    const signal = await first(
      broker.watch([{ task: sent.id }], { signal: stop.signal }),
      ({ kind }) => kind === "ended",
    );
    assertEquals(signal.kind === "ended" && signal.id, sent.id);
    stop.abort();
  },
  async "watch() of a task tells when it is revoked"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const heard = first(broker.watch([{ task: sent.id }], { signal: stop.signal }), ({ kind }) => kind === "ended");
    await broker.control.revoke([sent.id]);
    const signal = await heard;
    assertEquals(signal.kind === "ended" && signal.record?.state, "REVOKED");
    stop.abort();
  },
  async "watch() ends when its signal is aborted"({ broker }) {
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { kind } of broker.watch([{ worker: "w1" }], { signal: stop.signal })) {
      seen.push(kind);
      stop.abort();
    }
    assertEquals(seen, ["wake"]);
    for await (const _ of broker.watch([{ worker: "w1" }, { task: "t" }], { signal: stop.signal })) seen.push("never");
    assertEquals(seen, ["wake"]);
  },
  async "a message that was offered by a signal and never taken up comes back, to whoever asks"({ broker, clock }) {
    const parked = new TestWorker(broker, clock, "parked");
    const stop = new AbortController();
    const iterator = broker.watch([{ worker: parked.name }], { signal: stop.signal })[Symbol.asyncIterator]();
    await iterator.next();
    await parked.exchange({ limit: 5, park: true });
    await broker.publish([message(clock, ["offered"])]);
    const other = new TestWorker(broker, clock, "other");
    await clock.advance(6);
    const deliveries = await other.take();
    assertEquals(deliveries.map((one) => [one.message.args[0], one.deaths]), [["offered", 0]]);
    stop.abort();
    await iterator.return?.(undefined);
  },
  async "watch() of several tasks tells of each end once"({ broker, clock, another }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await worker.settle(held.slice(0, 1));
    const stop = new AbortController();
    const ends: string[] = [];
    const topics = sent.map(({ id }) => ({ task: id }));
    const heard = first(another().watch(topics, { signal: stop.signal }), (signal) => {
      if (signal.kind === "ended") ends.push(signal.id);
      return ends.length === 3;
    });
    await worker.settle(held.slice(1, 2));
    await broker.control.revoke([sent[2]!.id]);
    await heard;
    assertEquals(ends.sort(), sent.map(({ id }) => id).sort());
    stop.abort();
  },
  async "watch() of a task that is put back tells nothing until its end"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const heard = first(broker.watch([{ task: sent.id }], { signal: stop.signal }), ({ kind }) => kind === "ended");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    await worker.settle(await worker.take(), { result: "second try" });
    const signal = await heard;
    assertEquals(signal.kind === "ended" && signal.record?.result, "second try");
    stop.abort();
  },
  async "watch() of a task's updates tells what it is, each report, each time it is put back, and its end"(
    { broker, clock, another },
  ) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const watched = another().watch([{ task: sent.id, updates: true }], { signal: stop.signal });
    const open = watched[Symbol.asyncIterator]();
    const heard = (state: string) =>
      first(
        { [Symbol.asyncIterator]: () => ({ next: () => open.next() }) },
        (signal) => (signal.kind === "changed" || signal.kind === "ended") && signal.record?.state === state,
      );
    assertEquals((await heard("QUEUED")).kind, "changed");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const { id, task, queue, sentAt, retries } = sent;
    const record = { id, task, queue, sentAt, retries, state: "PROGRESS", meta: { current: 1 } };
    await worker.exchange({ reports: [{ lease: held!.lease, record }] });
    const progress = await heard("PROGRESS");
    assertEquals(progress.kind === "changed" && [progress.id, progress.record!.meta], [id, { current: 1 }]);
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    assertEquals((await heard("RETRY")).kind, "changed");
    await worker.settle(await worker.take());
    assertEquals((await heard("SUCCESS")).kind, "ended");
    stop.abort();
  },
  async "watch() of a task's updates tells at once of one that has ended, and of no other task"({ broker, clock }) {
    const [done, other] = [message(clock, [1]), message(clock, [2])];
    await broker.publish([done, other]);
    const worker = new TestWorker(broker, clock);
    const [held, kept] = await worker.take();
    await worker.settle([held!]);
    const stop = new AbortController();
    const ids = new Set<string>();
    const heard = first(broker.watch([{ task: done.id, updates: true }], { signal: stop.signal }), (signal) => {
      if (signal.kind === "changed" || signal.kind === "ended") ids.add(signal.id);
      return signal.kind === "ended";
    });
    const { lease, record } = worker.again(kept!, {});
    await worker.exchange({ reports: [{ lease, record: { ...record, state: "STARTED" } }] });
    await heard;
    assertEquals([...ids], [done.id]);
    stop.abort();
  },
  async "watch() of a task's updates tells when it is revoked"({ broker, clock, another }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const states: unknown[] = [];
    await first(another().watch([{ task: sent.id, updates: true }], { signal: stop.signal }), (signal) => {
      if (signal.kind === "changed") void broker.control.revoke([sent.id]);
      if (signal.kind === "changed" || signal.kind === "ended") states.push(signal.record?.state);
      return signal.kind === "ended";
    });
    assertEquals(states, ["QUEUED", "REVOKED"]);
    stop.abort();
  },
};
