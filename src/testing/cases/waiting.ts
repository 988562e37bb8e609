/**
 * What waits: looked at, found, and changed where it waits.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Delivery } from "../../ports/turn.ts";
import { newWord } from "../../id.ts";
import type { Message } from "../../message.ts";
import type { Change, Changing, WaitingQuery, WaitingTask } from "../../ports/waiting.ts";
import type { Cases } from "../case.ts";
import { args, first, message, second, states, TestWorker } from "../test_worker.ts";

const day = 86_400_000;

async function found(broker: Broker, { id }: Message): Promise<WaitingTask> {
  const [task] = await broker.waiting.find([id]);
  assert(typeof task === "object", `it should wait, and it is ${task}`);
  return task;
}

async function changeOf(broker: Broker, sent: Message, change: Partial<Message>): Promise<Change> {
  const task = await found(broker, sent);
  const { eta: _, ...rest } = task.message;
  const kept = "eta" in change ? rest : task.message;
  return { found: task, message: { ...kept, ...change }, nonce: newWord(8) };
}

/** Finds a task and changes it; `eta: 0` makes it due. */
async function change(broker: Broker, sent: Message, what: Partial<Message>): Promise<Changing> {
  return (await broker.waiting.change([await changeOf(broker, sent, what)]))[0]!;
}

