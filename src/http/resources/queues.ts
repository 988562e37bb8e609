/**
 * Queues and limits as resources: how much waits and since when, pausing, emptying, and what is allowed at once.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { QueueInfo } from "../../ports/inspector.ts";
import { InvalidInput } from "../../errors.ts";
import type { RateOptions, RateText } from "../../limits/rate.ts";
import { checkName } from "../../message.ts";
import type { GroupSelection, LimitView, QueueLimits, TaskLimitOptions } from "../../operations/control.ts";
import { timeText } from "../../operations/task_view.ts";
import type { AuditFacts } from "../requests/call.ts";
import { flag, text } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { limitView, queueView, rate } from "../schema/queue.ts";
import { as, listOf, object } from "../schema/values.ts";

const tag = "Queues";
const queue = text("The queue's name", { maxLength: 128 });
const rates = flag("With how many a minute were done, failed and tried again: one request of the broker more");
/** Rates are those of so many minutes (ms). */
const lately = 5 * 60_000;

const concurrency: JsonSchema = {
  description: "How many run at once, 0 for none; null takes back what was set",
  anyOf: [{ type: "integer", minimum: 0 }, { type: "null" }],
};
const rateLimit: JsonSchema = {
  description: "How many start in a time; null takes back what was set",
  anyOf: [rate, { type: "null" }],
};
const group: JsonSchema = {
  type: "string",
  maxLength: 200,
  description: "This group alone, by what the queue's `groupBy` gives",
};
const justGroup = { description: "Which group, if not all", schema: object({ group }, { optional: ["group"] }) };
const limitsReply = object({ limits: listOf(limitView) });

/** `/queues` and what is below, `GET /limits`, `PATCH /limits/:task`. */
export function queues(app: Umbel): readonly Route[] {
  return [...looking(app), switching(app, "pause"), switching(app, "resume"), purging(app), ...limiting(app)];
}

function looking(app: Umbel): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/queues",
      id: "listQueues",
      tag,
      summary: "Lists the queues that hold something, are paused or have a worker",
      access: "read",
      query: { rates },
      responses: { 200: { description: "They, by name", schema: object({ queues: listOf(queueView) }) } },
      async answer({ query }) {
        return Response.json({ queues: await viewsOf(app, query.rates) });
      },
    }),
    route({
      method: "GET",
      path: "/queues/:queue",
      id: "getQueue",
      tag,
      summary: "Tells of one of them",
      description: "Of one that holds nothing it is told that nothing waits: queues come and go with what is in them.",
      access: "read",
      params: { queue },
      query: { rates },
      responses: { 200: { description: "How it stands", schema: queueView } },
      async answer({ params, query }) {
        const name = checkName("queue", params.queue);
        const found = (await viewsOf(app, query.rates)).find((one) => one.name === name);
        return Response.json(found ?? { name, waiting: 0, delayed: 0, paused: false });
      },
    }),
  ];
}

function switching(app: Umbel, verb: "pause" | "resume"): Route {
  return route({
    method: "POST",
    path: `/queues/:queue/${verb}` as "/queues/:queue/pause",
    id: `${verb}Queue`,
    tag,
    summary: verb === "pause"
      ? "Takes nothing from it any more, on any worker; it still accepts tasks"
      : "Takes from it again",
    description: "May be repeated.",
    access: "control",
    params: { queue },
    body: justGroup,
    responses: { 204: { description: verb === "pause" ? "It is paused" : "It is not, or no longer" } },
    async answer(call) {
      const { group } = call.body as GroupSelection;
      await app.control[verb](call.params.queue, group === undefined ? {} : { group });
      call.audit({ group });
      return new Response(null, { status: 204 });
    },
  });
}

function purging(app: Umbel): Route {
  return route({
    method: "POST",
    path: "/queues/:queue/purge",
    id: "purgeQueue",
    tag,
    summary: "Revokes all that waits in it, now or for later; what runs goes on",
    access: "control",
    params: { queue },
    body: { description: "Nothing", schema: object({}) },
    responses: {
      200: { description: "How many tasks that were", schema: object({ revoked: { type: "integer", minimum: 0 } }) },
    },
    async answer(call) {
      const revoked = await app.control.purge(call.params.queue);
      call.audit({ revoked });
      return Response.json({ revoked });
    },
  });
}

