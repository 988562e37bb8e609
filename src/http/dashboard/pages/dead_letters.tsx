/** @jsxImportSource hono/jsx */
/**
 * What failed for good: grouped by error, filtered, sent again or deleted.
 *
 * @module
 */
import { Hono } from "hono";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { InvalidInput } from "../../../errors.ts";
import type { LetterFilter, LetterSelection } from "../../../operations/dead_letter_office.ts";
import { action, type Submission } from "../action.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, Field, LinkButton } from "../components/form.tsx";
import { unhide } from "../components/hidden.ts";
import { Plain } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import { page } from "../page.tsx";
import { useView, type View } from "../view.tsx";

/** How many are shown at once, and how many are looked at for the groups. */
const shown = 50;
const grouped = 500;

const filterNames = ["task", "queue", "error", "after", "before"] as const;
type Filter = { readonly [name in (typeof filterNames)[number]]?: string };

/** `GET /`, and `POST` to send again and to delete. */
export function deadLetters(desk: Desk): Hono<DeskEnv> {
  const { app } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const { words: { dead: words } } = view;
      const filter = readFilter((name) => context.req.query(name) ?? "");
      const cursor = context.req.query("cursor");
      const [{ letters, cursor: next }, { letters: newest }] = await Promise.all([
        app.deadLetters.list({ ...timed(filter), limit: shown, ...(cursor === undefined ? {} : { cursor }) }),
        app.deadLetters.list({ ...timed(filter), limit: grouped }),
      ]);
      return page(context, {
        ...{ title: words.title, section: "dead" },
        scripts: ["select"],
        body: (
          <>
            <p class="soft">{words.intro}</p>
            <Filters filter={filter} tasks={[...app.tasks.keys()]} />
            {newest.length > 0 && <Groups letters={newest} filter={filter} />}
            <Letters letters={letters} filter={filter} next={next} />
          </>
        ),
      });
    })
    .post(
      "/resend",
      action(desk, "control", async (submission) => {
        const { view, field } = submission;
        const queue = field("to_queue");
        const { resent, refused } = await app.deadLetters.resend(
          readSelection(submission),
          queue === "" ? {} : { queue },
        );
        return summary(view, view.words.dead.resent(view.number(resent.length)), refused.length);
      }),
    )
    .post(
      "/delete",
      action(desk, "control", async (submission) => {
        const { view } = submission;
        const { deleted, refused } = await app.deadLetters.delete(readSelection(submission));
        return summary(view, view.words.dead.deleted(view.number(deleted.length)), refused.length);
      }),
    );
}

function summary(view: View, done: string, refused: number): string {
  return refused === 0 ? done : `${done}; ${view.words.dead.refused(view.number(refused))}`;
}

function readFilter(read: (name: string) => string): Filter {
  return Object.fromEntries(filterNames.flatMap((name) => {
    const value = read(name).trim();
    return value === "" ? [] : [[name, value]];
  }));
}

/** A field of date and time says no zone: it is taken as UTC, as the page shows times until a script knows better. */
function timed({ after, before, ...rest }: Filter): LetterFilter {
  const time = (text: string) => /T\d\d:\d\d(:\d\d)?$/.test(text) ? `${text}Z` : text;
  return {
    ...rest,
    ...(after === undefined ? {} : { after: time(after) }),
    ...(before === undefined ? {} : { before: time(before) }),
  };
}

/** The letters that a form means: those that are ticked, or all that its filter fits. */
function readSelection({ view, field, fields }: Submission): LetterSelection {
  if (field("which") !== "all") {
    const ids = fields("id").filter((id) => id !== "");
    if (ids.length === 0) throw new InvalidInput("id", view.words.dead.noneChosen);
    return ids;
  }
  const filter = timed(readFilter(field));
  return Object.keys(filter).length === 0 ? "all" : filter;
}

function Filters({ filter, tasks }: { readonly filter: Filter; readonly tasks: readonly string[] }): Html {
  const view = useView();
  const { words } = view;
  const { dead } = words;
  return (
    <form method="get" action={view.url("/dead")} class="filters" role="search">
      <Field name="task" label={dead.task} value={filter.task ?? ""} suggestions={tasks} />
      <Field name="queue" label={dead.queue} value={filter.queue ?? ""} />
      <Field name="error" label={dead.error} value={filter.error ?? ""} placeholder="TypeError" />
      <Field name="after" label={`${dead.after} (UTC)`} value={filter.after ?? ""} type="datetime-local" />
      <Field name="before" label={`${dead.before} (UTC)`} value={filter.before ?? ""} type="datetime-local" />
      <div class="filter-buttons">
        <Button icon="search">{words.apply}</Button>
        {Object.keys(filter).length > 0 && <LinkButton kind="quiet" href={view.url("/dead")}>{words.clear}</LinkButton>}
      </div>
    </form>
  );
}

interface Group {
  readonly error: string;
  readonly task: string;
  readonly count: number;
  readonly newest: number;
}

