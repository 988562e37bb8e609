/** @jsxImportSource hono/jsx */
/**
 * All tasks: searched, filtered, and done something to.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { checkName } from "../../../message.ts";
import type { SearchCounts } from "../../../operations/counting.ts";
import type { SearchPage } from "../../../operations/search.ts";
import { codeOf } from "../../../errors.ts";
import { action, localPath } from "../action.ts";
import { Card, Empty } from "../components/card.tsx";
import { Button, LinkButton } from "../components/form.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts } from "../live.ts";
import { page } from "../page.tsx";
import { type BulkDeed, ConfirmBulk, doBulk, readDeed } from "../tasks/bulk.tsx";
import { ConfirmFitting, countFitting, doToFitting, fixed, MoreFitting, sentenceOf } from "../tasks/fitting.tsx";
import { Filters } from "../tasks/filters.tsx";
import { type News, newsOf } from "../tasks/news.ts";
import { isAll, newerThan, newestOf, olderThan, readQuery, searchOf, type TaskQuery, urlOf } from "../tasks/query.ts";
import { chosenForm, rowId, TaskRow, TaskTable } from "../tasks/task_table.tsx";
import { useView, type View } from "../view.tsx";
import { task } from "./task.tsx";

/** `GET /` lists, `GET /-/live` tells what is new there, `POST /-/bulk` does something to several; below `/:id` is one task. */
export function tasks(desk: Desk): Hono<DeskEnv> {
  return new Hono<DeskEnv>()
    .get("/", async (context) => await show(desk, context))
    .get("/-/live", (context) => {
      const search = new URL(context.req.url).searchParams;
      const view = context.get("view");
      const query = newestOf(readQuery(search));
      const since = Number(search.get("since")) || 0;
      return desk.live.stream(context, newsOf(query, since), (news) => partsOf(news, query, view));
    })
    .post(
      "/-/bulk",
      action(desk, "control", async ({ context, view, field, fields }) => {
        const { tasks } = view.words;
        const deed = readDeed(field("do"));
        const ids = [...new Set(fields("id"))].slice(0, most).map((id) => checkName("id", id));
        if (!deed || ids.length === 0) return tasks.nothingChosen;
        if (field("sure") === "yes") return await doBulk(desk.app, deed, ids, view.words);
        return await confirm(desk, context, deed, ids, localPath(view, field("to")));
      }),
    )
    .get("/-/fitting", async (context) => {
      const view = context.get("view");
      const search = new URL(context.req.url).searchParams;
      const deed = readDeed(search.get("do") ?? "");
      const asked = readQuery(search);
      if (!deed || !view.may("control")) return context.redirect(urlOf(view, newestOf(asked)), 303);
      return await confirmFitting(desk, context, deed, asked);
    })
    .post(
      "/-/fitting",
      action(desk, "control", async ({ context, view, field, audit }) => {
        const { tasks } = view.words;
        const deed = readDeed(field("do"));
        const query = readQuery(new URLSearchParams(field("query")));
        // What is to be done was looked at before: in a form that says less, nothing is meant.
        if (!deed || query.fields.to === "") return tasks.nothingChosen;
        const before = { done: Number(field("done")) || 0, others: Number(field("others")) || 0 };
        const next = field("next");
        const progress = await doToFitting(desk.app, deed, query, { ...before, ...(next === "" ? {} : { next }) });
        const { done, others } = progress;
        audit({ do: deed, filter: field("query"), done: done - before.done, others: others - before.others });
        if (progress.next === undefined) return sentenceOf(deed, progress, view.words);
        const to = localPath(view, field("to"));
        return page(context, {
          ...{ title: deed === "revoke" ? tasks.revokeAll : tasks.retryAll, section: "tasks" },
          trail: [{ label: tasks.title, href: to }],
          body: <MoreFitting deed={deed} query={query} progress={progress} to={to} />,
        });
      }),
    )
    .route("/", task(desk));
}

/** So many tasks can be chosen at once. */
const most = 500;

