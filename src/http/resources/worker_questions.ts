/**
 * What workers can be asked over HTTP.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { WorkerAnswer } from "../../remote/answers.ts";
import type { RemoteOptions } from "../../remote/ask.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { listOf, taskId } from "../schema/values.ts";
import { activeQueue, activeTask, heldTask, registeredTask, workerConf, workerStats } from "../schema/worker.ts";

/** A question. */
export interface Question {
  /** The end of its path. */
  readonly path: string;
  /** The route's name. */
  readonly id: string;
  /** What is asked, in one sentence. */
  readonly summary: string;
  /** What one of them answers. */
  readonly answer: JsonSchema;
  /** By this name views know it. */
  readonly view: string;
  /** Asks. */
  readonly ask: (app: Umbel, options: RemoteOptions) => Promise<WorkerAnswer<unknown>[]>;
}

/** All of them. */
export const questions: readonly Question[] = [
  {
    ...{ path: "ping", id: "pingWorkers", view: "ping", answer: { type: "string", enum: ["pong"] } },
    summary: "Asks who is there",
    ask: ({ inspect }, options) => inspect.ping(options),
  },
  {
    ...{ path: "stats", id: "getWorkerStats", view: "stats", answer: workerStats },
    summary: "Asks for uptime, memory, pool, and what was done so far",
    ask: ({ inspect }, options) => inspect.stats(options),
  },
  {
    ...{ path: "active", id: "getActiveTasks", view: "active", answer: listOf(activeTask) },
    summary: "Asks for the tasks that run",
    ask: ({ inspect }, options) => inspect.active(options),
  },
  {
    ...{ path: "reserved", id: "getReservedTasks", view: "reserved", answer: listOf(heldTask) },
    summary: "Asks for the tasks that are held and do not run yet",
    ask: ({ inspect }, options) => inspect.reserved(options),
  },
  {
    ...{ path: "revoked", id: "getRevokedTasks", view: "revoked", answer: listOf(taskId) },
    summary: "Asks for the ids of those that were revoked, and whose handlers have not stopped yet",
    ask: ({ inspect }, options) => inspect.revoked(options),
  },
  {
    ...{ path: "registered", id: "getRegisteredTasks", view: "registered", answer: listOf(registeredTask) },
    summary: "Asks for the tasks that are known, with their options and schemas",
    ask: ({ inspect }, options) => inspect.registered(options),
  },
  {
    ...{ path: "queues", id: "getActiveQueues", view: "active_queues", answer: listOf(activeQueue) },
    summary: "Asks for the queues that are taken from",
    ask: ({ inspect }, options) => inspect.activeQueues(options),
  },
  {
    ...{ path: "conf", id: "getWorkerConf", view: "conf", answer: workerConf },
    summary: "Asks for the settings of workers and of their app, without secrets",
    ask: ({ inspect }, options) => inspect.conf(options),
  },
];
