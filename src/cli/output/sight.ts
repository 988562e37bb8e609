/**
 * What an app does at this moment, as lines: for `umbel top`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { timeText } from "../../operations/task_view.ts";
import type { AppEvent } from "../../ports/journal.ts";
import type { Message } from "../../message.ts";
import { table } from "./table.ts";

/** Rates are of so long (ms). */
const span = 60_000;
/** The most tasks that run which are shown. */
const mostRunning = 20;
/** The most events that are looked at for one picture. */
const mostEvents = 20_000;

/** What one task came to. */
interface Rates {
  sent: number;
  done: number;
  failed: number;
  retried: number;
  /** How long those took that ended (ms). */
  took: number;
}

/** Looks at an app now and then. */
export class Sight {
  readonly #app: Umbel;
  #cursor: string | undefined;
  /** Those of the last minute. */
  #events: AppEvent[] = [];

  /** At this app. */
  constructor(app: Umbel) {
    this.#app = app;
  }

  /** What there is to be seen. */
  async look(): Promise<string[]> {
    const { broker, name } = this.#app;
    const now = await broker.now();
    const [queues, workers, running] = await Promise.all([
      broker.inspector.queues(),
      broker.inspector.workers(),
      this.#running(),
      this.#read(now),
    ]);
    const rates = this.#rates();
    return [
      `App ${name}, broker ${broker.name}, ${timeText(now)}`,
      "",
      ...rows(
        ["QUEUE", "WAITING", "DELAYED", "STATE"],
        queues.map(({ name, waiting, delayed, paused }) => [name, waiting, delayed, paused ? "paused" : "open"]),
        "No queue holds anything",
      ),
      "",
      ...rows(
        ["WORKER", "STATE", "HOLDS", "QUEUES"],
        workers.map(({ name, aliveUntil, holds, queues }) => [
          name,
          aliveUntil > now ? "online" : "dead",
          holds,
          queues.join(","),
        ]),
        "No worker is here",
      ),
      "",
      ...rows(
        ["LAST MINUTE", "SENT", "DONE", "FAILED", "RETRIED", "SECONDS EACH"],
        [...rates].map(([task, { sent, done, failed, retried, took }]) => [
          task,
          ...[sent, done, failed, retried],
          done + failed === 0 ? "" : (took / (done + failed) / 1000).toFixed(3),
        ]),
        "No event in the last minute: the setting events (UMBEL_EVENTS) says which are kept",
      ),
      "",
      ...rows(
        ["HELD", "TASK", "QUEUE", "RETRIES"],
        running.map(({ id, task, queue, retries }) => [id, task, queue, retries]),
        "No worker holds a task",
      ),
    ];
  }

  async #running(): Promise<readonly Message[]> {
    const found: Message[] = [];
    for await (const some of this.#app.broker.inspector.running()) {
      found.push(...some);
      if (found.length >= mostRunning) break;
    }
    return found.slice(0, mostRunning);
  }

  async #read(now: number): Promise<void> {
    const { journal } = this.#app.broker;
    for (let count = 0; count < mostEvents;) {
      const place = this.#cursor === undefined ? { from: now - span } : { since: this.#cursor };
      const { events, cursor } = await journal.events({ ...place, limit: 1000 });
      this.#cursor = cursor;
      this.#events.push(...events);
      if (events.length === 0) break;
      count += events.length;
    }
    this.#events = this.#events.filter(({ at }) => at > now - span);
  }

  #rates(): ReadonlyMap<string, Rates> {
    const rates = new Map<string, Rates>();
    for (const { type, task, runtime = 0 } of this.#events) {
      if (task === undefined) continue;
      const of = rates.get(task) ?? { sent: 0, done: 0, failed: 0, retried: 0, took: 0 };
      rates.set(task, of);
      if (type === "task-sent") of.sent++;
      else if (type === "task-retried") of.retried++;
      else if (type === "task-succeeded" || type === "task-failed") {
        of[type === "task-failed" ? "failed" : "done"]++;
        of.took += runtime;
      }
    }
    return new Map([...rates].sort(([one], [other]) => one < other ? -1 : 1));
  }
}

function rows(head: readonly string[], found: readonly (readonly (string | number)[])[], none: string): string[] {
  return found.length === 0 ? [none] : table(head, found).split("\n");
}
