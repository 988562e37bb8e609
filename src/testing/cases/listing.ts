/**
 * All tasks, listed.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import { InvalidInput } from "../../errors.ts";
import {
  type CountQuery,
  listedAt,
  type ListedTask,
  type ListingQuery,
  type StateCounts,
} from "../../ports/listing.ts";
import type { Message } from "../../message.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { message, second, TestWorker } from "../test_worker.ts";

const day = 86_400_000;

/** What a worker says of a task that it runs. */
function recordOf({ id, task, queue, sentAt, retries }: Message) {
  return { id, task, queue, sentAt, retries, worker: "w1" };
}

/** All tasks that fit, a few at a time. */
async function listed(broker: Broker, query: Partial<ListingQuery> = {}): Promise<ListedTask[]> {
  const all: ListedTask[] = [];
  let cursor: string | undefined;
  do {
    const page = await broker.listing.list({ limit: 2, ...query, ...(cursor === undefined ? {} : { cursor }) });
    assert(page.tasks.length <= (query.limit ?? 2));
    all.push(...page.tasks);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const times = all.map(({ record }) => Math.floor(listedAt(record.id, record.sentAt) / 1024));
  assertEquals(times, times.toSorted((a, b) => b - a), "the newest first");
  return all;
}

/** How many are in which state. */
async function counted(broker: Broker, filter: Partial<CountQuery> = {}): Promise<StateCounts["states"]> {
  const { states, since } = await broker.listing.count({ looks: 1000, ...filter });
  assertEquals(since, undefined, "these are all");
  return states;
}

async function ids(broker: Broker, query: Partial<ListingQuery> = {}): Promise<string[]> {
  return (await listed(broker, query)).map(({ record }) => record.id);
}

/** Messages that were sent one after another, some seconds apart. */
async function sendInTurn(
  broker: Broker,
  clock: ManualClock,
  changes: readonly Partial<Message>[],
): Promise<Message[]> {
  const sent: Message[] = [];
  for (const [index, change] of changes.entries()) {
    const one = message(clock, [index], change);
    await broker.publish([one]);
    sent.push(one);
    await clock.advance({ milliseconds: 3 * second });
  }
  return sent;
}

/** All tasks, listed. */
export const listing: Cases = {
  async "listing.list() tells of all tasks, the newest first, in parts, whatever became of them"({ broker, clock }) {
    assertEquals(await broker.listing.list({ limit: 10 }), { tasks: [] });
    const worker = new TestWorker(broker, clock);
    const sent = await sendInTurn(broker, clock, [
      {},
      {},
      { id: "chosen-1" },
      { eta: clock.now() + day },
      { queue: "mail", task: "send" },
      { id: "order:2" },
      {},
    ]);
    const [one, two, three] = await worker.take(3);
    await worker.exchange({
      settlements: [worker.success(one!), worker.again(two!, { retries: 1, eta: clock.now() + day })],
    });
    await broker.control.revoke([sent[6]!.id]);
    const all = await listed(broker);
    assertEquals(all.map(({ record }) => record.id), sent.map(({ id }) => id).reverse());
    assertEquals(
      all.map(({ record }) => record.state),
      ["REVOKED", "QUEUED", "QUEUED", "SCHEDULED", "QUEUED", "RETRY", "SUCCESS"],
    );
    assertEquals(three!.message.id, "chosen-1");
    for (const limit of [1, 3, 7, 500]) assertEquals((await ids(broker, { limit })).length, 7);
    assertEquals(await ids(broker, { states: ["SCHEDULED"] }), [sent[3]!.id]);
    assertEquals(await ids(broker, { states: ["RETRY", "SCHEDULED"] }), [sent[3]!.id, sent[1]!.id]);
    assertEquals(await ids(broker, { states: ["SUCCESS"] }), [sent[0]!.id]);
    assertEquals((await ids(broker, { states: ["QUEUED", "SCHEDULED", "STARTED", "RETRY", "REVOKED"] })).length, 6);
    assertEquals(await ids(broker, { task: "send" }), [sent[4]!.id]);
    assertEquals(await ids(broker, { queue: "mail" }), [sent[4]!.id]);
    assertEquals((await ids(broker, { queue: "default" })).length, 6);
    assertEquals(await ids(broker, { worker: "w1" }), [sent[0]!.id]);
    assertEquals(await ids(broker, { worker: "w2" }), []);
    assertEquals(
      await ids(broker, { from: sent[1]!.sentAt, to: sent[5]!.sentAt }),
      sent.slice(1, 5).map(({ id }) => id).reverse(),
    );
    assertEquals(await ids(broker, { from: sent[5]!.sentAt + 1 }), [sent[6]!.id]);
  },
  async "listing.list() goes on behind any task, with those that are there, while others come"({ broker, clock }) {
    const sent = await sendInTurn(
      broker,
      clock,
      Array.from({ length: 9 }, (_, n) => n % 3 === 0 ? { id: `n${n}` } : {}),
    );
    const first = await broker.listing.list({ limit: 4 });
    await sendInTurn(broker, clock, [{}, { id: "new" }]);
    const worker = new TestWorker(broker, clock);
    const taken = await worker.take(3);
    await worker.settle(taken);
    const rest = await broker.listing.list({ limit: 20, cursor: first.cursor! });
    const told = [...first.tasks, ...rest.tasks].map(({ record }) => record.id);
    assertEquals(told, sent.map(({ id }) => id).reverse());
    const [, second] = first.tasks;
    const again = await broker.listing.list({ limit: 2, cursor: second!.cursor });
    assertEquals(again.tasks.map(({ record }) => record.id), told.slice(2, 4));
  },
  async "listing.list() tells each of a batch once, a few at a time"({ broker, clock }) {
    const sent = Array.from({ length: 2500 }, (_, n) => message(clock, [n], n % 100 === 0 ? { id: `c${n}` } : {}));
    await broker.publish(sent);
    const told = await ids(broker, { limit: 300 });
    assertEquals(told.toSorted(), sent.map(({ id }) => id).toSorted());
  },
  async "listing.list() brings the messages of what waits, runs and has ended"({ broker, clock }) {
    const sent = await sendInTurn(broker, clock, [
      { args: ["done"] },
      { args: ["runs"] },
      { args: ["waits"], priority: 3 },
      { args: ["later"], eta: clock.now() + day, id: "mine" },
      { args: ["limited"], limits: ["a#1"], queue: "other" },
    ]);
    const worker = new TestWorker(broker, clock);
    const [done] = await worker.take(2);
    await worker.exchange({ settlements: [worker.success(done!, { message: done!.message })] });
    const all = await listed(broker, { messages: true });
    assertEquals(all.map(({ message }) => message?.args[0]), ["limited", "later", "waits", "runs", "done"]);
    assertEquals(all.map(({ message }) => message?.id), sent.map(({ id }) => id).reverse());
    const without = await listed(broker);
    assertEquals(without.map(({ message }) => message?.args[0]), [undefined, undefined, undefined, undefined, "done"]);
  },
  async "listing.list() lets nothing slip in which a text is to be found"({ broker, clock }) {
    const sent = await sendInTurn(broker, clock, [
      { args: [{ to: "Ann@example.org" }] },
      { args: ["ann@example.org"] },
      { args: ["ANN@example.org"], id: "mine" },
      { args: ["bob"] },
      { args: [], encoded: { by: ["x"], data: "eHh4" } },
      { args: ["ann@example.org"], eta: clock.now() + day },
      { args: ["bob"] },
    ]);
    const worker = new TestWorker(broker, clock);
    const [done, held, , bob] = await worker.take(4);
    await worker.exchange({
      settlements: [
        worker.success(done!, { message: done!.message }),
        worker.success(bob!, { message: bob!.message, result: "to ann@Example.org" }),
      ],
    });
    assertEquals(held!.message.id, sent[1]!.id);
    const found = new Set(await ids(broker, { contains: "ann@example.org", messages: true, limit: 3 }));
    for (const one of sent.slice(0, 6)) assert(found.has(one.id), `${one.args[0]} is missing`);
    assertEquals(found.has(sent[6]!.id), false, "what cannot fit is left out");
    const waiting = await listed(broker, { contains: "ann@example.org", messages: true, states: ["SCHEDULED"] });
    assertEquals(waiting.map(({ message }) => message?.args[0]), ["ann@example.org"]);
  },
  async "listing.list() tells of no record whose time is over, and of dead letters as long as they are kept"(
    { broker, clock },
  ) {
    const sent = await sendInTurn(broker, clock, [{}, {}, { id: "mine" }, {}]);
    const worker = new TestWorker(broker, clock);
    const [one, two, three] = await worker.take(3);
    const error = { type: "TypeError", message: "no" };
    const failed = { state: "FAILURE" as const, error, keep: 7 * day };
    const failure = (delivery: typeof two) => {
      const { record: { result: _, ...record }, lease } = worker.success(delivery!, {
        ...failed,
        message: delivery!.message,
      });
      return { lease, record };
    };
    await worker.exchange({
      settlements: [worker.success(one!, { keep: 60_000 }), failure(two), failure(three)],
    });
    assertEquals((await ids(broker)).length, 4);
    await clock.advance({ milliseconds: 3 * day });
    assertEquals(await ids(broker), [sent[3]!.id, sent[2]!.id, sent[1]!.id]);
    const letters = await listed(broker, { states: ["FAILURE"], limit: 1 });
    assertEquals(letters.map(({ record }) => record.id), ["mine", sent[1]!.id]);
    assertEquals(letters.map(({ record }) => record.error), [error, error]);
    await clock.advance({ milliseconds: 5 * day });
    assertEquals(await ids(broker), [sent[3]!.id]);
  },
  async "listing.list() tells of follow-ups, whatever their ids are"({ broker, clock }) {
    const [first] = await sendInTurn(broker, clock, [{}]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const followUps = [message(clock, ["next"]), message(clock, ["chosen"], { id: "chosen" })];
    await worker.exchange({ settlements: [{ ...worker.success(held!), followUps }] });
    const told = await ids(broker);
    assertEquals(told.toSorted(), [first!, ...followUps].map(({ id }) => id).toSorted());
  },
  async "listing.list() tells fewer at once when they are large"({ broker, clock }) {
    const sent = Array.from({ length: 12 }, (_, n) => message(clock, [n], n < 3 ? { id: `c${n}` } : {}));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    for (const held of await worker.take(12)) await worker.settle([held], { result: "x".repeat(1_000_000) });
    const first = await broker.listing.list({ limit: 500 });
    assert(first.tasks.length < 12 && first.cursor !== undefined, `${first.tasks.length} at once`);
    assertEquals((await ids(broker, { limit: 500 })).toSorted(), sent.map(({ id }) => id).toSorted());
  },
  async "listing.list() refuses a cursor that is none"({ broker }) {
    for (const cursor of ["", "x", "1"]) {
      await assertRejects(() => broker.listing.list({ limit: 1, cursor }), InvalidInput, "cursor");
    }
  },
  async "listing.count() counts by state what list() tells, whatever the filter"({ broker, clock }) {
    assertEquals(await counted(broker), {});
    const worker = new TestWorker(broker, clock);
    const tricky = { state: "FAILURE", task: "send", queue: "mail", worker: "w9", keep: 1, finishedAt: 2 };
    const sent = await sendInTurn(broker, clock, [
      { queue: "mail", task: "send" },
      {},
      { id: "chosen-1" },
      { args: [tricky] },
      { eta: clock.now() + day },
      { id: "order:2", eta: clock.now() + 60 * second },
      {},
      {},
      {},
    ]);
    const [one, two, three, four] = await worker.take(4, { queues: ["mail", "default"] });
    await worker.exchange({
      settlements: [
        worker.success(one!, { result: tricky, message: one!.message }),
        worker.again(two!, { retries: 1, eta: clock.now() + day }),
        worker.success(three!, { keep: 60 * second }),
      ],
      reports: [{ lease: four!.lease, record: { ...recordOf(four!.message), state: "HALFWAY", meta: tricky } }],
      queues: ["default", "mail"],
    });
    await broker.control.revoke([sent[8]!.id]);
    const all = { SUCCESS: 2, RETRY: 1, HALFWAY: 1, SCHEDULED: 2, QUEUED: 2, REVOKED: 1 };
    assertEquals(await counted(broker), all);
    assertEquals(await counted(broker, { task: "add" }), { ...all, SUCCESS: all.SUCCESS - 1 });
    const filters = [
      { task: "send" },
      { task: "none" },
      { queue: "default" },
      { queue: "mail", worker: "w1" },
      { worker: "w1" },
      { worker: "w9" },
      { from: sent[2]!.sentAt },
      { to: sent[2]!.sentAt },
      { from: sent[1]!.sentAt + 1, to: sent[5]!.sentAt + 1, task: "add" },
    ];
    const check = async () => {
      for (const filter of filters) {
        const told: Record<string, number> = {};
        for (const { record: { state } } of await listed(broker, filter)) told[state] = (told[state] ?? 0) + 1;
        assertEquals(await counted(broker, filter), told, JSON.stringify(filter));
      }
    };
    await check();
    // What is due by now waits, and what is over is gone.
    await clock.advance({ milliseconds: 2 * 60 * second });
    assertEquals(await counted(broker), { ...all, SUCCESS: 1, SCHEDULED: 1, QUEUED: 3 });
    await check();
  },
  async "listing.count() counts dead letters once, as long as they are kept"({ broker, clock }) {
    await sendInTurn(broker, clock, [{}, { id: "mine" }, { eta: clock.now() + 40 * day }]);
    const worker = new TestWorker(broker, clock);
    const settlements = (await worker.take(2)).map((delivery) => {
      const { record: { result: _, ...record }, lease } = worker.success(delivery, {
        ...{ state: "FAILURE", error: { type: "TypeError", message: "no" }, keep: 7 * day, message: delivery.message },
      });
      return { lease, record };
    });
    await worker.exchange({ settlements });
    assertEquals(await counted(broker), { FAILURE: 2, SCHEDULED: 1 });
    for (const days of [0.5, 1, 4]) {
      await clock.advance({ milliseconds: days * day });
      assertEquals(await counted(broker), { FAILURE: 2, SCHEDULED: 1 });
      assertEquals(await counted(broker, { worker: "w1" }), { FAILURE: 2 });
    }
    await clock.advance({ milliseconds: 2 * day });
    assertEquals(await counted(broker), { SCHEDULED: 1 });
  },
  async "listing.count() says since when it has counted, and goes on from there"({ broker, clock }) {
    const sent: Message[] = [];
    for (let n = 0; n < 30; n++) {
      // Several at once, some of them with ids of their own.
      const part = Array.from({ length: 4 }, (_, at) => message(clock, [n], at === 0 ? { id: `c${n}` } : {}));
      await broker.publish(part);
      sent.push(...part);
      await clock.advance({ milliseconds: n % 3 === 0 ? 5 * second : 100 });
    }
    let [count, to, times]: [number, number | undefined, number] = [0, undefined, 0];
    do {
      const { states, since }: StateCounts = await broker.listing.count({
        looks: 10,
        ...(to === undefined ? {} : { to }),
      });
      const found = sent.filter(({ id, sentAt }) => {
        const at = listedAt(id, sentAt);
        return at >= (since ?? 0) && at < (to ?? Infinity);
      });
      assertEquals(states, found.length === 0 ? {} : { QUEUED: found.length });
      assert(since === undefined || since < (to ?? Infinity), "it goes on");
      count += found.length;
      to = since;
      times++;
    } while (to !== undefined);
    assertEquals(count, sent.length);
    assertEquals((await broker.listing.count({ looks: 100_000 })).since, undefined);
    assert(times > 1, `${times} parts`);
  },
  async "listing.count() gets past a moment in which more was sent than it is to look at"({ broker, clock }) {
    await sendInTurn(broker, clock, [{}]);
    for (const ids of [undefined, "mine"]) {
      await clock.advance({ milliseconds: 5 * second });
      // Messages sent one by one lie on pages of their own in Redis.
      for (let n = 0; n < 30; n++) {
        await broker.publish([message(clock, [n], ids === undefined ? {} : { id: `${ids}-${n}` })]);
      }
    }
    let [total, to]: [number, number | undefined] = [0, undefined];
    do {
      const { states, since }: StateCounts = await broker.listing.count({
        looks: 1,
        ...(to === undefined ? {} : { to }),
      });
      total += states.QUEUED ?? 0;
      assert(since === undefined || since < (to ?? Infinity), "it goes on");
      to = since;
    } while (to !== undefined);
    assertEquals(total, 61);
  },
};
