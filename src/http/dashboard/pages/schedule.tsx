/** @jsxImportSource hono/jsx */
/**
 * One periodic task: its next and its last runs, and a form that changes it; or the form of a new one.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import { Entries } from "../../../beat/entries.ts";
import type { Entry } from "../../../beat/kept.ts";
import { InvalidInput } from "../../../errors.ts";
import { mustCompose } from "../../requests/composing.ts";
import { action, type Submission } from "../action.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, Field } from "../components/form.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import { page } from "../page.tsx";
import { useView, type View } from "../view.tsx";
import { About, LastRuns, lastRuns, NextRuns } from "../schedule/cards.tsx";
import { EntryFields, errorOf } from "../schedule/fields.tsx";
import { changesOf, emptyInput, entryFields, type EntryInput, entryOf, inputOf } from "../schedule/form.ts";
import { scheduleHref } from "../schedule/seen.tsx";
import { EntryActions } from "./schedules.tsx";

/** How many of the next runs are shown. */
const most = 10;

/** `GET /add`, `GET /of/:name`, and `POST` to add, change, pause, resume, run, reset and remove one. */
export function schedulePage(desk: Desk): Hono<DeskEnv> {
  const { app } = desk;
  const entries = new Entries(app);
  const nameOf = (context: Context) => context.req.param("name")!;
  const known = async (name: string) => (await entries.all()).find((entry) => entry.name === name);

  return new Hono<DeskEnv>()
    .get("/add", (context) => addPage(context, emptyInput))
    .post(
      "/add",
      action(desk, "control", async (submission) => {
        const { context, view, field } = submission;
        const input = readInput(submission);
        mustComposeIn(view, input.task);
        try {
          const name = field("name");
          if (await known(name)) throw new InvalidInput("name", `name must be new, and there is a ${name} already`);
          await entries.put(name, entryOf(input));
          return view.words.schedules.hasPut(name);
        } catch (error) {
          if (error instanceof InvalidInput) return addPage(context, input, { error, name: field("name") });
          throw error;
        }
      }),
    )
    .get("/of/:name", async (context) => {
      const entry = await known(nameOf(context));
      return entry ? await entryPage(context, app, entry) : unknownPage(context);
    })
    .post(
      "/of/:name/edit",
      action(desk, "control", async (submission) => {
        const { context, view } = submission;
        const entry = await entries.get(nameOf(context));
        const input = readInput(submission);
        mustComposeIn(view, input.task);
        try {
          await entries.change(entry.name, changesOf(inputOf(entry, hidesArgs(app, entry)), input));
          return view.words.schedules.hasPut(entry.name);
        } catch (error) {
          if (error instanceof InvalidInput) return await entryPage(context, app, entry, { input, error });
          throw error;
        }
      }),
    )
    .post(
      "/of/:name/pause",
      action(desk, "control", async ({ context, view }) => {
        await entries.disable(nameOf(context));
        return view.words.schedules.hasPaused(nameOf(context));
      }),
    )
    .post(
      "/of/:name/resume",
      action(desk, "control", async ({ context, view }) => {
        mustComposeIn(view, (await entries.get(nameOf(context))).task);
        await entries.enable(nameOf(context));
        return view.words.schedules.hasResumed(nameOf(context));
      }),
    )
    .post(
      "/of/:name/run",
      action(desk, "control", async ({ context, view }) => {
        mustComposeIn(view, (await entries.get(nameOf(context))).task);
        const { id } = await entries.run(nameOf(context));
        return view.words.schedules.hasRun(nameOf(context), id);
      }),
    )
    .post(
      "/of/:name/reset",
      action(desk, "control", async ({ context, view }) => {
        mustComposeIn(view, (await entries.get(nameOf(context))).task);
        await entries.reset(nameOf(context));
        return view.words.schedules.hasReset(nameOf(context));
      }),
    )
    .post(
      "/of/:name/remove",
      action(desk, "control", async ({ context, view }) => {
        await entries.remove(nameOf(context));
        return view.words.schedules.hasRemoved(nameOf(context));
      }),
    );
}

/** Whoever has an entry sent sends its task. @throws {Refusal} 403. */
function mustComposeIn({ viewer }: View, task: string): void {
  if (task !== "") mustCompose(viewer!.caller, task);
}

