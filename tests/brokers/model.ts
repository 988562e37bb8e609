/**
 * A small model of a broker: it does the same steps, and says where each task must be.
 */
import { assert, assertEquals } from "@std/assert";
import type { Broker, Delivery, Message, TurnReply } from "@umbel/umbel";
import type { ManualClock } from "@umbel/umbel/testing";
import { newId } from "../../src/id.ts";
import { lease, message, TestWorker } from "../../src/testing/test_worker.ts";
import { declared, LimitsModel } from "./model_limits.ts";
import { queues, type Step } from "./model_steps.ts";

/** Where a task is, as the model has it. */
interface Place {
  readonly message: Message;
  at: "queue" | "held" | "ended" | "revoked";
  queue: string;
  due: number;
  /** Whether it still stands where it was put when it was sent. */
  isFresh: boolean;
  /** Whether its lane waits until it is due. */
  isHead?: boolean;
  worker?: TestWorker;
  delivery?: Delivery;
}

/** A broker, and the model of it. */
export class Model {
  readonly #places = new Map<string, Place>();
  /** Who holds a unique key, or held it last. */
  readonly #holders = new Map<string, Place>();
  readonly #paused = new Set<string>();
  readonly #limits = new LimitsModel();
  readonly #workers: TestWorker[] = [];
  readonly #aliveUntil = new Map<TestWorker, number>();
  readonly #end = new AbortController();
  readonly #listening: Promise<void>[] = [];
  #names = 0;

  /** @param deaf Whether workers park and hear nothing of what they are offered. */
  constructor(readonly broker: Broker, readonly clock: ManualClock, readonly deaf = false) {}

  async begin(): Promise<void> {
    for (let n = 0; n < 3; n++) this.#workers.push(await this.#hire());
  }

  async #hire(): Promise<TestWorker> {
    const worker = new TestWorker(this.broker, this.clock, `w${this.#names++}`);
    if (this.deaf) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let wakes = 0;
      const listen = async () => {
        for await (const _ of this.broker.watch([{ worker: worker.name }], { signal: this.#end.signal })) {
          // The first says to look now, the second that the stream is open; the rest is lost.
          if (++wakes === 2) resolve();
        }
      };
      this.#listening.push(listen());
      await promise;
    }
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#listening);
  }

