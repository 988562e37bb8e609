/**
 * What settlements and reports leave behind.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { TaskState } from "../../ports/task_record.ts";
import { newId } from "../../id.ts";
import type { Json } from "../../json.ts";
import type { Cases } from "../case.ts";
import { args, message, second, states, TestWorker } from "../test_worker.ts";

/** What settlements and reports leave behind. */
export const records: Cases = {
  async "exchange() keeps what a settlement says"({ broker, clock }) {
    const sent = message(clock, [1, "x"]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const said = {
      startedAt: clock.now(),
      result: { sum: [1, 2.5, "drei", null, []] },
      meta: { steps: 3 },
      message: sent,
      keep: 90 * second,
    };
    const { record } = worker.success(held[0]!, said);
    await worker.settle(held, said);
    const [found] = await broker.fetch([sent.id]);
    assertEquals({ ...found, message: { ...found!.message } }, { ...record, message: { ...sent } } as never);
  },
  async "exchange() keeps a failure with type, message, stack, cause and attempts"({ broker, clock }) {
    const sent = message(clock);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const error = {
      type: "TypeError",
      message: "tab\there",
      stack: "at a\n  at b",
      cause: { type: "Error", message: "x" },
    };
    const [held] = await worker.take();
    const { result: _, ...rest } = worker.success(held!).record;
    const attempts = [{ startedAt: clock.now() - second, finishedAt: clock.now(), worker: "w", error }];
    const record = { ...rest, state: "FAILURE", error, attempts } as const;
    await worker.exchange({ settlements: [{ lease: held!.lease, record }] });
    const [found] = await broker.fetch([sent.id]);
    assertEquals([found!.error, found!.attempts], [error, attempts]);
  },
  async "exchange() settles 500 and takes 500 in one turn"({ broker, clock }) {
    const messages = Array.from({ length: 1000 }, (_, n) => message(clock, [n]));
    await broker.publish(messages);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take(500);
    const reply = await worker.exchange({ limit: 500, settlements: held.map((one) => worker.success(one)) });
    assertEquals([reply.deliveries.length, reply.lost.length], [500, 0]);
    assertEquals((await states(broker, messages)).filter((state) => state === "SUCCESS").length, 500);
  },
  async "exchange() puts a retry back with its changed message, due later"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const eta = clock.now() + 10 * second;
    const attempts = [{ startedAt: clock.now(), finishedAt: clock.now(), worker: "w" }];
    const { wakeAt } = await worker.exchange({
      limit: 1,
      settlements: [worker.again(held!, { retries: 1, eta, attempts })],
    });
    assertEquals(wakeAt, eta);
    const [record] = await broker.fetch([sent.id]);
    assertEquals([record!.state, record!.eta, record!.retries], ["RETRY", eta, 1]);
    assertEquals(await worker.take(), []);
    await clock.advance(10);
    const [next] = await worker.take();
    assertEquals([next!.message.id, next!.message.retries, next!.message.attempts], [sent.id, 1, attempts]);
    await worker.settle([next!]);
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
  async "exchange() puts a message back to the end of a queue, its head, or another queue"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const [one, two, three] = await worker.take(3);
    await worker.exchange({
      settlements: [worker.again(one!, {}), worker.again(two!, {}, true), worker.again(three!, { queue: "other" })],
    });
    assertEquals(args(await worker.take()), [2, 4, 1]);
    assertEquals(args(await worker.take(10, { queues: ["other"] })), [3]);
  },
  async "exchange() puts several messages back to the head in the order in which they are handed in"(
    { broker, clock },
  ) {
    const worker = new TestWorker(broker, clock);
    await worker.exchange({ limits: { few: { concurrency: 10 } } });
    for (const limits of [[], ["few"]]) {
      const more = limits.length > 0 ? { limits } : {};
      await broker.publish([1, 2, 3, 4, 5].map((n) => message(clock, [n], more)));
      const held = await worker.take(4);
      await worker.exchange({ settlements: held.slice(1).map((one) => worker.again(one, {}, true)) });
      const next = await worker.take(10, { settlements: [worker.success(held[0]!)] });
      assertEquals(args(next), [2, 3, 4, 5]);
      await worker.settle(next);
    }
  },
  async "exchange() puts a message back with another priority"({ broker, clock }) {
    await broker.publish([1, 2].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const [, two] = await worker.take(2);
    await worker.exchange({ settlements: [worker.again(two!, { priority: 9 })] });
    assertEquals(args(await worker.take()), [2]);
  },
  async "exchange() keeps reports, and none of them undoes an end"({ broker, clock }) {
    const sent = message(clock);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const { id, task, queue, sentAt, retries } = sent;
    const report = (state: TaskState, meta: Json) => ({
      lease: held!.lease,
      record: { id, task, queue, sentAt, retries, state, startedAt: clock.now(), worker: "w1", meta },
    });
    await worker.exchange({ reports: [report("STARTED", null)] });
    assertEquals(await states(broker, [sent]), ["STARTED"]);
    await worker.exchange({ reports: [report("UPLOADING", { done: 0.5 })] });
    const [record] = await broker.fetch([sent.id]);
    assertEquals([record!.state, record!.meta], ["UPLOADING", { done: 0.5 }]);
    await worker.settle([held!]);
    await worker.exchange({ reports: [report("STARTED", null)] });
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
  async "fetch() knows nothing of an id that was never sent"({ broker, clock }) {
    const sent = message(clock);
    await broker.publish([sent]);
    assertEquals(await broker.fetch([]), []);
    const found = await broker.fetch(["nobody", sent.id, newId(clock.now())]);
    assertEquals(found.map((record) => record?.id), [undefined, sent.id, undefined]);
  },
  async "fetch() says SCHEDULED before the eta and QUEUED after it"({ broker, clock }) {
    const sent = message(clock, [], { eta: clock.now() + second });
    await broker.publish([sent]);
    assertEquals(await states(broker, [sent]), ["SCHEDULED"]);
    await clock.advance(1);
    assertEquals(await states(broker, [sent]), ["QUEUED"]);
  },
  async "fetch() forgets a task when its time is over, but not within a minute"({ broker, clock }) {
    const [short, long] = [message(clock, [1]), message(clock, [2])];
    await broker.publish([short, long]);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await worker.exchange({
      settlements: [worker.success(one!, { keep: 0 }), worker.success(two!, { keep: 120 * second })],
    });
    await clock.advance(60);
    assertEquals(await states(broker, [short, long]), ["SUCCESS", "SUCCESS"]);
    await clock.advance(1);
    assertEquals(await states(broker, [short, long]), [undefined, "SUCCESS"]);
    await clock.advance(60);
    assertEquals(await states(broker, [short, long]), [undefined, undefined]);
  },
  async "fetch() keeps a task that waits, however long"({ broker, clock }) {
    const eta = clock.now() + 30 * 86_400 * second;
    const sent = message(clock, ["month"], { eta });
    await broker.publish([sent]);
    await clock.advance({ days: 30 });
    assertEquals(await states(broker, [sent]), ["QUEUED"]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["month"]);
  },
  async "exchange() hands back with the deaths and the counter it is told"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    const { lease, record, again } = worker.again(held!, { unknown: 4 }, true);
    await worker.exchange({ settlements: [{ lease, record, again: { ...again!, deaths: 2 } }] });
    const [next] = await worker.take();
    assertEquals([next!.deaths, next!.message.unknown, next!.message.retries], [2, 4, 0]);
  },
  async "exchange() puts a message at the head of another queue, and of another priority"({ broker, clock }) {
    await broker.publish([
      message(clock, ["x1"], { queue: "x" }),
      message(clock, ["urgent"], { priority: 9 }),
      message(clock, ["a"]),
      message(clock, ["b"]),
    ]);
    const worker = new TestWorker(broker, clock);
    const [a, b] = (await worker.take(3)).slice(1);
    await broker.publish([message(clock, ["urgent 2"], { priority: 9 })]);
    await worker.exchange({
      settlements: [worker.again(a!, { queue: "x" }, true), worker.again(b!, { priority: 9 }, true)],
    });
    assertEquals(args(await worker.take(10, { queues: ["x"] })), ["a", "x1"]);
    assertEquals(args(await worker.take()), ["b", "urgent 2"]);
  },
  async "exchange() frees the lease of what had ended already, and changes nothing of it"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await broker.control.revoke([sent.id]);
    const [before] = await broker.fetch([sent.id]);
    await clock.advance(1);
    await worker.settle(held, { result: "late" });
    assertEquals(await broker.fetch([sent.id]), [{ ...before!, message: sent }]);
    assertEquals((await broker.inspector.workers()).map(({ holds }) => holds), [0]);
  },
  async "exchange() keeps FAILURE, EXPIRED and REVOKED as ends like SUCCESS"({ broker, clock }) {
    const ends = ["FAILURE", "EXPIRED", "REVOKED"] as const;
    const sent = ends.map((state) => message(clock, [state]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await worker.exchange({ settlements: held.map((one, n) => worker.success(one, { state: ends[n]! })) });
    assertEquals(await states(broker, sent), [...ends]);
    assertEquals(await broker.control.revoke([sent[0]!.id]), ["ended"]);
    assertEquals(await worker.take(), []);
  },
  async "fetch() says RETRY while a retry waits, and when it is due too"({ broker, clock }) {
    const sent = message(clock);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1, eta: clock.now() + second })] });
    assertEquals(await states(broker, [sent]), ["RETRY"]);
    await clock.advance(2);
    assertEquals(await states(broker, [sent]), ["RETRY"]);
  },
  async "fetch() answers for 500 ids in their order, the same one twice too"({ broker, clock }) {
    const sent = Array.from({ length: 499 }, (_, n) => message(clock, [n]));
    await broker.publish(sent);
    const ids = [...sent.map(({ id }) => id).reverse(), sent[7]!.id];
    assertEquals((await broker.fetch(ids)).map((record) => record?.id), ids);
  },
  async "exchange() keeps a result of a megabyte beside small ones, and watch() tells of its end"({ broker, clock }) {
    const sent = [
      message(clock, ["large"]),
      message(clock, ["small"]),
      message(clock, ["own"], { id: "mine", nonce: "a" }),
    ];
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const result = "é".repeat(500_000);
    await worker.exchange({
      settlements: held.map((one) =>
        worker.success(one, one.message.args[0] === "small" ? {} : { result, message: one.message })
      ),
    });
    const records = await broker.fetch(sent.map(({ id }) => id));
    assertEquals(records.map((record) => record!.result === result), [true, false, true]);
    assertEquals(records[0]!.message!.args, ["large"]);
    const stop = new AbortController();
    for await (const signal of broker.watch([{ task: sent[0]!.id }], { signal: stop.signal })) {
      assertEquals(signal.kind === "ended" && signal.id, sent[0]!.id);
      break;
    }
    stop.abort();
  },
};
