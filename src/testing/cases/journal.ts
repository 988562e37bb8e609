/**
 * What happened is written down with the change itself: nothing is missed, and nothing told twice.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import { InvalidInput } from "../../errors.ts";
import { historyBuckets } from "../../ports/history.ts";
import type { AppEvent, EventLevel, Recording } from "../../ports/journal.ts";
import type { Cases } from "../case.ts";
import { lease, message, second, TestWorker } from "../test_worker.ts";

/** Everything from the beginning of time, a few at a time. */
async function allEvents(broker: Broker, limit = 3): Promise<AppEvent[]> {
  const events: AppEvent[] = [];
  let page = await broker.journal.events({ from: 0, limit });
  for (; page.events.length > 0; page = await broker.journal.events({ since: page.cursor, limit })) {
    events.push(...page.events);
  }
  return events;
}

function named(events: readonly AppEvent[]): string[] {
  return events.map(({ type, id, worker }) => type.startsWith("worker-") ? `${type} ${worker}` : `${type} ${id}`);
}

function recording(events: EventLevel, history = false): Recording {
  return { events, history };
}

/** What happened is written down with the change itself. */
export const journal: Cases = {
  async "journal: without a level nothing is written down"({ broker, clock }) {
    await broker.publish([message(clock)]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    assertEquals(await allEvents(broker), []);
    assertEquals(await broker.journal.history({ from: 0, to: clock.now(), step: "hour" }), []);
  },
  async "journal: lifecycle tells of tasks that are sent and end, and of workers that come and go"({ broker, clock }) {
    const [one, two, three] = [message(clock), message(clock), message(clock)];
    await broker.publish([one, two], { recording: recording("lifecycle") });
    await broker.publish([three], { recording: recording("lifecycle") });
    const worker = new TestWorker(broker, clock);
    const [first, second] = await worker.take(2, { recording: recording("lifecycle") });
    await worker.exchange({
      settlements: [worker.success(first!), worker.again(second!, { retries: 1, eta: clock.now() + 5000 })],
    });
    await broker.control.revoke([three.id]);
    await worker.exchange({ leave: true });
    const events = await allEvents(broker);
    assertEquals(named(events), [
      `task-sent ${one.id}`,
      `task-sent ${two.id}`,
      `task-sent ${three.id}`,
      "worker-online w1",
      `task-succeeded ${one.id}`,
      `task-retried ${two.id}`,
      `task-revoked ${three.id}`,
      "worker-offline w1",
    ]);
    assertEquals(events.map(({ at }) => at), events.map(() => clock.now()));
    const { cursor: _, ...retried } = events[5]!;
    assertEquals(retried, {
      type: "task-retried",
      at: clock.now(),
      id: two.id,
      worker: "w1",
      task: "add",
      queue: "default",
      retries: 1,
      eta: clock.now() + 5000,
    });
  },
  async "journal: all tells of tasks that are received, start and make progress too"({ broker, clock }) {
    const [long, short] = [message(clock, [], { queue: "other" }), message(clock)];
    await broker.publish([long, short], { recording: recording("all") });
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take(2, { queues: ["other", "default"], recording: recording("all") });
    const startedAt = clock.now();
    const runs = new Map(deliveries.map((one) => [one.message.id, one]));
    const { lease, record } = worker.success(runs.get(long.id)!, { startedAt });
    const { result: _, finishedAt: __, ...running } = record;
    await worker.exchange({ reports: [{ lease, record: { ...running, state: "STARTED" } }] });
    await worker.exchange({ reports: [{ lease, record: { ...running, state: "HALF", meta: { done: 1 } } }] });
    await clock.advance({ milliseconds: 700 });
    await worker.settle([runs.get(long.id)!], { startedAt, finishedAt: clock.now() });
    await worker.settle([runs.get(short.id)!], { startedAt: clock.now(), finishedAt: clock.now() });
    const events = (await allEvents(broker)).filter(({ id }) => id !== undefined);
    assertEquals(named(events.filter(({ type }) => type !== "task-received")), [
      `task-sent ${long.id}`,
      `task-sent ${short.id}`,
      `task-started ${long.id}`,
      `task-progress ${long.id}`,
      `task-succeeded ${long.id}`,
      `task-started ${short.id}`,
      `task-succeeded ${short.id}`,
    ]);
    const received = events.filter(({ type }) => type === "task-received");
    assertEquals(received.map(({ task, worker }) => `${task} ${worker}`), ["add w1", "add w1"]);
    assertEquals(received.map(({ queue }) => queue).sort(), ["default", "other"]);
    const [progress] = events.filter(({ type }) => type === "task-progress");
    assertEquals([progress!.state, progress!.meta], ["HALF", { done: 1 }]);
    assertEquals(events.find(({ type, id }) => type === "task-succeeded" && id === long.id)!.runtime, 700);
  },
  async "journal: nothing is told twice when a request is repeated"({ broker, clock }) {
    const sent = [message(clock, [], { nonce: "once" }), message(clock, [], { nonce: "twice" })];
    for (let times = 0; times < 2; times++) await broker.publish(sent, { recording: recording("all", true) });
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take(2, { recording: recording("all", true) });
    await worker.repeat();
    await worker.exchange({ settlements: [worker.success(one!)] });
    await worker.repeat();
    for (let times = 0; times < 2; times++) await broker.control.revoke([two!.message.id]);
    const types = (await allEvents(broker)).map(({ type }) => type).filter((type) => type !== "worker-heartbeat");
    assertEquals(types, [
      ...["task-sent", "task-sent", "worker-online", "task-received", "task-received"],
      ...["task-succeeded", "task-revoked"],
    ]);
    const [point] = await broker.journal.history({ from: clock.now(), to: clock.now(), step: "minute" });
    assertEquals(point!.done, 1);
  },
  async "journal: what a worker hands in that has lost its lease is not told"({ broker, clock }) {
    await broker.publish([message(clock)], { recording: recording("lifecycle", true) });
    const slow = new TestWorker(broker, clock, "slow");
    const held = await slow.take(1, { recording: recording("lifecycle", true) });
    await clock.advance({ milliseconds: lease + 1 });
    const other = new TestWorker(broker, clock, "other");
    const again = await other.take();
    await slow.settle(held);
    await other.settle(again);
    const told = (await allEvents(broker)).filter(({ type }) => type === "task-succeeded");
    assertEquals(told.map(({ worker }) => worker), ["other"]);
    const points = await broker.journal.history({ from: 0, to: clock.now(), step: "hour" });
    assertEquals(points.map(({ done }) => done), [1]);
  },
  async "journal: a worker whose lease ran out is told as one that died"({ broker, clock }) {
    await broker.publish([message(clock)]);
    const dead = new TestWorker(broker, clock, "dead");
    await dead.take(1, { recording: recording("lifecycle") });
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "other").take();
    const events = (await allEvents(broker)).filter(({ worker }) => worker === "dead");
    assertEquals(events.map(({ type, died }) => [type, died ?? false]), [
      ["worker-online", false],
      ["worker-offline", true],
    ]);
  },
  async "journal: a worker that left is told once to have left"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.take(1, { recording: recording("lifecycle") });
    await worker.exchange({ leave: true });
    await worker.repeat();
    await clock.advance({ minutes: 10 });
    await new TestWorker(broker, clock, "other").take();
    const events = (await allEvents(broker)).filter(({ worker }) => worker === "w1");
    assertEquals(events.map(({ type }) => type), ["worker-online", "worker-offline"]);
  },
  async "journal: who was away reads on where it stopped, on another connection too"({ broker, another, clock }) {
    await broker.publish([message(clock)], { recording: recording("lifecycle") });
    const { cursor, events } = await broker.journal.events({ limit: 10 });
    assertEquals(events, []);
    const sent = Array.from({ length: 7 }, () => message(clock));
    await broker.publish(sent.slice(0, 4));
    await broker.publish(sent.slice(4));
    const seen: string[] = [];
    for (let since = cursor;;) {
      const page = await another().journal.events({ since, limit: 2 });
      assertEquals(page.missed, false);
      if (page.events.length === 0) break;
      seen.push(...page.events.map(({ id }) => id!));
      // Either cursor goes on behind what was read.
      since = page.events.at(-1)!.cursor;
    }
    assertEquals(seen, sent.map(({ id }) => id));
  },
  async "journal: events from a time on"({ broker, clock }) {
    await broker.publish([message(clock)], { recording: recording("lifecycle") });
    await clock.advance({ seconds: 10 });
    const late = message(clock);
    await broker.publish([late]);
    const { events } = await broker.journal.events({ from: clock.now() - second, limit: 10 });
    assertEquals(named(events), [`task-sent ${late.id}`]);
  },
  async "journal: events are told in order over many hours, and dropped after a day or two"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.take(0, { recording: recording("lifecycle") });
    const { cursor } = await broker.journal.events({ limit: 1 });
    const sent: string[] = [];
    for (let hour = 0; hour < 60; hour++) {
      const next = message(clock);
      await broker.publish([next]);
      sent.push(next.id);
      await clock.advance({ hours: 1 });
    }
    const ids = (await allEvents(broker)).flatMap(({ id }) => id ?? []);
    assert(ids.length >= 24 && ids.length <= 50, `${ids.length} events are kept`);
    assertEquals(ids, sent.slice(-ids.length));
    assertEquals((await broker.journal.events({ since: cursor, limit: 1 })).missed, true);
  },
  async "journal: a cursor that is none is refused"({ broker }) {
    await assertRejects(() => broker.journal.events({ since: "yesterday", limit: 1 }), InvalidInput, "since");
  },
  async "journal: the worker that started last says what is written down"({ broker, clock }) {
    await broker.publish([message(clock)], { recording: recording("lifecycle") });
    await new TestWorker(broker, clock, "quiet").take(0, { recording: recording("none") });
    await broker.publish([message(clock)], { recording: recording("lifecycle") });
    assertEquals(named(await allEvents(broker)).length, 1);
    await new TestWorker(broker, clock, "loud").take(0, { recording: recording("all") });
    await broker.publish([message(clock)]);
    const types = (await allEvents(broker)).map(({ type }) => type);
    assertEquals(types, ["task-sent", "worker-online", "task-sent"]);
  },
  async "journal: who watches ~events is told that there are some"({ broker, another, clock }) {
    await broker.journal.record(recording("lifecycle"));
    const stop = new AbortController();
    const signals = another().watch([{ worker: "~events" }], { signal: stop.signal });
    const iterator = signals[Symbol.asyncIterator]();
    assertEquals((await iterator.next()).value.kind, "wake");
    const { cursor } = await broker.journal.events({ limit: 1 });
    const sent = message(clock);
    const heard = iterator.next();
    await broker.publish([sent]);
    // Others may come before it: of the stream's opening.
    for (let next = heard;; next = iterator.next()) {
      assertEquals((await next).value.kind, "wake");
      if ((await broker.journal.events({ since: cursor, limit: 1 })).events.length > 0) break;
    }
    stop.abort();
    await iterator.return?.(undefined);
  },
  async "journal: record() says what is written down, and recording() tells it"({ broker, another, clock }) {
    assertEquals(await broker.journal.recording(), recording("none"));
    for (let times = 0; times < 2; times++) await broker.journal.record(recording("lifecycle", true));
    assertEquals(await another().journal.recording(), recording("lifecycle", true));
    const sent = message(clock);
    await broker.publish([sent], { recording: recording("none") });
    await broker.journal.record(recording("none"));
    await broker.publish([message(clock)]);
    assertEquals(named(await allEvents(broker)), [`task-sent ${sent.id}`]);
  },
  async "history: a task that is revoked while it runs is counted once as that, whatever its run came to"(
    { broker, clock },
  ) {
    await broker.publish([message(clock)]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take(1, { recording: recording("lifecycle", true) });
    await broker.control.revoke([held[0]!.message.id]);
    await worker.settle(held, { startedAt: clock.now() });
    const [point] = await broker.journal.history({ from: clock.now(), to: clock.now(), step: "minute" });
    assertEquals([point!.revoked, point!.done, point!.run.count], [1, 0, 0]);
    const told = (await allEvents(broker)).filter(({ type }) => type.startsWith("task-"));
    assertEquals(told.map(({ type }) => type), ["task-revoked"]);
  },
  async "journal: a task that replaces another one or finds its queue full"({ broker, clock }) {
    const unique = { key: "k", for: 60_000, on: "replace" } as const;
    const [first, second] = [message(clock, [], { unique }), message(clock, [], { unique })];
    await broker.publish([first], { recording: recording("lifecycle") });
    await broker.publish([second]);
    const events = await allEvents(broker);
    assertEquals(named(events), [`task-sent ${first.id}`, `task-revoked ${first.id}`, `task-sent ${second.id}`]);
    assertEquals([events[1]!.reason, events[1]!.replacedBy, events[1]!.task], ["replaced", second.id, "add"]);
  },
  async "journal: dead letters that are sent again"({ broker, clock }) {
    const sent = message(clock);
    await broker.publish([sent], { recording: recording("lifecycle") });
    const worker = new TestWorker(broker, clock);
    const error = { type: "RangeError", message: "too far" };
    await worker.settle(await worker.take(), { state: "FAILURE", error, message: sent });
    await broker.deadLetters.resend([{ ...sent, nonce: "again", resentAt: clock.now() }]);
    const events = (await allEvents(broker)).filter(({ id }) => id === sent.id);
    assertEquals(events.map(({ type }) => type), ["task-sent", "task-failed", "task-sent"]);
    assertEquals(events[1]!.error, error);
  },
  async "history: counts by task, queue, minute and hour, with how long they waited and ran"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.take(0, { queues: ["default", "other"], recording: recording("none", true) });
    const start = Math.ceil(clock.now() / 3_600_000) * 3_600_000;
    await clock.advance({ milliseconds: start - clock.now() });
    const run = async (change: Parameters<typeof message>[2], state = "SUCCESS") => {
      await broker.publish([message(clock, [], change)]);
      const dueAt = clock.now();
      await clock.advance({ milliseconds: 40 });
      const [held] = await worker.take(1, { queues: ["default", "other"] });
      const startedAt = clock.now();
      await clock.advance({ milliseconds: 2000 });
      const settlement = worker.success(held!, { startedAt, finishedAt: clock.now(), state });
      await worker.exchange({ settlements: [{ ...settlement, dueAt }] });
    };
    await run({});
    await run({});
    await run({ task: "mail it", queue: "other" }, "FAILURE");
    await clock.advance({ minutes: 1 });
    await run({}, "EXPIRED");
    await clock.advance({ minutes: 3 });
    const all = { from: start, to: clock.now() };
    const minutes = await broker.journal.history({ ...all, step: "minute" });
    assertEquals(
      minutes.map(({ at, task, queue, done, failed, expired }) => [at - start, task, queue, done, failed, expired]),
      [
        [0, "add", "default", 2, 0, 0],
        [0, "mail it", "other", 0, 1, 0],
        [60_000, "add", "default", 0, 0, 1],
      ],
    );
    const [hour, other] = await broker.journal.history({ ...all, step: "hour" });
    assertEquals([hour!.at, hour!.done, hour!.expired, other!.failed], [start, 2, 1, 1]);
    assertEquals([hour!.wait.count, hour!.wait.sum, hour!.run.sum], [3, 120, 6000]);
    assertEquals(hour!.wait.buckets[historyBuckets.indexOf(50)], 3);
    assertEquals(hour!.run.buckets[historyBuckets.indexOf(2500)], 3);
    const ofMail = await broker.journal.history({ ...all, step: "minute", task: "mail it", queue: "other" });
    assertEquals(ofMail.map(({ task }) => task), ["mail it"]);
    assertEquals(await broker.journal.history({ ...all, step: "minute", queue: "none" }), []);
    assertEquals(await broker.journal.history({ from: 0, to: start - 1, step: "hour" }), []);
  },
  async "history: minutes are kept for a day, hours for a month"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await worker.take(0, { recording: recording("none", true) });
    const first = clock.now();
    for (const days of [2, 28, 10, 0]) {
      await broker.publish([message(clock)]);
      await worker.settle(await worker.take());
      await clock.advance({ days });
    }
    const count = async (step: "minute" | "hour") =>
      (await broker.journal.history({ from: first, to: clock.now(), step })).length;
    assertEquals([await count("minute"), await count("hour")], [1, 2]);
  },
};
