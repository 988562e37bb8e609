/**
 * What happened to tasks in this process, counted by the app's hooks.
 *
 * @module
 */
import { steady } from "../clock.ts";
import type { Umbel } from "../app/app.ts";
import { dueAt } from "../message.ts";
import type { Sample } from "./exposition.ts";
import { Histogram } from "./histogram.ts";

/** How a run may end. */
type End = "succeeded" | "failed" | "retried" | "revoked" | "expired";

/** Stands for all tasks that the app does not know: anybody may make up names. */
const unknown = "(unknown)";

/** Counts until it is disposed of. */
export class Counts implements Disposable {
  /** How long tasks waited for their start since they were due, by queue. */
  readonly waits: Histogram = new Histogram();
  /** How long handlers ran, by task. */
  readonly runs: Histogram = new Histogram();
  readonly #app: Umbel;
  readonly #ends = new Map<string, Map<End, number>>();
  readonly #started = new Map<string, number>();
  readonly #hooks: readonly (() => void)[];

  /** Counts what happens in the app's workers from now on. */
  constructor(app: Umbel) {
    this.#app = app;
    this.#hooks = [
      app.on("taskSuccess", ({ message }) => this.#count(message.task, "succeeded")),
      app.on("taskFailure", ({ message }) => this.#count(message.task, "failed")),
      app.on("taskRetry", ({ message }) => this.#count(message.task, "retried")),
      app.on("taskRevoked", ({ message, expired }) => this.#count(message.task, expired ? "expired" : "revoked")),
      app.on("taskPrerun", ({ message }) => void this.#started.set(message.id, steady(app.clock))),
      app.on("taskPostrun", ({ message, record }) => {
        const startedAt = this.#started.get(message.id);
        this.#started.delete(message.id);
        if (startedAt !== undefined) this.runs.observe(message.task, steady(app.clock) - startedAt);
        if (record?.startedAt !== undefined) this.waits.observe(message.queue, record.startedAt - dueAt(message));
      }),
    ];
  }

  #count(task: string, end: End): void {
    const name = this.#app.tasks.has(task) ? task : unknown;
    let ends = this.#ends.get(name);
    if (!ends) this.#ends.set(name, ends = new Map());
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }

  /** How many runs ended how. */
  *ends(): Iterable<Sample> {
    for (const [task, ends] of this.#ends) for (const [end, count] of ends) yield ["", { task, end }, count];
  }

  /** Counts no more. */
  [Symbol.dispose](): void {
    for (const off of this.#hooks) off();
  }
}
