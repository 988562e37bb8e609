/**
 * Lanes: in which order they and what is in them go, and what becomes of them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Cases } from "../case.ts";
import { args, lease, message, second, states, TestWorker } from "../test_worker.ts";

/** Lanes: in which order they and what is in them go, and what becomes of them. */
export const lanes: Cases = {
  async "lanes take turns, and each gives its messages in order"({ broker, clock }) {
    const sent = ["a", "a", "a", "b", "b", "c"].map((key, n) =>
      message(clock, [`${key}${n}`], { limits: [`g#${key}`] })
    );
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const reply = await worker.exchange({ limit: 5 });
    assertEquals([args(reply.deliveries), reply.more], [["a0", "b3", "c5", "a1", "b4"], true]);
    assertEquals(args(await worker.take()), ["a2"]);
    const idle = await worker.exchange({ limit: 5 });
    assertEquals([idle.deliveries, idle.more], [[], false]);
  },
  async "a lane's only message starts next although another lane has 10,000"({ broker, clock }) {
    for (let sent = 0; sent < 10_000; sent += 2000) {
      await broker.publish(Array.from({ length: 2000 }, () => message(clock, ["many"], { limits: ["g#many"] })));
    }
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(7)), Array(7).fill("many"));
    await broker.publish([message(clock, ["one"], { limits: ["g#one"] })]);
    assertEquals(args(await worker.take(1)), ["one"]);
    await broker.publish([message(clock, ["one"], { limits: ["g#one"] })]);
    assertEquals(args(await worker.take(2)).sort(), ["many", "one"]);
  },
  async "a lane that comes again has no turns saved up"({ broker, clock }) {
    const send = (key: string, count: number) =>
      broker.publish(Array.from({ length: count }, () => message(clock, [key], { limits: [`g#${key}`] })));
    const worker = new TestWorker(broker, clock);
    await send("a", 1);
    await worker.take(1);
    await send("b", 20);
    await worker.take(10);
    await send("a", 3);
    const taken = args(await worker.take(6));
    assertEquals(taken.filter((key) => key === "a").length, 3);
    assertEquals(taken.slice(0, 2).sort(), ["a", "b"]);
  },
  async "lanes and plain messages of the same priority have about half of the room each"({ broker, clock }) {
    const plain = Array.from({ length: 20 }, () => message(clock, ["plain"]));
    const laned = Array.from({ length: 20 }, (_, n) => message(clock, ["laned"], { limits: [`g#${n % 2}`] }));
    await broker.publish([...plain, ...laned]);
    const worker = new TestWorker(broker, clock);
    const count = async (limit: number, turns = 1) => {
      let lanedOnes = 0;
      for (let turn = 0; turn < turns; turn++) {
        lanedOnes += args(await worker.take(limit)).filter((kind) => kind === "laned").length;
      }
      return lanedOnes;
    };
    assertEquals(await count(6), 3);
    assertEquals(await count(1, 4), 2);
    assertEquals(await count(20), 10);
  },
  async "what plain messages do not use of the room is for lanes, and the other way round"({ broker, clock }) {
    const some = (count: number, limits?: string[]) =>
      Array.from({ length: count }, () => message(clock, [limits ? "laned" : "plain"], limits ? { limits } : {}));
    const worker = new TestWorker(broker, clock);
    for (const [plain, laned] of [[2, 9], [9, 2]] as const) {
      await broker.publish([...some(plain), ...some(laned, ["g#a"])]);
      const reply = await worker.exchange({ limit: 11 });
      assertEquals([reply.deliveries.length, reply.more], [11, false]);
    }
  },
  async "the higher priority goes first, whether in lanes or not"({ broker, clock }) {
    const send = (priority: number, limits?: string[]) =>
      message(clock, [`${priority}${limits ? " laned" : ""}`], { priority, ...(limits ? { limits } : {}) });
    await broker.publish([send(0), send(3, ["g#a"]), send(5), send(7, ["g#a"]), send(9), send(1, ["g#b"])]);
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(3)), ["9", "7 laned", "5"]);
    assertEquals(args(await worker.take()), ["3 laned", "1 laned", "0"]);
  },
  async "a lane that is blocked keeps nobody back, and is told of by no turn"({ broker, clock }) {
    await broker.control.limit("shut", { concurrency: 0 });
    const blocked = Array.from({ length: 1500 }, (_, n) => message(clock, ["no"], { limits: ["shut", `g#${n}`] }));
    await broker.publish(blocked);
    await broker.publish([message(clock, ["yes"], { limits: ["g#yes"] }), message(clock, ["low"], { priority: 0 })]);
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    let more = true;
    for (let turns = 0; more && turns < 200; turns++) {
      const reply = await worker.exchange({ limit: 10 });
      taken.push(...args(reply.deliveries));
      more = reply.more;
    }
    assertEquals([taken.sort(), more], [["low", "yes"], false]);
    await broker.control.limit("shut", { concurrency: 1 });
    assertEquals((await worker.take()).length, 1);
  },
  async "lifo: the last one goes first, in its queue and in its lane"({ broker, clock }) {
    for (const limits of [undefined, ["g#a"]]) {
      const change = { lifo: true as const, ...(limits ? { limits } : {}) };
      await broker.publish([message(clock, ["usual"], limits ? { limits } : {})]);
      await broker.publish([1, 2].map((n) => message(clock, [n], change)));
      await broker.publish([message(clock, ["due"], { ...change, eta: clock.now() + second })]);
      await broker.publish([message(clock, ["low"], { ...change, priority: 0 })]);
      await clock.advance(2);
      const worker = new TestWorker(broker, clock, `w-${limits}`.replace("#", "-"));
      assertEquals(args(await worker.take()), ["due", 2, 1, "usual", "low"]);
    }
  },
  async "a delayed message joins the end of its lane when it is due"({ broker, clock }) {
    const eta = clock.now() + second;
    const limits = ["c"];
    await broker.publish([message(clock, ["later"], { limits, eta })], { limits: { c: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const early = await worker.exchange({ limit: 5 });
    assertEquals([early.deliveries, early.more, early.wakeAt], [[], false, eta]);
    await broker.publish([1, 2].map((n) => message(clock, [n], { limits })));
    await clock.advance(1);
    const taken: unknown[] = [];
    for (let held = await worker.take(); held.length > 0;) {
      taken.push(...args(held));
      held = await worker.take(5, { settlements: held.map((one) => worker.success(one)) });
    }
    assertEquals(taken, [1, 2, "later"]);
  },
  async "what a dead worker held, or one that leaves, comes back to the head of its lane"({ broker, clock }) {
    await broker.publish([1, 2, 3].map((n) => message(clock, [n], { limits: ["g#a"] })));
    await new TestWorker(broker, clock, "dead").take(2);
    await clock.advance({ milliseconds: lease + 1 });
    const leaves = new TestWorker(broker, clock, "leaves");
    assertEquals(args(await leaves.take(2)), [1, 2]);
    await leaves.exchange({ leave: true });
    assertEquals(args(await new TestWorker(broker, clock, "last").take()), [1, 2, 3]);
  },
  async "a hand-back goes to the head of its lane, a retry to its end"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4].map((n) => message(clock, [n], { limits: ["g#a"] })));
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take(2);
    await worker.exchange({ settlements: [worker.again(one!, { retries: 1 }), worker.again(two!, {}, true)] });
    assertEquals(args(await worker.take()), [2, 3, 4, 1]);
  },
  async "the head of a lane that is tried again later keeps back what is behind it, and nobody else"(
    { broker, clock },
  ) {
    const sent = ["a1", "a2", "b1"].map((name) => message(clock, [name], { limits: [`s#${name[0]}`] }));
    await broker.publish(sent, { limits: { s: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), ["a1", "b1"]);
    const eta = clock.now() + 5 * second;
    const settlements = [worker.again(held[0]!, { retries: 1, eta }, true), worker.success(held[1]!)];
    const reply = await worker.exchange({ limit: 5, settlements });
    assertEquals([reply.deliveries, reply.more, reply.wakeAt], [[], false, eta]);
    await broker.publish([message(clock, ["a3"], { limits: ["s#a"] }), message(clock, ["b2"], { limits: ["s#b"] })]);
    assertEquals(args(await worker.take()), ["b2"]);
    await clock.advance(5);
    const taken: unknown[] = [];
    for (let next = await worker.take(); next.length > 0;) {
      taken.push(...next.map((one) => [one.message.args[0], one.message.retries]));
      next = await worker.take(5, { settlements: next.map((one) => worker.success(one)) });
    }
    assertEquals(taken, [["a1", 1], ["a2", 0], ["a3", 0]]);
  },
  async "a retry may go to another queue and other limits, and counts there"({ broker, clock }) {
    await broker.publish([message(clock, ["moves"], { limits: ["c"] }), message(clock, ["stays"], { limits: ["c"] })], {
      limits: { c: { concurrency: 1 }, d: { concurrency: 0 } },
    });
    const worker = new TestWorker(broker, clock);
    const queues = ["default", "other"];
    const [held] = await worker.take(5, { queues });
    const settlements = [worker.again(held!, { queue: "other", limits: ["d"] })];
    assertEquals(args(await worker.take(5, { queues, settlements })), ["stays"]);
    await broker.control.limit("d", { concurrency: 1 });
    assertEquals(args(await worker.take(5, { queues })), ["moves"]);
  },
  async "lanes are counted, paused and purged with their queue"({ broker, clock }) {
    await broker.control.limit("shut", { concurrency: 0 });
    const sent = ["g#a", "g#a", "shut"].map((name) => message(clock, [name], { limits: [name] }));
    const later = message(clock, ["later"], { limits: ["g#a"], eta: clock.now() + 60 * second });
    await broker.publish([...sent, message(clock, ["plain"]), later]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take(1, { queues: ["default"] });
    await broker.control.pause("default");
    const paused = await worker.exchange({ limit: 5 });
    assertEquals([paused.deliveries, paused.more], [[], false]);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 3, delayed: 1, paused: true }]);
    assertEquals(await broker.control.purge("default"), 4);
    await broker.control.resume("default");
    await broker.control.limit("shut", undefined);
    await clock.advance({ minutes: 2 });
    const last = new TestWorker(broker, clock, "w2");
    assertEquals(args(await last.take()), args([held!]));
    assertEquals(await states(broker, [later, sent[2]!]), ["REVOKED", "REVOKED"]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 0);
  },
  async "revoke() of what waits in a lane: it is never run, and what is behind it is"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["c"] }));
    await broker.publish(sent, { limits: { c: { concurrency: 1 } } });
    assertEquals(await broker.control.revoke([sent[0]!.id]), ["revoked"]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), [2]);
    await broker.control.revoke([sent[2]!.id]);
    assertEquals(await worker.take(5, { settlements: held.map((one) => worker.success(one)) }), []);
    // What was revoked may be found only now.
    const reply = await worker.exchange({ limit: 5 });
    assertEquals([reply.deliveries, reply.more], [[], false]);
    assertEquals(await states(broker, sent), ["REVOKED", "SUCCESS", "REVOKED"]);
  },
  async "a lane that needs two limits is not forestalled for ever by lanes that use up each of them"(
    { broker, clock },
  ) {
    const rate = { limit: 1, period: second, burst: 1 };
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { a: { rate }, b: { rate } } });
    // What lets `b` start lies half a second behind what lets `a`.
    await broker.publish(Array.from({ length: 60 }, () => message(clock, ["a"], { limits: ["a"] })));
    await worker.settle(await worker.take());
    await clock.advance(0.5);
    await broker.publish(Array.from({ length: 60 }, () => message(clock, ["b"], { limits: ["b"] })));
    await broker.publish([1, 2].map(() => message(clock, ["both"], { limits: ["a", "b"] })));
    const taken: unknown[] = [];
    for (let turns = 0; turns < 100; turns++) {
      const { deliveries, wakeAt } = await worker.exchange({ limit: 10 });
      taken.push(...args(deliveries));
      await worker.settle(deliveries);
      await clock.advance({ milliseconds: wakeAt! - clock.now() });
    }
    assertEquals(taken.filter((kind) => kind === "both").length, 2);
  },
};
