/**
 * The embedded broker: one SQLite file for the processes of one machine. Each verb is one transaction.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { realpathSync } from "node:fs";
import type {
  Broker,
  Control,
  Delivery,
  Inspector,
  Lease,
  Limit,
  PublishOptions,
  QueueInfo,
  Receipt,
  Revocation,
  RevokeOptions,
  Settlement,
  Signal,
  TaskRecord,
  Topic,
  Turn,
  TurnReply,
  WorkerInfo,
} from "../../broker.ts";
import { isFinal } from "../../broker.ts";
import type { DeadLetters } from "../../dead_letters.ts";
import type { Clock } from "../../clock.ts";
import { BrokerUnavailable, InvalidInput } from "../../errors.ts";
import { checkName, decodeMessage, encodeMessage, type Message } from "../../message.ts";
import { type DatabaseOptions, openDatabase, transaction, translate } from "./database.ts";
import { add } from "./add.ts";
import { type LaneKey, laneOf, Lanes } from "./lanes.ts";
import { listLimits } from "./ledger.ts";
import { oldestOf } from "./oldest.ts";
import { publish } from "./publish.ts";
import { lateness } from "./rate.ts";
import { decodeRecord, encodeRecord, endOf, leastKeep, toDelivery, toLease } from "./record.ts";
import { release } from "./release.ts";
import { findRecord, freeUnique, purgeSome, revoke } from "./revoke.ts";
import { pruneJournal, Recorder, SqliteJournal } from "./journal.ts";
import type { Journal } from "../../journal.ts";
import { receivedEvent, sentEvent } from "../told.ts";
import { SqliteDeadLetters } from "./dead_letters.ts";
import type { Schedules } from "../../schedules.ts";
import { SqliteSchedules } from "./schedules.ts";
import { Hub, type RevokedRun } from "./signals.ts";
import {
  type HeldRow,
  type MessageRow,
  prepare,
  type RunningRow,
  type Statements,
  type WorkerRow,
} from "./statements.ts";
import { takeFrom } from "./take.ts";
import type { Waiting } from "../../waiting.ts";
import { SqliteWaiting } from "./waiting.ts";
import type { Work } from "./work.ts";

/** For how long a worker that holds nothing counts as alive (ms). */
const idleLease = 360_000;
/** The most settlements, reports and deliveries of one turn. */
const turnLimit = 500;
/** How often records that are over are looked for (ms), and how many a verb removes; more wait for the next verb. */
const prune = { every: 1000, most: 1000 };
/** The most children of a task that are told. */
const mostChildren = 400_000;
/** How many of the tasks that workers hold are read at once. */
const runningChunk = 500;
/** How often it is told at most that a worker is alive (ms). */
const heartbeatEvery = 10_000;
/** How many messages a purge revokes in one transaction: others get their turn in between. */
const purgeChunk = 1000;

/** What the broker is made of. */
export interface SqliteBrokerOptions extends DatabaseOptions {
  /** Tells the time. */
  readonly clock: Clock;
}

/** Holds messages and results in a SQLite file, or in memory. Made by {@linkcode sqlite}. */
export class SqliteBroker implements Broker {
  /** The file and the app. */
  readonly name: string;
  /** Queues and workers. */
  readonly inspector: Inspector;
  /** Revoking and purging. */
  readonly control: Control;
  /** What failed for good. */
  readonly deadLetters: DeadLetters;
  /** Periodic tasks. */
  readonly schedules: Schedules;
  /** What waits. */
  readonly waiting: Waiting;
  /** What happened. */
  readonly journal: Journal;
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #statements: Statements;
  /** When workers that take their turns here were last said to be alive. */
  readonly #beats = new Map<string, number>();
  #prunedAt = 0;
  #closed = false;

