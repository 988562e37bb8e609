/**
 * The ports: what Umbel asks of a broker, in four verbs, and what is said about a task, a queue and a worker.
 *
 * Every verb is atomic, one round trip, and safe to repeat: over HTTP the answer to a request that was carried out may
 * get lost, and clients repeat requests by themselves. All times are ms since 1970 by the broker's clock.
 *
 * @module
 */
import type { Bills } from "./bill.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { ErrorInfo } from "../errors.ts";
import type { Journal, Recording } from "./journal.ts";
import type { Json } from "../json.ts";
import type { Listing } from "./listing.ts";
import type { KeptLog } from "../log.ts";
import type { Attempt, Message } from "../message.ts";
import type { QueueSettings } from "../config/queues.ts";
import type { AnswerPart, Mail, RemoteCommand } from "./mail.ts";
import type { Schedules } from "./schedules.ts";
import type { Waiting } from "./waiting.ts";
import type { Encoded } from "../wire/encoded.ts";

/**
 * What has become of a task.
 *
 * - `SCHEDULED`: its eta, or the delay before its retry, is not yet over
 * - `QUEUED`: may be taken by any worker
 * - `STARTED`: runs (told by the worker with its first turn half a second after the start)
 * - `RETRY`: failed, and waits to be tried again
 * - `SUCCESS`: its handler returned
 * - `FAILURE`: its handler threw and no retry is left, or no worker survived it: a dead letter, kept with its message
 * - `REVOKED`: cancelled
 * - `EXPIRED`: its `expires` passed before it could be started
 *
 * A handler may report states of its own with `updateState`.
 */
export type TaskState = "SCHEDULED" | "QUEUED" | "STARTED" | "RETRY" | FinalState | (string & Record<never, never>);

/** The states that a task does not leave. */
export type FinalState = "SUCCESS" | "FAILURE" | "REVOKED" | "EXPIRED";

/** Whether a task in this state has ended. */
export function isFinal(state: TaskState): state is FinalState {
  return state === "SUCCESS" || state === "FAILURE" || state === "REVOKED" || state === "EXPIRED";
}

/**
 * What a limit allows, over all workers. Messages name their limits; those of a queue and priority that name the same
 * ones wait in one _lane_, in order, and lanes take turns: each gives one, the one that has waited longest for its turn
 * first. A lane whose limits are reached waits in the broker and holds no worker.
 */
export interface Limit {
  /**
   * At most `limit` starts in `period` ms, evenly spread: one every `period / limit` ms. After a while without any,
   * `burst` may start at once. A start that came late by up to 100 ms, since no worker came sooner, is made good.
   */
  readonly rate?: { readonly limit: number; readonly period: number; readonly burst: number };
  /** At most so many are leased to workers at once; with 0 none is taken until that changes. */
  readonly concurrency?: number;
  /**
   * A lane gives up to `size` at once, as soon as there are so many, or `wait` ms after its first one came; together
   * they count as one against a turn's `limit`.
   */
  readonly batch?: { readonly size: number; readonly wait: number };
}

/** What limits allow, by their names without a key. */
export interface Limits {
  /** What the limit of this name allows. */
  readonly [name: string]: Limit;
}

/** What is known of a task. */
export interface TaskRecord {
  /** The task's id. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
  /** What has become of it. */
  readonly state: TaskState;
  /** The queue it waits or waited in. */
  readonly queue: string;
  /** When it was sent. */
  readonly sentAt: number;
  /** Not before this; while it is `SCHEDULED` or in `RETRY`. */
  readonly eta?: number;
  /** How often it was tried again. */
  readonly retries: number;
  /** When it was last sent again after it had failed for good. */
  readonly resentAt?: number;
  /** When its last run started. */
  readonly startedAt?: number;
  /** When it ended. */
  readonly finishedAt?: number;
  /** How long its record stays after that (ms). */
  readonly keep?: number;
  /** The worker of its last run. */
  readonly worker?: string;
  /** What the handler returned; absent with `ignoreResult`. */
  readonly result?: Json;
  /** What the handler threw, last time. */
  readonly error?: ErrorInfo;
  /**
   * Its runs, the last 10, the first one first; once one of them has failed or was tried again. A task that succeeded at
   * once has none: `startedAt`, `finishedAt` and `worker` say all.
   */
  readonly attempts?: readonly Attempt[];
  /** What the handler told with `updateState` or `progress`. */
  readonly meta?: Json;
  /** What the handler said with `self.log`, unless `keepLog` is off. */
  readonly log?: KeptLog;
  /** The result, and what the handler told, where they went through codecs or lie in a store. */
  readonly encoded?: { readonly result?: Encoded; readonly meta?: Encoded };
  /** The unique key that it holds until its end. */
  readonly unique?: string;
  /** Why it was revoked, where the broker did so by itself. */
  readonly reason?: RevocationReason;
  /** The task that was added in its place, when it was `replaced`. */
  readonly replacedBy?: string;
  /** The state that the handler had told when it threw `Ignore`. */
  readonly leftAs?: TaskState;
  /** The message, once the task has ended (always with `FAILURE`, else unless the app sets `resultExtended: false`). */
  readonly message?: Message;
}