/** The first arguments of all that waits, a few at a time. */
async function listed(broker: Broker, query: Partial<WaitingQuery> = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await broker.waiting.list({ limit: 2, ...query, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.tasks.map((task) => task.message.args[0]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

/** What waits. */
export const waiting: Cases = {
  async "waiting.list() tells of all that waits, by queue and turn, in parts"({ broker, clock }) {
    assertEquals(await broker.waiting.list({ limit: 10 }), { tasks: [] });
    const eta = clock.now() + day;
    await broker.publish([
      message(clock, ["later"], { eta: eta + 1 }),
      message(clock, ["soon"], { eta }),
      message(clock, ["low"], { priority: 1 }),
      message(clock, [1]),
      message(clock, [2]),
      message(clock, ["mail"], { queue: "mail", task: "send" }),
      message(clock, ["b"], { limits: ["b"] }),
      message(clock, ["a1"], { limits: ["a", "c#x"] }),
      message(clock, ["a2"], { limits: ["a", "c#x"] }),
    ]);
    const plain = [1, 2, "low", "soon", "later", "mail"];
    // Lanes take turns: which one is told of first is not said.
    const told = await listed(broker);
    assertEquals(told.filter((one) => plain.includes(one as string)), plain);
    assertEquals(told.filter((one) => !plain.includes(one as string)).sort(), ["a1", "a2", "b"]);
    assert(told.indexOf("a1") < told.indexOf("a2"));
    assertEquals(await listed(broker, { limit: 500 }), told);
    assertEquals(await listed(broker, { queue: "mail" }), ["mail"]);
    assertEquals(await listed(broker, { task: "send" }), ["mail"]);
    assertEquals(await listed(broker, { state: "SCHEDULED" }), ["soon", "later"]);
    assertEquals((await listed(broker, { state: "QUEUED", queue: "default" })).length, 6);
  },
  async "waiting.list() tells of no task that a worker holds or that was revoked, and of retries by their state"(
    { broker, clock },
  ) {
    const sent = [1, 2, 3, 4].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const worker = new TestWorker(broker, clock);
    const [one, two] = await worker.take(2);
    await worker.exchange({ settlements: [worker.again(one!, { retries: 1, eta: clock.now() + 60 * second })] });
    await broker.control.revoke([sent[2]!.id]);
    assertEquals(two!.message.id, sent[1]!.id);
    const { tasks } = await broker.waiting.list({ limit: 10 });
    assertEquals(tasks.map(({ message, record }) => [message.args[0], record.state]), [[4, "QUEUED"], [1, "RETRY"]]);
    assertEquals(await listed(broker, { state: "RETRY" }), [1]);
  },
  async "waiting.list() misses nothing of what stays while others are taken"({ broker, clock }) {
    await broker.publish(Array.from({ length: 12 }, (_, n) => message(clock, [n])));
    const first = await broker.waiting.list({ limit: 5 });
    await new TestWorker(broker, clock).take(3);
    const rest = await broker.waiting.list({ limit: 20, cursor: first.cursor! });
    const told = new Set([...first.tasks, ...rest.tasks].map((task) => task.message.args[0]));
    assertEquals([3, 4, 5, 6, 7, 8, 9, 10, 11].filter((n) => !told.has(n)), []);
  },
  async "waiting.find() tells how tasks wait, and why not"({ broker, clock }) {
    const eta = clock.now() + day;
    const [held, ended, waits, later, limited] = [
      message(clock, ["held"], { priority: 9 }),
      message(clock, ["ended"], { priority: 9 }),
      message(clock, ["waits"], { priority: 3 }),
      message(clock, ["later"], { eta }),
      message(clock, ["limited"], { limits: ["a#1"] }),
    ] as const;
    await broker.publish([held, ended]);
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take(2);
    await worker.exchange({ settlements: [worker.success(deliveries[1]!)] });
    await broker.publish([waits, later, limited]);
    const ids = [held, ended, waits, later, limited].map(({ id }) => id);
    const answers = await broker.waiting.find([...ids, "nobody"]);
    assertEquals(
      answers.map((answer) => typeof answer === "object" ? [answer.message.args[0], answer.record.state] : answer),
      ["running", "ended", ["waits", "QUEUED"], ["later", "SCHEDULED"], ["limited", "QUEUED"], "unknown"],
    );
  },
  async "waiting.change() of the priority lets a task go to the end of that priority"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    await broker.publish([...sent, message(clock, [4], { priority: 7 })]);
    assertEquals(await change(broker, sent[2]!, { priority: 7 }), "changed");
    assertEquals(await change(broker, sent[0]!, { priority: 0 }), "changed");
    assertEquals((await broker.inspector.queues())[0]!.waiting, 4);
    assertEquals(args(await new TestWorker(broker, clock).take()), [4, 3, 2, 1]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 0);
  },
  async "waiting.change() of the arguments leaves a task where it stands"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n]));
    const limited = [4, 5].map((n) => message(clock, [n], { limits: ["a"], queue: "limited" }));
    await broker.publish([...sent, ...limited]);
    assertEquals(await change(broker, sent[1]!, { args: ["two"], headers: { from: "me" } }), "changed");
    assertEquals(await change(broker, limited[0]!, { args: ["four"] }), "changed");
    const worker = new TestWorker(broker, clock);
    const deliveries = await worker.take(10, { queues: ["default", "limited"], limits: { a: {} } });
    assertEquals(args(deliveries), [1, "two", 3, "four", 5]);
    assertEquals(deliveries[1]!.message, { ...sent[1]!, args: ["two"], headers: { from: "me" } });
  },
  async "waiting.change() of the time delays a task, and makes one due"({ broker, clock }) {
    const [now, later, retried] = [
      message(clock, ["now"]),
      message(clock, ["later"], { eta: clock.now() + day }),
      message(clock, ["retried"], { priority: 9 }),
    ] as const;
    await broker.publish([now, later, retried]);
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take(1);
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1, eta: clock.now() + day })] });
    const eta = clock.now() + 60 * second;
    assertEquals(await change(broker, now, { eta }), "changed");
    assertEquals(await change(broker, later, { eta: 0 }), "changed");
    assertEquals(await change(broker, retried, { eta: eta + second }), "changed");
    assertEquals(await states(broker, [now, later, retried]), ["SCHEDULED", "QUEUED", "RETRY"]);
    assertEquals((await broker.fetch([now.id]))[0]!.eta, eta);
    assertEquals(await broker.inspector.queues(), [{ name: "default", waiting: 1, delayed: 2, paused: false }]);
    assertEquals(args(await worker.take()), ["later"]);
    await clock.advance({ seconds: 61 });
    const due = await worker.take();
    assertEquals(due.map(({ message: { args, retries } }) => [args[0], retries]), [["retried", 1], ["now", 0]]);
  },
  async "waiting.change() of the queue moves a task; its record says so"({ broker, clock }) {
    const [one, two] = [message(clock, [1]), message(clock, [2], { eta: clock.now() + 60 * second })] as const;
    await broker.publish([one, two]);
    assertEquals(await change(broker, one, { queue: "other" }), "changed");
    assertEquals(await change(broker, two, { queue: "other" }), "changed");
    assertEquals((await broker.fetch([one.id]))[0]!.queue, "other");
    const worker = new TestWorker(broker, clock);
    assertEquals(await worker.take(), []);
    assertEquals(args(await worker.take(10, { queues: ["other"] })), [1]);
    await clock.advance({ seconds: 60 });
    assertEquals(args(await worker.take(10, { queues: ["other"] })), [2]);
  },
  async "waiting.change() of the limits moves a task from lane to lane"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], n === 3 ? {} : { limits: ["a#1"] }));
    await broker.publish(sent, { limits: { a: { concurrency: 1 } } });
    assertEquals(await change(broker, sent[1]!, { limits: ["a#2"] }), "changed");
    assertEquals(await change(broker, sent[2]!, { limits: ["a#1"] }), "changed");
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held).sort(), [1, 2]);
    await worker.settle(held);
    assertEquals(args(await worker.take()), [3]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 0);
  },
  async "waiting.change() takes the last one out of a lane that waits for room"({ broker, clock }) {
    const sent = [1, 2, 3].map((n) => message(clock, [n], { limits: ["a"] }));
    await broker.publish(sent, { limits: { a: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), [1]);
    const { limits: _, ...free } = sent[1]!;
    const task = await found(broker, sent[1]!);
    assertEquals(await broker.waiting.change([{ found: task, message: free, nonce: "x" }]), ["changed"]);
    assertEquals(await change(broker, sent[2]!, { priority: 9 }), "changed");
    assertEquals(args(await worker.take()), [2]);
    await worker.settle(held);
    assertEquals(args(await worker.take()), [3]);
  },
  async "waiting.change() of a task that was taken meanwhile changes nothing"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const late = await changeOf(broker, sent, { priority: 9, args: [2] });
    const worker = new TestWorker(broker, clock);
    const [held] = await worker.take();
    assertEquals(await broker.waiting.change([late]), ["moved"]);
    assertEquals(await broker.waiting.find([sent.id]), ["running"]);
    assertEquals(held!.message.args, [1]);
    await worker.exchange({ settlements: [worker.again(held!, { retries: 1 })] });
    assertEquals(await broker.waiting.change([late]), ["moved"]);
    assertEquals(args(await worker.take()), [1]);
    await worker.exchange({ leave: true });
    assertEquals((await found(broker, sent)).message.args, [1]);
  },
  async "waiting.change() tells of tasks that ended, and of unknown ones"({ broker, clock }) {
    const [one, two] = [message(clock, [1]), message(clock, [2])] as const;
    await broker.publish([one]);
    const late = await changeOf(broker, one, { priority: 9 });
    await broker.control.revoke([one.id]);
    const never = { ...late, message: two, found: { ...late.found, message: two }, nonce: "other" };
    assertEquals(await broker.waiting.change([late, never]), ["ended", "unknown"]);
  },
  async "waiting.change() that is repeated says the same, and changes nothing"({ broker, clock }) {
    const sent = [1, 2].map((n) => message(clock, [n]));
    await broker.publish(sent);
    const once = await changeOf(broker, sent[0]!, { priority: 9, args: ["one"] });
    assertEquals(await broker.waiting.change([once]), ["changed"]);
    assertEquals(await broker.waiting.change([once]), ["changed"]);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 2);
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), ["one", 2]);
    assertEquals(await broker.waiting.change([once]), ["changed"]);
    await worker.settle(held);
    assertEquals(await broker.waiting.change([once]), ["changed"]);
    assertEquals(await states(broker, sent), ["SUCCESS", "SUCCESS"]);
    assertEquals((await broker.publish([sent[0]!]))[0]!.status, "added");
    assertEquals((await broker.inspector.queues())[0]!.waiting, 0);
  },
  async "waiting.change() of the unique key frees the old one and holds the new one"({ broker, clock }) {
    const unique = (key: string) => ({ unique: { key, for: day } });
    const [one, two, three] = [1, 2, 3].map((n) => message(clock, [n], unique(String(n)))) as [
      Message,
      Message,
      Message,
    ];
    await broker.publish([one, two]);
    assertEquals(await change(broker, one, { args: [2], ...unique("2") }), "exists");
    assertEquals((await found(broker, one)).message.args, [1]);
    assertEquals(await change(broker, one, { args: [3], ...unique("3") }), "changed");
    assertEquals(await broker.publish([three]), [{ id: one.id, status: "exists" }]);
    assertEquals(
      await broker.publish([message(clock, [1], unique("1"))]).then(([receipt]) => receipt!.status),
      "added",
    );
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    await worker.exchange({
      settlements: held.map((one) => worker.success(one, { unique: one.message.unique!.key })),
    });
    assertEquals((await broker.publish([three]))[0]!.status, "added");
  },
  async "waiting.change() keeps deaths and retries, and what workers said of the task"({ broker, clock }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    await new TestWorker(broker, clock, "dies").take();
    await clock.advance({ minutes: 10 });
    const worker = new TestWorker(broker, clock);
    await worker.exchange();
    assertEquals(await change(broker, sent, { priority: 8 }), "changed");
    const [held] = await worker.take();
    assertEquals([held!.deaths, held!.message.priority], [1, 8]);
  },
  async "waiting.change() while workers take loses nothing and gives nothing twice"({ broker, another, clock }) {
    const sent = Array.from({ length: 60 }, (_, n) => message(clock, [n], n % 3 ? {} : { limits: ["a"] }));
    await broker.publish(sent, { limits: { a: { concurrency: 100 } } });
    const other = another();
    const worker = new TestWorker(other, clock);
    const taken: Delivery[] = [];
    const taking = async () => {
      for (let turns = 0; turns < 8; turns++) taken.push(...await worker.take(4, { queues: ["default", "other"] }));
    };
    const answers: Changing[] = [];
    const changing = async () => {
      for (let from = 0; from < sent.length; from += 6) {
        const found = await broker.waiting.find(sent.slice(from, from + 6).map(({ id }) => id));
        const changes = found.flatMap((found, n) =>
          typeof found === "string" ? [] : {
            found,
            message: { ...found.message, args: [-1], ...(n % 2 ? { queue: "other" } : { priority: 9 }) },
            nonce: newWord(8),
          }
        );
        answers.push(...await broker.waiting.change(changes));
      }
    };
    await Promise.all([taking(), changing()]);
    for (let more = 1; more > 0;) {
      const rest = await worker.take(50, { queues: ["default", "other"] });
      taken.push(...rest);
      more = rest.length;
    }
    assertEquals(taken.map(({ message }) => message.id).sort(), sent.map(({ id }) => id).sort());
    const changed = taken.filter(({ message }) => message.args[0] === -1).length;
    assertEquals(changed, answers.filter((answer) => answer === "changed").length);
    assertEquals((await broker.inspector.queues()).map(({ waiting, delayed }) => waiting + delayed), [0, 0]);
  },
  async "waiting.change() wakes a worker where it makes a task due"({ broker, clock, another }) {
    const sent = message(clock, [1], { eta: clock.now() + day });
    await broker.publish([sent]);
    const worker = new TestWorker(broker, clock);
    const stop = new AbortController();
    const iterator = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
    // Redis tells twice: to look now, and that the stream is open.
    await iterator.next();
    const { wakeAt } = await worker.exchange({ limit: 5, park: true });
    assert(wakeAt !== undefined && wakeAt > clock.now() + 60 * second);
    let held = await worker.take(5, { park: true });
    assertEquals(held, []);
    assertEquals(await change(another(), sent, { eta: 0 }), "changed");
    while (held.length === 0) {
      await first({ [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }, ({ kind }) => kind === "wake");
      held = await worker.take(5, { park: true });
    }
    assertEquals(args(held), [1]);
    stop.abort();
    await iterator.return?.(undefined);
  },
  async "waiting.change() is told to those who watch a task's updates"({ broker, clock, another }) {
    const sent = message(clock, [1]);
    await broker.publish([sent]);
    const stop = new AbortController();
    const watched = another().watch([{ task: sent.id, updates: true }], { signal: stop.signal });
    const open = watched[Symbol.asyncIterator]();
    const heard = (state: string) =>
      first(
        { [Symbol.asyncIterator]: () => ({ next: () => open.next() }) },
        (signal) => signal.kind === "changed" && signal.record?.state === state,
      );
    await heard("QUEUED");
    assertEquals(await change(broker, sent, { eta: clock.now() + day, queue: "other" }), "changed");
    const told = await heard("SCHEDULED");
    assertEquals(told.kind === "changed" && told.record!.queue, "other");
    stop.abort();
  },
  async "waiting.change() takes any number at once, each for itself"({ broker, clock }) {
    const sent = Array.from({ length: 120 }, (_, n) => message(clock, [n]));
    await broker.publish(sent);
    const tasks = await broker.waiting.find(sent.map(({ id }) => id));
    const changes = tasks.map((task, n) => {
      assert(typeof task === "object");
      return {
        found: task,
        message: { ...task.message, ...(n % 2 ? { priority: 9 } : { args: [-n] }) },
        nonce: newWord(8),
      };
    });
    await new TestWorker(broker, clock).take(2);
    const answers = await broker.waiting.change(changes);
    assertEquals(answers.slice(0, 2), ["moved", "moved"]);
    assertEquals(new Set(answers.slice(2)), new Set(["changed"]));
    const first = await new TestWorker(broker, clock, "w2").take(60);
    assertEquals(args(first), [...Array.from({ length: 59 }, (_, n) => 2 * n + 3), -2]);
  },
  async "publish() adds to a lane that waits for room"({ broker, clock }) {
    const limited = [1, 2, 3].map((n) => message(clock, [n], { limits: ["a"] }));
    await broker.publish(limited.slice(0, 2), { limits: { a: { concurrency: 1 } } });
    const worker = new TestWorker(broker, clock);
    const held = await worker.take();
    assertEquals(args(held), [1]);
    await broker.publish(limited.slice(2));
    assertEquals((await broker.inspector.queues())[0]!.waiting, 2);
    await worker.settle(held);
    const next = await worker.take();
    await worker.settle(next);
    assertEquals([...args(next), ...args(await worker.take())], [2, 3]);
  },
};
