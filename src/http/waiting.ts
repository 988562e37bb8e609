/**
 * What waits as a resource: list it.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../app.ts";
import type { WaitingListOptions } from "../operations/waiting_list.ts";
import type { WaitingPage } from "../waiting.ts";
import { notAllowed } from "./problem.ts";
import { type TaskView, viewOf } from "./task_view.ts";

/** A part of what waits, as JSON. */
export interface WaitingView {
  /** The tasks, each with its priority. */
  readonly tasks: readonly (TaskView & { readonly priority: number })[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/** `GET /`. */
export function waiting(app: Umbel): Hono {
  return new Hono()
    .get("/", async (context) => {
      const { limit, ...rest } = context.req.query();
      const options = { ...rest, ...(limit === undefined ? {} : { limit: /^\d+$/.test(limit) ? Number(limit) : NaN }) };
      return context.json(viewOfWaiting(await app.waiting(options as WaitingListOptions), app.tasks));
    })
    .all("/", () => notAllowed("What waits takes", "GET, HEAD"));
}

/** The view of a part of what waits. */
export function viewOfWaiting({ tasks, cursor }: WaitingPage, known: Umbel["tasks"]): WaitingView {
  return {
    tasks: tasks.map(({ record, message }) => ({
      ...viewOf({ ...record, message }, known),
      priority: message.priority,
    })),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