/**
 * Why a broker revokes a task by itself: another one of its unique key took its place, its queue was full, or the task
 * that sent it had been revoked with its tree.
 */
export type RevocationReason = "replaced" | "queue_full" | "parent_revoked";

/** What `publish` did with a message. */
export interface Receipt {
  /** The id of the task that is there now: the message's own, or that of the one which holds its unique key. */
  readonly id: string;
  /**
   * `added`; `exists` when another message of that id or unique key was there already, and this one was not added; `full`
   * when it was not added since its queue takes no more.
   */
  readonly status: "added" | "exists" | "full";
}

/** How to publish. */
export interface PublishOptions {
  /** Ends the repetitions when it is aborted. */
  readonly signal?: AbortSignal;
  /** What is particular about queues: the limits to their lengths. */
  readonly queues?: ReadonlyMap<string, QueueSettings>;
  /** What the limits allow that the messages name, where the broker knows nothing of them yet. */
  readonly limits?: Limits;
  /** What is to be written down, where the broker knows nothing of it yet. */
  readonly recording?: Recording;
}

/** Names one delivery of one message to one worker: the fencing token. Opaque to everybody but the broker. */
export type Lease = string;

/** A message under a lease. */
export interface Delivery {
  /** The message. */
  readonly message: Message;
  /** To be named in every turn until it is settled. */
  readonly lease: Lease;
  /** How many workers died while they held this message. */
  readonly deaths: number;
}

/** How a worker hands in a delivery: either the task has ended, or its message goes back to a queue. */
export type Settlement = {
  /** The delivery. */
  readonly lease: Lease;
  /** What is to be known of the task from now on; `id` names it. */
  readonly record: TaskRecord;
  /**
   * The message to be put back (a retry, a hand-back), due at its `eta`: then the record's state is not final. Its queue
   * may differ from the one that it came from. A hand-back goes to the head of its queue or lane, others to the end. At
   * the head of a lane with an `eta` the whole lane waits until then: what is behind it does not overtake.
   */
  readonly again?: { readonly message: Message; readonly head: boolean; readonly deaths: number };
  /**
   * What is sent with it: added if, and only if, the settlement counts; one whose id is there already is not. Neither
   * unique keys nor the lengths of queues are looked at.
   */
  readonly followUps?: readonly Message[];
  /** When it might have been started at the earliest: for the history. */
  readonly dueAt?: number;
};

/** What a worker tells of a task that still runs. */
export interface Report {
  /** The delivery. */
  readonly lease: Lease;
  /** What is to be known of the task from now on. */
  readonly record: TaskRecord;
}

/** A worker's turn: hands in what is finished, renews what runs, takes what is next. */
export interface Turn {
  /** The worker: a name that no other process uses at the same time. */
  readonly worker: string;
  /** Higher in each turn than in the one before; the same when a turn is repeated, and then nothing else may differ. */
  readonly number: number;
  /** The queues to take from, the first one first. */
  readonly queues: readonly string[];
  /** How many deliveries more the worker can take: those of a batch count as one. 0 to 500. */
  readonly limit: number;
  /** The deliveries that the worker knows of, those that it settles in this turn too. What it runs is renewed. */
  readonly holds: readonly Lease[];
  /** What is finished. At most 500. */
  readonly settlements: readonly Settlement[];
  /** What is to be known of those that run. At most 500. */
  readonly reports: readonly Report[];
  /** For how long everything that the worker holds is leased (ms). */
  readonly lease: number;
  /** The ids of the commands of its mail that the worker has read: they do not come again. */
  readonly read?: readonly string[];
  /** What limits allow from now on: what the worker's tasks and queues declare, told in its first turn. */
  readonly limits?: Limits;
  /** What is written down from now on: what the worker's app is set to, told in its first turn. */
  readonly recording?: Recording;
  /** Whether messages may be handed to the worker by a signal, as long as it has room: it must `watch` itself. */
  readonly park: boolean;
  /** The worker's last turn: what it holds and does not settle here is returned, and the worker forgotten. */
  readonly leave: boolean;
}

