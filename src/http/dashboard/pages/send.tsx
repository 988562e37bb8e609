/** @jsxImportSource hono/jsx */
/**
 * Sends a task.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type { Child } from "hono/jsx";
import { codeOf } from "../../../errors.ts";
import { redactArgs } from "../../../policies/redact.ts";
import { action, sentenceOf } from "../action.ts";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { Empty } from "../components/card.tsx";
import { unhide } from "../components/hidden.ts";
import { setFlash } from "../flash.ts";
import { edited, readEdit } from "../form/edit.ts";
import { page } from "../page.tsx";
import { ChooseTask } from "../send/choose_task.tsx";
import { callOf, type Draft, newDraft, optionNames, readDraft, root } from "../send/draft.ts";
import { Preview } from "../send/preview.tsx";
import { SendForm } from "../send/send_form.tsx";

/** `GET /`: `?task=` asks for a call of that task, `?from=` for one like that task's; `POST /` sends. */
export function send(desk: Desk): Hono<DeskEnv> {
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const name = context.req.query("task")?.trim();
      const from = context.req.query("from");
      if (!name && from === undefined) {
        return page(context, { title: view.words.send.title, section: "send", body: <ChooseTask /> });
      }
      const { draft, notes } = await startOf(desk, context, name ?? "", from);
      return await show(desk, context, { draft, notes });
    })
    .post(
      "/",
      action(desk, "send", async ({ context, view }) => {
        const form = context.get("form");
        const draft = readDraft(desk.app, form);
        if (!view.maySend(draft.task)) return refuse(context, draft.task);
        const edit = readEdit(form.get("edit") ?? undefined);
        if (edit) {
          const entries = edited(draft.field, draft.entries, root, edit);
          return await show(desk, context, { draft: { ...draft, entries } });
        }
        const read = await callOf(desk.app, draft, view);
        if (read.faults) return await show(desk, context, { draft, faults: read.faults, status: 422 });
        const { task } = draft;
        const { args, options } = read;
        try {
          if (form.get("do") === "preview") {
            const message = await desk.app.draft({ task, args, options });
            return await show(desk, context, { draft, above: <Preview message={message} /> });
          }
          const { id, existed } = await desk.app.sendTask(task, args, options);
          setFlash(context, { kind: "done", text: (existed ? view.words.send.existed : view.words.send.sent)(id) });
          return context.redirect(view.url(`/tasks/${encodeURIComponent(id)}`), 303);
        } catch (thrown) {
          return await show(desk, context, { draft, ...faultOf(thrown, desk, context) });
        }
      }),
    );
}

interface Shown {
  readonly draft: Draft;
  readonly notes?: readonly string[];
  readonly faults?: ReadonlyMap<string, string>;
  readonly status?: 200 | 422 | 503;
  readonly above?: Child;
  /** What is wrong with the whole. */
  readonly problem?: string;
}

async function show({ app }: Desk, context: Context<DeskEnv>, shown: Shown): Promise<Response> {
  const view = context.get("view");
  const { send } = view.words;
  const { draft, notes = [], faults = new Map(), status = 200, above, problem } = shown;
  const { task } = draft;
  if (!view.maySend(task)) return refuse(context, task);
  // Names to choose from are a help, and no reason to show nothing while the broker is away.
  const queues = await app.broker.inspector.queues().catch(() => []);
  const known = app.tasks.get(task);
  const hints = [
    ...(known ? [] : [send.unknown(unhide(task))]),
    ...(known && !known.settings.schema ? [send.noSchema] : []),
    ...notes,
  ];
  return page(context, {
    ...{ title: send.titleOf(unhide(task)), section: "send", status },
    trail: [{ label: send.change, href: view.url("/send") }],
    body: (
      <>
        {(problem ?? faults.size > 0) && <p class="flash failed" role="alert">{problem ?? send.faults(faults.size)}</p>}
        <SendForm draft={draft} faults={faults} queues={queues.map(({ name }) => name)} notes={hints}>{above}</SendForm>
      </>
    ),
  });
}

/** To somebody who may send other tasks, or none. */
function refuse(context: Context<DeskEnv>, task: string): Response {
  const view = context.get("view");
  const { send, errors } = view.words;
  return page(context, {
    ...{ title: send.titleOf(unhide(task)), section: "send", status: 403 },
    trail: [{ label: send.change, href: view.url("/send") }],
    body: <Empty title={view.readOnly ? errors.readOnly : errors.scope} />,
  });
}

/** The draft that a link asks for, and what is to be said about it. */
async function startOf({ app }: Desk, context: Context<DeskEnv>, task: string, from: string | undefined) {
  const { send } = context.get("view").words;
  const queue = context.req.query("queue") ?? "";
  if (from === undefined) return { draft: newDraft(app, task, { queue }), notes: [] };
  const found = await app.detail(from);
  const message = found?.message;
  const name = task || found?.record.task || "";
  if (!message || message.encoded) return { draft: newDraft(app, name), notes: [send.sealed] };
  const args = redactArgs(
    message.args,
    app.tasks.get(message.task)?.settings.redact ?? message.redact,
  ) as typeof message.args;
  const isRedacted = JSON.stringify(args) !== JSON.stringify(message.args);
  const { priority } = message;
  const draft = newDraft(app, name, { args, queue: queue || message.queue, priority: String(priority) });
  return { draft, notes: [send.again(unhide(from)), ...(isRedacted ? [send.redacted] : [])] };
}

/** What was thrown, beside the option that it names, or as what is wrong with the whole. */
function faultOf(thrown: unknown, desk: Desk, context: Context<DeskEnv>): Partial<Shown> {
  const sentence = sentenceOf(thrown, context.get("view"), desk);
  const field = thrown instanceof Error && "field" in thrown ? String(thrown.field) : "";
  const name = optionNames.find((one) => one === field) ?? (/^args\b/.test(field) ? root : undefined);
  if (name !== undefined) return { faults: new Map([[name, sentence]]), status: 422 };
  return { problem: sentence, status: codeOf(thrown) === "broker_unavailable" ? 503 : 422 };
}
