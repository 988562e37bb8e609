/**
 * A worker that the cases of the conformance suite drive by hand, and what they send and compare.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Delivery, Settlement, Turn, TurnReply } from "../ports/turn.ts";
import type { Signal } from "../ports/signals.ts";
import type { TaskRecord, TaskState } from "../ports/task_record.ts";
import { newId } from "../id.ts";
import type { Json } from "../json.ts";
import type { Message } from "../message.ts";
import type { ManualClock } from "./manual_clock.ts";

/** In ms. */
export const second = 1000;
/** For how long a test's worker leases (ms). */
export const lease = 30 * second;

/** A worker as a case drives it, turn by turn. */
export class TestWorker {
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
    return { lease, record: { ...record, result: 3, ...heldBy(message), ...change } };
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
      ...heldBy(message),
    };
    return { lease, record, again: { message: next, head, deaths } };
  }
}

/** The unique key that a task holds until its end. */
function heldBy({ unique }: Message): Pick<TaskRecord, "unique"> {
  return unique && unique.states !== "any" ? { unique: unique.key } : {};
}

/** A message as an app sends it. */
export function message(clock: ManualClock, args: readonly Json[] = [], change: Partial<Message> = {}): Message {
  const now = clock.now();
  return { id: newId(now), task: "add", args, queue: "default", priority: 5, sentAt: now, retries: 0, ...change };
}

/** The first argument of each. */
export function args(deliveries: readonly Delivery[]): unknown[] {
  return deliveries.map((one) => one.message.args[0]);
}

/** The state of each. */
export async function states(broker: Broker, messages: readonly Message[]): Promise<(TaskState | undefined)[]> {
  return (await broker.fetch(messages.map(({ id }) => id))).map((record) => record?.state);
}

/** The first signal of a kind; fails when none comes within 10 s of real time. */
export async function first(
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

/** In an order that two answers share. */
export function byLease(deliveries: readonly Delivery[]): Delivery[] {
  return [...deliveries].sort((a, b) => a.lease < b.lease ? -1 : 1);
}
