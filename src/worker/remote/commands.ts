/**
 * What a worker does when it is told to, by the command's name. All of it is done at once: nothing here waits.
 *
 * @module
 */
import { readSetting } from "../../config/config.ts";
import { InvalidInput } from "../../errors.ts";
import { readBoolean, readLimit, readWhole, show } from "../../options/values.ts";
import { checkName, checkTaskName } from "../../message.ts";
import { checkKeys } from "../../options/keys.ts";
import type { ActiveQueue, PoolSize, TimeLimitsInForce } from "../../remote/answers.ts";
import type { RemoteCommand } from "../../ports/mail.ts";
import { type AutoscaleOptions, readAutoscale } from "../../policies/autoscale.ts";
import type { Size } from "../sizer.ts";
import { confOf } from "./conf.ts";
import type { Desk } from "./desk.ts";
import { registeredTasks } from "./registered.ts";
import { activeTasks, queriedTasks, reservedTasks, revokedTasks } from "./runs.ts";
import { statsOf } from "./stats.ts";

type Args = RemoteCommand["args"];

/** What is done. */
interface Doing {
  /** Does it, and says what it came to. @throws {InvalidInput} */
  run(desk: Desk, args: Args): unknown;
  /** Does what can only be done once that was answered. */
  afterwards?(desk: Desk, args: Args): void;
  /** Whether it changes anything, and so is to be logged. */
  readonly changes?: true;
}

/** By name. */
export const commands: { readonly [name: string]: Doing } = {
  ping: { run: () => "pong" },
  stats: { run: statsOf },
  active: { run: activeTasks },
  reserved: { run: reservedTasks },
  revoked: { run: revokedTasks },
  registered: { run: ({ app }) => registeredTasks(app) },
  active_queues: { run: activeQueues },
  conf: { run: confOf },
  query_task: { run: (desk, { ids }) => queriedTasks(desk, readIds(ids)) },
  pool_grow: { changes: true, run: (desk, { count = 1 }) => grow(desk, readWhole(count, "count", 1)) },
  pool_shrink: { changes: true, run: (desk, { count = 1 }) => grow(desk, -readWhole(count, "count", 1)) },
  pool_restart: { changes: true, run: restartPool },
  autoscale: {
    changes: true,
    run: (desk, { bounds }) => resize(desk, readAutoscale(bounds as never as AutoscaleOptions)),
  },
  add_consumer: { changes: true, run: addConsumer },
  cancel_consumer: { changes: true, run: cancelConsumer },
  time_limit: { changes: true, run: setTimeLimit },
  shutdown: {
    changes: true,
    run: ({ holdings }, { cold = false }) => ({ cold: readBoolean(cold, "cold"), running: holdings.running }),
    afterwards: ({ stop }, { cold = false }) => stop(cold === true),
  },
};

function activeQueues({ order, holdings }: Desk): ActiveQueue[] {
  const held = new Map<string, number>();
  for (const { message: { queue } } of holdings.all()) held.set(queue, (held.get(queue) ?? 0) + 1);
  return order.queues.toSorted().map((name) => ({ name, holds: held.get(name) ?? 0 }));
}

function readIds(ids: unknown): readonly string[] {
  if (Array.isArray(ids) && ids.every((id) => typeof id === "string")) return ids;
  throw new InvalidInput("ids", `ids must be a list of ids of tasks, and it is ${show(ids)}`);
}

function grow(desk: Desk, by: number): PoolSize {
  return resize(desk, readSetting("concurrency", desk.sizer.concurrency + by));
}

function resize({ sizer, hurry }: Desk, size: Size): PoolSize {
  sizer.resize(size);
  hurry();
  return { concurrency: sizer.concurrency };
}

function restartPool({ crew, pool }: Desk): { readonly children: number } {
  const children = crew.restartPool();
  if (children !== undefined) return { children };
  throw new InvalidInput("pool", `The pool ${pool.name} has no children that could be replaced`);
}

function addConsumer(desk: Desk, { queue }: Args): ActiveQueue[] {
  if (desk.order.add(checkName("queue", queue))) desk.hurry();
  return activeQueues(desk);
}

function cancelConsumer(desk: Desk, { queue }: Args): ActiveQueue[] {
  if (desk.order.remove(checkName("queue", queue))) desk.hurry();
  return activeQueues(desk);
}

function setTimeLimit({ app, crew }: Desk, { task, limits = {} }: Args): TimeLimitsInForce {
  const name = checkTaskName(task);
  if (!app.tasks.has(name)) {
    throw new InvalidInput("task", `This worker has no task ${JSON.stringify(name)}`);
  }
  checkKeys(limits as object, ["soft", "hard"], "time limit", "limits");
  const { soft, hard } = limits as { readonly [kind: string]: unknown };
  return crew.setTimeLimits(name, { soft: readTimeLimit(soft, "soft"), hard: readTimeLimit(hard, "hard") });
}

/** `undefined` leaves it as it is, and `null` takes back what was set. */
function readTimeLimit(value: unknown, field: string): number | null | undefined {
  return value === undefined || value === null ? value : readLimit({ milliseconds: value as number }, field);
}