/** By the class of the error and the task, the largest group first. */
function groupsOf(letters: readonly TaskRecord[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { error, task, finishedAt = 0 } of letters) {
    const type = error?.type ?? "";
    const key = JSON.stringify([type, task]);
    const { count = 0, newest = 0 } = groups.get(key) ?? {};
    groups.set(key, { error: type, task, count: count + 1, newest: Math.max(newest, finishedAt) });
  }
  return [...groups.values()].sort((one, other) => other.count - one.count || other.newest - one.newest);
}

function Groups({ letters, filter }: { readonly letters: readonly TaskRecord[]; readonly filter: Filter }): Html {
  const view = useView();
  const { words: { dead: words } } = view;
  return (
    <Card
      id="groups"
      title={words.groups}
      aside={letters.length === grouped && <span class="soft">{words.groupsOf(view.number(grouped))}</span>}
      flush
    >
      <Table
        cards
        caption={words.groups}
        columns={[
          {
            title: words.error,
            cell: ({ error, task }) => (
              <a href={view.url("/dead", { ...filter, error: error || undefined, task })}>
                <bdi>{error || "—"}</bdi>
              </a>
            ),
          },
          { title: words.task, cell: ({ task }) => <bdi>{task}</bdi> },
          { title: words.count, kind: "number", cell: ({ count }) => view.number(count) },
          { title: words.newest, kind: "number", cell: ({ newest }) => <Ago at={newest} /> },
        ]}
        rows={groupsOf(letters)}
        rowKey={({ error, task }) => JSON.stringify([error, task])}
      />
    </Card>
  );
}

interface LettersProps {
  readonly letters: readonly TaskRecord[];
  readonly filter: Filter;
  readonly next: string | undefined;
}

/** The boxes belong to the form beneath the table by its id: a form within a table's row cannot hold others. */
const chosen = "chosen-letters";

function Letters({ letters, filter, next }: LettersProps): Html {
  const view = useView();
  const { words } = view;
  const { dead } = words;
  const isFiltered = Object.keys(filter).length > 0;
  const mayAct = view.may("control");
  return (
    <Card id="letters" title={dead.letters} flush>
      <Table
        cards
        caption={dead.letters}
        columns={[
          {
            title: dead.task,
            cell: ({ id, task }) => (
              <span class="chosen">
                {mayAct && <input type="checkbox" name="id" value={id} form={chosen} aria-label={dead.select(id)} />}
                <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
                  <bdi>{task}</bdi>
                </a>
              </span>
            ),
          },
          { title: dead.error, kind: "long", cell: (letter) => <ErrorLine {...letter} /> },
          { title: dead.queue, cell: ({ queue }) => queue, spare: true },
          { title: dead.tries, kind: "number", cell: ({ retries }) => view.number(retries + 1), spare: true },
          { title: dead.failed, kind: "number", cell: ({ finishedAt = 0 }) => <Ago at={finishedAt} /> },
        ]}
        rows={letters}
        rowKey={({ id }) => id}
        empty={
          <Empty title={isFiltered ? dead.nothingFits : dead.empty}>
            <p>{isFiltered ? dead.nothingFitsHint : dead.emptyHint}</p>
          </Empty>
        }
      />
      {next !== undefined && (
        <nav class="pager" aria-label={dead.letters}>
          <span></span>
          <LinkButton href={view.url("/dead", { ...filter, cursor: next })}>{words.next}</LinkButton>
        </nav>
      )}
      {letters.length > 0 && <LetterActions filter={filter} />}
    </Card>
  );
}

function ErrorLine({ error }: TaskRecord): Html {
  if (!error) return <span class="soft">—</span>;
  return (
    <span class="error-line" title={unhide(error.message)}>
      <code>{error.type}</code> <Plain text={error.message} />
    </span>
  );
}

function LetterActions({ filter }: { readonly filter: Filter }): Html {
  const view = useView();
  const { words: { dead: words } } = view;
  const given = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  const which = given.length === 0 ? words.all : given.join(", ");
  const all = { ...filter, which: "all" };
  return (
    <div class="table-actions">
      {view.may("control") && (
        <form id={chosen} method="post" action={view.url("/dead/resend")} class="form inline">
          <input type="hidden" name="csrf" value={view.viewer?.csrf} />
          <input type="hidden" name="to" value={view.here} />
          <label class="tick" hidden data-select-all={chosen}>
            <input type="checkbox" /> {words.selectAll}
          </label>
          <input
            name="to_queue"
            class="short"
            aria-label={words.toQueue}
            placeholder={words.toQueue}
            autocomplete="off"
          />
          <Button kind="primary" icon="repeat">{words.resend}</Button>
          <button
            type="submit"
            class="danger"
            formaction={view.url("/dead/delete")}
            data-confirm={words.confirmDelete}
          >
            {words.delete}
          </button>
        </form>
      )}
      <ActionForm
        action={view.url("/dead/resend")}
        confirm={words.confirmResendAll(which)}
        scope="control"
        values={all}
      >
        <Button>{words.resendAll}</Button>
      </ActionForm>
      <ActionForm
        action={view.url("/dead/delete")}
        confirm={words.confirmDeleteAll(which)}
        scope="control"
        values={all}
      >
        <Button kind="danger">{words.deleteAll}</Button>
      </ActionForm>
    </div>
  );
}
