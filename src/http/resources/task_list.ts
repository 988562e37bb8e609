/**
 * The tasks of an app, many at once: list and search them, send many, revoke what a filter fits.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import type { RetryFilter } from "../../operations/retry_matching.ts";
import type { RevokeFilter } from "../../operations/revoke_matching.ts";
import type { Call as TaskCall } from "../../tasks/task.ts";
import type { Body } from "../requests/body.ts";
import { readCallOptions } from "../requests/call_options.ts";
import { idempotencyKey } from "../requests/idempotency.ts";
import type { Settings } from "../options.ts";
import { duration, flag, given, page, text, time, whole } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import { args, callOptions, taskView } from "../schema/task.ts";
import { listOf, object, pageOf, taskId } from "../schema/values.ts";
import { viewOfFound } from "../../operations/task_view.ts";

const tag = "Tasks";
/** How many tasks one request sends. */
const mostCalls = 1000;

/** What a search asks for. */
const filter = {
  state: text("In this state, or one of these: `FAILURE,REVOKED`"),
  task: text("Of this name"),
  queue: text("That wait or waited in this queue"),
  worker: text("Whose last run was on this worker"),
  from: time("Sent at this time or later"),
  to: time("Sent before"),
  text: text("With this text in arguments, result or error, as far as they may be seen", { maxLength: 1000 }),
};

const callsBody = object({
  calls: {
    type: "array",
    description: "The calls, in their order",
    minItems: 1,
    maxItems: mostCalls,
    items: {
      type: "object",
      properties: { task: { type: "string", description: "The name of the task" }, args, ...callOptions },
      required: ["task"],
      additionalProperties: false,
    },
  },
});

const receipt = object({
  id: taskId,
  task: { type: "string", description: "Its name" },
  existed: { type: "boolean", description: "Whether a task of this id was there already" },
  state: { type: "string", description: "Its present state, if it was" },
  taken: { type: "string", description: "The name of the task that has this id, if that is another one" },
}, { optional: ["state", "taken"] });

