/**
 * Limits that are set while everything runs, and who is told.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Delivery } from "../../ports/turn.ts";
import type { Limit } from "../../ports/limits.ts";
import { InvalidInput } from "../../errors.ts";
import type { Cases } from "../case.ts";
import { args, message, second, TestWorker } from "../test_worker.ts";

/** One a second. */
const slow = { rate: { limit: 1, period: second, burst: 1 } };

/** Signals of a worker that has heard all there was to hear so far. */
async function listen(broker: Broker, worker: TestWorker) {
  const stop = new AbortController();
  const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
  await signals.next();
  return {
    next: () => signals.next(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await signals.return?.(undefined);
    },
  };
}

/** What the next turns bring, as long as one says that there is more: what was revoked may be found only in taking it. */
async function takeSoon(worker: TestWorker): Promise<readonly Delivery[]> {
  for (let turns = 0; turns < 5; turns++) {
    const { deliveries, more } = await worker.exchange({ limit: 5 });
    if (deliveries.length > 0 || !more) return deliveries;
  }
  return [];
}

/** Limits that are set while everything runs, and who is told. */
export const setLimits: Cases = {
  async "limit() counts at once, over what is declared, until it is taken back"({ broker, clock, another }) {
    const sent = [1, 2, 3, 4, 5, 6].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [1]);
    await another().control.limit("c", { concurrency: 3 });
    assertEquals(args(await worker.take()), [2, 3]);
    // What a worker declares now is for when that is taken back.
    assertEquals(await worker.take(10, { limits: { c: { concurrency: 5 } } }), []);
    await broker.control.limit("c", undefined);
    assertEquals(args(await worker.take()), [4, 5]);
    await broker.control.limit("c", { concurrency: 1 });
    assertEquals(await worker.take(), []);
  },
  async "limit() of a key is for that key alone, and each member counts for itself"({ broker, clock }) {
    const sent = ["a", "a", "b", "b"].map((key, n) => message(clock, [n], { limits: [`g#${key}`] }));
    await broker.publish(sent, { limits: { g: { concurrency: 1, ...slow } } });
    await broker.control.limit("g#a", { concurrency: 2 });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()).sort(), [0, 2]);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [1]);
  },
  async "limit() of concurrency 0 pauses a group, and the others go on"({ broker, clock }) {
    const sent = ["acme", "acme", "zoo", "zoo"].map((key) => message(clock, [key], { limits: [`group:bulk#${key}`] }));
    await broker.control.limit("group:bulk#acme", { concurrency: 0 });
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const reply = await worker.exchange({ limit: 10 });
    assertEquals([args(reply.deliveries), reply.more], [["zoo", "zoo"], false]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 2);
    await broker.control.limit("group:bulk#acme", undefined);
    assertEquals(args(await worker.take()), ["acme", "acme"]);
  },
  async "limit() of another rate counts from now on: nobody waits by the old one"({ broker, clock }) {
    const rate = { limit: 1, period: 3600 * second, burst: 1 };
    const sent = [1, 2, 3, 4].map((n) => message(clock, [n], { limits: ["r"] }));
    await broker.publish(sent, { limits: { r: { rate } } });
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [1]);
    assertEquals(await worker.take(), []);
    await broker.control.limit("r", slow);
    const next = await worker.exchange({ limit: 10 });
    assertEquals([args(next.deliveries), next.wakeAt], [[2], clock.now() + 1000]);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [3]);
    await broker.control.limit("r", { rate: { ...slow.rate, period: 10 * slow.rate.period } });
    assertEquals(args(await worker.take()), [4]);
  },
  async "limit() of another size of batches gives what is enough now"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n], { limits: ["b"] }));
    await broker.publish(sent, { limits: { b: { batch: { size: 5, wait: 3600 * second } } } });
    const worker = new TestWorker(broker, clock);
    assertEquals(await worker.take(), []);
    await broker.control.limit("b", { batch: { size: 2, wait: second } });
    assertEquals(args(await worker.take()), [1, 2]);
  },
  async "limit() that is repeated changes nothing"({ broker, clock }) {
    await broker.publish([1, 2].map((n) => message(clock, [n], { limits: ["r"] })));
    await broker.control.limit("r", slow);
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [1]);
    await broker.control.limit("r", slow);
    assertEquals(await worker.take(), []);
    await broker.control.limit("none", undefined);
  },
  async "limit() refuses what is no name and what cannot be"({ broker }) {
    const { control } = broker;
    await assertRejects(() => control.limit("two words", { concurrency: 1 }), InvalidInput, "two words");
    const wrong: [field: string, limit: Limit][] = [
      ["concurrency", { concurrency: -1 }],
      ["concurrency", { concurrency: 1.5 }],
      ["rate.limit", { rate: { limit: 0, period: second, burst: 1 } }],
      ["rate.period", { rate: { limit: 1, period: 0, burst: 1 } }],
      ["rate.burst", { rate: { limit: 1, period: second, burst: 0 } }],
      ["batch.size", { batch: { size: 0, wait: 1 } }],
      ["batch.wait", { batch: { size: 1, wait: -1 } }],
      ["concurency", { concurency: 1 } as Limit],
    ];
    for (const [field, limit] of wrong) await assertRejects(() => control.limit("c", limit), InvalidInput, field);
    assertEquals(await broker.inspector.limits(), []);
  },
  async "inspector lists what is declared and what was set"({ broker, clock, another }) {
    await broker.publish([message(clock, [], { limits: ["b"] })], { limits: { b: { concurrency: 2 } } });
    await new TestWorker(broker, clock).exchange({ limits: { a: slow } });
    await another().control.limit("b", { concurrency: 0 });
    await another().control.limit("b#acme", { concurrency: 1 });
    assertEquals(await broker.inspector.limits(), [
      { name: "a", ...slow },
      { name: "b", concurrency: 2, set: { concurrency: 0 } },
      { name: "b#acme", set: { concurrency: 1 } },
    ]);
    await broker.control.limit("b#acme", undefined);
    await broker.control.limit("b", undefined);
    assertEquals(await broker.inspector.limits(), [{ name: "a", ...slow }, { name: "b", concurrency: 2 }]);
  },
  async "limit() wakes a worker that waits for the lanes it lets go"({ broker, clock, another }) {
    await broker.control.limit("c", { concurrency: 0 });
    const worker = new TestWorker(broker, clock);
    await using heard = await listen(broker, worker);
    await broker.publish([message(clock, ["hello"], { limits: ["c"] })]);
    assertEquals(await worker.take(5, { park: true }), []);
    await another().control.limit("c", { concurrency: 1 });
    await heard.next();
    const held = await worker.take();
    // What was offered by a signal is held already.
    assertEquals(args(held.length > 0 ? held : (await worker.exchange()).deliveries), ["hello"]);
  },
  async "exchange() wakes another worker when it leaves a place to a lane and does not take it"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const busy = new TestWorker(broker, clock, "busy");
    const held = await busy.take();
    const idle = new TestWorker(broker, clock, "idle");
    assertEquals(await idle.take(5, { park: true }), []);
    await using heard = await listen(broker, idle);
    await busy.settle(held);
    await heard.next();
    assertEquals(args(await idle.take()), [2]);
  },
  async "exchange() tells other workers when a lane waits for a time that only it knows"({ broker, clock }) {
    const names = ["c", "r"];
    await broker.publish([1, 2].map((n) => message(clock, [n], { limits: names })), {
      limits: { c: { concurrency: 1 }, r: slow },
    });
    const busy = new TestWorker(broker, clock, "busy");
    const held = await busy.take();
    const idle = new TestWorker(broker, clock, "idle");
    assertEquals(await idle.take(5, { park: true }), []);
    await using heard = await listen(broker, idle);
    assertEquals(await busy.take(5, { settlements: held.map((one) => busy.success(one)) }), []);
    await heard.next();
    const { wakeAt } = await idle.exchange({ limit: 5, park: true });
    assertEquals(wakeAt, clock.now() + second);
  },
  async "revoke() of a lane's only message lets the next lane have its place"({ broker, clock }) {
    const limits = (key: string) => ["c", `k#${key}`];
    const sent = ["a", "b", "c"].map((key) => message(clock, [key], { limits: limits(key) }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(await worker.take(), []);
    await broker.control.revoke([sent[1]!.id]);
    await worker.settle(held);
    assertEquals(args(await takeSoon(worker)), ["c"]);
  },
  async "revoke() of what waits for one limit leaves its place at another to the next lane"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { a: { concurrency: 1 }, b: { concurrency: 1 } } });
    await broker.publish(["a", "b"].map((name) => message(clock, [name], { limits: [name] })));
    const [a, b] = await worker.take();
    const sent = ["first", "second"].map((name) => message(clock, [name], { limits: ["a", "b", `k#${name}`] }));
    await broker.publish(sent);
    assertEquals(await worker.take(), []);
    assertEquals(await worker.take(5, { settlements: [worker.success(a!)] }), []);
    await broker.control.revoke([sent[0]!.id]);
    await worker.settle([b!]);
    assertEquals(args(await takeSoon(worker)), ["second"]);
  },
};
