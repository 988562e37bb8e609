/**
 * Periodic tasks as a resource: list them, put, change and remove them, run one now; and tick, for a cron elsewhere.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { Entries, type EntryChanges } from "../../beat/entries.ts";
import type { Entry } from "../../beat/kept.ts";
import { scheduleText } from "../../beat/schedules/schedule.ts";
import { tick } from "../../beat/tick.ts";
import type { BeatEntry } from "../../periodic/entry_options.ts";
import { redactArgs } from "../../policies/redact.ts";
import { mustCompose } from "../requests/composing.ts";
import type { Settings } from "../options.ts";
import { text, whole } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route } from "../route.ts";
import { entryBody, entryChanges, entryView } from "../schema/entry.ts";
import { listOf, object, string, taskId, timestamp } from "../schema/values.ts";
import { timeText } from "../../operations/task_view.ts";

const tag = "Periodic tasks";
const name = text("The entry's name");
const next = whole("How many of its next times are told", { least: 0, most: 100, usual: 1 });

/** `POST /beat/tick`, `GET /beat/entries`, and `GET`, `PUT`, `PATCH`, `DELETE` and `POST …/run` below an entry's name. */
export function beat(app: Umbel, { anyTask }: Settings): readonly Route[] {
  const entries = new Entries(app);
  const find = async (name: string) => (await entries.all()).find((entry) => entry.name === name);
  const known = async (name: string) => {
    const entry = await find(name);
    if (entry) return entry;
    throw new Refusal(404, "unknown_entry", `There is no periodic task ${JSON.stringify(name)}`);
  };
  const checkTask = (task: unknown) => {
    if (!anyTask && typeof task === "string") app.taskNamed(task);
  };

  return [
    route({
      method: "POST",
      path: "/beat/tick",
      id: "tick",
      tag,
      summary: "Sends the periodic tasks that are due now",
      description:
        "For a cron where no beat runs; by any number of callers at a time. A signed request needs no token.",
      access: "control",
      signed: true,
      responses: {
        200: {
          description: "What was sent",
          schema: object({
            fired: listOf(object({ name: string, due: timestamp, ids: listOf(taskId) })),
            next: { ...timestamp, description: "When something is due next" },
          }, { optional: ["next"] }),
        },
      },
      async answer(call) {
        const { fired, next } = await tick(app);
        call.audit({ sent: fired.length });
        return Response.json({
          fired: fired.map(({ name, due, ids }) => ({ name, due: timeText(due), ids })),
          ...(next === undefined ? {} : { next: timeText(next) }),
        });
      },
    }),
    route({
      method: "GET",
      path: "/beat/entries",
      id: "listEntries",
      tag,
      summary: "Lists the periodic tasks",
      access: "read",
      query: { next },
      responses: { 200: { description: "All of them", schema: object({ entries: listOf(entryView) }) } },
      async answer({ query: { next } }) {
        const all = await entries.all();
        return Response.json({ entries: await Promise.all(all.map((entry) => view(app, entries, entry, next))) });
      },
    }),
    route({
      method: "GET",
      path: "/beat/entries/:name",
      id: "getEntry",
      tag,
      summary: "Tells one of them",
      access: "read",
      params: { name },
      query: { next },
      responses: { 200: { description: "What is known of it", schema: entryView } },
      problems: { 404: ["unknown_entry"] },
      async answer({ params, query }) {
        return Response.json(await view(app, entries, await known(params.name), query.next));
      },
    }),
    route({
      method: "PUT",
      path: "/beat/entries/:name",
      id: "putEntry",
      tag,
      summary: "Adds one, or puts it in place of another",
      description: "Takes the scope `send` for its task, too.",
      access: "control",
      params: { name },
      body: { description: "What is sent, and when", schema: entryBody },
      responses: { 200: { description: "What is known of it now", schema: entryView } },
      problems: { 404: ["unknown_task"] },
      async answer({ params, body, caller }) {
        mustCompose(caller, body.task as string);
        checkTask(body.task);
        return Response.json(await view(app, entries, await entries.put(params.name, body as never as BeatEntry)));
      },
    }),
    route({
      method: "PATCH",
      path: "/beat/entries/:name",
      id: "changeEntry",
      tag,
      summary: "Changes what the body names; `null` takes an option away",
      description: "Takes the scope `send` for its task, too, unless it does no more than disable it.",
      access: "control",
      params: { name },
      body: { description: "What is to differ", schema: entryChanges },
      responses: { 200: { description: "What is known of it now", schema: entryView } },
      problems: { 404: ["unknown_entry", "unknown_task"] },
      async answer({ params, body, caller }) {
        const { task } = await known(params.name);
        // Whoever may not send it may still stop it.
        const isStopped = Object.entries(body).every(([key, value]) => key === "enabled" && value === false);
        if (!isStopped) mustCompose(caller, body.task as string ?? task);
        checkTask(body.task);
        // JSON has no undefined: null takes an option away.
        const changes = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, value ?? undefined]));
        return Response.json(await view(app, entries, await entries.change(params.name, changes as EntryChanges)));
      },
    }),
    route({
      method: "DELETE",
      path: "/beat/entries/:name",
      id: "removeEntry",
      tag,
      summary: "Removes one",
      description: "May be repeated.",
      access: "control",
      params: { name },
      responses: { 204: { description: "It is not there, or no longer" } },
      problems: { 409: ["declared_in_code"] },
      async answer({ params: { name } }) {
        const entry = await find(name);
        if (entry?.source === "code") {
          const detail = `The code declares ${JSON.stringify(name)}: disable it instead`;
          throw new Refusal(409, "declared_in_code", detail);
        }
        // A repeated request finds it removed by the first.
        if (entry) await entries.remove(name);
        return new Response(null, { status: 204 });
      },
    }),
    route({
      method: "POST",
      path: "/beat/entries/:name/run",
      id: "runEntry",
      tag,
      summary: "Sends its task now",
      description: "Takes the scope `send` for its task, too.",
      access: "control",
      params: { name },
      body: { description: "Nothing: it is there for its content type", schema: object({}) },
      responses: { 202: { description: "It is sent", schema: object({ id: taskId, task: string }) } },
      problems: { 404: ["unknown_entry", "unknown_task"] },
      async answer(call) {
        const { name } = call.params;
        const { task } = await known(name);
        mustCompose(call.caller, task);
        checkTask(task);
        const { id } = await entries.run(name);
        call.audit({ id });
        return Response.json({ id, task }, { status: 202 });
      },
    }),
  ];
}

/** An entry as JSON tells it: times as ISO 8601, and of its arguments what its task lets be seen. */
async function view(app: Umbel, entries: Entries, entry: Entry, count = 1): Promise<Record<string, unknown>> {
  const { startAt, endAt, since, due, lastDue, lastSent, revision: _, ...rest } = entry;
  const times = { startAt, endAt, since, due, lastDue, lastSent };
  const redact = app.tasks.get(entry.task)?.settings.redact;
  return {
    ...rest,
    ...(redact === undefined ? {} : { args: redactArgs(rest.args, redact) }),
    when: scheduleText(entry.schedule),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, time]) => time === undefined ? [] : [[name, timeText(time)]]),
    ),
    next: (await entries.next(entry, count)).map(timeText),
  };
}