  /** See {@linkcode sqlite}. */
  constructor({ clock, ...options }: SqliteBrokerOptions) {
    const { app, path } = options;
    checkName("app", app);
    this.#clock = clock;
    this.name = `sqlite ${path} ${app}`;
    this.#database = openDatabase(options);
    this.#statements = prepare(this.#database, app);
    const file = path === ":memory:" ? undefined : realpathSync(path);
    this.#hub = new Hub({
      log: file === undefined ? undefined : `${file}-wal`,
      version: () => this.#closed ? 0 : (this.#statements.version.get() as { data_version: number }).data_version,
      ended: (ids) => this.#closed ? [] : this.#ended(ids),
      changed: (ids) => this.#closed ? [] : this.#changed(ids),
    }, file === undefined ? undefined : `${app} ${file}`);
    this.deadLetters = new SqliteDeadLetters({
      statements: this.#statements,
      now: () => this.#clock.now(),
      attempt: (run) => this.#attempt(run),
      change: (run) =>
        this.#work((work) =>
          run((message) => {
            add(this.#statements, message, 0, work);
            work.recorder.task(message.id, sentEvent(message));
            work.woken = true;
          })
        ),
    });
    this.schedules = new SqliteSchedules({
      statements: this.#statements,
      attempt: (run) => this.#attempt(run),
      change: (run) =>
        this.#work((work) =>
          run({
            publish: (messages, options) => this.#publish(messages, options, work),
            wake: () => work.woken = true,
          })
        ),
    });
    this.waiting = new SqliteWaiting({
      statements: this.#statements,
      now: () => this.#clock.now(),
      attempt: (run) => this.#attempt(run),
      change: (run) => this.#work(run),
    });
    this.journal = new SqliteJournal(this.#statements, (run) => this.#attempt(run));
    this.inspector = {
      children: (ids) => this.#attempt(() => ids.map((id) => this.#children(id))),
      running: (queue) => this.#running(queue),
      limits: () => this.#attempt(() => listLimits(this.#statements)),
      queues: ({ oldest = false } = {}) => this.#attempt(() => oldest ? this.#agedQueues() : this.#queues()),
      workers: () => this.#attempt(() => this.#workers()),
    };
    this.control = {
      revoke: (ids, options) => this.#revoke(ids, options),
      purge: (queue) => this.#purge(queue),
      pause: (queue) => this.#attempt(() => this.#pause(queue, true)),
      resume: (queue) => this.#attempt(() => this.#pause(queue, false)),
      limit: (name, limit) => this.#limit(name, limit),
    };
  }

  /** This machine's time. */
  now(): Promise<number> {
    return Promise.resolve(this.#clock.now());
  }

  /** Adds messages, all in one transaction. */
  async publish(messages: readonly Message[], options: PublishOptions = {}): Promise<Receipt[]> {
    return await this.#work((work) => this.#publish(messages, options, work));
  }

  #publish(messages: readonly Message[], { queues, limits, recording }: PublishOptions, work: Work): Receipt[] {
    for (const message of messages) message.limits?.forEach((name) => checkName("limit", name));
    this.#prune(work.now);
    if (limits) work.lanes.declare(limits, false);
    work.recorder.declare(recording, false);
    const { receipts, ended } = publish(this.#statements, messages, queues, work);
    work.tasks.push(...ended);
    if (receipts.some(({ status }) => status === "added")) work.woken = true;
    return [...receipts];
  }

  /** A worker's turn, in one transaction. */
  async exchange(turn: Turn): Promise<TurnReply> {
    checkName("worker", turn.worker);
    for (const queue of turn.queues) checkName("queue", queue);
    check("limit", turn.limit);
    check("settlements", turn.settlements.length);
    check("reports", turn.reports.length);
    return await this.#work((work) => this.#turn(turn, work));
  }

  #turn(turn: Turn, work: Work): TurnReply {
    const { worker, number, holds, settlements, reports, leave } = turn;
    const { findWorker, setWorker } = this.#statements;
    const { now, lanes, recorder } = work;
    const known = findWorker.get(worker) as unknown as WorkerRow | undefined;
    if (known && (number < known.turn || (known.gone === 1 && number !== known.turn))) {
      throw new InvalidInput("number", `Turn ${number} of worker ${worker} is over: a later one was answered already`);
    }
    const held = this.#held(worker);
    if (known && number === known.turn) {
      return {
        deliveries: this.#unknown(held, holds),
        lost: known.lost === "" ? [] : known.lost.split(" "),
        revoked: [],
        aliveUntil: known.alive_until,
        ...this.#outlook(turn, work),
      };
    }
    this.#prune(now);
    if (turn.limits) lanes.declare(turn.limits, true);
    recorder.declare(turn.recording, true);

    const settling = new Set(settlements.map(({ lease }) => lease));
    const lost = holds.filter((lease) => !settling.has(lease) && !held.has(lease));
    for (const settlement of settlements) {
      const row = held.get(settlement.lease);
      if (!row) {
        lost.push(settlement.lease);
        continue;
      }
      held.delete(settlement.lease);
      this.#settle(settlement, row, worker, work);
    }
    for (const { lease, record } of reports) if (held.has(lease)) this.#report(record, worker, work);
    const revoked = holds.filter((lease) => (held.get(lease)?.revoked ?? 0) > 0);
    const terminated = revoked.filter((lease) => held.get(lease)!.revoked === 2);
    if (leave) {
      this.#returnAll(worker, 0, work);
      held.clear();
    }
    this.#sweep(worker, work);
    const again = this.#unknown(held, holds);
    const taken = leave ? [] : this.#take(turn, turn.limit - again.length, work);
    const holdsAny = held.size + taken.length > 0;
    const aliveUntil = now + (leave ? leastKeep : holdsAny ? turn.lease : idleLease);
    this.#noteAlive(turn, known !== undefined, work);
    for (const { message } of taken) recorder.task(message.id, receivedEvent(message), worker);
    setWorker.run(worker, number, aliveUntil, leave ? 1 : 0, turn.queues.join(" "), lost.join(" "));
    return { deliveries: [...again, ...taken], lost, revoked, terminated, aliveUntil, ...this.#outlook(turn, work) };
  }

  /** Every turn says that its worker is alive: that is told now and then. */
  #noteAlive({ worker, leave }: Turn, isKnown: boolean, { now, recorder }: Work): void {
    if (!isKnown) recorder.worker("worker-online", worker);
    if (leave) {
      recorder.worker("worker-offline", worker);
      this.#beats.delete(worker);
      return;
    }
    const isDue = now - (this.#beats.get(worker) ?? -Infinity) >= heartbeatEvery;
    if (isKnown && isDue) recorder.worker("worker-heartbeat", worker);
    if (!isKnown || isDue) this.#beats.set(worker, now);
  }

  /** What the worker holds, by lease. The messages are not read: most turns know them all. */
  #held(worker: string): Map<Lease, HeldRow> {
    const rows = this.#statements.allHeld.all(worker) as unknown as HeldRow[];
    return new Map(rows.map((row) => [toLease(row), row]));
  }

  /** What the worker holds without knowing: an answer was lost. */
  #unknown(held: ReadonlyMap<Lease, HeldRow>, holds: readonly Lease[]): Delivery[] {
    const unknown = new Map(held);
    for (const lease of holds) unknown.delete(lease);
    const { findMessage } = this.#statements;
    return [...unknown.values()].map(({ seq }) => toDelivery(findMessage.get(seq) as unknown as MessageRow));
  }

  #settle(settlement: Settlement, row: HeldRow, worker: string, work: Work): void {
    const { record, again } = settlement;
    const { setRecord, removeMessage } = this.#statements;
    const { now } = work;
    if (row.lane !== null) work.lanes.release(row.lane, 1);
    const before = findRecord(this.#statements, record.id, now);
    if (before && isFinal(before.state)) {
      if (before.state === "REVOKED") work.recorder.overruled(record);
      removeMessage.run(row.seq);
      return;
    }
    setRecord.run(endOf(record, now), encodeRecord(record), record.id);
    work.recorder.settled(settlement, before, worker);
    if (record.state === "FAILURE") this.#statements.bury.run(record.finishedAt ?? now, record.id);
    if (isFinal(record.state)) {
      freeUnique(this.#statements, record);
      work.tasks.push({ kind: "ended", id: record.id, record });
    } else {
      work.tasks.push({ kind: "changed", id: record.id, record });
    }
    if (!again) {
      removeMessage.run(row.seq);
      return;
    }
    this.#putBack(again, row, work);
    work.woken = true;
  }

  #putBack({ message, head, deaths }: NonNullable<Settlement["again"]>, row: HeldRow, work: Work): void {
    const { firstPlace, putBack, removeMessage } = this.#statements;
    if (!head) {
      removeMessage.run(row.seq);
      add(this.#statements, message, deaths, work);
      return;
    }
    const { queue, priority, eta = 0, lifo } = message;
    const lane = laneOf(message);
    // Nothing overtakes the head of a lane: until it is due, the lane rests.
    const rests = lane !== null && eta > work.now;
    const due = eta > work.now && !rests ? eta : 0;
    // Its own place is at the head of where it stood; elsewhere, only the first place of all surely is.
    const stays = queue === row.queue && priority === row.priority && lane === row.lane;
    const { seq } = stays ? row : firstPlace.get() as { seq: number };
    putBack.run(seq, queue, priority, due, deaths, lane, lifo ? 1 : 0, encodeMessage(message), row.seq);
    if (lane === null) return;
    work.lanes.arrive({ queue, priority, lane });
    if (rests) work.lanes.rest({ queue, priority, lane }, eta);
  }

  #report(record: TaskRecord, worker: string, { now, recorder, tasks }: Work): void {
    const before = findRecord(this.#statements, record.id, now);
    if (!before || isFinal(before.state)) return;
    this.#statements.setRecord.run(0, encodeRecord(record), record.id);
    recorder.reported(record, before, worker);
    tasks.push({ kind: "changed", id: record.id, record });
  }

  /** What a worker holds goes back to where it stood; what was revoked meanwhile goes. */
  #returnAll(worker: string, deaths: 0 | 1, work: Work): void {
    const { dropRevoked, heldLanes, returnAll } = this.#statements;
    const held = heldLanes.all(worker) as unknown as (LaneKey & { count: number; kept: number })[];
    dropRevoked.run(worker);
    if (Number(returnAll.run(deaths, worker).changes) > 0) work.woken = true;
    for (const { count, kept, ...lane } of held) {
      work.lanes.release(lane.lane, count);
      if (kept > 0) work.lanes.arrive(lane);
    }
  }

  /** Workers whose lease has ended are forgotten, whoever finds them. */
  #sweep(worker: string, work: Work): void {
    for (const { name } of this.#statements.deadWorkers.all(work.now, worker) as { name: string }[]) {
      this.#returnAll(name, 1, work);
      this.#statements.removeWorker.run(name);
      work.recorder.worker("worker-offline", name, { died: true });
    }
  }

  /** Those of these queues that are not paused. */
  #open(queues: readonly string[]): readonly string[] {
    return queues.filter((queue) => !this.#statements.isPaused.get(queue));
  }

  #take(turn: Turn, limit: number, work: Work): Delivery[] {
    const deliveries: Delivery[] = [];
    let room = limit;
    for (const queue of this.#open(turn.queues)) {
      release(this.#statements, queue, turnLimit, work);
      if (room <= 0) continue;
      const { rows, used } = takeFrom(queue, room, turn, this.#statements, work.lanes);
      room -= used;
      deliveries.push(...rows.map(toDelivery));
    }
    return deliveries;
  }

  /** Whether more is waiting, and when something else will be worth a turn. */
  #outlook(
    { worker, queues, leave }: Turn,
    { now, lanes }: Work,
  ): { readonly more: boolean; readonly wakeAt?: number } {
    const { anyWaiting, firstDue, nextDeath } = this.#statements;
    if (leave) return { more: false };
    const { next } = nextDeath.get(worker) as { next: number | null };
    let wakeAt = next ?? Infinity;
    let more = false;
    for (const queue of this.#open(queues)) {
      const { due } = firstDue.get(queue) as { due: number | null };
      if (anyWaiting.get(queue) || (due !== null && due <= now)) more = true;
      else if (due !== null) wakeAt = Math.min(wakeAt, due);
      if (!lanes.any) continue;
      const outlook = lanes.outlook(queue);
      more ||= outlook.more;
      wakeAt = Math.min(wakeAt, outlook.wakeAt);
    }
    return { more, ...(wakeAt === Infinity ? {} : { wakeAt }) };
  }

  /** What is known of tasks. */
  async fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
    const now = this.#clock.now();
    const read = () => ids.map((id) => findRecord(this.#statements, id, now));
    return await this.#attempt(() => ids.length > 1 ? transaction(this.#database, "BEGIN", read) : read());
  }

  /** Signals, until the signal is aborted. */
  watch(topics: readonly Topic[], { signal }: { readonly signal: AbortSignal }): AsyncIterable<Signal> {
    return this.#hub.watch(topics, signal);
  }

  #ended(ids: readonly string[]): Signal[] {
    const now = this.#clock.now();
    return ids.flatMap((id) => {
      const row = this.#statements.findEnded.get(id, now) as { record: string } | undefined;
      return row ? [{ kind: "ended" as const, id, record: decodeRecord(row.record, now) }] : [];
    });
  }

  #changed(ids: readonly string[]): Signal[] {
    const now = this.#clock.now();
    return ids.flatMap((id) => {
      const record = findRecord(this.#statements, id, now);
      return record && !isFinal(record.state) ? [{ kind: "changed" as const, id, record }] : [];
    });
  }

  async *#running(queue?: string): AsyncGenerator<readonly Message[]> {
    let rows: RunningRow[];
    for (let after = Number.MIN_SAFE_INTEGER;; after = rows.at(-1)!.seq) {
      rows = await this.#attempt(() =>
        this.#statements.running.all(after, queue ?? null, runningChunk) as unknown as RunningRow[]
      );
      yield rows.map(({ id, message }) => decodeMessage(id, message));
      if (rows.length < runningChunk) return;
    }
  }

  #children(id: string): string[] {
    return (this.#statements.children.all(id, mostChildren) as { id: string }[]).map(({ id }) => id);
  }

  async #revoke(
    ids: readonly string[],
    { terminate = false, tree = false }: RevokeOptions = {},
  ): Promise<Revocation[]> {
    const running: RevokedRun[] = [];
    const answers = await this.#work((work) =>
      ids.map((id) => {
        const answer = revoke(this.#statements, id, terminate, work, running);
        if (tree && answer === "revoked") this.#statements.markTree.run(id);
        return answer;
      })
    );
    if (running.length > 0) this.#hub.tell(false, [], running);
    return answers;
  }

  async #purge(queue: string): Promise<number> {
    checkName("queue", queue);
    const { purgeDelayed, purgeLaned, purgeWaiting } = this.#statements;
    let count = 0;
    // What is delayed goes first: what becomes due meanwhile is found among what waits.
    for (const some of [purgeDelayed, purgeWaiting, purgeLaned]) {
      for (let purged = purgeChunk; purged === purgeChunk;) {
        purged = await this.#work((work) => purgeSome(this.#statements, some, queue, purgeChunk, work));
        count += purged;
        // A macrotask: the program breathes between chunks.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return count;
  }

  async #limit(name: string, limit: Limit | undefined): Promise<void> {
    checkName("limit", name);
    await this.#work(({ lanes }) => lanes.choose(name, limit));
  }

  #pause(queue: string, pauses: boolean): void {
    const { pause, resume } = this.#statements;
    const { changes } = (pauses ? pause : resume).run(checkName("queue", queue));
    if (Number(changes) > 0 && !pauses) this.#hub.tell(true, []);
  }

  #queues(): QueueInfo[] {
    const { countDelayed, countLaned, countWaiting, paused } = this.#statements;
    const queues = new Map<string, { name: string; waiting: number; delayed: number; paused: boolean }>();
    const at = (name: string) => {
      const queue = queues.get(name) ?? { name, waiting: 0, delayed: 0, paused: false };
      queues.set(name, queue);
      return queue;
    };
    for (const waiting of [countWaiting, countLaned]) {
      for (const { queue, count } of waiting.all() as { queue: string; count: number }[]) at(queue).waiting += count;
    }
    const rows = countDelayed.all(this.#clock.now()) as { queue: string; due: number; count: number }[];
    for (const { queue, due, count } of rows) {
      at(queue).waiting += due;
      at(queue).delayed = count - due;
    }
    for (const { queues: served } of this.#workers()) for (const name of served) at(name);
    for (const { queue } of paused.all() as { queue: string }[]) at(queue).paused = true;
    return [...queues.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  #agedQueues(): QueueInfo[] {
    const oldest = oldestOf(this.#statements, this.#clock.now());
    return this.#queues().map((queue) => {
      const since = oldest.get(queue.name);
      return since === undefined ? queue : { ...queue, oldest: since };
    });
  }

  #workers(): WorkerInfo[] {
    const rows = this.#statements.workers.all() as unknown as (WorkerRow & { holds: number })[];
    return rows.map(({ name, alive_until: aliveUntil, holds, queues }) => ({
      name,
      aliveUntil,
      holds,
      queues: queues === "" ? [] : queues.split(" "),
    }));
  }

  #prune(now: number): void {
    if (now - this.#prunedAt < prune.every) return;
    const { changes } = this.#statements.pruneRecords.run(now, prune.most);
    if (Number(changes) < prune.most) this.#prunedAt = now;
    this.#statements.pruneWorkers.run(now);
    this.#statements.pruneUniques.run(now);
    this.#statements.pruneRounds.run();
    this.#statements.pruneUses.run(now - lateness, prune.most);
    pruneJournal(this.#statements, now);
  }

  /** A verb that writes: in one transaction, and then others hear of it. */
  async #work<T>(run: (work: Work) => T): Promise<T> {
    return await this.#attempt(() => {
      const now = this.#clock.now();
      const work: Work = {
        now,
        lanes: new Lanes(this.#statements, now),
        recorder: new Recorder(this.#statements, now),
        woken: false,
        tasks: [],
      };
      const answer = transaction(this.#database, "BEGIN IMMEDIATE", () => {
        const answer = run(work);
        if (work.lanes.close()) work.woken = true;
        return answer;
      });
      if (work.woken || work.tasks.length > 0) this.#hub.tell(work.woken, work.tasks);
      return answer;
    });
  }

  /** Runs what is synchronous as what is not, so that a failure is a rejection, in the words of the port. */
  // deno-lint-ignore require-await
  async #attempt<T>(run: () => T): Promise<T> {
    if (this.#closed) throw new BrokerUnavailable(`${this.name} is closed`);
    return translate(run);
  }

  /** Closes the file. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#hub.close();
      this.#database.close();
    }
    return Promise.resolve();
  }
}

function check(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= turnLimit) return;
  throw new InvalidInput(field, `${field} of a turn must be 0 to ${turnLimit}, and it is ${value}`);
}
