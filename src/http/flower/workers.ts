/**
 * Looking at workers, as Flower does it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Json } from "../../json.ts";
import type { ActiveTask, HeldTask, WorkerAnswer, WorkerStats } from "../../remote/answers.ts";
import { Refusal } from "../answers/problem.ts";
import type { Route } from "../route.ts";
import { flagOf, flowerRoute } from "./flower_route.ts";
import { repr, seconds } from "./format.ts";

type Facts = { readonly [name: string]: Json };

/** `GET /api/workers`. */
export function workerRoutes(app: Umbel): readonly Route[] {
  return [
    flowerRoute({
      method: "GET",
      path: "/api/workers",
      id: "flowerWorkers",
      summary: "Tells how workers are, or whether they are alive",
      access: "read",
      async answer({ stop }, given) {
        const name = given.get("workername") || undefined;
        if (flagOf(given, "status")) return await statusOf(app);
        const workers = name === undefined ? undefined : [await workerNamed(app, name)];
        return await factsOf(app, workers, stop);
      },
    }),
  ];
}

/** The full name of a worker, which may be called without the word of its life. @throws {Refusal} 404. */
export async function workerNamed(app: Umbel, name: string): Promise<string> {
  const workers = await app.broker.inspector.workers();
  const found = workers.find((one) => one.name === name) ?? workers.find((one) => one.name.startsWith(`${name}~`));
  if (found) return found.name;
  throw new Refusal(404, "unknown_worker", `Unknown worker '${name}'`);
}

async function statusOf(app: Umbel): Promise<Facts> {
  const now = await app.broker.now();
  const workers = await app.broker.inspector.workers();
  return Object.fromEntries(workers.map(({ name, aliveUntil }) => [name, aliveUntil > now]));
}

/** What workers say of themselves, by their names; who gives no answer is missing, as it is in Flower. */
async function factsOf(
  app: Umbel,
  destination: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<{ [name: string]: Facts }> {
  const options = destination ? { destination, signal } : { signal };
  const { inspect } = app;
  const [stats, queues, registered, active, reserved, revoked, conf] = await Promise.all([
    inspect.stats(options),
    inspect.activeQueues(options),
    inspect.registered(options),
    inspect.active(options),
    inspect.reserved(options),
    inspect.revoked(options),
    inspect.conf(options),
  ]);
  const timestamp = seconds(await app.broker.now());
  const facts: { [name: string]: Facts } = {};
  for (const one of stats) {
    if (!one.ok) continue;
    const { worker, answer } = one;
    const of = <Answer>(answers: readonly WorkerAnswer<Answer>[]) => answerOf(answers, worker);
    const hostname = worker;
    facts[worker] = {
      stats: statsOf(answer),
      active_queues: (of(queues) ?? []).map(({ name }) => queueOf(name)),
      registered: (of(registered) ?? []).map(({ name }) => name).sort(),
      // What waits for its time waits in the broker, and no worker has it.
      scheduled: [],
      active: (of(active) ?? []).map((task) => requestOf(task, hostname)),
      reserved: (of(reserved) ?? []).map((task) => requestOf(task, hostname)),
      revoked: of(revoked) ?? [],
      conf: { ...of(conf)?.app, ...of(conf)?.worker },
      timestamp,
    };
  }
  return facts;
}

function answerOf<Answer>(answers: readonly WorkerAnswer<Answer>[], worker: string): Answer | undefined {
  const found = answers.find((one) => one.worker === worker);
  return found?.ok ? found.answer : undefined;
}

/** How a worker is, in the words of Celery's `stats`; what has no meaning here is empty. */
function statsOf({ broker, pid, uptime, pool, memory, reserved, running, counts, tasks }: WorkerStats): Facts {
  return {
    broker: {
      hostname: broker,
      transport: broker.split(":")[0]!,
      transport_options: {},
      virtual_host: "/",
      port: null,
    },
    clock: "0",
    pid: pid ?? null,
    uptime: Math.round(uptime / 1000),
    pool: {
      implementation: pool.name,
      "max-concurrency": pool.concurrency,
      "max-tasks-per-child": "N/A",
      processes: [],
      "put-guarded-by-semaphore": false,
      timeouts: [0, 0],
      ...(pool.autoscale ? { autoscaler: { ...pool.autoscale } } : {}),
    },
    prefetch_count: running + reserved,
    rusage: { maxrss: memory?.rss ?? 0, stime: 0, utime: 0 },
    total: Object.fromEntries(Object.entries(tasks).map(([name, { done, failed }]) => [name, done + failed])),
    counts: { ...counts },
  };
}

function queueOf(name: string): Facts {
  const durable = { auto_delete: false, durable: true };
  return {
    name,
    exchange: {
      name,
      type: "direct",
      arguments: null,
      passive: false,
      delivery_mode: 2,
      no_declare: false,
      ...durable,
    },
    routing_key: name,
    queue_arguments: null,
    binding_arguments: null,
    consumer_arguments: null,
    ...durable,
    exclusive: false,
    no_ack: false,
    alias: null,
    bindings: [],
    no_declare: null,
    expires: null,
    message_ttl: null,
    max_length: null,
    max_length_bytes: null,
    max_priority: null,
  };
}

/** A task that a worker holds. */
function requestOf(task: HeldTask & Partial<ActiveTask>, hostname: string): Facts {
  return {
    id: task.id,
    name: task.task,
    type: task.task,
    args: task.args ?? [],
    kwargs: {},
    argsrepr: task.args ? repr(task.args) : null,
    hostname,
    time_start: seconds(task.startedAt),
    acknowledged: false,
    delivery_info: { exchange: "", routing_key: task.queue, priority: task.priority, redelivered: task.retries > 0 },
    worker_pid: null,
  };
}
