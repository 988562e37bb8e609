/**
 * Looking at tasks, as Flower does it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import type { FoundTask } from "../../operations/search.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import { lateJson, laterRecord } from "../answers/late_json.ts";
import { Refusal } from "../answers/problem.ts";
import type { Settings } from "../options.ts";
import type { Route } from "../route.ts";
import { failure, flowerRoute, numberOf } from "./flower_route.ts";
import { type FlowerTask, resultOf, stateOf, statesOf, taskOf } from "./format.ts";
import { readTaskQuery } from "./query.ts";

/** So many tasks are looked at, the newest ones: Flower keeps 100,000 in its memory, and we ask the broker. */
const most = 10_000;
/** By these tasks may be sorted. */
const sortKeys = ["name", "state", "received", "started"];

/** `GET /api/tasks`, `/api/task/types`, `/api/task/info/:task`, `/api/task/result/:task` and `/api/queues/length`. */
export function taskRoutes(app: Umbel, { log }: Settings): readonly Route[] {
  return [
    flowerRoute({
      method: "GET",
      path: "/api/tasks",
      id: "flowerListTasks",
      summary: "Lists tasks, the newest first",
      access: "read",
      answer: (_, given) => listTasks(app, given),
    }),
    flowerRoute({
      method: "GET",
      path: "/api/task/types",
      id: "flowerTaskTypes",
      summary: "Lists the names of tasks",
      access: "read",
      answer: () => ({ "task-types": [...app.tasks.keys()].sort() }),
    }),
    flowerRoute({
      method: "GET",
      path: "/api/task/info/:task",
      id: "flowerTaskInfo",
      summary: "Tells all that is known of a task",
      access: "read",
      async answer({ params: { task: id } }) {
        const found = await app.detail(id, { depth: 1, limit: 100 });
        if (!found) throw new Refusal(404, "unknown_id", `Unknown task '${id}'`);
        const children = found.children.map((child) => child.id);
        return { ...taskOf(found, app.tasks), children, "task-id": id };
      },
    }),
    flowerRoute({
      method: "GET",
      path: "/api/task/result/:task",
      id: "flowerTaskResult",
      summary: "Tells what a task came to, and waits for it when told to",
      access: "read",
      async answer({ params: { task: id }, stop }, given) {
        const timeout = numberOf(given, "timeout") ?? 0;
        const handle = app.result(id);
        const record = await handle.record();
        if (timeout <= 0 || !record || isFinal(record.state)) return outcomeOf(id, record);
        return lateJson({
          make: async (waiting) => outcomeOf(id, await laterRecord(handle, waiting, { timeout })),
          otherwise: () => outcomeOf(id, record),
          ...{ stop, log },
        });
      },
    }),
    flowerRoute({
      method: "GET",
      path: "/api/queues/length",
      id: "flowerQueueLengths",
      summary: "Tells how many messages wait in each queue",
      access: "read",
      async answer() {
        const queues = await app.broker.inspector.queues();
        return { active_queues: queues.map(({ name, waiting }) => ({ name, messages: waiting })) };
      },
    }),
  ];
}

/** What a task came to: for as long as it has not ended, its state alone. Of an unknown one Celery says that it waits. */
export function outcomeOf(id: string, record: TaskRecord | undefined): FlowerTask {
  if (!record) return { "task-id": id, state: "PENDING" };
  const { finishedAt, state } = record;
  return { "task-id": id, state: stateOf(state), ...(finishedAt === undefined ? {} : resultOf(record)) };
}

async function listTasks(app: Umbel, given: URLSearchParams): Promise<Response> {
  const offset = Math.max(0, numberOf(given, "offset") ?? 0);
  const limit = Math.max(0, numberOf(given, "limit") || Infinity);
  const sort = readSort(given.get("sort_by"));
  let test;
  try {
    test = readTaskQuery(given.get("search")?.trim() ?? "");
  } catch (error) {
    return Response.json({ error: (error as Error).message }, { status: 400 });
  }
  const wanted = sort ? most : Math.min(offset + limit, most);
  const found: FlowerTask[] = [];
  for await (const task of allTasks(app, filterOf(given))) {
    const told = taskOf(task, app.tasks);
    if (test(told)) found.push(told);
    if (found.length >= wanted) break;
  }
  if (sort) found.sort(sort);
  const part = found.slice(offset, offset + limit);
  // As text: an object would put names that are numbers first.
  const members = part.map((task) => `${JSON.stringify(task.uuid)}:${JSON.stringify(task)}`);
  return new Response(`{${members.join(",")}}`, { headers: { "content-type": "application/json" } });
}

/** The newest tasks that a filter fits, part by part. */
async function* allTasks(app: Umbel, filter: Record<string, unknown>): AsyncGenerator<FoundTask> {
  let cursor: string | undefined;
  let looked = 0;
  do {
    const page = await app.search({ ...filter, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.tasks;
    looked += 500;
    cursor = page.cursor;
  } while (cursor !== undefined && looked < most);
}

function filterOf(given: URLSearchParams): Record<string, unknown> {
  const chosen = (name: string) => {
    const value = given.get(name) ?? "";
    return value === "" || value === "All" ? undefined : value;
  };
  const [worker, task, state] = [chosen("workername"), chosen("taskname"), chosen("state")];
  const [from, to] = [timeOf(given, "received_start"), timeOf(given, "received_end")];
  return {
    ...(worker === undefined ? {} : { worker }),
    ...(task === undefined ? {} : { task }),
    ...(state === undefined ? {} : { state: statesOf(state) }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** A time as Flower writes it, in UTC: `2026-11-21 12:00`. */
function timeOf(given: URLSearchParams, name: string): number | undefined {
  const text = given.get(name) ?? "";
  if (text === "") return undefined;
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text) ? Date.parse(`${text.replace(" ", "T")}:00Z`) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidInput(name, `${name} must be a time like "2026-11-21 12:00", in UTC`);
}

function readSort(text: string | null): ((a: FlowerTask, b: FlowerTask) => number) | undefined {
  if (text === null || text === "") return undefined;
  const key = text.replace(/^-/, "");
  if (!sortKeys.includes(key)) throw new InvalidInput("sort_by", `sort_by must be one of ${sortKeys.join(", ")}`);
  const sign = text.startsWith("-") ? -1 : 1;
  return (a, b) => sign * compare(a[key] ?? "", b[key] ?? "");
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** Refuses the name of a task that is not known. */
export function unknownTask(name: string): Response {
  return failure(404, `Unknown task '${name}'`);
}