async function show({ app }: Desk, context: Context<DeskEnv>): Promise<Response> {
  const view = context.get("view");
  const { words, now } = view;
  const query = readQuery(new URL(context.req.url).searchParams);
  // Names to choose from are a help, and no reason to show nothing.
  const names = Promise.all([app.broker.inspector.queues(), app.broker.inspector.workers()]).catch(() =>
    [[], []] as const
  );
  const counting = count(app, query, now).catch(() => undefined);
  const { found, faults } = await search(app, query, now);
  const [queues, workers] = await names;
  const counts = await counting;
  const newest = found.tasks.reduce((latest, { record }) => Math.max(latest, record.sentAt), 0) || now;
  return page(context, {
    ...{ title: words.tasks.title, section: "tasks", scripts: ["select"], status: faults.size > 0 ? 422 : 200 },
    ...(query.cursor === undefined && faults.size === 0 ? { live: liveUrl(view, query, newest) } : {}),
    body: (
      <>
        <Filters
          query={query}
          faults={faults}
          queues={queues.map(({ name }) => name)}
          workers={workers.map(({ name }) => name)}
          counts={counts}
        />
        <NewsPill query={query} count={0} isMore={false} />
        <Found query={query} found={found} />
      </>
    ),
  });
}

/** So many records are looked at to count them. */
const looks = 1000;

/** How many are in which state, but for a text: to count these, each would have to be read. */
async function count(app: Desk["app"], query: TaskQuery, now: number): Promise<SearchCounts | undefined> {
  const { state: _, text, cursor: __, ...filter } = searchOf(query, now);
  return text === undefined ? await app.count({ ...filter, looks }) : undefined;
}

/** What is found, or what is wrong with which field of the filter. */
async function search(
  app: Desk["app"],
  query: TaskQuery,
  now: number,
): Promise<{ readonly found: SearchPage; readonly faults: ReadonlyMap<string, string> }> {
  try {
    const { tasks, ...rest } = await app.search(searchOf(query, now));
    // The broker tells them in order to a second.
    const sorted = tasks.toSorted((one, other) => other.record.sentAt - one.record.sentAt);
    return { found: { tasks: sorted, ...rest }, faults: new Map() };
  } catch (error) {
    if (codeOf(error) !== "invalid_input") throw error;
    const { field, message } = error as Error & { readonly field: string };
    return { found: { tasks: [] }, faults: new Map([[field, message]]) };
  }
}

function liveUrl(view: View, query: TaskQuery, since: number): string {
  const url = urlOf(view, query, "/tasks/-/live");
  return `${url}${url.includes("?") ? "&" : "?"}since=${since}`;
}

function partsOf({ rows, count, isMore }: News, query: TaskQuery, view: View): Parts {
  const canChoose = view.may("control");
  return {
    news: <NewsPill query={query} count={count} isMore={isMore} />,
    ...Object.fromEntries(rows.map((row) => [rowId(row.record.id), <TaskRow row={row} canChoose={canChoose} />])),
  };
}

/** Says how many came since the page was made, and leads to them: the page itself stays as it is while it is read. */
function NewsPill(
  { query, count, isMore }: { readonly query: TaskQuery; readonly count: number; readonly isMore: boolean },
): Html {
  const view = useView();
  return (
    <div id="news" class="news" role="status">
      {count > 0 && (
        <a href={urlOf(view, query)}>{view.words.tasks.news(count, `${view.number(count)}${isMore ? "+" : ""}`)}</a>
      )}
    </div>
  );
}

function Found({ query, found }: { readonly query: TaskQuery; readonly found: SearchPage }): Html {
  const view = useView();
  const { tasks } = view.words;
  const canChoose = view.may("control");
  return (
    <Card id="found" title={tasks.found} flush>
      {found.tasks.length === 0
        ? <Nothing query={query} hasMore={found.cursor !== undefined} />
        : <TaskTable rows={found.tasks} canChoose={canChoose} />}
      {found.tasks.length > 0 && canChoose && <Deeds query={query} />}
      <Pager query={query} found={found} />
    </Card>
  );
}

