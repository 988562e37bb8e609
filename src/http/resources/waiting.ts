/**
 * What waits as a resource: list it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { WaitingPage } from "../../ports/waiting.ts";
import { given, page, text, word } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import { taskView } from "../schema/task.ts";
import { pageOf } from "../schema/values.ts";
import { type TaskView, viewOf } from "../../operations/task_view.ts";

/** A part of what waits, as JSON. */
export interface WaitingView {
  /** The tasks, each with its priority. */
  readonly tasks: readonly (TaskView & { readonly priority: number })[];
  /** Where to go on; absent when these are the last. */
  readonly cursor?: string;
}

/** `GET /waiting`. */
export function waiting(app: Umbel): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/waiting",
      id: "listWaiting",
      tag: "Tasks",
      summary: "Lists what waits, by queue, in the order of their turns",
      access: "read",
      query: {
        queue: text("In that queue"),
        task: text("Of that task"),
        state: word("In that state", ["QUEUED", "SCHEDULED", "RETRY"]),
        ...page,
      },
      responses: { 200: { description: "A part of them", schema: pageOf("tasks", taskView) } },
      async answer({ query }) {
        return Response.json(viewOfWaiting(await app.waiting(given(query)), app.tasks));
      },
    }),
  ];
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
