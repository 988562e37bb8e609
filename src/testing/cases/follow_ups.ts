/**
 * What is sent with a settlement: all of it, or none.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Settlement } from "../../ports/turn.ts";
import type { Message } from "../../message.ts";
import type { Cases } from "../case.ts";
import { args, lease, message, second, states, TestWorker } from "../test_worker.ts";

const withFollowUps = (settlement: Settlement, ...followUps: readonly Message[]): Settlement => ({
  ...settlement,
  followUps,
});

/** What is sent with a settlement. */
export const followUps: Cases = {
  async "exchange() sends the follow-ups of a settlement with it"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    const [taken] = await worker.take();
    const next = [message(clock, ["a"]), message(clock, ["b"], { priority: 9 }), message(clock, ["c"], { id: "mine" })];
    const elsewhere = message(clock, ["d"], { queue: "elsewhere" });
    const later = message(clock, ["e"], { eta: clock.now() + 60 * second });
    await worker.exchange({ settlements: [withFollowUps(worker.success(taken!), ...next, elsewhere, later)] });
    assertEquals(await states(broker, [taken!.message, ...next, elsewhere, later]), [
      "SUCCESS",
      ...["QUEUED", "QUEUED", "QUEUED", "QUEUED"],
      "SCHEDULED",
    ]);
    const other = new TestWorker(broker, clock, "w2");
    assertEquals(args(await other.take()), ["b", "a", "c"]);
    assertEquals(args(await other.take(10, { queues: ["elsewhere"] })), ["d"]);
    await clock.advance(60);
    assertEquals(args(await other.take(10)), ["e"]);
    const [record] = await broker.fetch([next[0]!.id]);
    assertEquals([record!.task, record!.queue, record!.sentAt], ["add", "default", next[0]!.sentAt]);
  },
  async "exchange() takes follow-ups in the turn that sends them"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    const [taken] = await worker.take();
    const settlements = [withFollowUps(worker.success(taken!), message(clock, ["a"]))];
    assertEquals(args(await worker.take(10, { settlements })), ["a"]);
  },
  async "exchange() sends follow-ups once, however often the turn is repeated"({ broker, clock }) {
    await broker.publish([message(clock, [1]), message(clock, [2])]);
    const worker = new TestWorker(broker, clock, "w1");
    const [first, second] = await worker.take();
    const next = message(clock, ["a"]);
    await worker.exchange({ settlements: [withFollowUps(worker.success(first!), next)] });
    await worker.repeat();
    // One that is there already stays as it is.
    const twin = { ...next, args: ["b"] };
    await worker.exchange({ settlements: [withFollowUps(worker.success(second!), twin)] });
    assertEquals(args(await worker.take()), ["a"]);
  },
  async "exchange() sends follow-ups of what goes back, too"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    const [taken] = await worker.take();
    const back = worker.again(taken!, { retries: 1, eta: clock.now() + 10 * second });
    await worker.exchange({ settlements: [withFollowUps(back, message(clock, ["a"]))] });
    assertEquals(args(await worker.take()), ["a"]);
  },
  async "exchange() sends no follow-ups of a settlement that does not count"({ broker, clock }) {
    const [lost, revoked] = [message(clock, [1]), message(clock, [2])];
    await broker.publish([lost, revoked]);
    const slow = new TestWorker(broker, clock, "slow");
    const taken = await slow.take();
    await broker.control.revoke([revoked.id]);
    const next = [message(clock, ["a"]), message(clock, ["b"])];
    const settled = taken.map((one, index) => withFollowUps(slow.success(one), next[index]!));
    await slow.exchange({ settlements: [settled[1]!] });
    await clock.advance({ milliseconds: lease + 1 });
    const quick = new TestWorker(broker, clock, "quick");
    assertEquals(args(await quick.take()), [1]);
    await slow.exchange({ settlements: [settled[0]!] });
    assertEquals(await states(broker, next), [undefined, undefined]);
    assertEquals(args(await quick.take()), []);
  },
  async "exchange() lets follow-ups wait for their limits"({ broker, clock }) {
    await broker.publish([message(clock, [1])]);
    const worker = new TestWorker(broker, clock, "w1");
    const [taken] = await worker.take(1, { limits: { calls: { concurrency: 1 } } });
    const next = ["a", "b"].map((arg) => message(clock, [arg], { limits: ["calls"] }));
    await worker.exchange({ settlements: [withFollowUps(worker.success(taken!), ...next)] });
    const first = await worker.take();
    assertEquals(args(first), ["a"]);
    assertEquals(args(await worker.take(10, { settlements: first.map((one) => worker.success(one)) })), ["b"]);
  },
  async "exchange() notes follow-ups as children of the task that they name"({ broker, clock }) {
    const [root, chosen] = [message(clock, ["root"]), message(clock, ["chosen"], { id: "mine" })];
    await broker.publish([root, chosen]);
    const worker = new TestWorker(broker, clock, "w1");
    const [one, two] = await worker.take();
    const child = (parentId: string, change: Partial<Message> = {}) =>
      message(clock, ["child"], { parentId, rootId: root.id, ...change });
    const sent = [child(root.id), child(root.id, { eta: clock.now() + 60 * second }), child("mine", { id: "its-own" })];
    await broker.publish([sent[0]!]);
    await worker.exchange({
      settlements: [
        withFollowUps(worker.success(one!), ...sent.slice(0, 2), message(clock, ["nobody's"])),
        withFollowUps(worker.success(two!), sent[2]!),
      ],
    });
    await worker.repeat();
    const [ofRoot, ofChosen] = await broker.inspector.children([root.id, "mine"]);
    assertEquals([ofRoot!.sort(), ofChosen], [[sent[0]!.id, sent[1]!.id].sort(), ["its-own"]]);
    const runs = await worker.take();
    const found = runs.find(({ message }) => message.id === "its-own");
    assertEquals([found!.message.parentId, found!.message.rootId], ["mine", root.id]);
  },
  async "exchange() keeps whose child a task is while it is retried, fails, and is sent again"({ broker, clock }) {
    const root = message(clock, ["root"]);
    const child = message(clock, ["child"], { parentId: root.id, rootId: root.id });
    await broker.publish([root]);
    const worker = new TestWorker(broker, clock, "w1");
    const [first] = await worker.take();
    await worker.exchange({ settlements: [withFollowUps(worker.success(first!), child)] });
    const check = async () => assertEquals(await broker.inspector.children([root.id]), [[child.id]]);
    const [tried] = await worker.take();
    await worker.exchange({ settlements: [worker.again(tried!, { retries: 1 })] });
    await check();
    const [failed] = await worker.take();
    assertEquals([failed!.message.parentId, failed!.message.rootId], [root.id, root.id]);
    const state = "FAILURE";
    const keep = 30 * 86_400 * second;
    await worker.settle([failed!], { state, keep, error: { type: "Error", message: "no" }, message: failed!.message });
    await check();
    assertEquals(await broker.deadLetters.resend([{ ...failed!.message, nonce: "again" }]), ["resent"]);
    await check();
    // Later than anything is known of the children that it was one of.
    const [again] = await worker.take();
    await worker.settle([again!], { state, keep, error: { type: "Error", message: "no" }, message: again!.message });
    await clock.advance(3 * 86_400);
    assertEquals(await broker.deadLetters.resend([{ ...again!.message, nonce: "once more" }]), ["resent"]);
    await check();
    assertEquals(await broker.control.revoke([child.id]), ["revoked"]);
  },
};
