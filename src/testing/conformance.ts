/**
 * What every broker must do, as cases that run on any of them.
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { Broker, Delivery, Settlement, Signal, TaskRecord, TaskState, Turn, TurnReply } from "../broker.ts";
import { InvalidInput } from "../errors.ts";
import { newId } from "../id.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import { ManualClock } from "./manual_clock.ts";

/** A store to run one case on: nobody else uses it. */
export interface TestStore {
  /** The broker, reading the clock that was handed in. */
  readonly broker: Broker;
  /** Opens a second connection to the same store, as another process would. */
  another(): Broker;
}

/** What a case is run with. */
export interface CaseContext extends TestStore {
  /** The clock of the brokers. */
  readonly clock: ManualClock;
}

/** Something that every broker must do. */
export interface Case {
  /** The verb and the rule. */
  readonly name: string;
  /** Fails when the broker does not do it. */
  run(context: CaseContext): Promise<void>;
}

const second = 1000;
const lease = 30 * second;

/** A worker as a case drives it, turn by turn. */
class TestWorker {
  readonly name: string;
  number = 0;
  holds: string[] = [];
  last: Turn | undefined;

  constructor(readonly broker: Broker, readonly clock: ManualClock, name = "w1") {
    this.name = name;
  }

  turn(change: Partial<Turn> = {}): Turn {
    return {
      worker: this.name,
      number: ++this.number,
      queues: ["default"],
      limit: 0,
      holds: [...this.holds],
      settlements: [],
      reports: [],
      lease,
      park: false,
      leave: false,
      ...change,
    };
  }

  async exchange(change: Partial<Turn> = {}): Promise<TurnReply> {
    this.last = this.turn(change);
    const reply = await this.broker.exchange(this.last);
    const gone = new Set([...this.last.settlements.map((one) => one.lease), ...reply.lost]);
    this.holds = [...this.holds.filter((one) => !gone.has(one)), ...reply.deliveries.map((one) => one.lease)];
    return reply;
  }

  /** The same turn once more. */
  repeat(): Promise<TurnReply> {
    return this.broker.exchange(this.last!);
  }

  async take(limit = 10, change: Partial<Turn> = {}): Promise<readonly Delivery[]> {
    return (await this.exchange({ limit, ...change })).deliveries;
  }

  success({ lease, message }: Delivery, change: Partial<TaskRecord> = {}): Settlement {
    const { id, task, queue, sentAt, retries } = message;
    const now = this.clock.now();
    const record = {
      id,
      task,
      queue,
      sentAt,
      retries,
      state: "SUCCESS" as TaskState,
      finishedAt: now,
      worker: this.name,
    };
    return { lease, record: { ...record, result: 3, ...change } };
  }

  async settle(deliveries: readonly Delivery[], change: Partial<TaskRecord> = {}): Promise<TurnReply> {
    return await this.exchange({ settlements: deliveries.map((one) => this.success(one, change)) });
  }

  again({ lease, message, deaths }: Delivery, change: Partial<Message>, head = false): Settlement {
    const next: Message = { ...message, ...change };
    const { id, task, queue, sentAt, retries, eta } = next;
    const record = {
      id,
      task,
      queue,
      sentAt,
      retries,
      state: "RETRY" as TaskState,
      ...(eta === undefined ? {} : { eta }),
    };
    return { lease, record, again: { message: next, head, deaths } };
  }
}

function message(clock: ManualClock, args: readonly Json[] = [], change: Partial<Message> = {}): Message {
  const now = clock.now();
  return { id: newId(now), task: "add", args, queue: "default", priority: 5, sentAt: now, retries: 0, ...change };
}

function args(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map((one) => one.message.args[0]);
}

async function states(broker: Broker, messages: readonly Message[]): Promise<(TaskState | undefined)[]> {
  return (await broker.fetch(messages.map(({ id }) => id))).map((record) => record?.state);
}