/** What a turn brings. */
export interface TurnReply {
  /** What the worker is to run: new ones, and those it holds without knowing because an answer or signal got lost. */
  readonly deliveries: readonly Delivery[];
  /** Those of `holds` and `settlements` that the worker no longer holds: another one does, and nothing was changed. */
  readonly lost: readonly Lease[];
  /** Those of `holds` whose task was revoked. */
  readonly revoked: readonly Lease[];
  /** Those of `revoked` whose runs are to be over at once. */
  readonly terminated?: readonly Lease[];
  /** The worker's mail: what it has not said it has read, and what has not expired; absent when there is none. */
  readonly mail?: readonly RemoteCommand[];
  /** Whether more is waiting that may be taken at once. */
  readonly more: boolean;
  /** When the next turn is worth while even if nothing is signalled: a delayed message is due, or a lease ends. */
  readonly wakeAt?: number;
  /** Until when the worker counts as alive. */
  readonly aliveUntil: number;
}

/**
 * What can be watched: a worker (its deliveries and mail); a task: its end, and with `updates` whatever changes; or a
 * command by its id: the answers to it.
 */
export type Topic =
  | { readonly worker: string }
  | { readonly task: string; readonly updates?: boolean }
  | { readonly command: string };

/** What happened. May get lost: it only saves asking. */
export type Signal =
  /** These were leased to the worker, for 5 s: it must name them in a turn until then. */
  | { readonly kind: "delivery"; readonly deliveries: readonly Delivery[] }
  /** There may be something to do: a turn is worth while. Comes first of all, and again after each reconnect. */
  | { readonly kind: "wake" }
  /** This command came to the worker's mail. It comes again with its turns, until it says that it has read it. */
  | { readonly kind: "mail"; readonly command: RemoteCommand }
  /** A part of a worker's answer to the command. */
  | { readonly kind: "answer"; readonly answer: AnswerPart }
  /** This task, which the worker may be running, was revoked. */
  | { readonly kind: "revoked"; readonly id: string; readonly terminate?: boolean }
  /**
   * This task was reported or put back, for who watches its updates; its record, unless it is large. Comes first of all
   * for one that has not ended, and may come again though nothing changed.
   */
  | { readonly kind: "changed"; readonly id: string; readonly record?: TaskRecord }
  /** This task ended; its record, unless it is large. */
  | { readonly kind: "ended"; readonly id: string; readonly record?: TaskRecord };

/** Counts what a client of a broker is billed. */
export interface Meter {
  /** How many commands, since counting began. */
  readonly billed: number;
}

