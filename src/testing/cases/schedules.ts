/**
 * Periodic tasks: entries, their due times, and that each of these is met once.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Json } from "../../json.ts";
import type { EntryChange, Tick } from "../../ports/schedules.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { args, lease, message, second, states, TestWorker } from "../test_worker.ts";

const definition: Json = { task: "add", schedule: { kind: "every", milliseconds: 1000 }, texts: ["a|b", "ü\n"] };

function entry(name: string, change: Partial<EntryChange> = {}): EntryChange {
  return { name, revision: 0, definition, due: 1000, ...change };
}

function tick(clock: ManualClock, name: string, due: number, change: Partial<Tick> = {}): Tick {
  const messages = [message(clock, [name], { id: `beat:${name}:${due}` })];
  return { name, due, next: due + 1000, state: { runs: 1 }, messages, ...change };
}

/** Periodic tasks: entries, their due times, and that each of these is met once. */
export const schedules: Cases = {
  async "schedules.list() tells what was put, by name"({ broker: { schedules }, another }) {
    assertEquals(await schedules.list(), []);
    const state: Json = { runs: 3, text: "x|y" };
    assertEquals(await schedules.put([entry("b"), entry("a b", { due: null, state })]), [true, true]);
    assertEquals(await another().schedules.list(), [
      { name: "a b", revision: 1, definition, state },
      { name: "b", revision: 1, definition, due: 1000 },
    ]);
  },
  async "schedules.put() changes the revision it was made of, and no other"({ broker: { schedules } }) {
    await schedules.put([entry("a", { state: { runs: 1 } })]);
    assertEquals(await schedules.put([entry("a", { definition: "other" })]), [false]);
    assertEquals(await schedules.put([entry("a", { revision: 2, definition: "other" })]), [false]);
    assertEquals(await schedules.put([{ name: "a", revision: 1, definition: "second" }]), [true]);
    assertEquals(await schedules.list(), [
      { name: "a", revision: 2, definition: "second", due: 1000, state: { runs: 1 } },
    ]);
    assertEquals(await schedules.put([entry("a", { revision: 2, definition: "third", due: null, state: 0 })]), [true]);
    assertEquals(await schedules.list(), [{ name: "a", revision: 3, definition: "third", state: 0 }]);
  },
  async "schedules.put() that comes twice is done once, and says so both times"({ broker: { schedules } }) {
    const change = entry("a");
    assertEquals([await schedules.put([change]), await schedules.put([change])], [[true], [true]]);
    assertEquals((await schedules.list())[0]!.revision, 1);
  },
  async "schedules.remove() forgets entries, those that are there"({ broker: { schedules } }) {
    await schedules.put([entry("a"), entry("b")]);
    await schedules.remove(["a", "nobody"]);
    await schedules.remove(["a"]);
    assertEquals((await schedules.list()).map(({ name }) => name), ["b"]);
    assertEquals(await schedules.put([entry("a")]), [true]);
  },
  async "schedules.fire() sends the messages of a tick, and sets the next"({ broker, clock }) {
    await broker.schedules.put([entry("a")]);
    const sent = tick(clock, "a", 1000);
    assertEquals(await broker.schedules.fire("w1", [sent]), [
      { fired: true, receipts: [{ id: "beat:a:1000", status: "added" }], due: 2000, state: { runs: 1 } },
    ]);
    assertEquals(await broker.schedules.list(), [
      { name: "a", revision: 1, definition, due: 2000, state: { runs: 1 } },
    ]);
    assertEquals(await states(broker, sent.messages), ["QUEUED"]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["a"]);
  },
  async "schedules.fire() of a time that is not due any more does nothing, and tells what is"(
    { broker, clock, another },
  ) {
    await broker.schedules.put([entry("a")]);
    await broker.schedules.fire("w1", [tick(clock, "a", 1000)]);
    const answer = await another().schedules.fire("w2", [tick(clock, "a", 1000, { state: { runs: 9 } })]);
    assertEquals(answer, [{ fired: false, receipts: [], due: 2000, state: { runs: 1 } }]);
    assertEquals(await broker.schedules.fire("w3", [tick(clock, "b", 1000)]), [{ fired: false, receipts: [] }]);
    assertEquals(args(await new TestWorker(broker, clock).take()), ["a"]);
  },
  async "schedules.fire() that comes twice sends once, and says so both times"({ broker, clock }) {
    await broker.schedules.put([entry("a")]);
    const sent = [tick(clock, "a", 1000)];
    const first = await broker.schedules.fire("w1", sent);
    assertEquals(await broker.schedules.fire("w1", sent), first);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    assertEquals(await broker.schedules.fire("w1", sent), first);
    assertEquals(await worker.take(), []);
  },
  async "schedules.fire() by two beats at once: each tick counts for one of them"({ broker, clock, another }) {
    const names = ["a", "b", "c", "d"];
    await broker.schedules.put(names.map((name) => entry(name)));
    const other = another();
    const some = (all: readonly string[]) => all.map((name) => tick(clock, name, 1000));
    const [here, there] = await Promise.all([
      broker.schedules.fire("w1", some(["a", "b", "c"])),
      other.schedules.fire("w2", some(["b", "c", "d"])),
    ]);
    const counts = [...here, ...there].filter(({ fired }) => fired).length;
    assertEquals([counts, here[0]!.fired, there[2]!.fired], [4, true, true]);
    assertEquals(args(await new TestWorker(broker, clock).take()).sort(), names);
  },
  async "schedules.fire() sends none, one or several messages, to any queue, now and later"({ broker, clock }) {
    await broker.schedules.put(["none", "many", "later"].map((name) => entry(name)));
    const eta = clock.now() + 5 * second;
    const { next: _, ...last } = tick(clock, "none", 1000, { messages: [] });
    const answers = await broker.schedules.fire("w1", [
      last,
      tick(clock, "many", 1000, {
        messages: [1, 2, 3].map((n) => message(clock, [n], { id: `many:${n}`, queue: n === 2 ? "other" : "default" })),
      }),
      tick(clock, "later", 1000, { messages: [message(clock, ["later"], { eta })] }),
    ]);
    assertEquals(answers.map(({ fired, receipts }) => [fired, receipts.length]), [[true, 0], [true, 3], [true, 1]]);
    assertEquals("due" in answers[0]!, false);
    assertEquals(await broker.inspector.queues(), [
      { name: "default", waiting: 2, delayed: 1, paused: false },
      { name: "other", waiting: 1, delayed: 0, paused: false },
    ]);
  },
  async "schedules.fire() of a message that is there already sends none"({ broker, clock }) {
    await broker.schedules.put([entry("a")]);
    await broker.schedules.fire("w1", [tick(clock, "a", 1000)]);
    const worker = new TestWorker(broker, clock);
    await worker.settle(await worker.take());
    await broker.schedules.remove(["a"]);
    await broker.schedules.put([entry("a")]);
    assertEquals((await broker.schedules.fire("w2", [tick(clock, "a", 1000)]))[0]!.fired, true);
    assertEquals(await worker.take(), []);
  },
  async "schedules.fire() keeps what was put meanwhile"({ broker: { schedules }, clock }) {
    await schedules.put([entry("a")]);
    await schedules.put([{ name: "a", revision: 1, definition: "changed" }]);
    await schedules.fire("w1", [tick(clock, "a", 1000)]);
    assertEquals(await schedules.list(), [
      { name: "a", revision: 2, definition: "changed", due: 2000, state: { runs: 1 } },
    ]);
    await schedules.put([{ name: "a", revision: 2, definition: "again", due: 1500 }]);
    assertEquals((await schedules.fire("w1", [tick(clock, "a", 2000)]))[0], {
      fired: false,
      receipts: [],
      due: 1500,
      state: { runs: 1 },
    });
  },
  async "schedules.fire() hands its message to a worker that waits"({ broker, clock }) {
    await broker.schedules.put([entry("a")]);
    const worker = new TestWorker(broker, clock);
    const stop = new AbortController();
    const signals = broker.watch([{ worker: worker.name }], { signal: stop.signal })[Symbol.asyncIterator]();
    await signals.next();
    await worker.take(5, { park: true, lease });
    await broker.schedules.fire("w1", [tick(clock, "a", 1000)]);
    await signals.next();
    assertEquals(args(await worker.take()), ["a"]);
    stop.abort();
    await signals.return?.(undefined);
  },
  async "schedules.put() and remove() are heard by those who watch for beats"({ broker, another }) {
    const stop = new AbortController();
    const signals = broker.watch([{ worker: "~beat" }], { signal: stop.signal })[Symbol.asyncIterator]();
    const heard = async () => (await signals.next()).value.kind;
    assertEquals(await heard(), "wake");
    const putting = another().schedules;
    // Over a network the stream may open after the first change: it says so itself then.
    await putting.put([entry("a")]);
    assertEquals(await heard(), "wake");
    await putting.remove(["a"]);
    assertEquals(await heard(), "wake");
    stop.abort();
    await signals.return?.(undefined);
  },
  async "schedules.fire() of 250 ticks at once"({ broker, clock }) {
    const names = Array.from({ length: 250 }, (_, n) => `entry-${String(n).padStart(3, "0")}`);
    await broker.schedules.put(names.map((name) => entry(name)));
    const answers = await broker.schedules.fire("w1", names.map((name) => tick(clock, name, 1000)));
    assertEquals(answers.every(({ fired, due }) => fired && due === 2000), true);
    assertEquals((await broker.inspector.queues())[0]!.waiting, 250);
  },
};