/** The first signal of a kind; fails when none comes within 10 s of real time. */
async function first(
  signals: AsyncIterable<Signal>,
  wanted: (signal: Signal) => boolean,
): Promise<Signal> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no such signal within 10 s")), 10_000);
  });
  try {
    const search = (async () => {
      for await (const signal of signals) if (wanted(signal)) return signal;
      throw new Error("the signals ended");
    })();
    return await Promise.race([search, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Each case by its name. */
const cases: { readonly [name: string]: (context: CaseContext) => Promise<void> } = {
  // Publishing.

  async "publish() adds a message that a turn takes as it was"({ broker, clock }) {
    const sent = message(clock, [1, "zwei", null, [true], { a: { b: [] } }], { headers: { x: 1 }, rootId: "r" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals({ ...delivery!.message }, sent);
    assertEquals(delivery!.deaths, 0);
  },
  async "publish() of nothing does nothing"({ broker }) {
    assertEquals(await broker.publish([]), []);
  },
  async "publish() changes no text: emoji, separators, large numbers, empty arrays and objects"({ broker, clock }) {
    const values = ['👩‍👩‍👧 é \u2028\u2029 \u0000 \t\r\n "\\ |;, ä', "9007199254740993", 9007199254740991, 1e-7, [], {}, [
      [],
    ], ""];
    await broker.publish([message(clock, values)]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals(delivery!.message.args, values);
  },
  async "publish() takes 3,000 messages at once, in order"({ broker, clock }) {
    const messages = Array.from({ length: 3000 }, (_, n) => message(clock, [n]));
    const receipts = await broker.publish(messages);
    assertEquals(receipts.map(({ id }) => id), messages.map(({ id }) => id));
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 6; turns++) {
      const deliveries = await worker.take(500);
      taken.push(...args(deliveries));
      await worker.settle(deliveries);
    }
    assertEquals(taken, messages.map(({ args }) => args[0]));
  },
  async "publish() takes a message of a megabyte"({ broker, clock }) {
    const text = "ü".repeat(500_000);
    await broker.publish([message(clock, [text])]);
    const [delivery] = await new TestWorker(broker, clock).take();
    assertEquals(delivery!.message.args[0] === text, true);
  },
  async "publish() of the same messages again adds nothing and answers the same"({ broker, clock }) {
    const messages = [message(clock, [1]), message(clock, [2], { eta: clock.now() + 60 * second })];
    const answer = await broker.publish(messages);
    assertEquals(await broker.publish(messages), answer);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1, delayed: 1 }]);
  },
  async "publish() of the same message adds nothing while it runs and after its end"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take();
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await worker.take(), []);
    await worker.settle(deliveries);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await worker.take(), []);
    assertEquals(await states(broker, [sent]), ["SUCCESS"]);
  },
  async "publish() answers exists for an id that the caller chose and that is there"({ broker, clock }) {
    const sent = message(clock, [1], { id: "order:4711", nonce: "a" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([{ ...sent, args: [2], nonce: "b" }]), [{ id: sent.id, status: "exists" }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1]);
  },
  async "publish() answers the same for a repetition, by its nonce, and exists for another message"({ broker, clock }) {
    const sent = message(clock, [1], { nonce: "a" });
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    const other = { ...sent, nonce: "b" };
    assertEquals(await broker.publish([other]), [{ id: sent.id, status: "exists" }]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(held.length, 1);
    await worker.settle(held);
    assertEquals(await broker.publish([sent]), [{ id: sent.id, status: "added" }]);
    assertEquals(await broker.publish([other]), [{ id: sent.id, status: "exists" }]);
  },
  async "publish() adds the first of two messages of one id"({ broker, clock }) {
    const sent = message(clock, [1], { id: "twice" });
    const messages = [{ ...sent, nonce: "a" }, { ...sent, args: [2], nonce: "b" }];
    assertEquals(await broker.publish(messages), [{ id: "twice", status: "added" }, { id: "twice", status: "exists" }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), [1]);
  },

  // Order, priority, delay.

  async "exchange() returns nothing when the queue is empty"({ broker, clock }) {
    const reply = await new TestWorker(broker, clock).exchange({ limit: 10 });
    assertEquals([reply.deliveries, reply.lost, reply.revoked, reply.more], [[], [], [], false]);
  },
  async "exchange() takes no more than its limit, and says that there is more"({ broker, clock }) {
    await broker.publish(Array.from({ length: 5 }, (_, n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const one = await worker.exchange({ limit: 2 });
    assertEquals([args(one.deliveries), one.more], [[0, 1], true]);
    const two = await worker.exchange({ limit: 10 });
    assertEquals([args(two.deliveries), two.more], [[2, 3, 4], false]);
    assertEquals((await worker.exchange({ limit: 0 })).deliveries, []);
  },
  async "exchange() takes the highest priority first, and the oldest within one"({ broker, clock }) {
    await broker.publish(
      [[5, "a"], [9, "b"], [0, "c"], [9, "d"], [5, "e"]].map(([priority, name]) =>
        message(clock, [name as string], { priority: priority as number })
      ),
    );
    assertEquals(args(await new TestWorker(broker, clock).take()), ["b", "d", "a", "e", "c"]);
  },
  async "exchange() takes from its queues in the order given, and from no other"({ broker, clock }) {
    await broker.publish(["a", "b", "c"].map((queue) => message(clock, [queue], { queue })));
    const worker = new TestWorker(broker, clock);
    assertEquals(args(await worker.take(10, { queues: ["c", "a"] })), ["c", "a"]);
    assertEquals(args(await worker.take(10, { queues: ["b"] })), ["b"]);
  },
  async "exchange() takes a delayed message when it is due, and tells when that is"({ broker, clock }) {
    const eta = clock.now() + 60 * second;
    await broker.publish([message(clock, ["later"], { eta })]);
    const worker = new TestWorker(broker, clock);
    const early = await worker.exchange({ limit: 10 });
    assertEquals([early.deliveries, early.more, early.wakeAt], [[], false, eta]);
    await clock.advance(59.999);
    assertEquals(await worker.take(), []);
    await clock.advance(0.001);
    assertEquals(args(await worker.take()), ["later"]);
  },
  async "exchange() takes delayed messages of one queue by their times"({ broker, clock }) {
    const now = clock.now();
    await broker.publish([3, 1, 2].map((n) => message(clock, [n], { eta: now + n * second })));
    const worker = new TestWorker(broker, clock);
    await clock.advance(1);
    assertEquals(args(await worker.take()), [1]);
    await clock.advance(5);
    assertEquals(args(await worker.take()).sort(), [2, 3]);
  },
  async "exchange() takes a message whose eta is over at once"({ broker, clock }) {
    await broker.publish([message(clock, ["old"], { eta: clock.now() - 1 })]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["old"]);
  },
  async "exchange() releases 1,200 messages that are due at the same time"({ broker, clock }) {
    const eta = clock.now() + second;
    await broker.publish(Array.from({ length: 1200 }, (_, n) => message(clock, [n], { eta })));
    await clock.advance(1);
    const worker = new TestWorker(broker, clock);
    const taken: unknown[] = [];
    for (let turns = 0; turns < 6 && taken.length < 1200; turns++) {
      const deliveries = await worker.take(500);
      taken.push(...args(deliveries));
      await worker.settle(deliveries);
    }
    assertEquals(new Set(taken).size, 1200);
  },
  async "exchange() refuses a limit over 500 and names that are none"({ broker, clock }) {
    const worker = new TestWorker(broker, clock);
    await assertRejects(() => broker.exchange(worker.turn({ limit: 501 })), InvalidInput, "501");
    await assertRejects(() => broker.exchange(worker.turn({ worker: "a b" })), InvalidInput);
    await assertRejects(() => broker.exchange(worker.turn({ queues: ["a|b"] })), InvalidInput);
  },

  // Leases.

  async "exchange() gives a message to one worker only"({ broker, clock, another }) {
    await broker.publish(Array.from({ length: 200 }, (_, n) => message(clock, [n])));
    const workers = ["w1", "w2", "w3", "w4"].map((name, n) => new TestWorker(n % 2 ? another() : broker, clock, name));
    const taken = await Promise.all(workers.map(async (worker) => {
      const mine: Delivery[] = [];
      for (let turns = 0; turns < 20; turns++) mine.push(...await worker.take(10));
      return mine;
    }));
    assertEquals(args(taken.flat()).sort((a, b) => Number(a) - Number(b)), Array.from({ length: 200 }, (_, n) => n));
  },
  async "exchange() renews all that the worker holds"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    await worker.take();
    const other = new TestWorker(broker, clock, "w2");
    for (let times = 0; times < 5; times++) {
      await clock.advance(20);
      assertEquals((await worker.exchange()).lost, []);
      assertEquals(await other.take(), []);
    }
  },
  async "exchange() returns what a dead worker held to others, with a death counted"({ broker, clock }) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    await new TestWorker(broker, clock, "w1").take(1);
    const other = new TestWorker(broker, clock, "w2");
    const { wakeAt } = await other.exchange({ limit: 0 });
    assertEquals(wakeAt !== undefined && wakeAt <= clock.now() + lease, true, `wakeAt ${wakeAt}`);
    await clock.advance({ milliseconds: lease });
    const deliveries = await other.take();
    // It was taken first, so it comes first again.
    assertEquals(deliveries.map((one) => [one.message.args[0], one.deaths]), [[1, 1], [2, 0]]);
  },
  async "exchange() counts every death"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    for (let deaths = 0; deaths < 4; deaths++) {
      const [delivery] = await new TestWorker(broker, clock, `w${deaths}`).take();
      assertEquals(delivery!.deaths, deaths);
      await clock.advance({ milliseconds: lease + 1 });
    }
  },
  async "exchange() lets only the holder settle"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const slow = new TestWorker(broker, clock, "slow");
    const late = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    const quick = new TestWorker(broker, clock, "quick");
    const again = await quick.take();
    assertEquals(again.length, 1);
    const reply = await slow.settle(late, { result: "late" });
    assertEquals(reply.lost, [late[0]!.lease]);
    assertEquals((await states(broker, [sent]))[0] === "SUCCESS", false);
    await quick.settle(again, { result: "quick" });
    assertEquals((await broker.fetch([sent.id]))[0]!.result, "quick");
  },
  async "exchange() names as lost what the worker no longer holds"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const slow = new TestWorker(broker, clock, "slow");
    const [held] = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "other").take();
    assertEquals((await slow.exchange()).lost, [held!.lease]);
  },
  async "exchange() settles only under the very lease: another worker's is lost"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const [held] = await new TestWorker(broker, clock, "w1").take();
    const thief = new TestWorker(broker, clock, "thief");
    assertEquals((await thief.settle([held!])).lost, [held!.lease]);
    assertEquals((await states(broker, [sent]))[0] === "SUCCESS", false);
  },
  async "exchange() gives a message that came back another lease"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    const [one] = await worker.take();
    await worker.exchange({ settlements: [worker.again(one!, { retries: 1 })] });
    const [two] = await worker.take();
    assertEquals(two!.lease === one!.lease, false);
    assertEquals((await worker.exchange({ settlements: [worker.success(one!)] })).lost, [one!.lease]);
  },
  async "exchange() that leaves returns the rest, in order and with no death counted"({ broker, clock }) {
    await broker.publish([1, 2, 3, 4].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock, "w1");
    const held = await worker.take(3);
    await worker.exchange({ leave: true, settlements: [worker.success(held[1]!)] });
    assertEquals(await broker.inspector.workers(), []);
    const others = await new TestWorker(broker, clock, "w2").take();
    assertEquals(others.map((one) => [one.message.args[0], one.deaths]), [[1, 0], [3, 0], [4, 0]]);
  },

  // Repetition.

  async "exchange() of the same number brings the same deliveries and takes no more"({ broker, clock }) {
    await broker.publish([1, 2, 3].map((n) => message(clock, [n])));
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take(2);
    const repeated = (await worker.repeat()).deliveries;
    assertEquals(byLease(repeated), byLease(deliveries));
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1, delayed: 0 }]);
  },
  async "exchange() of the same number settles once"({ broker, clock }) {
    const sent = [message(clock, [1]), message(clock, [2])];
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take();
    await worker.exchange({ settlements: [worker.success(one!), worker.again(two!, { retries: 1 })] });
    const { lost } = await worker.repeat();
    assertEquals(lost, []);
    assertEquals(await states(broker, sent), ["SUCCESS", "RETRY"]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
  },
  async "exchange() of the same number names the same as lost"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const slow = new TestWorker(broker, clock, "slow");
    const held = await slow.take();
    await clock.advance({ milliseconds: lease + 1 });
    await new TestWorker(broker, clock, "other").take();
    const { lost } = await slow.settle(held);
    assertEquals((await slow.repeat()).lost, lost);
  },
  async "exchange() of a lower number changes nothing and is refused"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    const old = worker.turn({ settlements: held.map((one) => worker.success(one)) });
    await worker.exchange({ settlements: held.map((one) => worker.again(one, { retries: 1 })) });
    await assertRejects(() => broker.exchange(old), InvalidInput);
    assertEquals(await states(broker, [sent]), ["RETRY"]);
  },
  async "exchange() delivers again what the worker holds without knowing"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    const [lost] = await worker.take();
    worker.holds = [];
    const [again] = await worker.take(0);
    assertEquals([again!.lease, again!.message.id, again!.deaths], [lost!.lease, lost!.message.id, 0]);
  },
  async "exchange() that leaves can be repeated, and an earlier turn that comes late is refused"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock);
    await worker.take();
    const late = worker.last!;
    await worker.exchange({ leave: true });
    await worker.repeat();
    await assertRejects(() => broker.exchange(late), InvalidInput);
    assertEquals(await broker.inspector.workers(), []);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 1);
  },

  // Settlements and records.

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
  async "exchange() keeps a failure with type, message, stack and cause"({ broker, clock }) {
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
    const { result: _, ...record } = worker.success(held!).record;
    await worker.exchange({ settlements: [{ lease: held!.lease, record: { ...record, state: "FAILURE", error } }] });
    assertEquals((await broker.fetch([sent.id]))[0]!.error, error);
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
    const { wakeAt } = await worker.exchange({ limit: 1, settlements: [worker.again(held!, { retries: 1, eta })] });
    assertEquals(wakeAt, eta);
    const [record] = await broker.fetch([sent.id]);
    assertEquals([record!.state, record!.eta, record!.retries], ["RETRY", eta, 1]);
    assertEquals(await worker.take(), []);
    await clock.advance(10);
    const [next] = await worker.take();
    assertEquals([next!.message.id, next!.message.retries], [sent.id, 1]);
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

  // Control.

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
      { name: "a", waiting: 0, delayed: 1 },
      { name: "b", waiting: 2, delayed: 0 },
    ]);
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

  // Signals.

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
};

