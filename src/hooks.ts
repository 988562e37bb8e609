/**
 * Hooks: told what happens to messages, tasks and workers, by the names of Celery's signals. They watch and change
 * nothing: nobody waits for them, and what they throw is logged.
 *
 * @module
 */
import type { Receipt } from "./ports/publishing.ts";
import type { TaskRecord } from "./ports/task_record.ts";
import { errorInfo } from "./error_info.ts";
import { InvalidInput } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Message } from "./message.ts";
import { hintFor } from "./options/nearest.ts";
import { show } from "./options/values.ts";
import type { PeriodicApp } from "./periodic/app.ts";
import { isPromise } from "./promise.ts";

/** What a hook is told of a message that is in a worker's hands. */
export interface TaskEvent {
  /** The worker's id. */
  readonly worker: string;
  /** The message. */
  readonly message: Message;
}

/** What a hook is told of a run that came to something. */
export interface OutcomeEvent extends TaskEvent {
  /** What the worker will hand in: state, times, result or error. Unless it loses the lease until then. */
  readonly record: TaskRecord;
}

/** What a hook is told of a run that went wrong. */
export interface FailureEvent extends OutcomeEvent {
  /** What was thrown, as it was thrown. */
  readonly error: unknown;
}

/** What a hook is told of a worker. */
export interface WorkerEvent {
  /** The worker's id. */
  readonly worker: string;
  /** The queues that it takes from. */
  readonly queues: readonly string[];
}

/** What each hook is told. */
export interface HookEvents {
  /** A beat is about to read the app's periodic tasks for the first time: the place to add some. It is waited for. */
  readonly onAfterConfigure: { readonly app: PeriodicApp };
  /** A message is about to be sent, as the middleware left it. */
  readonly beforeTaskPublish: { readonly message: Message };
  /** The broker has a message, or had one of that id already: the receipt says so. */
  readonly afterTaskPublish: { readonly message: Message; readonly receipt: Receipt };
  /** A worker has taken a message. */
  readonly taskReceived: TaskEvent;
  /** The handler is about to be called. */
  readonly taskPrerun: TaskEvent;
  /**
   * The run is over, whatever it came to; once for each `taskPrerun`. Without a record when the worker let go of it: its
   * lease is lost, or the worker stops.
   */
  readonly taskPostrun: TaskEvent & { readonly record?: TaskRecord };
  /** It ended in `SUCCESS`. */
  readonly taskSuccess: OutcomeEvent;
  /** It ended in `FAILURE`. */
  readonly taskFailure: FailureEvent;
  /** It will be tried again; `error` is what made it, if that was said. */
  readonly taskRetry: FailureEvent;
  /** It ended in `REVOKED`, or in `EXPIRED`; `terminated` when its handler was not waited for. */
  readonly taskRevoked: OutcomeEvent & { readonly expired: boolean; readonly terminated: boolean };
  /** No task of that name is known to the worker: it goes back. */
  readonly taskUnknown: OutcomeEvent;
  /** It ended in `FAILURE` by `Reject`, or its handler was not even called; `taskFailure` is told too. */
  readonly taskRejected: FailureEvent;
  /** The broker has answered the worker's first turn. */
  readonly workerReady: WorkerEvent;
  /** The worker runs nothing any more and leaves; what this hook returns is awaited for 0.9 s. */
  readonly workerShutdown: WorkerEvent;
}

/** Is told what happens. */
export type Hook<Name extends keyof HookEvents> = (event: HookEvents[Name]) => unknown;

const names: { readonly [name in keyof HookEvents]: true } = {
  onAfterConfigure: true,
  beforeTaskPublish: true,
  afterTaskPublish: true,
  taskReceived: true,
  taskPrerun: true,
  taskPostrun: true,
  taskSuccess: true,
  taskFailure: true,
  taskRetry: true,
  taskRevoked: true,
  taskUnknown: true,
  taskRejected: true,
  workerReady: true,
  workerShutdown: true,
};

/** The hooks of an app. */
export class Hooks {
  readonly #hooks = new Map<keyof HookEvents, readonly { readonly hook: (event: never) => unknown }[]>();

  /** Whether nobody wants to be told anything: then nothing is built that would be told. */
  get isEmpty(): boolean {
    return this.#hooks.size === 0;
  }

  /**
   * Adds a hook.
   *
   * @returns Removes it.
   * @throws {InvalidInput} When there is no such hook, with the nearest name.
   */
  on<Name extends keyof HookEvents>(name: Name, hook: Hook<Name>): () => void {
    if (!Object.hasOwn(names, name)) {
      throw new InvalidInput("hook", `${show(name)} is no hook: ${hintFor(String(name), Object.keys(names))}`);
    }
    if (typeof hook !== "function") {
      throw new InvalidInput("hook", `The hook ${name} must be a function, and it is ${show(hook)}`);
    }
    const entry = { hook };
    this.#hooks.set(name, [...this.#hooks.get(name) ?? [], entry]);
    return () => {
      const rest = (this.#hooks.get(name) ?? []).filter((other) => other !== entry);
      if (rest.length > 0) this.#hooks.set(name, rest);
      else this.#hooks.delete(name);
    };
  }

  /**
   * Tells all hooks of that name.
   *
   * @param log Takes what they throw.
   * @returns When those are through that return a promise; it never rejects. `undefined` when there are none.
   */
  tell<Name extends keyof HookEvents>(name: Name, event: HookEvents[Name], log: Logger): Promise<unknown> | undefined {
    const entries = this.#hooks.get(name);
    if (!entries) return undefined;
    const later: PromiseLike<unknown>[] = [];
    for (const { hook } of entries) {
      try {
        const returned = (hook as Hook<Name>)(event);
        if (isPromise(returned)) later.push(returned.then(undefined, (thrown) => complain(log, name, thrown)));
      } catch (thrown) {
        complain(log, name, thrown);
      }
    }
    return later.length === 0 ? undefined : Promise.all(later);
  }
}

function complain(log: Logger, name: string, thrown: unknown): void {
  const { type, message, stack } = errorInfo(thrown);
  log.error(`The hook ${name} failed: ${type}: ${message}`, { hook: name, ...(stack ? { stack } : {}) });
}