/** `GET`, `POST` and `DELETE /tasks`, `GET /task-counts` and `POST /task-retries`. */
export function taskList(app: Umbel, { anyTask }: Settings): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/tasks",
      id: "listTasks",
      tag,
      summary: "Lists and searches tasks, the newest first",
      description: "There may be fewer than asked for, or none, although there is a `cursor`: then go on with it.",
      access: "read",
      query: { ...filter, ...page },
      responses: { 200: { description: "A part of them", schema: pageOf("tasks", taskView) } },
      async answer({ query: { state, ...query } }) {
        const states = state?.split(",");
        const { tasks, cursor } = await app.search(given({ ...query, state: states }));
        const views = tasks.map((task) => viewOfFound(task, app.tasks));
        return Response.json({ tasks: views, ...(cursor === undefined ? {} : { cursor }) });
      },
    }),
    route({
      method: "GET",
      path: "/task-counts",
      id: "countTasks",
      tag,
      summary: "Tells how many tasks are in which state",
      description: "The newest are counted, as far as `looks` goes: `since` says when earlier ones were not.",
      access: "read",
      query: { ...filter, looks: whole("How many are looked at, about", { least: 1, most: 100_000, usual: 10_000 }) },
      responses: {
        200: {
          description: "How many there are",
          schema: object({
            states: { type: "object", description: "By state", additionalProperties: { type: "integer", minimum: 0 } },
            total: { type: "integer", description: "All together" },
            since: {
              type: "string",
              format: "date-time",
              description: "Sent then or later are those that were counted",
            },
          }, { optional: ["since"] }),
        },
      },
      async answer({ query: { state, ...query } }) {
        const { since, ...counts } = await app.count(given({ ...query, state: state?.split(",") }));
        return Response.json({ ...counts, ...(since === undefined ? {} : { since: new Date(since).toISOString() }) });
      },
    }),
    route({
      method: "POST",
      path: "/tasks",
      id: "sendTasks",
      tag,
      summary: "Sends many tasks",
      description: "All are checked before one is sent. An `Idempotency-Key` makes it safe to repeat.",
      access: "send",
      headers: { "idempotency-key": idempotencyKey },
      body: { description: "Each call as in `POST /tasks/:task`, with the name of its task", schema: callsBody },
      responses: {
        202: { description: "They are sent, or were already", schema: object({ tasks: listOf(receipt) }) },
      },
      problems: {
        400: ["invalid_idempotency_key"],
        404: ["unknown_task"],
        409: ["already_exists"],
        422: ["schema_mismatch", "idempotency_mismatch"],
        429: ["queue_full"],
      },
      async answer(call) {
        const bodies = call.body.calls as readonly (Body & { readonly task: string })[];
        for (const { task } of bodies) {
          call.caller.mustSend(task);
          if (!anyTask) app.taskNamed(task);
        }
        const key = call.headers["idempotency-key"];
        const calls = bodies.map(({ task, args = [], ...options }, index): TaskCall => ({
          task,
          args: args as unknown[],
          options: readCallOptions(options, key === undefined ? undefined : `${call.caller.key} ${key} ${index}`),
        }));
        const handles = await sendAll(app, calls);
        call.audit({ tasks: handles.length });
        const existed = handles.filter(({ existed }) => existed).map(({ id }) => id);
        const records = new Map((await app.broker.fetch(existed)).flatMap((one) => one ? [[one.id, one]] : []));
        const tasks = handles.map(({ id, existed }, index) => {
          const { task } = bodies[index]!;
          const record = records.get(id);
          const taken = record && record.task !== task ? { taken: record.task } : {};
          return { id, task, existed, ...(record ? { state: record.state } : {}), ...taken };
        });
        return Response.json({ tasks }, { status: 202 });
      },
    }),
    route({
      method: "DELETE",
      path: "/tasks",
      id: "revokeTasks",
      tag,
      summary: "Revokes what waits, is delayed or runs and fits a filter",
      description: "A filter must be given. May be repeated; with `limit`, as long as there is `more`.",
      access: "control",
      query: {
        ...filter,
        queue: text("That wait in this queue, or were taken from it"),
        state: text("In this state, or one of these: `SCHEDULED,QUEUED,RETRY`; `STARTED` for all that workers hold"),
        olderThan: duration("Sent longer ago"),
        limit: whole("How many at most; all when absent", { least: 1, most: 1_000_000 }),
        terminate: flag("Whether runs are over at once"),
        tree: flag("Whether what they sent as their children is revoked too"),
      },
      responses: {
        200: {
          description: "How many are revoked, and how many had ended before they could be",
          schema: object({
            revoked: { type: "integer" },
            ended: { type: "integer" },
            more: { type: "boolean", description: "There when there were more than `limit`" },
          }, { optional: ["more"] }),
        },
      },
      async answer(call) {
        const { terminate, tree, olderThan, limit, ...rest } = call.query;
        const age = olderThan === undefined ? undefined : { milliseconds: olderThan };
        const filter = given({ ...rest, state: rest.state?.split(","), olderThan: age }) as RevokeFilter;
        const summary = await app.revoke(filter, { terminate, tree, ...given({ limit }) });
        call.audit({ ...given({ ...rest, olderThan, limit }), ...summary });
        return Response.json(summary);
      },
    }),
    route({
      method: "POST",
      path: "/task-retries",
      id: "retryTasks",
      tag,
      summary: "Sends all tasks again that have ended and fit a filter, in portions",
      description: "Those that failed for good under their ids, others as new tasks. May be repeated: each end of a " +
        "task is followed by one new task at most. Go on with `cursor` as long as there is one.",
      access: "control",
      query: {
        ...filter,
        state: text(
          "Must be given: how they ended, `FAILURE`, `REVOKED`, `EXPIRED`, `SUCCESS`, or some of these by commas",
        ),
        limit: whole("How many at most", { least: 1, most: 10_000, usual: 1000 }),
        cursor: page.cursor,
      },
      responses: {
        200: {
          description: "How many were sent again",
          schema: object({
            resent: { type: "integer", description: "Those that had failed for good" },
            sent: { type: "integer", description: "New tasks, that this request or an earlier one has sent" },
            refused: { type: "integer", description: "Those that cannot be sent again as they were" },
            cursor: { type: "string", description: "Where to go on" },
          }, { optional: ["cursor"] }),
        },
      },
      async answer(call) {
        const { state = "", limit, cursor, ...rest } = call.query;
        const summary = await app.retry(
          given({ ...rest, state: state.split(",") }) as RetryFilter,
          given({ limit, cursor }),
        );
        const { cursor: _, ...counts } = summary;
        call.audit({ ...given({ ...rest, state, limit }), ...counts });
        return Response.json(summary);
      },
    }),
  ];
}

/** Sends them; what is wrong with one of them is said with its place. */
async function sendAll(app: Umbel, calls: readonly TaskCall[]) {
  try {
    return await app.sendAll(calls);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    for (const [index, call] of calls.entries()) {
      await app.draft(call).catch((thrown) => {
        if (!(thrown instanceof InvalidInput)) throw thrown;
        const { field, message } = thrown;
        throw new InvalidInput(`calls[${index}]${field === "" ? "" : `.${field}`}`, `calls[${index}]: ${message}`);
      });
    }
    throw error;
  }
}
