/**
 * Queues that hold no more than they may.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { PublishOptions } from "../../ports/publishing.ts";
import type { Cases } from "../case.ts";
import { args, first, lease, message, second, states, TestWorker } from "../test_worker.ts";

const refusing: PublishOptions = { queues: new Map([["default", { maxLength: 2 }]]) };
const dropping: PublishOptions = { queues: new Map([["default", { maxLength: 2, whenFull: "dropOldest" }]]) };

/** Queues that hold no more than they may. */
export const lengths: Cases = {
  async "publish() to a full queue adds nothing, and says so for each message"({ broker, clock }) {
    const messages = [1, 2, 3].map((n) => message(clock, [n]));
    const receipts = await broker.publish(messages, refusing);
    assertEquals(receipts.map(({ status }) => status), ["added", "added", "full"]);
    assertEquals(receipts.map(({ id }) => id), messages.map(({ id }) => id));
    assertEquals(await states(broker, messages), ["QUEUED", "QUEUED", undefined]);
    // A repetition finds its own; what was refused is tried anew.
    assertEquals(await broker.publish(messages, refusing), receipts);
    const other = message(clock, ["other"], { queue: "other" });
    assertEquals((await broker.publish([other], refusing))[0]!.status, "added");
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(1)), [1]);
    // What runs is not counted.
    assertEquals((await broker.publish(messages, refusing)).map(({ status }) => status), ["added", "added", "added"]);
    assertEquals(args(await worker.take()), [2, 3]);
  },
  async "publish() to a full queue adds what is due later, and it comes in when it is"({ broker, clock }) {
    const later = message(clock, ["later"], { eta: clock.now() + 60 * second });
    const sent = [later, message(clock, [1]), message(clock, [2]), message(clock, [3])];
    const receipts = await broker.publish(sent, refusing);
    assertEquals(receipts.map(({ status }) => status), ["added", "added", "added", "full"]);
    await clock.advance(61);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1, 2, "later"]);
  },
  async "publish() that takes a holder's place needs none of its own in a full queue"({ broker, clock }) {
    const unique = { key: "k", for: 60 * second, on: "replace" as const };
    await broker.publish([message(clock, [1]), message(clock, [2], { unique })], refusing);
    assertEquals((await broker.publish([message(clock, [3], { unique })], refusing))[0]!.status, "added");
    assertEquals(args(await new TestWorker(broker, clock).take()), [1, 3]);
  },
  async "exchange() puts back into a full queue whatever comes back"({ broker, clock }) {
    const [one, two, three, four] = [1, 2, 3, 4].map((n) => message(clock, [n]));
    await broker.publish([one!, two!], refusing);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take(2);
    await broker.publish([three!, four!], refusing);
    await worker.exchange({ settlements: [worker.again(held[0]!, { retries: 1 })] });
    await clock.advance({ milliseconds: lease + 1 });
    assertEquals(args(await new TestWorker(broker, clock, "w2").take()), [2, 3, 4, 1]);
  },
  async "publish() that drops ends the oldest message of the lowest priority"({ broker, clock }) {
    const [low, old, urgent, more] = [
      message(clock, ["low"], { priority: 1 }),
      message(clock, ["old"]),
      message(clock, ["urgent"], { priority: 9 }),
      message(clock, ["more"]),
    ];
    await broker.publish([low, old], dropping);
    const answer = await broker.publish([urgent], dropping);
    assertEquals(answer, [{ id: urgent.id, status: "added" }]);
    const [record] = await broker.fetch([low.id]);
    assertEquals([record!.state, record!.reason, record!.finishedAt], ["REVOKED", "queue_full", clock.now()]);
    assertEquals(await broker.publish([urgent], dropping), answer);
    await broker.publish([more], dropping);
    assertEquals(await states(broker, [low, old, urgent, more]), ["REVOKED", "REVOKED", "QUEUED", "QUEUED"]);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 2, delayed: 0, paused: false }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["urgent", "more"]);
  },
  async "publish() that drops counts what it adds itself"({ broker, clock }) {
    const before = [message(clock, ["a"], { priority: 9 }), message(clock, ["b"])];
    await broker.publish(before, dropping);
    const messages = [message(clock, ["c"]), message(clock, ["d"], { priority: 0 }), message(clock, ["e"])];
    const receipts = await broker.publish(messages, dropping);
    assertEquals(receipts.map(({ status }) => status), ["added", "added", "added"]);
    assertEquals(await broker.publish(messages, dropping), receipts);
    const ended = ["QUEUED", "REVOKED", "REVOKED", "REVOKED", "QUEUED"];
    assertEquals(await states(broker, [...before, ...messages]), ended);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["a", "e"]);
  },
  async "publish() that drops leaves what is due later, and frees unique keys"({ broker, clock }) {
    const unique = { key: "k", for: 600 * second };
    const later = message(clock, ["later"], { eta: clock.now() + 60 * second, priority: 0 });
    await broker.publish([later, message(clock, ["one"], { unique }), message(clock, ["two"])], dropping);
    await broker.publish([message(clock, ["three"])], dropping);
    const again = message(clock, ["again"], { unique });
    assertEquals(await broker.publish([again], dropping), [{ id: again.id, status: "added" }]);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 2, delayed: 1, paused: false }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["three", "again"]);
  },
  async "publish() that drops tells whoever waits, and drops what was revoked without a word"({ broker, clock }) {
    const [one, two, three, four] = [1, 2, 3, 4].map((n) => message(clock, [n]));
    await broker.publish([one!, two!], dropping);
    await broker.control.revoke([one!.id]);
    const stop = new AbortController();
    const ended = first(
      broker.watch([{ task: two!.id }], { signal: stop.signal }),
      (signal) => signal.kind === "ended" && signal.id === two!.id,
    );
    await broker.publish([three!], dropping);
    await broker.publish([four!, message(clock, [5])], dropping);
    await ended;
    stop.abort();
    assertEquals((await broker.fetch([one!.id]))[0]!.reason, undefined);
    assertEquals(args(await new TestWorker(broker, clock).take()), [4, 5]);
  },
  async "publish() of a thousand by three at once to a queue that drops keeps to its length"(
    { broker, clock, another },
  ) {
    const options: PublishOptions = { queues: new Map([["default", { maxLength: 50, whenFull: "dropOldest" }]]) };
    const sent = Array.from({ length: 1000 }, (_, n) => message(clock, [n]));
    const send = async (from: number, one = broker) => {
      for (let at = from; at < 1000; at += 300) await one.publish(sent.slice(at, at + 100), options);
    };
    await Promise.all([send(0), send(100, another()), send(200, another())]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 50);
    const ended = await states(broker, sent);
    assertEquals(ended.filter((state) => state === "REVOKED").length, 950);
    assertEquals(ended.filter((state) => state === "QUEUED").length, 50);
  },
  async "publish() to a full queue counts what waits in lanes, and drops none of it"({ broker, clock }) {
    const laned = [1, 2].map((n) => message(clock, [n], { limits: ["c"] }));
    const limits = { c: { concurrency: 0 } };
    await broker.publish(laned, { ...refusing, limits });
    const plain = ["a", "b", "c"].map((name) => message(clock, [name]));
    assertEquals((await broker.publish(plain, refusing)).map(({ status }) => status), ["full", "full", "full"]);
    assertEquals((await broker.publish(plain, dropping)).map(({ status }) => status), ["added", "added", "added"]);
    assertEquals(await states(broker, [...laned, ...plain]), ["QUEUED", "QUEUED", "REVOKED", "QUEUED", "QUEUED"]);
    await broker.control.limit("c", { concurrency: 2 });
    assertEquals(args(await new TestWorker(broker, clock).take()).sort(), [1, 2, "b", "c"]);
  },
};