  async run(step: Step): Promise<void> {
    const now = this.clock.now();
    switch (step.do) {
      case "publish": {
        const eta = step.delay > 0 ? { eta: now + step.delay } : {};
        const messages = Array.from(
          { length: step.count },
          () =>
            message(this.clock, [], {
              id: newId(now),
              priority: step.priority,
              queue: step.queue,
              ...eta,
              ...(step.limits.length > 0 ? { limits: step.limits } : {}),
            }),
        );
        for (const one of messages) {
          const due = one.eta ?? 0;
          this.#places.set(one.id, { message: one, at: "queue", queue: one.queue, due, isFresh: due === 0 });
        }
        await this.broker.publish(messages, { limits: declared });
        return;
      }
      case "replace": {
        const { key, queue, delay } = step;
        const eta = delay > 0 ? { eta: now + delay } : {};
        const unique = { key, for: 86_400_000, on: "replace" as const };
        await this.#replace(message(this.clock, [], { id: newId(now), queue, ...eta, unique }));
        return;
      }
      case "publish again": {
        const place = this.#pick(step.pick);
        if (place) assertEquals((await this.broker.publish([place.message]))[0]!.status, "added");
        return;
      }
      case "revoke": {
        const place = this.#pick(step.pick);
        if (!place) return;
        const [answer] = await this.broker.control.revoke([place.message.id]);
        assertEquals(answer, place.at === "ended" ? "ended" : "revoked");
        if (place.at !== "ended") place.at = "revoked";
        return;
      }
      case "change": {
        const place = this.#pick(step.pick);
        if (place) await this.#change(place, step.queue, step.priority, step.delay > 0 ? now + step.delay : 0);
        return;
      }
      case "take":
        await this.#exchange(this.#workers[step.worker]!, { limit: step.limit });
        return;
      case "settle":
      case "retry": {
        const worker = this.#workers[step.worker]!;
        const mine = [...this.#places.values()].filter((place) => place.worker === worker && place.delivery);
        const picked = mine.slice(0, step.count);
        const eta = step.delay > 0 ? now + step.delay : undefined;
        const settlements = picked.map(({ delivery }) =>
          step.do === "settle"
            ? worker.success(delivery!)
            : worker.again(delivery!, eta === undefined ? {} : { eta }, step.head)
        );
        const { lost } = await this.#exchange(worker, { settlements });
        for (const place of picked) {
          if (!place.delivery || lost.includes(place.delivery.lease)) continue;
          if (place.at === "held") {
            place.at = step.do === "settle" ? "ended" : "queue";
            place.due = eta ?? 0;
            place.isHead = step.do === "retry" && step.head;
          }
          this.#release(place);
        }
        return;
      }
      case "repeat": {
        const worker = this.#workers[step.worker]!;
        if (!worker.last || this.#isDead(worker)) return;
        // A turn that changed nothing is not remembered: repeated, it may take what has come since.
        const { deliveries, aliveUntil } = await worker.repeat();
        this.#aliveUntil.set(worker, aliveUntil);
        for (const delivery of deliveries) this.#arrive(worker, delivery);
        return;
      }
      case "forget":
        // An answer got lost: what it brought is held without being known.
        this.#workers[step.worker]!.holds = [];
        return;
      case "leave":
        await this.#leave(step.worker);
        return;
      case "crash":
        this.#workers[step.worker] = await this.#hire();
        return;
      case "pause":
        this.#paused.add(step.queue);
        return await this.broker.control.pause(step.queue);
      case "resume":
        this.#paused.delete(step.queue);
        return await this.broker.control.resume(step.queue);
      case "purge": {
        // What the dead still hold may come back before a purge, or after it.
        if (this.deaf || [...this.#aliveUntil.keys()].some((worker) => this.#isDead(worker))) return;
        const waiting = [...this.#places.values()].filter(({ at, queue }) => at === "queue" && queue === step.queue);
        assertEquals(await this.broker.control.purge(step.queue), waiting.length);
        for (const place of waiting) place.at = "revoked";
        return;
      }
      case "limit": {
        const [name, limit] = step.setting;
        this.#limits.set(name, limit);
        return await this.broker.control.limit(name, limit);
      }
      case "wait":
        await this.clock.advance({ milliseconds: step.ms });
    }
  }

  async #replace(sent: Message): Promise<void> {
    const { key } = sent.unique!;
    const holder = this.#holders.get(key);
    const [receipt] = await this.broker.publish([sent]);
    if (receipt!.status === "exists") {
      // One that was offered is leased, though nobody heard of it.
      assert(holder?.at === "held" || (this.deaf && holder?.at === "queue"), "nobody holds the key, or one that waits");
      assertEquals(receipt!.id, holder.message.id);
      return;
    }
    assertEquals(receipt, { id: sent.id, status: "added" });
    if (holder?.at === "held") {
      // It came back when somebody found its worker dead, in a turn that was meant as a repetition.
      assert(this.#isDead(holder.worker!), "one that runs was replaced");
      this.#release(holder);
    }
    if (holder && holder.at !== "ended") holder.at = "revoked";
    const due = sent.eta ?? 0;
    const place: Place = { message: sent, at: "queue", queue: sent.queue, due, isFresh: due === 0 };
    this.#places.set(sent.id, place);
    this.#holders.set(key, place);
  }

  /** Twice, as if the first answer had been lost. */
  async #change(place: Place, queue: string, priority: number, due: number): Promise<void> {
    const [found] = await this.broker.waiting.find([place.message.id]);
    if (found === "running" && this.deaf) return;
    if (place.at === "held" && this.#isDead(place.worker!)) return;
    if (typeof found === "string") return assertEquals(found, place.at === "held" ? "running" : "ended");
    assertEquals(place.at, "queue");
    const { eta: _, ...message } = found!.message;
    const change = {
      found: found!,
      message: { ...message, queue, priority, ...(due > 0 ? { eta: due } : {}) },
      nonce: `${due}${priority}${this.#names++}`,
    };
    assertEquals(await this.broker.waiting.change([change]), ["changed"]);
    assertEquals(await this.broker.waiting.change([change]), ["changed"]);
    Object.assign(place, { queue, due, message: change.message, isFresh: false, isHead: false });
  }

  async #leave(index: number): Promise<void> {
    const worker = this.#workers[index]!;
    await this.#exchange(worker, { leave: true });
    for (const place of this.#places.values()) {
      if (place.worker !== worker) continue;
      if (place.at === "held") Object.assign(place, { at: "queue", due: 0 });
      this.#release(place);
    }
    this.#aliveUntil.delete(worker);
    this.#workers[index] = await this.#hire();
  }

  /** A turn; whoever died before it has lost what it held. */
  async #exchange(worker: TestWorker, change: Parameters<TestWorker["exchange"]>[0]): Promise<TurnReply> {
    const now = this.clock.now();
    for (const [other, until] of this.#aliveUntil) {
      if (other === worker || until > now) continue;
      for (const place of this.#places.values()) {
        if (place.worker !== other) continue;
        if (place.at === "held") Object.assign(place, { at: "queue", due: 0 });
        this.#release(place);
      }
      this.#aliveUntil.delete(other);
      const index = this.#workers.indexOf(other);
      if (index !== -1) this.#workers[index] = await this.#hire();
    }
    const known = new Set(worker.holds);
    const reply = await worker.exchange({ queues, park: this.deaf, ...change });
    this.#aliveUntil.set(worker, reply.aliveUntil);
    for (const { lease } of change?.settlements ?? []) known.add(lease);
    // It was dead, and a turn that was meant as a repetition has found that.
    for (const place of this.#places.values()) {
      if (place.worker !== worker || !reply.lost.includes(place.delivery!.lease)) continue;
      if (place.at === "held") Object.assign(place, { at: "queue", due: 0 });
      this.#release(place);
    }
    // What was revoked, and the worker does not know of, need not come again.
    const brought = new Set(reply.deliveries.map(({ lease }) => lease));
    for (const place of this.#places.values()) {
      const lease = place.delivery?.lease ?? "";
      if (place.at !== "revoked" || place.worker !== worker || known.has(lease) || brought.has(lease)) continue;
      this.#release(place);
    }
    for (const delivery of reply.deliveries) {
      assert(!known.has(delivery.lease), "what was known was delivered again");
      this.#arrive(worker, delivery);
    }
    return reply;
  }

  #arrive(worker: TestWorker, delivery: Delivery): void {
    const place = this.#places.get(delivery.message.id)!;
    // It comes again, since the worker did not say that it knew.
    if (place.worker === worker) return;
    // Any turn that is not a repetition returns what the dead held, also one that was meant as such.
    if (place.worker && this.#isDead(place.worker)) {
      if (place.at === "held") Object.assign(place, { at: "queue", due: 0 });
      this.#release(place);
    }
    assertEquals([place.at, place.worker?.name], ["queue", undefined], `task ${delivery.message.id}`);
    assert(place.due <= this.clock.now(), "it is not due");
    // What was offered before the pause is leased already.
    assert(this.deaf || !this.#paused.has(place.queue), "its queue is paused");
    if (!this.deaf) this.#checkLane(place);
    Object.assign(place, { at: "held", worker, delivery });
    this.#limits.start(place.message.limits ?? [], this.clock.now(), (name) => this.#running(name));
  }

  /** Nothing that came to the same lane earlier is still there, and no head of it keeps this one back. */
  #checkLane(place: Place): void {
    const laneOf = ({ queue, message }: Place) => `${queue} ${message.priority} ${message.limits}`;
    if (!place.message.limits) return;
    let isEarlier = true;
    for (const other of this.#places.values()) {
      if (other === place) isEarlier = false;
      if (other.at !== "queue" || laneOf(other) !== laneOf(place)) continue;
      if (place.isFresh && isEarlier) assert(!other.isFresh, "it overtook another one of its lane");
      if (other.isHead) assert(other.due <= this.clock.now(), "the head of its lane is not due");
    }
  }

  /** Nothing that still waits could start: it names a limit that is reached. */
  #checkStuck(): void {
    for (const { at, message } of this.#places.values()) {
      if (at !== "queue") continue;
      const isBlocked = message.limits?.some((name) =>
        this.#running(name) >= (this.#limits.allowed(name).concurrency ?? Infinity)
      );
      assert(isBlocked, `it could start, and nobody is told: ${message.limits ?? "no limits"}`);
    }
  }

  /** How many that name this limit are leased; what the dead hold is free with the next turn. */
  #running(name: string): number {
    let count = 0;
    for (const { worker, message } of this.#places.values()) {
      if (worker && !this.#isDead(worker) && message.limits?.includes(name)) count++;
    }
    return count;
  }

  #release(place: Place): void {
    place.isFresh = false;
    delete place.worker;
    delete place.delivery;
  }