function limiting(app: Umbel): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/limits",
      id: "listLimits",
      tag,
      summary: "Lists the limits that were declared or set",
      access: "read",
      responses: { 200: { description: "They, by name", schema: limitsReply } },
      async answer() {
        return Response.json({ limits: await app.control.limits() });
      },
    }),
    route({
      method: "PATCH",
      path: "/queues/:queue/limits",
      id: "setQueueLimits",
      tag,
      summary: "Sets what a queue is limited to, over what it declares, for all workers at once",
      access: "control",
      params: { queue },
      body: {
        description: "What is not named stays",
        schema: object({ concurrency, rateLimit, group }, { optional: ["concurrency", "rateLimit", "group"] }),
      },
      responses: { 200: { description: "Its limits", schema: limitsReply } },
      async answer(call) {
        const { group, ...limits } = call.body as QueueLimits & GroupSelection;
        await app.control.queue(call.params.queue, limits, group === undefined ? {} : { group });
        call.audit(call.body as AuditFacts);
        return Response.json({ limits: await limitsOf(app, call.params.queue, true) });
      },
    }),
    route({
      method: "PATCH",
      path: "/limits/:task",
      id: "setTaskLimits",
      tag,
      summary: "Sets what a task is limited to, over what it declares, for all workers at once",
      access: "control",
      params: { task: text("The task's name") },
      body: {
        description: "What is not named stays",
        schema: object({
          concurrency,
          rateLimit,
          key: as({ type: "string", maxLength: 200 }, "This key alone, by what the task's function gives"),
        }, { optional: ["concurrency", "rateLimit", "key"] }),
      },
      responses: { 200: { description: "Its limits", schema: limitsReply } },
      async answer(call) {
        const { task } = call.params;
        const { concurrency, rateLimit, key } = call.body as {
          readonly concurrency?: number | null;
          readonly rateLimit?: RateText | RateOptions | null;
        } & TaskLimitOptions;
        if (concurrency === undefined && rateLimit === undefined) {
          throw new InvalidInput("limits", "Say what is to be limited: concurrency, rateLimit");
        }
        const options = key === undefined ? {} : { key };
        if (rateLimit !== undefined) await app.control.rateLimit(task, rateLimit, options);
        if (concurrency !== undefined) await app.control.concurrency(task, concurrency, options);
        call.audit(call.body as AuditFacts);
        return Response.json({ limits: await limitsOf(app, task, false) });
      },
    }),
  ];
}

async function limitsOf(app: Umbel, of: string, isQueue: boolean): Promise<LimitView[]> {
  const ofQueue = (kind: LimitView["kind"]) => kind !== undefined && /^(queue|group)/.test(kind);
  return (await app.control.limits()).filter((limit) => limit.of === of && ofQueue(limit.kind) === isQueue);
}

type QueueView = Omit<QueueInfo, "oldest"> & { readonly oldest?: string; readonly rates?: object };

async function viewsOf(app: Umbel, withRates: boolean): Promise<QueueView[]> {
  const [found, rates] = await Promise.all([
    app.broker.inspector.queues({ oldest: true }),
    withRates ? ratesOf(app) : undefined,
  ]);
  return found.map(({ oldest, ...queue }) => ({
    ...queue,
    ...(oldest === undefined ? {} : { oldest: timeText(oldest) }),
    ...(rates ? { rates: rates.get(queue.name) ?? { done: 0, failed: 0, retried: 0 } } : {}),
  }));
}

/** How many a minute, by queue; `undefined` where no history is kept. */
async function ratesOf(
  app: Umbel,
): Promise<Map<string, { done: number; failed: number; retried: number }> | undefined> {
  const { history } = await app.broker.journal.recording();
  if (!history) return undefined;
  const now = await app.broker.now();
  const thisMinute = Math.floor(now / 60_000) * 60_000;
  const points = await app.history({ from: thisMinute - lately, to: thisMinute - 1 });
  const sums = new Map<string, { done: number; failed: number; retried: number }>();
  for (const { queue, done, failed, retried } of points) {
    const sum = sums.get(queue) ?? { done: 0, failed: 0, retried: 0 };
    sum.done += done * 60_000 / lately;
    sum.failed += failed * 60_000 / lately;
    sum.retried += retried * 60_000 / lately;
    sums.set(queue, sum);
  }
  return sums;
}
