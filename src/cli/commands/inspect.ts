/**
 * `umbel inspect`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { viewOfScheduled } from "../../http/answers/worker_view.ts";
import type { Command } from "../command.ts";
import { linesOf, remoteCommand, type Request } from "../remote.ts";

type Question = "ping" | "stats" | "active" | "reserved" | "revoked" | "registered" | "activeQueues" | "conf";

function asks(name: Question, summary: string): Request<Record<never, never>> {
  const question = name === "activeQueues" ? "active_queues" : name;
  return {
    summary,
    run: async (app: Umbel, _, remote) => ({ question, answers: await app.inspect[name](remote) }),
  };
}

/** Asks workers how they are. */
export const inspect: Command = remoteCommand({
  name: "inspect",
  summary: "Asks workers how they are, while they run; one that gives no answer is named.",
  options: {},
  examples: [
    "umbel inspect ping -A shop.ts",
    "umbel inspect stats -A shop.ts -d w1@host,w2@host --json",
    "umbel inspect active --app shop -t 3s",
    "umbel inspect query-task 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel inspect --list",
  ],
  requests: {
    ping: asks("ping", "who is there"),
    stats: asks("stats", "uptime, memory, pool, and what was done so far, by task"),
    active: asks("active", "the tasks that run"),
    reserved: asks("reserved", "the tasks that workers hold and that do not run yet"),
    scheduled: {
      isForAll: true,
      summary: "the tasks that wait for their time: those of all workers, since they wait in the broker",
      async run(app) {
        const said = viewOfScheduled(await app.inspect.scheduled());
        return { said, lines: linesOf(said) };
      },
    },
    registered: asks("registered", "the tasks that workers know, with options and schemas"),
    revoked: asks("revoked", "the ids of those that were revoked and have not stopped yet"),
    "active-queues": asks("activeQueues", "the queues that workers take from"),
    conf: asks("conf", "the settings of workers and of their app, without secrets"),
    "query-task": {
      operands: "ID…",
      summary: "which workers hold these tasks, and whether they run there",
      count: [1, 100],
      run: async (app, ids, remote) => ({
        question: "query_task",
        answers: await app.inspect.queryTask(ids, remote),
      }),
    },
  },
});