/** Holds messages and their results. */
export interface Broker extends AsyncDisposable {
  /** Where it is, for logs: without secrets. */
  readonly name: string;
  /** The broker's time: ms since 1970. Waits for the first measurement, then answers at once. */
  now(): Promise<number>;
  /**
   * Adds messages; one whose id is already there is answered, not added. More than one request only for more than 2,000
   * messages or 4 MiB, each of which is atomic. Each message has a receipt of its own: that one is refused keeps out no
   * other.
   */
  publish(messages: readonly Message[], options?: PublishOptions): Promise<Receipt[]>;
  /**
   * A worker's turn. What a dead worker held, or one that leaves, comes back to the head of its queue; what has become
   * due comes to the end, the earliest first.
   */
  exchange(turn: Turn, options?: { readonly signal?: AbortSignal }): Promise<TurnReply>;
  /** What is known of these tasks, in the same order. */
  fetch(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<(TaskRecord | undefined)[]>;
  /**
   * Signals on these topics, until `signal` is aborted. Reconnects by itself; for topics of tasks a signal is given at
   * once for those that have ended.
   */
  watch(topics: readonly Topic[], options: { readonly signal: AbortSignal }): AsyncIterable<Signal>;
  /** Looking at things. */
  readonly inspector: Inspector;
  /** Telling things. */
  readonly control: Control;
  /** What failed for good. */
  readonly deadLetters: DeadLetters;
  /** Periodic tasks. */
  readonly schedules: Schedules;
  /** What waits. */
  readonly waiting: Waiting;
  /** What happened, as far as it is written down. */
  readonly journal: Journal;
  /** Commands to workers, and their answers. */
  readonly mail: Mail;
  /** All tasks of which something is known. */
  readonly listing: Listing;
  /** What all processes are billed. Absent where nothing is billed. */
  readonly bills?: Bills;
  /** Counts from now on what this client is billed, and goes on when it is asked again. Absent where nothing is billed. */
  meter?(): Meter;
}

/** A queue, counted. */
export interface QueueInfo {
  /** Its name. */
  readonly name: string;
  /** How many messages may be taken at once, or as soon as their limits allow. */
  readonly waiting: number;
  /** How many are due later. */
  readonly delayed: number;
  /** Whether nothing is taken from it until it is resumed. */
  readonly paused: boolean;
  /**
   * Since when the one that has waited longest may be taken, where that was asked for and one waits: of those at the ends
   * of the queue. What has limits does not count, since that waits on purpose.
   */
  readonly oldest?: number;
}

/** A worker that has taken a turn and has not left. */
export interface WorkerInfo {
  /** Its name. */
  readonly name: string;
  /** Until when it counts as alive; in the past for one that died and was not yet swept. */
  readonly aliveUntil: number;
  /** How many deliveries it holds. */
  readonly holds: number;
  /** The queues it takes from. */
  readonly queues: readonly string[];
}

/** A limit that messages name, and what it allows. */
export interface LimitInfo extends Limit {
  /** Its name; with `#` and a key for what was set for that key alone. */
  readonly name: string;
  /** What was set while running, over what is declared; absent when nothing was. */
  readonly set?: Limit;
}

/** Looking at queues and workers. */
export interface Inspector {
  /** What workers hold, of one queue or of all, a part at a time; what they are handed meanwhile may be passed over. */
  running(queue?: string): AsyncIterable<readonly Message[]>;
  /**
   * The ids of the tasks that the handlers of these sent as their children, in no order: those of one task for two days
   * after the last of them was due, and no more than 400,000. In the order of the ids asked for.
   */
  children(ids: readonly string[]): Promise<string[][]>;
  /** Every limit that was declared or set, by name. */
  limits(): Promise<LimitInfo[]>;
  /**
   * Every queue that holds something, is paused or has a worker, by name.
   *
   * @param options `oldest`: tells how long messages wait, too; over Redis that is one request more.
   */
  queues(options?: { readonly oldest?: boolean }): Promise<QueueInfo[]>;
  /** Every worker, by name. */
  workers(): Promise<WorkerInfo[]>;
}

/** What became of a task that was to be revoked. */
export type Revocation = "revoked" | "ended" | "unknown";

/** How tasks are revoked. */
export interface RevokeOptions {
  /**
   * Whether a run is over at once, as at its hard time limit, instead of being told and let finish.
   *
   * @default {false}
   */
  readonly terminate?: boolean;
  /**
   * Whether what their handlers send from now on, as their children, is revoked when it is published.
   *
   * @default {false}
   */
  readonly tree?: boolean;
}

/** Telling the broker and its workers what to do. */
export interface Control {
  /**
   * Revokes tasks: one that waits is never run; one that runs is told by its signal and by its worker's next turn. Its
   * record says `REVOKED` at once. Revoked again with other options, they count too.
   *
   * @returns In the same order: `ended` for one that had ended already.
   */
  revoke(ids: readonly string[], options?: RevokeOptions): Promise<Revocation[]>;
  /** Takes nothing from a queue any more, on any worker; it still accepts messages, and what runs goes on. */
  pause(queue: string): Promise<void>;
  /** Takes from a paused queue again. */
  resume(queue: string): Promise<void>;
  /**
   * Sets what a limit allows, over what tasks and queues declare, at once and for all workers. Each member counts for
   * itself: of `{ concurrency: 2 }` the declared rate remains.
   *
   * @param name The limit; with `#` and a key for that key alone. `undefined` takes back what was set.
   */
  limit(name: string, limit: Limit | undefined): Promise<void>;
  /** Revokes everything that waits in a queue, now or for later; what runs goes on. Returns how many. */
  purge(queue: string): Promise<number>;
}

/** Holds results apart from the broker (Celery's `result_backend`). */
export interface Backend extends AsyncDisposable {
  /** Where it is, for logs: without secrets. */
  readonly name: string;
  /** Stores records of tasks that have ended; repeating changes nothing. Called before the settlement. */
  store(records: readonly TaskRecord[]): Promise<void>;
  /** What is stored of these tasks, in the same order. */
  fetch(ids: readonly string[]): Promise<(TaskRecord | undefined)[]>;
}
