/**
 * A broker whose answers a test gives by hand: what comes next is awaited, never slept for.
 */
import type { Bills } from "../src/ports/bill.ts";
import type {
  AnswerPart,
  Broker,
  Clock,
  Control,
  DeadLetters,
  Delivery,
  Inspector,
  Journal,
  Limits,
  Listing,
  Mail,
  Message,
  PublishOptions,
  Receipt,
  RemoteCommand,
  Revocation,
  Schedules,
  Signal,
  TaskRecord,
  Topic,
  Turn,
  TurnReply,
  Waiting,
} from "@umbel/umbel";

/** Resolves once all that can go on without time or answers has gone on. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 50; round++) await null;
}

/** A turn that waits for its answer. */
export interface OpenTurn extends Turn {
  answer(reply?: Partial<TurnReply>): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** See above. */
export class ScriptedBroker implements Broker {
  readonly name = "scripted";
  readonly clock: Clock;
  /** What was published, a list for each request. */
  readonly requests: Message[][] = [];
  /** What publishes told of limits. */
  readonly limits: (Limits | undefined)[] = [];
  /** The signals that publishes were given. */
  readonly publishSignals: (AbortSignal | undefined)[] = [];
  /** What is known of tasks. */
  readonly records = new Map<string, TaskRecord>();
  /** How often it was asked for them. */
  fetches = 0;
  /** How often it was asked for the time. */
  asked = 0;
  /** What it does with messages. */
  onPublish: (messages: readonly Message[]) => Promise<Receipt[]> = (messages) =>
    Promise.resolve(messages.map(({ id }) => ({ id, status: "added" })));
  closed = false;
  readonly #turns: OpenTurn[] = [];
  readonly #takers: ((turn: OpenTurn) => void)[] = [];
  readonly #watchers = new Map<string, Set<(signal: Signal) => void>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  now(): Promise<number> {
    this.asked++;
    return Promise.resolve(this.clock.now());
  }

  publish(messages: readonly Message[], { signal, limits }: PublishOptions = {}): Promise<Receipt[]> {
    this.requests.push([...messages]);
    this.limits.push(limits);
    this.publishSignals.push(signal);
    return this.onPublish(messages);
  }

  exchange(turn: Turn): Promise<TurnReply> {
    return new Promise((resolve, reject) => {
      const open: OpenTurn = {
        ...turn,
        answer: (reply = {}) => {
          resolve({
            deliveries: [],
            lost: [],
            revoked: [],
            more: false,
            aliveUntil: this.clock.now() + 360_000,
            ...reply,
          });
          return settled();
        },
        fail: (error) => {
          reject(error);
          return settled();
        },
      };
      const taker = this.#takers.shift();
      if (taker) taker(open);
      else this.#turns.push(open);
    });
  }

  /** The next turn that a worker takes. */
  turn(): Promise<OpenTurn> {
    const turn = this.#turns.shift();
    return turn ? Promise.resolve(turn) : new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Turns that nobody has looked at. */
  get openTurns(): number {
    return this.#turns.length;
  }

  fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    this.fetches++;
    return Promise.resolve(ids.map((id) => this.records.get(id)));
  }

  async *watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Signal> {
    const signals: Signal[] = [];
    let wake = () => {};
    const hear = (one: Signal) => {
      signals.push(one);
      wake();
    };
    const keys = topics.map((topic) => "worker" in topic ? "worker" : "task" in topic ? topic.task : topic.command);
    for (const key of keys) {
      const record = this.records.get(key);
      if (record?.finishedAt) signals.push({ kind: "ended", id: key, record });
      this.#watchers.set(key, (this.#watchers.get(key) ?? new Set()).add(hear));
    }
    signal.addEventListener("abort", () => wake(), { once: true });
    while (!signal.aborted) {
      while (signals.length > 0) yield signals.shift()!;
      if (!signal.aborted) await new Promise<void>((resolve) => wake = resolve);
    }
    for (const key of keys) this.#watchers.get(key)!.delete(hear);
  }

