/**
 * Callbacks of an app: what a task came to is told to a URL, by a task that is sent with the end of the other one, in the
 * same settlement. So none is lost when a worker dies, and each is tried again for about a day.
 *
 * @module
 */
import type { Settlement } from "../ports/turn.ts";
import type { TaskRecord } from "../ports/task_record.ts";
import type { Clock } from "../clock.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { derivedId } from "../id.ts";
import type { Json } from "../json.ts";
import { checkName, defaultPriority, type Message } from "../message.ts";
import { checkKeys } from "../options/keys.ts";
import { readBoolean } from "../options/values.ts";
import type { TaskContext } from "../tasks/context.ts";
import { Task, type TaskDefinition } from "../tasks/task.ts";
import { AllowList } from "./allow_list.ts";
import { type Callback, type CallbackEvent, type CallbackSettings, readCallback } from "./callback.ts";
import { type CallbackTarget, Deliverer } from "./deliverer.ts";
import { eventOf, type WebhookEvent } from "./event.ts";
import { WebhookSecrets } from "./signature.ts";

/** The task that tells it. */
const callbackTask = "umbel.callback";

/** Where callbacks of an app may go, and what signs them. */
export interface CallbacksOptions {
  /** The hosts that they may go to: `"hooks.example.org"`, `"*.example.org"` for all below it, `"hooks.example.org:8443"`. */
  readonly hosts: readonly string[];
  /** What they are signed with: `whsec_` and 24 to 64 bytes in base64. Each signs, so that they can be replaced in turn. */
  readonly secrets: readonly string[];
  /**
   * The callback of every task that names none.
   *
   * @default {none}
   */
  readonly callback?: Exclude<Callback, false>;
  /**
   * Whether hosts may be private, and spoken to by `http:`.
   *
   * @default {false}
   */
  readonly allowPrivate?: boolean;
  /**
   * Gives the addresses of a name, each of which must be public, as
   * `lookup(name, { all: true })` of `node:dns/promises` does.
   *
   * @default {names are not resolved: only what they say counts}
   */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /**
   * How long one request may take.
   *
   * @default {"10s"}
   */
  readonly timeout?: Duration;
  /**
   * The queue in which they wait. A worker that is told no queues takes from it too.
   *
   * @default {"callbacks"}
   */
  readonly queue?: string;
}

/** What telling needs of the app where a task ends. */
export interface TellingApp {
  /** Its tasks. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** Says whether what a task was given and returned is sealed. */
  readonly wire: { isSealed(task: string): boolean };
}

/** Callbacks of an app. */
export class Callbacks {
  /** The task that tells them. */
  readonly task: Task;
  readonly #hosts: AllowList;
  readonly #queue: string;
  readonly #usual: CallbackSettings | undefined;

  /**
   * Those that these options allow.
   *
   * @throws {InvalidInput} When an option breaks its rule.
   */
  constructor(options: CallbacksOptions, clock: Clock) {
    checkKeys(options, names, "member of callbacks", "callbacks");
    const { hosts, secrets, callback, allowPrivate = false, resolve, timeout = "10s", queue = "callbacks" } = options;
    this.#hosts = new AllowList({ hosts, allowPrivate: readBoolean(allowPrivate, "callbacks.allowPrivate"), resolve });
    this.#queue = checkName("queue", queue);
    this.#usual = callback === undefined ? undefined : this.check(readCallback(callback)) || undefined;
    const deliverer = new Deliverer({
      hosts: this.#hosts,
      secrets: new WebhookSecrets(secrets, "callbacks.secrets"),
      timeout: milliseconds(timeout, "callbacks.timeout"),
      clock,
    });
    this.task = new Task(callbackTask, {
      bind: true,
      queue: this.#queue,
      // About a day in all.
      retry: { delay: "5s", factor: 3, maxDelay: "4h", max: 14, jitter: 0.2 },
      resultExpires: "1h",
      redact: ["0.headers"],
    }, (self: TaskContext, target: CallbackTarget, event: WebhookEvent) => deliverer.deliver(self, target, event));
  }

  /** The same callback, if its host is allowed. @throws {InvalidInput} */
  check<C extends CallbackSettings | false>(callback: C): C {
    if (callback) this.#hosts.check(callback.url);
    return callback;
  }

  /** A settlement with what is to be told of it. */
  follow(settlement: Settlement, { callback, task }: Message, { tasks, wire }: TellingApp): Settlement {
    const { record, again } = settlement;
    const wanted = callback ?? tasks.get(task)?.settings.callback ?? this.#usual;
    if (again || !wanted || task === callbackTask || !isWanted(wanted, record)) return settlement;
    const target: CallbackTarget = { url: wanted.url, ...(wanted.headers ? { headers: wanted.headers } : {}) };
    const event = eventOf(record, tasks, wire.isSealed(task));
    const message: Message = Object.freeze({
      // By its id it is sent once for each end, however often that is handed in.
      id: derivedId(record.id, `callback ${record.resentAt ?? ""}`),
      task: callbackTask,
      args: Object.freeze([target, event]) as unknown as readonly Json[],
      queue: this.#queue,
      priority: defaultPriority,
      sentAt: record.finishedAt!,
      retries: 0,
    });
    return { ...settlement, followUps: [...settlement.followUps ?? [], message] };
  }
}

/** A settlement without what a worker says itself is to be told of it. */
export function withoutCallbacks({ followUps, ...settlement }: Settlement): Settlement {
  const others = followUps?.filter(({ task }) => task !== callbackTask) ?? [];
  return { ...settlement, ...(others.length > 0 ? { followUps: others } : {}) };
}

/** Refuses to send the task that tells callbacks: nobody is to have signed what they made up. @throws {InvalidInput} */
export function refuseCallbackTask(task: string): void {
  if (task !== callbackTask) return;
  throw new InvalidInput("task", `Task ${callbackTask} is sent with the end of another one, and not by itself`);
}

/** The tasks that may be sent: all but the one that tells callbacks. */
export function sendable<T extends TaskDefinition>(tasks: ReadonlyMap<string, T>): T[] {
  return [...tasks.values()].filter(({ name }) => name !== callbackTask);
}

/** Refuses the callback of a task or a call of an app that allows no host. @throws {InvalidInput} */
export function checkCallback(callbacks: Callbacks | undefined, callback: CallbackSettings | false | undefined): void {
  if (!callback) return;
  if (callbacks) callbacks.check(callback);
  else throw new InvalidInput("callback", "callback goes to no host: name some by the app's option callbacks.hosts");
}

/** What ends by itself is told. Who revokes a task knows of it. */
const eventNames: { readonly [state: string]: CallbackEvent } = {
  SUCCESS: "success",
  FAILURE: "failure",
  EXPIRED: "expired",
};

function isWanted({ on }: CallbackSettings, { state }: TaskRecord): boolean {
  const event = eventNames[state];
  return event !== undefined && (on === undefined || on.includes(event));
}

const names: readonly (keyof CallbacksOptions)[] = [
  "hosts",
  "secrets",
  "callback",
  "allowPrivate",
  "resolve",
  "timeout",
  "queue",
];
