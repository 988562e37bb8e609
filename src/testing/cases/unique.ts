/**
 * Unique keys: who holds one, what that keeps out, and what takes a holder's place.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Receipt } from "../../ports/publishing.ts";
import type { Uniqueness } from "../../message.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { args, first, message, second, states, TestWorker } from "../test_worker.ts";

/** Sends messages of one key, one after the other. */
function sender(broker: Broker, clock: ManualClock, rules: Partial<Uniqueness> = {}) {
  const unique: Uniqueness = { key: "k", for: 600 * second, ...rules };
  return async (name: string, change: Parameters<typeof message>[2] = {}): Promise<Receipt> =>
    (await broker.publish([message(clock, [name], { unique, ...change })]))[0]!;
}

/** Unique keys. */
export const unique: Cases = {
  async "publish() adds no message whose unique key another one holds, and says whose it is"({ broker, clock }) {
    const unique = { key: "sum: 1|2 é", for: 60 * second };
    const [one, two, other] = [
      message(clock, [1], { unique }),
      message(clock, [2], { unique }),
      message(clock, [3], { unique: { ...unique, key: "other" } }),
    ];
    assertEquals(await broker.publish([one]), [{ id: one.id, status: "added" }]);
    assertEquals(await broker.publish([two, other]), [
      { id: one.id, status: "exists" },
      { id: other.id, status: "added" },
    ]);
    // A repetition of the first is none.
    assertEquals(await broker.publish([one]), [{ id: one.id, status: "added" }]);
    assertEquals(await states(broker, [one, two]), ["QUEUED", undefined]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1, 3]);
  },
  async "publish() adds the first of two messages of one unique key"({ broker, clock }) {
    const unique = { key: "k", for: second };
    const [one, two] = [message(clock, [1], { unique }), message(clock, [2], { unique })];
    assertEquals(await broker.publish([one, two]), [{ id: one.id, status: "added" }, { id: one.id, status: "exists" }]);
  },
  async "publish() finds a unique key held through runs and retries, and free at the end"({ broker, clock }) {
    const unique = { key: "k", for: 600 * second };
    const send = async (name: string) => (await broker.publish([message(clock, [name], { unique })]))[0]!.status;
    assertEquals(await send("one"), "added");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    assertEquals(await send("two"), "exists");
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    assertEquals(await send("three"), "exists");
    const [again] = await worker.take();
    await worker.settle([again!]);
    assertEquals(await send("four"), "added");
    // The first one's end, told again, does not free what the fourth holds.
    await worker.repeat();
    assertEquals(await send("five"), "exists");
  },
  async "publish() finds a unique key free when its task is revoked or purged"({ broker, clock }) {
    const unique = { key: "k", for: 60 * second };
    const send = async (change = {}) => (await broker.publish([message(clock, [], { unique, ...change })]))[0]!;
    const { id } = await send();
    await broker.control.revoke([id]);
    assertEquals((await send({ eta: clock.now() + 600 * second })).status, "added");
    assertEquals(await broker.control.purge("default"), 1);
    assertEquals((await send()).status, "added");
    assertEquals((await send()).status, "exists");
  },
  async "publish() adds the child of a task that holds a unique key as any other"({ broker, clock }) {
    const parent = message(clock, [1], { unique: { key: "k", for: 60 * second } });
    await broker.publish([parent]);
    const child = message(clock, [2], { parentId: parent.id, rootId: parent.id });
    await broker.publish([child]);
    assertEquals(await states(broker, [parent, child]), ["QUEUED", "QUEUED"]);
  },
  async "publish() that replaces takes the place of a holder that waits, which ends as revoked"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace" });
    const one = await send("one");
    const two = await send("two");
    assertEquals(two.status, "added");
    const [record] = await broker.fetch([one.id]);
    assertEquals([record!.state, record!.reason, record!.replacedBy], ["REVOKED", "replaced", two.id]);
    assertEquals([record!.finishedAt, record!.task], [clock.now(), "add"]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), ["two"]);
    // One that runs stays: the third one is it.
    assertEquals(await send("three"), { id: two.id, status: "exists" });
    await worker.settle(held, { unique: "k" });
    assertEquals((await send("four")).status, "added");
    assertEquals(args(await worker.take()), ["four"]);
  },
  async "publish() that replaces, repeated, changes nothing"({ broker, clock }) {
    const rules = { unique: { key: "k", for: 60 * second, on: "replace" as const } };
    const [one, two, three] = [1, 2, 3].map((n) => message(clock, [n], rules));
    await broker.publish([one!]);
    const answer = await broker.publish([two!]);
    assertEquals(await broker.publish([two!]), answer);
    assertEquals(await broker.publish([one!]), [{ id: one!.id, status: "added" }]);
    await broker.publish([three!]);
    assertEquals(await broker.publish([two!]), answer);
    assertEquals(await states(broker, [one!, two!, three!]), ["REVOKED", "REVOKED", "QUEUED"]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [3]);
    assertEquals(await broker.publish([two!, three!]), [answer[0]!, { id: three!.id, status: "added" }]);
  },
  async "publish() that replaces does so among messages of one request"({ broker, clock }) {
    const unique: Uniqueness = { key: "k", for: 60 * second, on: "replace" };
    const before = message(clock, [0], { unique });
    await broker.publish([before]);
    const messages = [1, 2, 3].map((n) => message(clock, [n], { unique }));
    const answer = messages.map(({ id }) => ({ id, status: "added" as const }));
    assertEquals(await broker.publish(messages), answer);
    assertEquals(await broker.publish(messages), answer);
    assertEquals(await states(broker, [before, ...messages]), ["REVOKED", "REVOKED", "REVOKED", "QUEUED"]);
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take()), [3]);
    assertEquals(await worker.take(), []);
  },
  async "publish() that replaces takes one that is delayed out of its queue"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace" });
    const later = (n: number) => ({ eta: clock.now() + n * second });
    await send("one", later(60));
    await broker.publish([message(clock, ["other"], later(60))]);
    await send("two", later(90));
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 0, delayed: 2, paused: false }]);
    const worker = new TestWorker(broker, clock);
    await clock.advance(61);
    assertEquals(args(await worker.take()), ["other"]);
    // What is due and not released yet, and what waits for a retry.
    await clock.advance(30);
    await send("three");
    const [held] = await worker.take();
    assertEquals(held!.message.args, ["three"]);
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1, ...later(10) })] });
    assertEquals((await send("four")).status, "added");
    assertEquals((await broker.fetch([held!.message.id]))[0]!.state, "REVOKED");
    await clock.advance(60);
    assertEquals(args(await worker.take()), ["four"]);
  },
  async "publish() that replaces leaves alone what a worker holds, and takes what came back"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace" });
    const one = await send("one");
    const worker = new TestWorker(broker, clock, "dies");
    await worker.take();
    assertEquals(await send("two"), { id: one.id, status: "exists" });
    await clock.advance(31);
    const other = new TestWorker(broker, clock);
    await other.exchange();
    const three = await send("three");
    assertEquals(three.status, "added");
    const held = await other.take();
    assertEquals(args(held), ["three"]);
    // Handed back by a worker that leaves, it waits again.
    await other.exchange({ leave: true });
    const four = await send("four");
    assertEquals(four.status, "added");
    assertEquals(args(await new TestWorker(broker, clock, "w2").take()), ["four"]);
  },
  async "publish() that replaces, of 25 connections at once, leaves one"({ broker, clock, another }) {
    const unique: Uniqueness = { key: "k", for: 60 * second, on: "replace" };
    const messages = Array.from({ length: 25 }, (_, n) => message(clock, [n], { unique }));
    const receipts = await Promise.all(messages.map((one) => another().publish([one])));
    assertEquals(receipts.flat(), messages.map(({ id }) => ({ id, status: "added" })));
    const ended = await states(broker, messages);
    assertEquals(ended.filter((state) => state === "REVOKED").length, 24);
    assertEquals((await new TestWorker(broker, clock).take()).length, 1);
  },
  async "publish() that replaces tells whoever waits for the one that was there"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace" });
    const one = await send("one");
    const stop = new AbortController();
    const signals = broker.watch([{ task: one.id }], { signal: stop.signal });
    const ended = first(signals, (signal) => signal.kind === "ended" && signal.id === one.id);
    await send("two");
    await ended;
    stop.abort();
  },
  async "publish() of which only one that waits counts adds one beside one that runs"({ broker, clock }) {
    const send = sender(broker, clock, { states: "waiting" });
    const one = await send("one");
    assertEquals(await send("two"), { id: one.id, status: "exists" });
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const three = await send("three");
    assertEquals(three.status, "added");
    assertEquals(await send("four"), { id: three.id, status: "exists" });
    // The end of the first frees nothing that the third holds.
    await worker.settle([held!]);
    assertEquals(await send("five"), { id: three.id, status: "exists" });
    assertEquals(args(await worker.take()), ["three"]);
  },
  async "publish() of which any state counts keeps others out after the end, for the time"({ broker, clock }) {
    const send = sender(broker, clock, { states: "any", for: 60 * second });
    const one = await send("one");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    await worker.settle([held!]);
    assertEquals(await send("two"), { id: one.id, status: "exists" });
    await clock.advance(61);
    assertEquals((await send("three")).status, "added");
  },
  async "publish() that replaces in any state leaves alone one that has ended"({ broker, clock }) {
    const send = sender(broker, clock, { states: "any", on: "replace", for: 60 * second });
    await send("one");
    const two = await send("two");
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    assertEquals(held!.message.args, ["two"]);
    assertEquals((await send("three")).id, two.id);
    await worker.settle([held!]);
    assertEquals(await send("four"), { id: two.id, status: "exists" });
  },
  async "publish() that replaces within a time is due no later than so long after the first"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace", states: "waiting", within: 25 * second });
    const begin = clock.now();
    let last!: Receipt;
    for (let n = 0; n < 4; n++) {
      last = await send(`${n}`, { eta: clock.now() + 10 * second });
      if (n < 3) await clock.advance(8);
    }
    const [record] = await broker.fetch([last.id]);
    assertEquals([record!.state, record!.eta], ["SCHEDULED", begin + 25 * second]);
    const worker = new TestWorker(broker, clock);
    assertEquals((await worker.exchange({ limit: 1 })).deliveries, []);
    await clock.advance({ milliseconds: begin + 25 * second - clock.now() });
    const [held] = await worker.take();
    assertEquals([held!.message.args, held!.message.eta], [["3"], begin + 25 * second]);
    // It runs: what comes now begins anew.
    const next = await send("next", { eta: clock.now() + 10 * second });
    assertEquals((await broker.fetch([next.id]))[0]!.eta, clock.now() + 10 * second);
  },
  async "publish() that replaces within a time that is over is due at once"({ broker, clock }) {
    const send = sender(broker, clock, { on: "replace", states: "waiting", within: 5 * second });
    await send("one", { eta: clock.now() + 5 * second });
    await clock.advance(6);
    await send("two", { eta: clock.now() + 5 * second });
    assertEquals(args(await new TestWorker(broker, clock).take()), ["two"]);
  },
};
