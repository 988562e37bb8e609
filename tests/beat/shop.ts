/** An app on a manual clock over one store, opened as often as a test has processes. */
import { type Broker, type BrokerSource, type ConfigOptions, type Logger, Umbel } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { sqlite } from "@umbel/umbel/sqlite";

/** How a process's app differs from others. */
interface AppOptions {
  readonly config?: ConfigOptions;
  readonly log?: Logger;
  /** Another way to the store. */
  readonly source?: BrokerSource;
  /** What stands before its broker. */
  readonly wrap?: (broker: Broker) => Broker;
}

/** A store that several processes share. */
export class Store implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly #dir = Deno.makeTempDirSync({ prefix: "umbel_beat_" });
  readonly #source: BrokerSource;
  readonly #apps: Umbel[] = [];

  /** @param source Where the store is, if not in a file. */
  constructor(now = Date.parse("2026-11-20T10:20:00Z"), source?: BrokerSource) {
    this.clock = new ManualClock(now);
    this.#source = source ?? sqlite(`${this.#dir}/umbel.db`);
  }

  /** Another process's app. */
  app(options: AppOptions = {}): Umbel {
    const { wrap = (broker) => broker, source = this.#source, ...rest } = options;
    const app = new Umbel("shop", {
      broker: (name, clock) => wrap(source(name, clock)),
      clock: this.clock,
      env: {},
      ...rest,
    });
    this.#apps.push(app);
    return app;
  }

  /** The first argument and the queue's name are enough to tell tasks: takes all that wait, and ends them. */
  async sent(app: Umbel, end = true): Promise<{ id: string; task: string; args: readonly unknown[] }[]> {
    const worker = `taker-${this.#takes++}`;
    const turn = { worker, queues: ["default"], reports: [], lease: 60_000, park: false };
    const sent = [];
    let number = 0;
    let holds: string[] = [];
    while (true) {
      const reply = await app.broker.exchange({
        ...turn,
        number: ++number,
        limit: 500,
        holds,
        settlements: [],
        leave: false,
      });
      const { deliveries } = reply;
      if (deliveries.length === 0 && !reply.more) break;
      sent.push(...deliveries.map(({ message: { id, task, args } }) => ({ id, task, args })));
      const settlements = deliveries.map(({ lease, message: { id, task, queue, sentAt } }) => ({
        lease,
        record: { id, task, queue, sentAt, retries: 0, state: "SUCCESS" as const, finishedAt: this.clock.now() },
      }));
      holds = deliveries.map(({ lease }) => lease);
      if (end) await app.broker.exchange({ ...turn, number: ++number, limit: 0, holds, settlements, leave: false });
      if (end) holds = [];
    }
    if (end) {
      await app.broker.exchange({ ...turn, number: ++number, limit: 0, holds, settlements: [], leave: true });
    }
    return sent;
  }

  #takes = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    for (const app of this.#apps) await app[Symbol.asyncDispose]();
    await Deno.remove(this.#dir, { recursive: true });
  }
}

/** The times that ids of ticks name, as `10:20:30`. */
export function times(sent: readonly { readonly id: string }[]): string {
  return sent.map(({ id }) => new Date(Number(id.split(":").at(-1))).toISOString().slice(11, 19)).join(" ");
}