  /** Gives a signal to workers. */
  async signalWorker(signal: Signal): Promise<void> {
    for (const hear of this.#watchers.get("worker") ?? []) hear(signal);
    await settled();
  }

  /** Ends a task, with a signal or without. */
  async end(record: TaskRecord, { silently = false } = {}): Promise<void> {
    this.records.set(record.id, record);
    if (!silently) {
      for (const hear of this.#watchers.get(record.id) ?? []) hear({ kind: "ended", id: record.id, record });
    }
    await settled();
  }

  /** Changes a task, with a signal or without. */
  async change(record: TaskRecord, { silently = false } = {}): Promise<void> {
    this.records.set(record.id, record);
    if (!silently) {
      for (const hear of this.#watchers.get(record.id) ?? []) hear({ kind: "changed", id: record.id, record });
    }
    await settled();
  }

  readonly inspector: Inspector = {
    async *running() {},
    messages: (ids) => Promise.resolve(ids.map(() => undefined)),
    children: (ids) => Promise.resolve(ids.map(() => [])),
    limits: () => Promise.resolve([]),
    queues: () => Promise.resolve([]),
    workers: () => Promise.resolve([]),
  };
  readonly control: Control = {
    revoke: (ids) => Promise.resolve(ids.map((id): Revocation => this.records.has(id) ? "revoked" : "unknown")),
    purge: () => Promise.resolve(0),
    pause: () => Promise.resolve(),
    resume: () => Promise.resolve(),
    limit: () => Promise.resolve(),
  };
  /** What was put into workers' mail, and answered. */
  readonly sentMail: RemoteCommand[] = [];
  readonly answered: AnswerPart[] = [];
  readonly mail: Mail = {
    send: (_, command) => {
      this.sentMail.push(command);
      return Promise.resolve([]);
    },
    answer: (part) => {
      this.answered.push(part);
      return Promise.resolve();
    },
    answers: () => Promise.resolve([]),
  };
  /** To how many it was told to trim the dead letters. */
  readonly trimmed: number[] = [];
  readonly schedules: Schedules = {
    put: (changes) => Promise.resolve(changes.map(() => true)),
    remove: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    fire: (_, ticks) => Promise.resolve(ticks.map(() => ({ fired: false, receipts: [] }))),
  };

  readonly journal: Journal = {
    events: () => Promise.resolve({ events: [], cursor: "0", missed: false }),
    history: () => Promise.resolve([]),
    recording: () => Promise.resolve({ events: "none", history: false }),
    record: () => Promise.resolve(),
  };

  readonly listing: Listing = {
    list: () => Promise.resolve({ tasks: [] }),
    count: () => Promise.resolve({ states: {}, looked: 0 }),
  };
  readonly bills: Bills = { read: () => Promise.resolve([]) };

  readonly deadLetters: DeadLetters = {
    list: () => Promise.resolve({ letters: [] }),
    resend: (messages) => Promise.resolve(messages.map(() => "resent")),
    delete: (ids) => Promise.resolve(ids.map(() => "deleted")),
    trim: (most) => Promise.resolve(this.trimmed.push(most) && 0),
  };
  readonly waiting: Waiting = {
    list: () => Promise.resolve({ tasks: [] }),
    find: (ids) => Promise.resolve(ids.map(() => "unknown")),
    change: (changes) => Promise.resolve(changes.map(() => "changed")),
  };

  [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

let leases = 0;

/** A delivery of a message that says no more than it must. */
export function delivery(task: string, args: Message["args"] = [], more: Partial<Message> = {}, deaths = 0): Delivery {
  const lease = `${++leases}:1`;
  const message: Message = {
    id: `id-${leases}`,
    task,
    args,
    queue: "default",
    priority: 5,
    sentAt: 1_800_000_000_000,
    retries: 0,
    ...more,
  };
  return { lease, message, deaths };
}
