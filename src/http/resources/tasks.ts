/**
 * The tasks of an app as a resource: send one, look at it, wait for it, change it, revoke it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { sendable } from "../../callbacks/callbacks.ts";
import { isFinal, type TaskRecord } from "../../ports/task_record.ts";
import { InvalidInput } from "../../errors.ts";
import type { ChangeOptions } from "../../options/change_options.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import { unknownId } from "../../results/waits.ts";
import { type Caller, forbidden, type SingleTask } from "../access/caller.ts";
import { lateJson, laterRecord } from "../answers/late_json.ts";
import { argsSchemaOf } from "../schema/args_schema.ts";
import { readCallOptions, withDates } from "../requests/call_options.ts";
import { mustComposeAll } from "../requests/composing.ts";
import { idempotencyKey } from "../requests/idempotency.ts";
import type { Settings } from "../options.ts";
import { duration, flag, given, text, word } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route, type RouteInstance } from "../route.ts";
import { named } from "../schema/json_schema.ts";
import { callBody, changeBody, taskView } from "../schema/task.ts";
import { object, string, taskId } from "../schema/values.ts";
import { viewOf, viewOfFound } from "../../operations/task_view.ts";
import { updates } from "./updates.ts";

const tag = "Tasks";
const id = text("The task's id");
const sendBody = named("Call", callBody());

/** `POST` below a task's name, `GET`, `PATCH`, `DELETE` and `GET …/updates` below its id. */
export function tasks(app: Umbel, settings: Settings): readonly Route[] {
  const { anyTask, maxWait, log } = settings;
  return [
    route({
      method: "POST",
      path: "/tasks/:task",
      id: "sendTask",
      tag,
      summary: "Sends a task",
      description: "An id, or an `Idempotency-Key`, makes it safe to repeat.",
      access: "send",
      params: { task: text("The name of the task") },
      query: {
        token: word("Answer with a token for this task alone, whose holder may look at it, or revoke it too", [
          "read",
          "revoke",
        ]),
      },
      headers: { "idempotency-key": idempotencyKey },
      body: { description: "The arguments, and how this call differs from others", schema: sendBody },
      instances: () => sendable(app.tasks).map(instanceOf),
      responses: {
        202: {
          description: "It is sent, or was already",
          schema: object({
            id: taskId,
            task: { type: "string", description: "Its name" },
            existed: { type: "boolean", description: "Whether a task of this id was there already" },
            state: { type: "string", description: "Its present state, if it was" },
            token: { type: "string", description: "The token that was asked for" },
          }, { optional: ["state", "token"] }),
          headers: { location: "Where it is" },
        },
      },
      problems: {
        400: ["invalid_idempotency_key"],
        404: ["unknown_task"],
        409: ["id_taken", "already_exists"],
        422: ["schema_mismatch", "idempotency_mismatch"],
        429: ["queue_full"],
      },
      async answer(call) {
        const { task: name } = call.params;
        call.caller.mustSend(name);
        if (call.query.token && !settings.access.taskTokens) throw noSecret();
        if (!anyTask) app.taskNamed(name);
        const { args = [], ...options } = call.body;
        const key = call.headers["idempotency-key"];
        const own = key === undefined ? undefined : `${call.caller.key} ${key}`;
        const handle = await app.sendTask(name, args as unknown[], readCallOptions(options, own));
        const { id, existed } = handle;
        call.audit({ id });
        const record = existed ? await handle.record() : undefined;
        if (record && record.task !== name) throw taken(record);
        const isOwn = !existed || key !== undefined;
        const token = call.query.token && await tokenFor({ id, may: call.query.token }, call.caller, isOwn, settings);
        const answer = { id, task: name, existed, ...given({ state: record?.state, token }) };
        return Response.json(answer, { status: 202, headers: { location: call.href("/tasks", id) } });
      },
    }),
    route({
      method: "GET",
      path: "/tasks/:task",
      id: "getTask",
      tag,
      summary: "Tells what is known of a task, or waits for its end",
      access: "read",
      single: "read",
      params: { task: id },
      query: {
        wait: duration("Wait so long for its end, and no longer than the server's `maxWait`"),
        args: flag(
          "Whether its arguments are looked for while it waits or runs, too: all that waits may be read for that",
        ),
      },
      responses: { 200: { description: "What is known of it: look at `ended`", schema: taskView } },
      problems: { 404: ["unknown_id"] },
      async answer(call) {
        const { wait = 0, args } = call.query;
        const time = Math.min(wait, maxWait);
        const handle = app.result(call.params.task);
        const record = known(await handle.record(), handle.id);
        const view = async (record: TaskRecord) => {
          const found = args && !isFinal(record.state) ? await app.detail(record.id, { depth: 0 }) : undefined;
          return viewOfFound(found ?? { record }, app.tasks);
        };
        if (time === 0 || isFinal(record.state)) return Response.json(await view(record));
        const timeout = { milliseconds: time };
        return lateJson({
          make: async (waiting) => await view(await laterRecord(handle, waiting, { timeout }) ?? record),
          otherwise: () => viewOfFound({ record }, app.tasks),
          ...{ stop: call.stop, log },
        });
      },
    }),
    route({
      method: "PATCH",
      path: "/tasks/:task",
      id: "changeTask",
      tag,
      summary: "Changes a task that waits",
      description: "Other arguments take the scope `send` for it, too.",
      access: "control",
      params: { task: id },
      body: { description: "What is to differ", schema: changeBody },
      responses: { 200: { description: "What is known of it now", schema: taskView } },
      problems: { 404: ["unknown_id"], 409: ["running", "already_exists", "already_ended"] },
      async answer({ params, body, caller }) {
        const handle = app.result(params.task);
        if (body.args !== undefined) await mustComposeAll(caller, app.broker, [handle.id]);
        const answer = await handle.change(withDates(body) as ChangeOptions);
        if (answer === "unknown") throw unknownId(handle.id);
        const record = known(await handle.record(), handle.id);
        if (answer !== "changed") throw unchanged(answer, record);
        return Response.json(viewOf(record, app.tasks));
      },
    }),
    route({
      method: "DELETE",
      path: "/tasks/:task",
      id: "revokeTask",
      tag,
      summary: "Revokes a task",
      description: "One that waits is never run, one that runs is told by its signal. May be repeated.",
      access: "control",
      single: "revoke",
      params: { task: id },
      query: {
        terminate: flag("Whether a run is over at once"),
        tree: flag("Whether what it sent as its children is revoked too"),
      },
      responses: { 200: { description: "It is revoked", schema: object({ id: taskId, state: string }) } },
      problems: { 404: ["unknown_id"], 409: ["already_ended"] },
      async answer({ params: { task: id }, query, caller }) {
        if (query.tree && caller.single) throw forbidden("revoke other tasks than its own", caller);
        const [outcome] = await app.revoke(id, query);
        if (outcome === "unknown") throw unknownId(id);
        // A repeated request finds it ended by the first.
        const { state } = outcome === "revoked" ? { state: "REVOKED" } : known(await app.result(id).record(), id);
        if (state === "REVOKED") return Response.json({ id, state });
        throw new Refusal(409, "already_ended", `Task ${id} has ended already: ${state}`);
      },
    }),
    route({
      method: "GET",
      path: "/tasks/:task/updates",
      id: "followTask",
      tag,
      summary: "Tells what is new about a task as it comes, to its end",
      description: "Server-sent events `state`, `progress`, `log` and, when it cannot go on, `problem`.",
      access: "read",
      single: "read",
      params: { task: id },
      headers: { "last-event-id": text("The id of the last event that was heard: lines before it are not told again") },
      responses: {
        200: { description: "The events", media: "text/event-stream" },
        204: { description: "All was heard: do not come again" },
      },
      problems: { 404: ["unknown_id"] },
      answer: (call) => updates(app, call, log),
    }),
  ];
}

