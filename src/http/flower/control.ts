/**
 * Telling workers and tasks what to do, as Flower does it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import type { RateText } from "../../limits/rate.ts";
import type { WorkerAnswer } from "../../remote/answers.ts";
import type { Route } from "../route.ts";
import { failure, flagOf, flowerRoute, numberOf, required } from "./flower_route.ts";
import { unknownTask } from "./tasks.ts";
import { workerNamed } from "./workers.ts";

/** What is told to one worker. */
interface Order {
  /** Below `/api/worker`. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** Tells it; then what is said of that, and of what went wrong. */
  readonly tell: (worker: string, given: URLSearchParams, signal: AbortSignal) => Promise<Told>;
}

interface Told {
  readonly answers: readonly WorkerAnswer<unknown>[];
  readonly message: string;
  readonly failing: string;
}

/** `POST /api/worker/…` and the `POST /api/task/…` that change what there is. */
export function controlRoutes(app: Umbel): readonly Route[] {
  return [...orders(app).map((order) => workerRoute(app, order)), ...taskRoutes(app)];
}

function orders({ control }: Umbel): readonly Order[] {
  return [
    {
      path: "/shutdown",
      id: "flowerShutdown",
      summary: "Shuts a worker down, once it has finished what it runs",
      tell: async (worker, _, signal) => ({
        answers: await control.shutdown({ destination: worker, signal }),
        message: "Shutting down!",
        failing: `Failed to shut down '${worker}'`,
      }),
    },
    {
      path: "/pool/restart",
      id: "flowerPoolRestart",
      summary: "Replaces the children of a worker's pool",
      tell: async (worker, _, signal) => ({
        answers: await control.poolRestart({ destination: worker, signal }),
        message: `Restarting '${worker}' worker's pool`,
        failing: `Failed to restart the '${worker}' pool`,
      }),
    },
    {
      path: "/pool/grow",
      id: "flowerPoolGrow",
      summary: "Lets a worker run more tasks at once",
      async tell(worker, given, signal) {
        const n = numberOf(given, "n") ?? 1;
        return {
          answers: await control.poolGrow(n, { destination: worker, signal }),
          message: `Growing '${worker}' worker's pool by ${n}`,
          failing: `Failed to grow '${worker}' worker's pool`,
        };
      },
    },
    {
      path: "/pool/shrink",
      id: "flowerPoolShrink",
      summary: "Lets a worker run fewer tasks at once",
      async tell(worker, given, signal) {
        const n = numberOf(given, "n") ?? 1;
        return {
          answers: await control.poolShrink(n, { destination: worker, signal }),
          message: `Shrinking '${worker}' worker's pool by ${n}`,
          failing: `Failed to shrink '${worker}' worker's pool`,
        };
      },
    },
    {
      path: "/pool/autoscale",
      id: "flowerAutoscale",
      summary: "Lets a worker run as many tasks at once as it takes, within bounds",
      async tell(worker, given, signal) {
        const [min, max] = [required(given, "min"), required(given, "max")].map(Number) as [number, number];
        return {
          answers: await control.autoscale({ min, max }, { destination: worker, signal }),
          message: `Autoscaling '${worker}' worker (min=${min}, max=${max})`,
          failing: `Failed to autoscale '${worker}' worker`,
        };
      },
    },
    {
      path: "/queue/add-consumer",
      id: "flowerAddConsumer",
      summary: "Lets a worker take from one more queue",
      async tell(worker, given, signal) {
        const queue = required(given, "queue");
        return {
          answers: await control.addConsumer(queue, { destination: worker, signal }),
          message: `add consumer ${queue}`,
          failing: `Failed to add '${queue}' consumer to '${worker}' worker`,
        };
      },
    },
    {
      path: "/queue/cancel-consumer",
      id: "flowerCancelConsumer",
      summary: "Lets a worker take from a queue no more",
      async tell(worker, given, signal) {
        const queue = required(given, "queue");
        return {
          answers: await control.cancelConsumer(queue, { destination: worker, signal }),
          message: `no longer consuming from ${queue}`,
          failing: `Failed to cancel '${queue}' consumer from '${worker}' worker`,
        };
      },
    },
  ];
}

function workerRoute(app: Umbel, { path, id, summary, tell }: Order): Route {
  return flowerRoute({
    ...{ method: "POST", id, summary, access: "control" },
    path: `/api/worker${path as "/shutdown"}/:worker`,
    async answer({ params, stop }, given) {
      // What it is called by is what is said of it; what is told is meant for the one of that name that lives.
      await workerNamed(app, params.worker);
      return toldOf(await tell(params.worker, given, stop));
    },
  });
}

function toldOf({ answers, message, failing }: Told): unknown {
  const failed = answers.find((one) => !one.ok);
  if (answers.length > 0 && !failed) return { message };
  const reason = failed && !failed.ok ? failed.error.message : "Unknown reason";
  return failure(403, `${failing}: ${reason}`);
}

function taskRoutes(app: Umbel): readonly Route[] {
  const revoke = (verb: "Revoked" | "Aborted", path: "/api/task/revoke/:task" | "/api/task/abort/:task") =>
    flowerRoute({
      ...{ method: "POST", path, id: `flower${verb}`, access: "control" },
      summary: "Revokes a task: it is not started, or told to stop",
      async answer({ params: { task: id } }, given) {
        await app.revoke(id, { terminate: verb === "Revoked" && flagOf(given, "terminate") });
        return { message: `${verb} '${id}'` };
      },
    });
  return [
    revoke("Revoked", "/api/task/revoke/:task"),
    revoke("Aborted", "/api/task/abort/:task"),
    flowerRoute({
      method: "POST",
      path: "/api/task/timeout/:task",
      id: "flowerTimeout",
      summary: "Sets the time limits of a task",
      access: "control",
      async answer({ params: { task }, stop: signal }, given) {
        const worker = given.get("workername") || undefined;
        if (!app.tasks.has(task)) return unknownTask(task);
        const [soft, hard] = [numberOf(given, "soft"), numberOf(given, "hard")];
        if (worker !== undefined) await workerNamed(app, worker);
        const limits = { ...(soft === undefined ? {} : { soft }), ...(hard === undefined ? {} : { hard }) };
        return toldOf({
          answers: await app.control.timeLimit(
            task,
            limits,
            worker === undefined ? { signal } : { destination: worker, signal },
          ),
          message: "time limits set successfully",
          failing: "Failed to set timeouts",
        });
      },
    }),
    flowerRoute({
      method: "POST",
      path: "/api/task/rate-limit/:task",
      id: "flowerRateLimit",
      summary: "Sets how many of a task start in a time, over all workers",
      access: "control",
      async answer({ params: { task } }, given) {
        const worker = given.get("workername") || undefined;
        if (!app.tasks.has(task)) return unknownTask(task);
        if (worker !== undefined) await workerNamed(app, worker);
        try {
          await app.control.rateLimit(task, rateOf(required(given, "ratelimit")));
        } catch (error) {
          if (!(error instanceof InvalidInput) || error.field !== "task") throw error;
          return failure(403, `Failed to set rate limit: '${error.message}'`);
        }
        return { message: "new rate limit set successfully" };
      },
    }),
  ];
}

/** A rate as Celery writes it: a number is one for each second, and 0 is no limit. */
function rateOf(text: string): RateText | null {
  if (/^0+(\/[smh])?$/.test(text)) return null;
  return (/^\d+$/.test(text) ? `${text}/s` : text) as RateText;
}