/** What can be done to the tasks that are chosen: their boxes name this form. */
function Deeds({ query }: { readonly query: TaskQuery }): Html {
  const view = useView();
  const { tasks } = view.words;
  const fitting = urlOf(view, newestOf(query), "/tasks/-/fitting");
  const all = (deed: BulkDeed) => `${fitting}${fitting.includes("?") ? "&" : "?"}do=${deed}`;
  return (
    <form id={chosenForm} method="post" action={view.url("/tasks/-/bulk")} class="table-actions">
      <input type="hidden" name="csrf" value={view.viewer?.csrf} />
      <input type="hidden" name="to" value={view.here} />
      <span class="buttons first" data-for-ticked>
        <span class="soft">{tasks.chosen}</span>
        <Button name="do" value="retry" icon="repeat">{tasks.retry}</Button>
        <Button name="do" value="revoke" icon="stop" kind="danger">{tasks.revoke}</Button>
      </span>
      <span class="buttons">
        <span class="soft">{tasks.fitting}</span>
        <LinkButton href={all("retry")} kind="quiet" icon="repeat">{tasks.retryAll}</LinkButton>
        <LinkButton href={all("revoke")} kind="quiet" icon="stop">{tasks.revokeAll}</LinkButton>
      </span>
    </form>
  );
}

function Nothing({ query, hasMore }: { readonly query: TaskQuery; readonly hasMore: boolean }): Html {
  const view = useView();
  const { tasks, nav } = view.words;
  if (hasMore) {
    return (
      <Empty title={tasks.nothingFits}>
        <p>{tasks.partial}</p>
      </Empty>
    );
  }
  if (!isAll(query) || query.cursor !== undefined) {
    return (
      <Empty title={tasks.nothingFits}>
        <p>{tasks.nothingFitsHint}</p>
        <LinkButton href={view.url("/tasks")}>{tasks.clear}</LinkButton>
      </Empty>
    );
  }
  return (
    <Empty title={tasks.empty}>
      <p>{tasks.emptyHint}</p>
      {view.may("send") && <LinkButton href={view.url("/send")} icon="send">{nav.send}</LinkButton>}
    </Empty>
  );
}

function Pager(
  { query, found: { cursor, tasks: rows } }: { readonly query: TaskQuery; readonly found: SearchPage },
): Html | null {
  const view = useView();
  const { tasks } = view.words;
  const newer = newerThan(query);
  if (!newer && cursor === undefined) return null;
  return (
    <nav class="pager" aria-label={tasks.title}>
      <div class="buttons">
        {newer && <LinkButton href={urlOf(view, newestOf(query))} kind="quiet">{tasks.newest}</LinkButton>}
        {newer && <LinkButton href={urlOf(view, newer)}>← {tasks.newer}</LinkButton>}
      </div>
      {cursor !== undefined && rows.length > 0 && rows.length < 50 && <span class="soft">{tasks.partial}</span>}
      {cursor !== undefined && <LinkButton href={urlOf(view, olderThan(query, cursor))}>{tasks.older} →</LinkButton>}
    </nav>
  );
}

async function confirmFitting(
  { app }: Desk,
  context: Context<DeskEnv>,
  deed: BulkDeed,
  asked: TaskQuery,
): Promise<Response> {
  const view = context.get("view");
  const { tasks } = view.words;
  const to = urlOf(view, newestOf(asked));
  const query = fixed(deed, asked, await app.broker.now());
  const counts = await countFitting(app, deed, asked, query);
  const text = counts.since === undefined ? view.number(counts.total) : tasks.atLeast(view.number(counts.total));
  const ask = deed === "revoke" ? tasks.confirmRevoke : tasks.confirmRetry;
  return page(context, {
    ...{ title: ask(counts.since === undefined ? counts.total : Infinity, text), section: "tasks" },
    trail: [{ label: tasks.title, href: to }],
    body: <ConfirmFitting deed={deed} query={query} counts={counts} to={to} />,
  });
}

async function confirm(
  { app }: Desk,
  context: Context<DeskEnv>,
  deed: BulkDeed,
  ids: readonly string[],
  to: string,
): Promise<Response> {
  const view = context.get("view");
  const { tasks } = view.words;
  const ask = deed === "revoke" ? tasks.confirmRevoke : tasks.confirmRetry;
  return page(context, {
    ...{ title: ask(ids.length, view.number(ids.length)), section: "tasks" },
    trail: [{ label: tasks.title, href: to }],
    body: <ConfirmBulk deed={deed} ids={ids} records={await app.broker.fetch(ids)} to={to} />,
  });
}
