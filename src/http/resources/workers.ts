/**
 * Workers as a resource: who is there, what they answer, and telling them what to do.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { WorkerInfo } from "../../ports/inspector.ts";
import type { WorkerAnswer } from "../../remote/answers.ts";
import type { RemoteOptions } from "../../remote/ask.ts";
import { isMeant } from "../../ports/mail.ts";
import { timeText } from "../../operations/task_view.ts";
import type { AuditFacts, Call } from "../requests/call.ts";
import { duration, text } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route } from "../route.ts";
import { as, duration as durationSchema, listOf, object } from "../schema/values.ts";
import { answersOf, queriedTask, workerView } from "../schema/worker.ts";
import { viewOfAnswers } from "../answers/worker_view.ts";
import { type Order, orders } from "./worker_orders.ts";
import { type Question, questions } from "./worker_questions.ts";

const tag = "Workers";
/** Stands for all workers: no worker can be called so. */
const everybody = "*";
const worker = text("The worker's name, with or without the word of its life behind the last `~`; `*` for all of them");
const timeout = duration("How long they may take to answer, up to 60 s; 1 s when absent");

/** `GET /workers`, `GET /workers/:worker` and what it can be asked, `POST /workers/:worker/…`. */
export function workers(app: Umbel): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/workers",
      id: "listWorkers",
      tag,
      summary: "Lists the workers that have not left, as the broker knows them",
      access: "read",
      responses: { 200: { description: "They, by name", schema: object({ workers: listOf(workerView) }) } },
      async answer() {
        return Response.json({ workers: await known(app) });
      },
    }),
    route({
      method: "GET",
      path: "/workers/:worker",
      id: "getWorker",
      tag,
      summary: "Tells those of a name, as the broker knows them",
      access: "read",
      params: { worker },
      responses: {
        200: { description: "Each process has an entry", schema: object({ workers: listOf(workerView) }) },
      },
      problems: { 404: ["unknown_worker"] },
      async answer({ params }) {
        const names = new Set([params.worker]);
        const workers = (await known(app)).filter(({ name }) => params.worker === everybody || isMeant(name, names));
        if (workers.length === 0 && params.worker !== everybody) throw unknownWorker(params.worker);
        return Response.json({ workers });
      },
    }),
    ...questions.map((one) => questionRoute(app, one)),
    queryRoute(app),
    ...orders.map((one) => orderRoute(app, one)),
  ];
}

const answered = "What each of them answered; one that gave no answer in time is named as well";

function questionRoute(app: Umbel, { path, id, summary, answer, view, ask }: Question): Route {
  return route({
    method: "GET",
    path: `/workers/:worker/${path}` as "/workers/:worker/ping",
    id,
    tag,
    summary,
    access: "read",
    params: { worker },
    query: { timeout },
    responses: { 200: { description: answered, schema: answersOf(answer) } },
    problems: { 404: ["unknown_worker"] },
    answer: async (call) => reply(view, await ask(app, optionsOf(call, call.query.timeout)), call),
  });
}

function queryRoute(app: Umbel): Route {
  return route({
    method: "GET",
    path: "/workers/:worker/tasks/:task",
    id: "queryTask",
    tag,
    summary: "Asks which workers hold a task, and whether it runs there",
    access: "read",
    params: { worker, task: text("The task's id") },
    query: { timeout },
    responses: {
      200: { description: answered, schema: answersOf({ type: "object", additionalProperties: queriedTask }) },
    },
    problems: { 404: ["unknown_worker"] },
    async answer(call) {
      const answers = await app.inspect.queryTask(call.params.task, optionsOf(call, call.query.timeout));
      return reply("query_task", answers, call);
    },
  });
}

function orderRoute(app: Umbel, { path, id, summary, members, optional = [], answer, tell }: Order): Route {
  return route({
    method: "POST",
    path: `/workers/:worker/${path}` as "/workers/:worker/ping",
    id,
    tag,
    summary,
    description: "It holds until they end. Those that do not answer in time do not do it later either.",
    access: "control",
    params: { worker },
    body: {
      description: "What is to be done, and how long they may take to answer",
      schema: object({ ...members, timeout: as(durationSchema, "Up to 60 s; 1 s when absent") }, {
        optional: [...optional, "timeout"],
      }),
    },
    responses: { 200: { description: answered, schema: answersOf(answer) } },
    problems: { 404: ["unknown_worker"] },
    async answer(call) {
      const { timeout, ...body } = call.body;
      const answers = await tell(app, body, {
        ...optionsOf(call, undefined),
        ...(timeout === undefined ? {} : { timeout: timeout as NonNullable<RemoteOptions["timeout"]> }),
      });
      call.audit({ ...body as AuditFacts, answered: answers.filter(({ ok }) => ok).length });
      return reply(id, answers, call);
    },
  });
}

function optionsOf({ params, stop }: Call<{ readonly worker: string }>, timeout: number | undefined): RemoteOptions {
  return {
    ...(params.worker === everybody ? {} : { destination: params.worker }),
    ...(timeout === undefined ? {} : { timeout: { milliseconds: timeout } }),
    signal: stop,
  };
}

function reply(
  view: string,
  answers: readonly WorkerAnswer<unknown>[],
  { params }: Call<{ readonly worker: string }>,
): Response {
  const [first] = answers;
  if (first && !first.ok && first.error.code === "unknown_worker") throw unknownWorker(params.worker);
  return Response.json({ answers: viewOfAnswers(view, answers) });
}

function unknownWorker(name: string): Refusal {
  return new Refusal(404, "unknown_worker", `There is no worker ${name}`);
}

async function known({ broker }: Umbel): Promise<(Omit<WorkerInfo, "aliveUntil"> & { readonly aliveUntil: string })[]> {
  const [now, workers] = await Promise.all([broker.now(), broker.inspector.workers()]);
  return workers.map(({ name, aliveUntil, holds, queues }) => ({
    name,
    alive: aliveUntil > now,
    aliveUntil: timeText(aliveUntil),
    holds,
    queues,
  }));
}
