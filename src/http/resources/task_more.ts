/**
 * What else there is of a task: its result by itself, those that it came from and that it sent, and sending it again.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import type { RetryTaskOptions } from "../../operations/retrying.ts";
import { unknownId } from "../../results/waits.ts";
import { readable } from "../../wire/readable.ts";
import { ancestorViews, nodeView } from "../answers/detail_view.ts";
import { mustComposeAll } from "../requests/composing.ts";
import { idempotencyKey } from "../requests/idempotency.ts";
import { text, whole } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route } from "../route.ts";
import { args, taskNode } from "../schema/task.ts";
import { listOf, object, taskId } from "../schema/values.ts";

const tag = "Tasks";
const id = text("The task's id");

/** `POST …/retry`, `GET …/result` and `GET …/tree` below a task's id. */
export function taskMore(app: Umbel): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/tasks/:task/retry",
      id: "retryTask",
      tag,
      summary: "Sends a task again that has ended",
      description: "One that failed for good is sent under its own id, any other as a new task. " +
        "An `Idempotency-Key` makes the latter safe to repeat. Other arguments take the scope `send` for it, too.",
      access: "control",
      params: { task: id },
      headers: { "idempotency-key": idempotencyKey },
      body: {
        description: "What is to differ",
        schema: object({
          args: { ...args, description: "Other arguments" },
          queue: { type: "string", description: "Another queue" },
        }, { optional: ["args", "queue"] }),
      },
      responses: {
        202: {
          description: "It is sent",
          schema: object({
            id: { ...taskId, description: "The task that waits now" },
            status: { type: "string", enum: ["resent", "sent"], description: "`sent`: it is a new one" },
          }),
          headers: { location: "Where it is" },
        },
      },
      problems: {
        400: ["invalid_idempotency_key"],
        404: ["unknown_id"],
        409: ["not_ended", "already_exists", "forgotten"],
        422: ["schema_mismatch"],
        429: ["queue_full"],
      },
      async answer(call) {
        const { task } = call.params;
        const key = call.headers["idempotency-key"];
        if (call.body.args !== undefined) await mustComposeAll(call.caller, app.broker, [task]);
        const answer = await app.retry(task, {
          ...call.body as RetryTaskOptions,
          ...(key === undefined ? {} : { idempotencyKey: `${call.caller.key} ${key}` }),
        });
        const { id, status } = answer;
        if (status !== "resent" && status !== "sent") throw refusedRetry(status, id);
        call.audit({ id, status });
        return Response.json({ id, status }, { status: 202, headers: { location: call.href("/tasks", id) } });
      },
    }),
    route({
      method: "GET",
      path: "/tasks/:task/result",
      id: "getTaskResult",
      tag,
      summary: "Gives the result of a task that succeeded, and nothing else",
      description: "JSON; bytes as they are, where the handler returned some.",
      access: "read",
      single: "read",
      params: { task: id },
      responses: {
        200: {
          description: "The result",
          schema: {},
          headers: { "content-disposition": "A name for the file that it is saved in" },
        },
      },
      problems: { 404: ["unknown_id"], 409: ["not_ended", "not_succeeded", "unreadable"] },
      async answer({ params: { task: id } }) {
        const record = await app.result(id).record();
        if (!record) throw unknownId(id);
        return resultOf(record);
      },
    }),
    route({
      method: "GET",
      path: "/tasks/:task/tree",
      id: "getTaskTree",
      tag,
      summary: "Tells the tasks that a task came from, and those that it sent",
      access: "read",
      params: { task: id },
      query: {
        depth: whole("How many generations of children", { least: 0, most: 100, usual: 10 }),
        limit: whole("How many children, of all generations together", { least: 1, most: 1000, usual: 200 }),
      },
      responses: {
        200: {
          description: "The first of the tree first, its own parent last; and its children",
          schema: object({ ancestors: listOf(taskNode), task: taskNode }),
        },
      },
      problems: { 404: ["unknown_id"] },
      async answer({ params, query }) {
        const detail = await app.detail(params.task, query);
        if (!detail) throw unknownId(params.task);
        return Response.json({ ancestors: ancestorViews(detail), task: nodeView(detail) });
      },
    }),
  ];
}

function resultOf({ id, state, result, encoded }: TaskRecord): Response {
  if (!isFinal(state)) throw new Refusal(409, "not_ended", `Task ${id} has not ended: ${state}`);
  if (state !== "SUCCESS") throw new Refusal(409, "not_succeeded", `Task ${id} has no result: ${state}`);
  if (encoded?.result) {
    throw new Refusal(
      409,
      "unreadable",
      `The result of task ${id} cannot be read here: ${encoded.result.by.join(", ")}`,
    );
  }
  const value: unknown = result;
  const bytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const name = id.replace(/[^\w.@=+-]/g, "_") + (bytes ? ".bin" : ".json");
  return new Response(bytes ? value as BodyInit : JSON.stringify(readable(value)), {
    headers: {
      "content-type": bytes ? "application/octet-stream" : "application/json",
      "content-disposition": `attachment; filename="${name}"`,
    },
  });
}

function refusedRetry(status: "open" | "exists" | "forgotten" | "unknown", id: string): Error {
  switch (status) {
    case "open":
      return new Refusal(409, "not_ended", `Task ${id} has not ended: there is nothing to send again`);
    case "exists":
      return new Refusal(409, "already_exists", `Another task holds the unique key of task ${id}`);
    case "forgotten":
      return new Refusal(409, "forgotten", `The arguments of task ${id} are not known any more: send it anew`);
    case "unknown":
      return unknownId(id);
  }
}
