/**
 * What failed for good as a resource: list it, look at it, send it again, delete it.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import type { LetterFilter, LetterSelection, ResendOptions } from "../../operations/dead_letter_office.ts";
import { unknownId } from "../../results/waits.ts";
import type { Caller } from "../access/caller.ts";
import type { Body } from "../requests/body.ts";
import { mustCompose, mustComposeAll } from "../requests/composing.ts";
import { flag, given, page, text, time } from "../requests/parameters.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route } from "../route.ts";
import { args, taskView } from "../schema/task.ts";
import { listOf, object, pageOf, string, taskId, time as timeSchema } from "../schema/values.ts";
import { viewOf } from "../../operations/task_view.ts";

const tag = "Dead letters";

const filter = object({ task: string, queue: string, error: string, before: timeSchema, after: timeSchema }, {
  optional: ["task", "queue", "error", "before", "after"],
  description: "Of that task, from that queue, with an error of that class, failed before or not before",
});

const filterQuery = {
  task: text("Of that task"),
  queue: text("From that queue"),
  error: text("With an error of that class"),
  before: time("Failed before"),
  after: time("Not failed before"),
};

const resendBody = object({
  ids: listOf(taskId, "These"),
  filter,
  all: { type: "boolean", enum: [true], description: "All of them" },
  args: { ...args, description: "Other arguments, for each of them" },
  queue: { type: "string", description: "Another queue" },
}, { optional: ["ids", "filter", "all", "args", "queue"], description: "Which by one of `ids`, `filter` and `all`" });

const refusedLetter = object({ id: taskId, why: { type: "string", enum: ["unknown", "not_failed", "exists"] } });

/** `GET` and `DELETE /dead-letters`, `POST /dead-letters/resend`, `GET` and `DELETE /dead-letters/:task`. */
export function deadLetters(app: Umbel): readonly Route[] {
  const id = text("The task's id");
  return [
    route({
      method: "GET",
      path: "/dead-letters",
      id: "listDeadLetters",
      tag,
      summary: "Lists what failed for good, the newest first",
      access: "read",
      query: { ...filterQuery, ...page },
      responses: { 200: { description: "A part of them", schema: pageOf("letters", taskView) } },
      async answer({ query }) {
        const { letters, cursor } = await app.deadLetters.list(given(query));
        const views = letters.map((letter) => viewOf(letter, app.tasks));
        return Response.json({ letters: views, ...(cursor === undefined ? {} : { cursor }) });
      },
    }),
    route({
      method: "DELETE",
      path: "/dead-letters",
      id: "deleteDeadLetters",
      tag,
      summary: "Deletes those that a filter fits",
      description: "Something must be said of them, or else `all`. May be repeated.",
      access: "control",
      query: { ...filterQuery, all: flag("Whether all are meant; then nothing else may be said of them") },
      responses: { 200: { description: "How many are deleted", schema: object({ deleted: { type: "integer" } }) } },
      async answer(call) {
        const { all, ...rest } = call.query;
        const filter: LetterFilter = given(rest);
        if ((all === true) === (Object.keys(filter).length > 0)) {
          throw new InvalidInput("all", "Say which letters are meant: by a filter, or else by all=true");
        }
        const { deleted } = await app.deadLetters.delete(all === true ? "all" : filter);
        call.audit({ ...rest, ...given({ all }), deleted: deleted.length });
        return Response.json({ deleted: deleted.length });
      },
    }),
    route({
      method: "POST",
      path: "/dead-letters/resend",
      id: "resendDeadLetters",
      tag,
      summary: "Sends dead letters again, under the ids they have",
      description: "Other arguments take the scope `send` for their tasks, too.",
      access: "control",
      body: { description: "Which, and what is to differ", schema: resendBody },
      responses: {
        200: {
          description: "What became of them",
          schema: object({ resent: listOf(taskId), refused: listOf(refusedLetter) }),
        },
      },
      async answer(call) {
        const { args, queue } = call.body as ResendOptions;
        const selection = readSelection(call.body);
        if (args !== undefined) await checkRecipients(app, call.caller, selection);
        const summary = await app.deadLetters.resend(selection, given({ args, queue }));
        call.audit({ resent: summary.resent.length, refused: summary.refused.length });
        return Response.json(summary);
      },
    }),
    route({
      method: "GET",
      path: "/dead-letters/:task",
      id: "getDeadLetter",
      tag,
      summary: "Tells one of them",
      access: "read",
      params: { task: id },
      responses: { 200: { description: "What is known of it", schema: taskView } },
      problems: { 404: ["unknown_id"] },
      async answer({ params }) {
        const letter = await app.deadLetters.get(params.task);
        if (!letter) throw unknownId(params.task);
        return Response.json(viewOf(letter, app.tasks));
      },
    }),
    route({
      method: "DELETE",
      path: "/dead-letters/:task",
      id: "deleteDeadLetter",
      tag,
      summary: "Deletes one of them",
      description: "May be repeated.",
      access: "control",
      params: { task: id },
      responses: { 204: { description: "It is not there, or no longer" } },
      problems: { 409: ["not_failed"] },
      async answer({ params: { task: id } }) {
        const { refused } = await app.deadLetters.delete([id]);
        if (refused[0]?.why === "not_failed") {
          throw new Refusal(409, "not_failed", `Task ${id} is no dead letter: it has not failed`);
        }
        // A repeated request finds it deleted by the first.
        return new Response(null, { status: 204 });
      },
    }),
  ];
}

/** Other arguments are for tasks that the caller may send: those that are chosen, or the one that the filter names. */
async function checkRecipients(app: Umbel, caller: Caller, selection: LetterSelection): Promise<void> {
  if (Array.isArray(selection)) return await mustComposeAll(caller, app.broker, selection);
  const { task } = selection as LetterFilter;
  if (task !== undefined) return mustCompose(caller, task);
  throw new InvalidInput(
    "filter.task",
    "Other arguments are for one task: name it by filter.task, or choose letters by ids",
  );
}

function readSelection({ ids, filter, all }: Body): LetterSelection {
  const given = [ids, filter, all].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new InvalidInput("ids", "Say which letters are meant by one of ids, filter and all");
  }
  return all === true ? "all" : given[0] as readonly string[] | LetterFilter;
}