  #isDead(worker: TestWorker): boolean {
    return (this.#aliveUntil.get(worker) ?? Infinity) <= this.clock.now();
  }

  #pick(index: number): Place | undefined {
    const places = [...this.#places.values()];
    return places[index % Math.max(places.length, 1)];
  }

  /** Lets every lease and delay run out, does all that is left, and looks whether everything is as it should be. */
  async finish(): Promise<void> {
    for (const queue of queues) await this.broker.control.resume(queue);
    this.#paused.clear();
    await this.clock.advance({ minutes: 10 });
    this.#workers[0] = await this.#hire();
    const last = this.#workers[0]!;
    for (const name of this.#limits.shut) {
      this.#limits.set(name, undefined);
      await this.broker.control.limit(name, undefined);
    }
    // Settles only what nothing else is left to wait for: a place that is free is used without anybody handing in.
    let held: Delivery[] = [];
    for (let idle = 0; idle < 4;) {
      const { deliveries, more, wakeAt } = await this.#exchange(last, { limit: 50 });
      held.push(...deliveries);
      if (deliveries.length > 0 || more) continue;
      // A broker may name the end of this worker's own lease: nothing else is due so late.
      if (wakeAt !== undefined && wakeAt > this.clock.now() && wakeAt < this.clock.now() + lease) {
        await this.clock.advance({ milliseconds: wakeAt - this.clock.now() });
        continue;
      }
      if (!this.deaf) this.#checkStuck();
      idle = held.length === 0 ? idle + 1 : 0;
      const { lost } = await this.#exchange(last, { settlements: held.map((one) => last.success(one)) });
      assertEquals(lost, []);
      for (const { message: { id } } of held) {
        const place = this.#places.get(id)!;
        place.at = "ended";
        this.#release(place);
      }
      held = [];
    }
    const places = [...this.#places.values()];
    const records = await this.broker.fetch(places.map((place) => place.message.id));
    assertEquals(
      records.map((record) => record?.state),
      places.map(({ at }) => at === "revoked" ? "REVOKED" : "SUCCESS"),
    );
    for (const { waiting, delayed } of await this.broker.inspector.queues()) assertEquals([waiting, delayed], [0, 0]);
    assertEquals((await this.broker.inspector.workers()).filter(({ name }) => name !== last.name), []);
  }
}