function readInput({ field }: Submission): EntryInput {
  return Object.fromEntries(entryFields.map((name) => [name, field(name)])) as unknown as EntryInput;
}

interface Refused {
  readonly error: InvalidInput;
  readonly name: string;
}

function addPage(context: Context<DeskEnv>, input: EntryInput, refused?: Refused): Response {
  const view = context.get("view");
  const { words: { schedules: words } } = view;
  return page(context, {
    ...{ title: words.addTitle, section: "schedules", status: refused ? 422 : 200 },
    trail: [{ label: words.title, href: view.url("/schedules") }],
    body: (
      <Card id="add" title={words.addTitle}>
        <ActionForm action={view.url("/schedules/add")} to={view.url("/schedules")} scope="control" kind="stack">
          <Field
            {...{ name: "name", label: words.name, required: true, value: refused?.name ?? "" }}
            {...errorOf("name", refused?.error)}
          />
          <EntryFields input={input} error={refused?.error} />
          <Button kind="primary">{words.save}</Button>
        </ActionForm>
      </Card>
    ),
  });
}

function unknownPage(context: Context<DeskEnv>): Response {
  const view = context.get("view");
  const { words: { schedules: words, errors } } = view;
  return page(context, {
    ...{ title: words.unknown, section: "schedules", status: 404 },
    trail: [{ label: words.title, href: view.url("/schedules") }],
    body: (
      <Empty title={errors.notFound}>
        <p>{errors.notFoundHint}</p>
      </Empty>
    ),
  });
}

async function entryPage(
  context: Context<DeskEnv>,
  app: Umbel,
  entry: Entry,
  refused?: { readonly input: EntryInput; readonly error: InvalidInput },
): Promise<Response> {
  const view = context.get("view");
  const { words: { schedules: words } } = view;
  const { name } = entry;
  const isHidden = hidesArgs(app, entry);
  const argsHint = entry.lazy ? words.argsByCode : isHidden ? words.argsHidden : undefined;
  const [next, last] = await Promise.all([new Entries(app).next(entry, most), lastRuns(app, entry)]);
  return page(context, {
    ...{ title: name, section: "schedules", status: refused ? 422 : 200 },
    trail: [{ label: words.title, href: view.url("/schedules") }],
    actions: <EntryActions {...entry} />,
    body: (
      <>
        <About entry={entry} />
        <div class="columns">
          <NextRuns times={next} timezone={entry.timezone} />
          <LastRuns runs={last} />
        </div>
        {view.may("control") && entry.revision > 0 && (
          <Card id="edit" title={words.editTitle} aside={<Removal entry={entry} />}>
            {view.maySend(entry.task) && (
              <ActionForm
                action={scheduleHref(view, name, "/edit")}
                to={scheduleHref(view, name)}
                scope="control"
                kind="stack"
              >
                <EntryFields
                  input={refused?.input ?? inputOf(entry, isHidden)}
                  error={refused?.error}
                  argsHint={argsHint}
                />
                <Button kind="primary">{words.save}</Button>
              </ActionForm>
            )}
          </Card>
        )}
      </>
    ),
  });
}

/** What the code declares would come back when it was removed: it can only be what the code says again. */
function Removal({ entry: { name, source, changed } }: { readonly entry: Entry }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  if (source === "code") {
    return (
      <>
        {changed && (
          <ActionForm
            action={scheduleHref(view, name, "/reset")}
            confirm={words.confirmReset(name)}
            scope="control"
          >
            <Button kind="danger">{words.reset}</Button>
          </ActionForm>
        )}
      </>
    );
  }
  return (
    <ActionForm
      action={scheduleHref(view, name, "/remove")}
      to={view.url("/schedules")}
      confirm={words.confirmRemove(name)}
      scope="control"
    >
      <Button kind="danger" icon="trash">{words.remove}</Button>
    </ActionForm>
  );
}

/** Whether the task of an entry keeps its arguments out of views: then its form does not show them either. */
function hidesArgs(app: Umbel, { task }: Entry): boolean {
  return app.tasks.get(task)?.settings.redact !== undefined;
}
