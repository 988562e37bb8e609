/**
 * What failed for good: listed, sent again, deleted, and gone in the end.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Delivery, Settlement } from "../../ports/turn.ts";
import { newWord } from "../../id.ts";
import type { Message } from "../../message.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { args, first, message, states, TestWorker } from "../test_worker.ts";

const day = 86_400_000;

/** What is handed in for a task that failed for good. */
function failure(worker: TestWorker, delivery: Delivery, type = "Error", keep = 30 * day): Settlement {
  const { lease, record: { result: _, ...record } } = worker.success(delivery);
  const { message } = delivery;
  const error = { type, message: "it broke" };
  const held = message.unique ? { unique: message.unique.key } : {};
  return { lease, record: { ...record, state: "FAILURE", error, keep, message, ...held } };
}

/** Sends messages that fail one after another, a second apart; the last one is the newest letter. */
async function fail(
  { broker, clock }: { readonly broker: Broker; readonly clock: ManualClock },
  messages: readonly Message[],
  type?: string,
  keep?: number,
): Promise<void> {
  const worker = new TestWorker(broker, clock, `failing~${newWord()}`);
  await broker.publish(messages);
  const queues = [...new Set(messages.map(({ queue }) => queue))];
  for (const _ of messages) {
    await clock.advance(1);
    const [held] = await worker.take(1, { queues });
    await worker.exchange({ settlements: [failure(worker, held!, type, keep)] });
  }
  await worker.exchange({ leave: true });
}

async function listed(broker: Broker, filter: Parameters<Broker["deadLetters"]["list"]>[0] = { limit: 100 }) {
  return (await broker.deadLetters.list(filter)).letters.map(({ message }) => message!.args[0]);
}

/** A failed message as it is sent again. */
function again(sent: Message, nonce: string, change: Partial<Message> = {}): Message {
  return { ...sent, nonce, ...change };
}

