/**
 * Tells an app's hooks what happens in a worker; nothing is built while there are none.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import type { Clock } from "../../clock.ts";
import type { HookEvents, Hooks } from "../../hooks.ts";
import type { Logger } from "../../log.ts";
import { Reject } from "../../policies/control.ts";
import type { Outcome } from "../runs/outcome.ts";
import type { Run } from "../runs/run.ts";

/** Tells hooks. */
export class Herald {
  readonly #hooks: Hooks;
  readonly #log: Logger;
  readonly #worker: string;
  #isReady = false;
  #leaving: Promise<void> | undefined;

  /** Speaks of this worker. */
  constructor(hooks: Hooks, log: Logger, worker: string) {
    this.#hooks = hooks;
    this.#log = log;
    this.#worker = worker;
  }

  /** The broker has answered: told the first time. */
  ready(queues: readonly string[]): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#tell("workerReady", { worker: this.#worker, queues });
  }

  /**
   * The worker leaves: told once, if it was ready at all.
   *
   * @returns When the hooks are through that have something to do, or after so many ms.
   */
  async left(queues: readonly string[], clock: Clock, limit: number): Promise<void> {
    if (this.#isReady) await (this.#leaving ??= this.#leave(queues, clock, limit));
  }

  async #leave(queues: readonly string[], clock: Clock, limit: number): Promise<void> {
    const told = this.#hooks.tell("workerShutdown", { worker: this.#worker, queues }, this.#log);
    if (!told) return;
    const over = new AbortController();
    await Promise.race([told, clock.sleep(limit, over.signal)]);
    over.abort();
  }

  /** A message arrived. */
  received({ message }: Run): void {
    if (!this.#hooks.isEmpty) this.#tell("taskReceived", { worker: this.#worker, message });
  }

  /** Its handler is about to be called. */
  began({ opened: message }: Run): void {
    if (!this.#hooks.isEmpty) this.#tell("taskPrerun", { worker: this.#worker, message });
  }

  /** The worker let go of a run. */
  dropped({ opened: message, hasBegun }: Run): void {
    if (hasBegun) this.#tell("taskPostrun", { worker: this.#worker, message });
  }

  /** A run came to something. */
  ended(run: Run, outcome: Outcome, record: TaskRecord): void {
    if (this.#hooks.isEmpty) return;
    const event = { worker: this.#worker, message: run.opened, record };
    switch (outcome.kind) {
      case "succeeded":
        this.#tell("taskSuccess", event);
        break;
      case "failed": {
        const failure = { ...event, error: outcome.thrown };
        if (!run.hasBegun || outcome.thrown instanceof Reject) this.#tell("taskRejected", failure);
        this.#tell("taskFailure", failure);
        break;
      }
      case "retry":
        this.#tell("taskRetry", { ...event, error: outcome.retry.error });
        break;
      case "expired":
      case "revoked":
        this.#tell("taskRevoked", {
          ...event,
          expired: outcome.kind === "expired",
          terminated: outcome.kind === "revoked" && outcome.terminated === true,
        });
        break;
      case "unknown":
        this.#tell("taskUnknown", event);
        break;
    }
    if (run.hasBegun) this.#tell("taskPostrun", event);
  }

  #tell<Name extends keyof HookEvents>(name: Name, event: HookEvents[Name]): void {
    void this.#hooks.tell(name, event, this.#log);
  }
}
