/** @jsxImportSource hono/jsx */
/**
 * One task: what it did and does, and what can be done to it.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { codeOf } from "../../../errors.ts";
import type { ChangeAnswer } from "../../../options/change_options.ts";
import { action, type Submission } from "../action.ts";
import { Empty } from "../components/card.tsx";
import { unhide } from "../components/hidden.ts";
import { setFlash } from "../flash.ts";
import { LinkButton } from "../components/form.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { page } from "../page.tsx";
import { Copies } from "../task/copies.tsx";
import { taskParts } from "../task/parts.tsx";
import { follow, isOver, sightOf, type TaskSight } from "../task/sight.ts";
import type { View } from "../view.tsx";

/** `GET /:id`, what is new there, and what is done to it. */
export function task(desk: Desk): Hono<DeskEnv> {
  const { app, live } = desk;
  return new Hono<DeskEnv>()
    .get("/:id", async (context) => {
      const id = context.req.param("id");
      const sight = await look(desk, id);
      return sight ? show(context, sight) : missing(context, id);
    })
    .get("/:id/live", (context) => {
      const id = context.req.param("id");
      return live.follow(context, (stop) => follow(app, id, stop), taskParts);
    })
    .post(
      "/:id/revoke",
      does(desk, async (id, { field, view: { words: { task } } }) => {
        const [answer] = await app.revoke(id, { terminate: field("terminate") === "on", tree: field("tree") === "on" });
        return task.done[answer!](id);
      }),
    )
    .post(
      "/:id/retry",
      does(desk, async (id, { context, field, view }) => {
        const { task } = view.words;
        // Sent twice, as by a second click, a form still sends one task.
        const nonce = field("nonce");
        const answer = await app.retry(
          id,
          nonce === "" ? {} : { idempotencyKey: `${view.base} ${id} ${nonce}`.slice(-500) },
        );
        const said = task.done[answer.status](answer.id);
        if (answer.status !== "sent") return said;
        setFlash(context, { kind: "done", text: said });
        return context.redirect(view.url(`/tasks/${encodeURIComponent(answer.id)}`), 303);
      }),
    )
    .post(
      "/:id/promote",
      does(desk, async (id, { view }) => {
        const [answer] = await app.promote(id);
        return answer === "changed" ? view.words.task.done.promoted(id) : changeSentence(id, answer!, view);
      }),
    )
    .post(
      "/:id/change",
      does(desk, async (id, { field, view }) => {
        const [priority, countdown, queue] = [field("priority"), field("countdown"), field("queue")];
        const [answer] = await app.change(id, {
          ...(priority === "" ? {} : { priority: Number(priority) }),
          ...(countdown === "" ? {} : { countdown: /^[\d.]+$/.test(countdown) ? Number(countdown) : countdown }),
          ...(queue === "" ? {} : { queue }),
        });
        return changeSentence(id, answer!, view);
      }),
    );
}

function does(desk: Desk, act: (id: string, submission: Submission) => Promise<string | Response>) {
  return action(desk, "control", async (submission) => await act(submission.context.req.param("id")!, submission));
}

function changeSentence(id: string, answer: ChangeAnswer, { words: { task } }: View): string {
  return task.done[answer](id);
}

/** What is known of a task; nothing, too, when that is no id that a task could have. */
async function look({ app }: Desk, id: string): Promise<TaskSight | undefined> {
  try {
    return await sightOf(app, id);
  } catch (error) {
    if (codeOf(error) === "invalid_input") return undefined;
    throw error;
  }
}

function show(context: Context<DeskEnv>, sight: TaskSight): Response {
  const view = context.get("view");
  const { detail } = sight;
  const {
    "task-head": head,
    "task-deeds": deeds,
    "task-now": now,
    "task-outcome": outcome,
    "task-args": args,
    "task-side": side,
  } = taskParts(sight);
  return page(context, {
    ...{ title: unhide(detail.record.task), section: "tasks", actions: deeds },
    trail: [{ label: view.words.tasks.title, href: view.url("/tasks") }],
    ...(isOver(sight) ? {} : { live: view.url(`/tasks/${encodeURIComponent(detail.id)}/live`) }),
    body: (
      <>
        {head}
        <div class="task-columns">
          <div class="task-main">
            {now}
            {outcome}
            {args}
            <Copies message={detail.message} api={apiOf(context, view)} />
          </div>
          {side}
        </div>
      </>
    ),
  });
}

/** Where the API is, as `umbel serve` mounts it: beside the dashboard. */
function apiOf(context: Context, { base }: View): string {
  return new URL(context.req.url).origin + base.replace(/\/[^/]*$/, "");
}

function missing(context: Context<DeskEnv>, id: string): Response {
  const view = context.get("view");
  const { task, tasks } = view.words;
  return page(context, {
    ...{ title: task.title, section: "tasks", status: 404 },
    trail: [{ label: tasks.title, href: view.url("/tasks") }],
    body: (
      <Empty title={task.notFound(unhide(id))}>
        <p>{task.notFoundHint}</p>
        <LinkButton href={view.url("/tasks")} icon="search">{task.search}</LinkButton>
      </Empty>
    ),
  });
}