/** Dead letters. */
export const deadLetters: Cases = {
  async "deadLetters.list() tells of what failed, the newest first, in parts"(context) {
    const { broker, clock } = context;
    assertEquals(await broker.deadLetters.list({ limit: 10 }), { letters: [] });
    const sent = [1, 2, 3, 4, 5].map((n) => message(clock, [n]));
    await fail(context, sent, "TypeError");
    const { letters, cursor } = await broker.deadLetters.list({ limit: 2 });
    assertEquals(letters.map(({ id }) => id), [sent[4]!.id, sent[3]!.id]);
    assertEquals([letters[0]!.state, letters[0]!.error], ["FAILURE", { type: "TypeError", message: "it broke" }]);
    assertEquals({ ...letters[0]!.message }, { ...sent[4]! });
    const next = await broker.deadLetters.list({ limit: 2, cursor: cursor! });
    assertEquals(next.letters.map(({ id }) => id), [sent[2]!.id, sent[1]!.id]);
    const last = await broker.deadLetters.list({ limit: 2, cursor: next.cursor! });
    assertEquals(last.letters.map(({ id }) => id), [sent[0]!.id]);
    assertEquals(last.cursor, undefined);
  },
  async "deadLetters.list() goes on at its cursor when that letter is gone, and others came"(context) {
    const { broker, clock } = context;
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    await fail(context, sent);
    const { cursor } = await broker.deadLetters.list({ limit: 2 });
    await broker.deadLetters.delete([sent[1]!.id]);
    await fail(context, [message(clock, [4])]);
    assertEquals(await listed(broker, { limit: 2, cursor: cursor! }), [1]);
  },
  async "deadLetters.list() filters by task, queue, error and time"(context) {
    const { broker, clock } = context;
    await fail(context, [message(clock, ["a"], { task: "a|b" })]);
    await fail(context, [message(clock, ["b"], { queue: "mail" })], "TypeError");
    const between = clock.now() + 1;
    await fail(context, [message(clock, ["c"])], "TypeError");
    assertEquals(await listed(broker), ["c", "b", "a"]);
    assertEquals(await listed(broker, { limit: 9, task: "a|b" }), ["a"]);
    assertEquals(await listed(broker, { limit: 9, queue: "mail" }), ["b"]);
    assertEquals(await listed(broker, { limit: 9, error: "TypeError" }), ["c", "b"]);
    assertEquals(await listed(broker, { limit: 9, error: "TypeError", before: between }), ["b"]);
    assertEquals(await listed(broker, { limit: 9, after: between }), ["c"]);
    assertEquals(await listed(broker, { limit: 9, queue: "nobody" }), []);
  },
  async "deadLetters.list() has the error and the message of a large letter"(context) {
    const { broker, clock } = context;
    const text = "x".repeat(1_000_000);
    await fail(context, Array.from({ length: 7 }, (_, n) => message(clock, [n, text])));
    const { letters } = await broker.deadLetters.list({ limit: 100 });
    assertEquals(letters.map(({ message }) => message!.args), [6, 5, 4, 3, 2, 1, 0].map((n) => [n, text]));
  },
  async "a dead letter stays for as long as it says, and other tasks of its batch do not"(context) {
    const { broker, clock } = context;
    const [failed, done] = [message(clock, ["failed"]), message(clock, ["done"])];
    await broker.publish([failed, done]);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await worker.exchange({ settlements: [failure(worker, one!), worker.success(two!)] });
    await clock.advance({ milliseconds: 2 * day });
    assertEquals(await states(broker, [failed, done]), ["FAILURE", undefined]);
    assertEquals(await listed(broker), ["failed"]);
    await clock.advance({ milliseconds: 29 * day });
    assertEquals(await states(broker, [failed]), [undefined]);
    assertEquals(await listed(broker), []);
  },
  async "deadLetters.resend() puts a letter back under its id, which then is none any more"(context) {
    const { broker, clock } = context;
    const sent = [message(clock, [1]), message(clock, [2], { id: "mine", nonce: "first" })];
    await fail(context, sent);
    const resentAt = clock.now();
    const next = [
      again(sent[0]!, "n1", { args: ["changed"], queue: "other", resentAt }),
      again(sent[1]!, "n2", { resentAt }),
    ];
    assertEquals(await broker.deadLetters.resend(next), ["resent", "resent"]);
    assertEquals(await listed(broker), []);
    const [record] = await broker.fetch([sent[0]!.id]);
    assertEquals([record!.state, record!.queue, record!.retries, record!.resentAt, record!.error], [
      "QUEUED",
      "other",
      0,
      resentAt,
      undefined,
    ]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take(5, { queues: ["other", "default"] });
    assertEquals(held.map(({ message: { id, args }, deaths }) => [id, args, deaths]), [
      [sent[0]!.id, ["changed"], 0],
      ["mine", [2], 0],
    ]);
    await worker.settle(held);
    assertEquals(await states(broker, sent), ["SUCCESS", "SUCCESS"]);
  },
  async "deadLetters.resend() of a letter that outlived the others of its batch"(context) {
    const { broker, clock } = context;
    const sent = message(clock, [1]);
    await fail(context, [sent]);
    await clock.advance({ milliseconds: 10 * day });
    assertEquals(await broker.deadLetters.resend([again(sent, "n1")]), ["resent"]);
    assertEquals(await states(broker, [sent]), ["QUEUED"]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
  async "deadLetters.resend() that comes twice sends once, even when the task has failed again"(context) {
    const { broker, clock } = context;
    const sent = message(clock, [1]);
    await fail(context, [sent]);
    const next = [again(sent, "n1")];
    assertEquals(await broker.deadLetters.resend(next), ["resent"]);
    assertEquals(await broker.deadLetters.resend(next), ["resent"]);
    assertEquals(await broker.deadLetters.resend([again(sent, "n2")]), ["not_failed"]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(held.length, 1);
    await worker.exchange({ settlements: [failure(worker, held[0]!)] });
    assertEquals(await broker.deadLetters.resend(next), ["resent"]);
    assertEquals(await worker.take(), []);
    assertEquals(await listed(broker), [1]);
    assertEquals(await broker.deadLetters.resend([again(sent, "n2")]), ["resent"]);
    assertEquals((await worker.take()).length, 1);
  },
  async "publish() of a task that was sent again is still known as a repetition"(context) {
    const { broker, clock } = context;
    const sent = message(clock, [1], { id: "mine", nonce: "first" });
    await fail(context, [sent]);
    await broker.deadLetters.resend([again(sent, "n1")]);
    assertEquals(await broker.publish([sent]), [{ id: "mine", status: "added" }]);
    assertEquals(await broker.publish([again(sent, "other")]), [{ id: "mine", status: "exists" }]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    assertEquals(await broker.publish([sent]), [{ id: "mine", status: "added" }]);
    assertEquals(await broker.deadLetters.resend([again(sent, "n1")]), ["resent"]);
    assertEquals(await worker.take(), []);
  },
  async "deadLetters.resend() of what has not failed, or is not known, sends nothing"({ broker, clock }) {
    const [done, waiting, nobody] = [message(clock, [1]), message(clock, [2]), message(clock, [3])];
    await broker.publish([done]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    await broker.publish([waiting]);
    const messages = [done, waiting, nobody].map((one) => again(one, "n"));
    assertEquals(await broker.deadLetters.resend(messages), ["not_failed", "not_failed", "unknown"]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
    assertEquals(await states(broker, [nobody]), [undefined]);
  },
  async "deadLetters.resend() of a unique task: not while another one holds its key"(context) {
    const { broker, clock } = context;
    const unique = { key: "add:[1]", for: day };
    const [one, two] = [message(clock, [1], { unique }), message(clock, [1], { unique })];
    await fail(context, [one]);
    await broker.publish([two]);
    assertEquals(await broker.deadLetters.resend([again(one, "n1")]), ["exists"]);
    assertEquals(await listed(broker), [1]);
    await broker.control.revoke([two.id]);
    assertEquals(await broker.deadLetters.resend([again(one, "n2")]), ["resent"]);
    assertEquals(await broker.publish([message(clock, [1], { unique })]), [{ id: one.id, status: "exists" }]);
  },
  async "deadLetters.resend() wakes a worker that waits, and who waits for the task hears of its end"(context) {
    const { broker, clock, another } = context;
    const sent = message(clock, [1]);
    await fail(context, [sent]);
    const worker = new TestWorker(broker, clock);
    const stop = new AbortController();
    const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
    await signals.next();
    await worker.take(5, { park: true });
    await another().deadLetters.resend([again(sent, "n1")]);
    await signals.next();
    const ended = first(broker.watch([{ task: sent.id }], { signal: stop.signal }), ({ kind }) => kind === "ended");
    const held = await worker.take();
    assertEquals(args(held), [1]);
    await worker.settle(held);
    await ended;
    stop.abort();
    await signals.return?.(undefined);
  },
  async "deadLetters.delete() forgets letters, and nothing else"(context) {
    const { broker, clock } = context;
    const sent = [1, 2].map((n) => message(clock, [n]));
    const waiting = message(clock, [3]);
    await fail(context, sent);
    await broker.publish([waiting]);
    const ids = [sent[0]!.id, waiting.id, "nobody"];
    assertEquals(await broker.deadLetters.delete(ids), ["deleted", "not_failed", "unknown"]);
    assertEquals(await broker.deadLetters.delete(ids), ["unknown", "not_failed", "unknown"]);
    assertEquals(await states(broker, [...sent, waiting]), [undefined, "FAILURE", "QUEUED"]);
    assertEquals(await listed(broker), [2]);
    assertEquals(await broker.deadLetters.resend([again(sent[0]!, "n1")]), ["unknown"]);
  },
  async "deadLetters.trim() removes the oldest beyond so many, and those whose time is over"(context) {
    const { broker, clock } = context;
    const sent = [1, 2, 3, 4].map((n) => message(clock, [n]));
    await fail(context, sent);
    await fail(context, [message(clock, ["short"])], "Error", day);
    assertEquals(await broker.deadLetters.trim(5), 0);
    assertEquals(await broker.deadLetters.trim(3), 2);
    assertEquals(await listed(broker), ["short", 4, 3]);
    assertEquals(await states(broker, sent), ["FAILURE", "FAILURE", "FAILURE", "FAILURE"]);
    await clock.advance({ milliseconds: 2 * day });
    assertEquals(await broker.deadLetters.trim(3), 1);
    assertEquals(await listed(broker), [4, 3]);
    assertEquals(await states(broker, sent), [undefined, undefined, "FAILURE", "FAILURE"]);
    assertEquals(await broker.deadLetters.trim(0), 2);
    assertEquals(await listed(broker), []);
  },
};