function byLease(deliveries: readonly Delivery[]): Delivery[] {
  return [...deliveries].sort((a, b) => a.lease < b.lease ? -1 : 1);
}

/** What every broker must do. */
export const conformance: readonly Case[] = Object.entries(cases).map(([name, run]) => ({ name, run }));

/** Registers a test: `Deno.test`, or the like of another runner. */
export type Register = (name: string, run: () => Promise<void>) => void;

/** How to test a broker. */
export interface ConformanceOptions {
  /** Registers each case. */
  readonly test: Register;
  /** Opens a fresh store; disposing it closes every broker on it. */
  readonly open: (clock: ManualClock) => Promise<TestStore & AsyncDisposable>;
  /** Cases that this broker does not meet, each with its reason. */
  readonly deviations?: { readonly [name: string]: string };
}

/**
 * Registers a test for each case: `testBroker("mine", { test: Deno.test, open })`.
 *
 * A case that deviates must fail: a deviation that is none any more fails the test.
 *
 * @throws {InvalidInput} For a deviation from a case that does not exist.
 */
export function testBroker(name: string, { test, open, deviations = {} }: ConformanceOptions): void {
  for (const deviation of Object.keys(deviations)) {
    if (!(deviation in cases)) throw new InvalidInput("deviations", `There is no case ${JSON.stringify(deviation)}`);
  }
  for (const { name: rule, run } of conformance) {
    test(`${name}: ${rule}`, async () => {
      const clock = new ManualClock();
      await using store = await open(clock);
      const context: CaseContext = { broker: store.broker, another: () => store.another(), clock };
      const reason = deviations[rule];
      if (reason === undefined) await run(context);
      else await assertRejects(() => run(context), Error, undefined, `no longer deviates: ${reason}`);
    });
  }
}
