/**
 * Revoking, purging, counting.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Cases } from "../case.ts";
import { args, first, lease, message, second, states, TestWorker } from "../test_worker.ts";

/** The first argument of what workers hold. */
async function running(broker: Broker, queue?: string): Promise<unknown[]> {
  const held = new Map<string, unknown>();
  for await (const messages of broker.inspector.running(queue)) {
    for (const { id, args } of messages) held.set(id, args[0]);
  }
  return [...held.values()];
}

/** Revoking, purging, counting. */
export const control: Cases = {
  async "revoke() of a waiting task: it is never run"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    await broker.publish(sent);
    assertEquals(await broker.control.revoke([sent[1]!.id]), ["revoked"]);
    assertEquals(await states(broker, sent), ["QUEUED", "REVOKED", "QUEUED"]);
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [1, 3]);
    assertEquals(await worker.take(), []);
  },
  async "revoke() of a delayed task: it is never run"({ broker, clock }) {
    const sent = message(clock, [1], { eta: clock.now() + second });
    await broker.publish([sent]);
    assertEquals(await broker.control.revoke([sent.id]), ["revoked"]);
    await clock.advance(2);
    const worker = new TestWorker(broker, clock);
    assertEquals([...await worker.take(), ...await worker.take()], []);
    assertEquals(await states(broker, [sent]), ["REVOKED"]);
  },
  async "revoke() of a running task: its worker is told, and its outcome changes nothing"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(await broker.control.revoke([sent.id]), ["revoked"]);
    assertEquals((await worker.exchange()).revoked, [held[0]!.lease]);
    assertEquals((await worker.settle(held)).lost, []);
    assertEquals(await states(broker, [sent]), ["REVOKED"]);
    assertEquals((await worker.exchange({ limit: 5 })).revoked, []);
  },
  async "revoke() of a task that is about to be retried: it is not"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    await broker.control.revoke([sent.id]);
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    assertEquals([...await worker.take(), ...await worker.take()], []);
    assertEquals(await states(broker, [sent]), ["REVOKED"]);
  },
  async "revoke() of a task whose worker died: it does not come back"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    await new TestWorker(broker, clock, "dead").take();
    await broker.control.revoke([sent.id]);
    await clock.advance({ milliseconds: lease + 1 });
    const worker = new TestWorker(broker, clock);
    assertEquals([...await worker.take(), ...await worker.take()], []);
  },
  async "revoke() of what ended, of nothing, and twice"({ broker, clock }) {
    const [ended, waiting] = [message(clock, [1]), message(clock, [2])];
    await broker.publish([ended]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    await broker.publish([waiting]);
    assertEquals(await broker.control.revoke([ended.id, waiting.id, "nobody"]), ["ended", "revoked", "unknown"]);
    assertEquals(await broker.control.revoke([waiting.id]), ["revoked"]);
    assertEquals(await states(broker, [ended, waiting]), ["SUCCESS", "REVOKED"]);
  },
  async "revoke() with terminate: its worker is told so, by each turn until it is settled"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await broker.control.revoke([sent[0]!.id], { terminate: true });
    await broker.control.revoke([sent[1]!.id]);
    for (let turns = 0; turns < 2; turns++) {
      const { revoked, terminated = [] } = await worker.exchange();
      assertEquals([new Set(revoked), terminated], [new Set([one!.lease, two!.lease]), [one!.lease]]);
    }
    await worker.settle([one!, two!]);
    const { revoked, terminated = [] } = await worker.exchange();
    assertEquals([revoked, terminated], [[], []]);
  },
  async "revoke() with terminate of what was revoked without: it counts too"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    for (const terminate of [false, true, false]) {
      assertEquals(await broker.control.revoke([sent.id], { terminate }), ["revoked"]);
    }
    assertEquals((await worker.exchange()).terminated, [held!.lease]);
    await worker.settle([held!]);
    // Nobody holds it any more: there is nothing to be told, and nothing to be remembered.
    assertEquals(await broker.control.revoke([sent.id], { terminate: true }), ["revoked"]);
    await broker.publish([message(clock, [2])]);
    assertEquals(args(await worker.take()), [2]);
    assertEquals((await worker.exchange()).revoked, []);
  },
  async "inspector tells the children of tasks"({ broker, clock }) {
    const [root, other, nobody] = [message(clock), message(clock, [], { id: "mine" }), message(clock)];
    await broker.publish([root, other]);
    const send = (parentId: string, n: number) =>
      Array.from({ length: n }, () => message(clock, [], { parentId, rootId: root.id }));
    const first = send(root.id, 600);
    await broker.publish([...first, ...send("mine", 1)]);
    await broker.publish(first.slice(0, 2));
    const second = send(root.id, 1);
    await broker.publish(second);
    const [ofRoot, ofOther, ofNobody] = await broker.inspector.children([root.id, "mine", nobody.id]);
    assertEquals(ofRoot!.sort(), [...first, ...second].map(({ id }) => id).sort());
    assertEquals([ofOther!.length, ofNobody], [1, []]);
    assertEquals(await broker.inspector.children([]), []);
  },
  async "revoke() with tree: what its handler sends from then on never starts"({ broker, clock }) {
    const root = message(clock, ["root"]);
    await broker.publish([root]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const child = (n: number) => message(clock, [n], { parentId: root.id, rootId: root.id });
    const [before, after, later, other] = [child(1), child(2), child(3), message(clock, ["other"])];
    await broker.publish([before]);
    await broker.control.revoke([root.id]);
    await broker.publish([after]);
    assertEquals(await broker.control.revoke([root.id], { tree: true }), ["revoked"]);
    const sent = [later, other];
    for (let times = 0; times < 2; times++) {
      assertEquals(await broker.publish(sent), sent.map(({ id }) => ({ id, status: "added" })));
    }
    const [record] = await broker.fetch([later.id]);
    assertEquals([record!.state, record!.reason, record!.finishedAt], ["REVOKED", "parent_revoked", clock.now()]);
    assertEquals(args(await worker.take()), [1, 2, "other"]);
    assertEquals((await broker.inspector.children([root.id]))[0]!.length, 3);
    await worker.settle(held);
    const last = child(4);
    await broker.publish([last]);
    assertEquals(await states(broker, [root, last]), ["REVOKED", "REVOKED"]);
  },
  async "publish() of a child whose parent is not known adds it"({ broker, clock }) {
    const child = message(clock, [1], { parentId: message(clock).id });
    assertEquals(await broker.publish([child]), [{ id: child.id, status: "added" }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1]);
  },
  async "inspector tells what workers hold, of one queue or of all"({ broker, clock }) {
    assertEquals(await running(broker), []);
    await broker.publish([
      ...Array.from({ length: 600 }, (_, n) => message(clock, [n])),
      message(clock, ["x"], { queue: "x" }),
      message(clock, ["gone"], { queue: "x" }),
      message(clock, ["waits"], { queue: "other" }),
    ]);
    const workers = [new TestWorker(broker, clock, "w1"), new TestWorker(broker, clock, "w2")];
    await workers[0]!.take(500);
    await workers[0]!.take(500);
    const [, gone] = await workers[1]!.take(5, { queues: ["x"] });
    await broker.control.revoke([gone!.message.id]);
    assertEquals(await running(broker, "x"), ["x"]);
    assertEquals((await running(broker)).length, 601);
    assertEquals(await running(broker, "nobody"), []);
    await workers[1]!.exchange({ leave: true });
    assertEquals(await running(broker, "x"), []);
  },
  async "inspector tells of large messages that a worker holds"({ broker, clock }) {
    await broker.publish(Array.from({ length: 9 }, (_, n) => message(clock, [n, "x".repeat(900_000)])));
    const worker = new TestWorker(broker, clock);
    for (let turns = 0; turns < 9; turns++) await worker.take(1);
    assertEquals((await running(broker)).length, 9);
  },
  async "purge() revokes all that waits in a queue, now or later, and nothing else"({ broker, clock }) {
    const now = Array.from({ length: 700 }, (_, n) => message(clock, [n]));
    const later = message(clock, ["later"], { eta: clock.now() + 60 * second });
    const other = message(clock, ["other"], { queue: "other" });
    await broker.publish([...now, later, other]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take(1);
    assertEquals(await broker.control.purge("default"), 700);
    assertEquals((await states(broker, [now[0]!, now[699]!, later, other])).slice(1), ["REVOKED", "REVOKED", "QUEUED"]);
    assertEquals(await worker.take(), []);
    await worker.settle(held);
    assertEquals(await states(broker, [now[0]!]), ["SUCCESS"]);
    assertEquals(await broker.control.purge("default"), 0);
  },
  async "inspector counts what waits and is delayed in each queue"({ broker, clock }) {
    await broker.publish([
      message(clock, [1], { queue: "b" }),
      message(clock, [2], { queue: "b", priority: 9 }),
      message(clock, [3], { queue: "a", eta: clock.now() + 60 * second }),
    ]);
    assertEquals(await broker.inspector.queues(), [
      { name: "a", waiting: 0, delayed: 1, paused: false },
      { name: "b", waiting: 2, delayed: 0, paused: false },
    ]);
  },
  async "inspector tells since when the one that has waited longest may be taken"({ broker, clock }) {
    const oldest = async () =>
      (await broker.inspector.queues({ oldest: true })).map(({ name, oldest }) => [name, oldest]);
    const start = clock.now();
    await broker.publish([
      message(clock, [1], { queue: "a", eta: start + 10 * second }),
      message(clock, [2], { queue: "b", priority: 2 }),
    ]);
    await clock.advance(20);
    await broker.publish([message(clock, [3], { queue: "b", priority: 9 }), message(clock, [4], { queue: "c" })]);
    await broker.publish([message(clock, [5], { queue: "c", lifo: true })]);
    const worker = new TestWorker(broker, clock);
    // Somebody's turn has made it due.
    await worker.take(0, { queues: ["a"] });
    assertEquals(await oldest(), [["a", start + 10 * second], ["b", start], ["c", start + 20 * second]]);
    await worker.take(5, { queues: ["a"] });
    assertEquals((await oldest())[0], ["a", undefined]);
  },
  async "inspector names workers with what they hold and serve"({ broker, clock }) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    await new TestWorker(broker, clock, "busy@a").take();
    await new TestWorker(broker, clock, "idle@b").take(5, { queues: ["x", "default"] });
    const workers = await broker.inspector.workers();
    assertEquals(workers.map(({ name, holds, queues }) => ({ name, holds, queues })), [
      { name: "busy@a", holds: 2, queues: ["default"] },
      { name: "idle@b", holds: 0, queues: ["x", "default"] },
    ]);
    for (const { aliveUntil } of workers) assertEquals(aliveUntil > clock.now(), true);
  },
  async "revoke() is told by another connection too"({ broker, clock, another }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    assertEquals(await another().control.revoke([sent.id]), ["revoked"]);
    assertEquals((await worker.exchange()).revoked, [held!.lease]);
  },
  async "revoke() is signalled to the worker of a task that was taken a moment ago"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    await worker.take();
    const stop = new AbortController();
    const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal });
    const ids = sent.map(({ id }) => id);
    const revoking: Promise<unknown>[] = [];
    // What is told at the first wake may be lost: the stream need not be open yet.
    await first(signals, (signal) => {
      const id = signal.kind === "wake" ? ids.shift() : undefined;
      if (id !== undefined) revoking.push(broker.control.revoke([id]));
      return signal.kind === "revoked";
    });
    await Promise.all(revoking);
    stop.abort();
  },
  async "revoke() of a task whose worker leaves: it does not come back"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    await worker.take();
    await broker.control.revoke([sent.id]);
    await worker.exchange({ leave: true });
    assertEquals(await new TestWorker(broker, clock, "w2").take(), []);
    assertEquals(await states(broker, [sent]), ["REVOKED"]);
  },
  async "revoke() of 300 tasks at once"({ broker, clock }) {
    const sent = Array.from({ length: 300 }, (_, n) => message(clock, [n]));
    await broker.publish(sent);
    const ids = sent.slice(0, 299).map(({ id }) => id);
    assertEquals(new Set(await broker.control.revoke(ids)), new Set(["revoked"]));
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 4; turns++) taken.push(...args(await worker.take(100)));
    assertEquals(taken, [299]);
  },
  async "purge() of an empty queue revokes nothing"({ broker }) {
    assertEquals(await broker.control.purge("nothing"), 0);
  },
  async "inspector counts in a worker's holds what it took, and not what it settled"({ broker, clock }) {
    await broker.publish([1, 2, 3].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await worker.settle(held.slice(1));
    assertEquals((await broker.inspector.workers()).map(({ holds }) => holds), [1]);
  },
  async "pause() takes nothing from a queue on any worker, and resume() goes on where it was"(
    { broker, clock, another },
  ) {
    await broker.publish([message(clock, [1])]);
    await broker.control.pause("default");
    await broker.control.pause("default");
    await broker.publish([message(clock, [2]), message(clock, ["due"], { eta: clock.now() + second })]);
    await broker.publish([message(clock, ["other"], { queue: "other" })]);
    await clock.advance(2);
    const workers = [new TestWorker(broker, clock, "w1"), new TestWorker(another(), clock, "w2")];
    for (const worker of workers) {
      const { deliveries, more } = await worker.exchange({ limit: 5, park: true });
      assertEquals([deliveries, more], [[], false]);
    }
    assertEquals(args(await workers[0]!.take(5, { queues: ["default", "other"] })), ["other"]);
    const [queue] = await broker.inspector.queues();
    assertEquals([queue!.name, queue!.waiting + queue!.delayed, queue!.paused], ["default", 3, true]);
    await another().control.resume("default");
    assertEquals(args(await workers[1]!.take()), [1, 2, "due"]);
    assertEquals((await broker.inspector.queues())[0]!.paused, false);
  },
  async "resume() wakes a worker that parked while the queue was paused"({ broker, clock, another }) {
    await broker.control.pause("default");
    const worker = new TestWorker(broker, clock);
    const stop = new AbortController();
    const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
    await signals.next();
    await broker.publish([message(clock, ["hello"])]);
    assertEquals(await worker.take(5, { park: true }), []);
    await another().control.resume("default");
    await signals.next();
    assertEquals(args(await worker.take()), ["hello"]);
    stop.abort();
    await signals.return?.(undefined);
  },
  async "pause() lets what runs go on, and come back to its queue"({ broker, clock }) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await broker.control.pause("default");
    await worker.exchange({ settlements: [worker.success(one!), worker.again(two!, { retries: 1 })] });
    assertEquals(await worker.take(), []);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
    assertEquals(await broker.control.purge("default"), 1);
    await broker.control.resume("default");
    assertEquals(await worker.take(), []);
  },
};