/** A task in the OpenAPI document, with what its schema says of its arguments. */
function instanceOf({ name, settings: { schema } }: TaskDefinition): RouteInstance {
  const args = schema && argsSchemaOf(schema);
  return { value: name, summary: `Sends the task \`${name.replaceAll("`", "")}\``, ...(args ? { args } : {}) };
}

function noSecret(): InvalidInput {
  return new InvalidInput("token", "token takes the option secret, which this server was not given");
}

/**
 * A token for a task that was sent.
 *
 * @param isOwn Whether this caller has sent it: who only guessed the id of another one's task gets none that opens more
 * than it may do itself.
 */
async function tokenFor(
  single: SingleTask,
  caller: Caller,
  isOwn: boolean,
  { access: { taskTokens }, taskTokenExpires }: Settings,
): Promise<string | undefined> {
  const isEntitled = isOwn || (caller.may("read") && (single.may === "read" || caller.may("control")));
  return isEntitled ? await taskTokens?.make(single, taskTokenExpires) : undefined;
}

function known(record: TaskRecord | undefined, id: string): TaskRecord {
  if (record) return record;
  throw unknownId(id);
}

function taken({ id, task }: TaskRecord): Refusal {
  const detail = `${JSON.stringify(id)} is the id of a task ${JSON.stringify(task)} already`;
  return new Refusal(409, "id_taken", detail, { errors: [{ field: "id", detail }] });
}

/** Why a task was not changed. */
function unchanged(answer: "running" | "exists" | "ended", { id, state }: TaskRecord): Refusal {
  switch (answer) {
    case "running":
      return new Refusal(409, "running", `A worker holds task ${id}: it stays as it is`);
    case "exists":
      return new Refusal(409, "already_exists", `Another task holds the unique key that task ${id} would have`);
    case "ended":
      return new Refusal(409, "already_ended", `Task ${id} has ended already: ${state}`);
  }
}
