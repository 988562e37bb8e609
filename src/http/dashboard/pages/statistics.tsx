/** @jsxImportSource hono/jsx */
/**
 * What each task came to in an hour, a day or a month: how many were done, how many failed, how long they took.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { checkTaskName } from "../../../message.ts";
import { Card } from "../components/card.tsx";
import { LinkButton } from "../components/form.tsx";
import { Tiles } from "../components/tiles.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { ByTask, taskHref } from "../history/by_task.tsx";
import { History } from "../history/charts.tsx";
import { Figures } from "../history/figures.tsx";
import { periodOf, Periods } from "../history/periods.tsx";
import { readPoints } from "../history/points.ts";
import { barsOf, type Period, type Sum, sumOf } from "../history/span.ts";
import { type Order, readOrder, talliesOf, type Tally } from "../history/tallies.ts";
import type { Html } from "../html.ts";
import type { Live, Parts, Question } from "../live.ts";
import { FailedLast } from "../overview/lists.tsx";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";

/** `GET /` shows all tasks, `GET /of/:task` one of them; both tell what is new. */
export function statistics(desk: Desk): Hono<DeskEnv> {
  const { live } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const period = periodOf(context);
      const order = orderOf(context);
      const { data } = await live.read(allOf(live, period));
      return page(context, {
        ...{ title: view.words.history.title, section: "statistics" },
        live: view.url("/statistics/live", { period, sort: order }),
        actions: <Periods chosen={period} path="/statistics" query={{ sort: context.req.query("sort") }} />,
        body: Object.values(allParts(data, period, order)),
      });
    })
    .get("/live", (context) => {
      const [period, order] = [periodOf(context), orderOf(context)];
      return live.stream(context, allOf(live, period), (data) => allParts(data, period, order));
    })
    .get("/of/:task", async (context) => {
      const view = context.get("view");
      const task = checkTaskName(context.req.param("task"));
      const period = periodOf(context);
      const { data } = await live.read(oneOf(live, task, period));
      return page(context, {
        ...{ title: task, section: "statistics", live: taskHref(view, task, period, "/live"), scripts: ["charts"] },
        trail: [{ label: view.words.history.title, href: view.url("/statistics", { period }) }],
        actions: (
          <>
            <Periods chosen={period} path={`/statistics/of/${encodeURIComponent(task)}`} />
            <LinkButton href={view.url("/tasks", { task })} icon="tasks">{view.words.nav.tasks}</LinkButton>
            {view.maySend(task) && (
              <LinkButton href={view.url("/send", { task })} icon="send">{view.words.nav.send}</LinkButton>
            )}
          </>
        ),
        body: Object.values(oneParts(data)),
      });
    })
    .get("/of/:task/live", (context) => {
      const task = checkTaskName(context.req.param("task"));
      return live.stream(context, oneOf(live, task, periodOf(context)), oneParts);
    });
}

function orderOf(context: Context): Order {
  return readOrder(context.req.query("sort"));
}

function allOf(live: Live, period: Period): Question<readonly Tally[] | undefined> {
  return {
    ...{ name: `statistics ${period}`, every: 5000 },
    async ask(app) {
      const [points, now] = await Promise.all([readPoints(live, app, period), app.broker.now()]);
      return points && talliesOf(points, period, now);
    },
  };
}

function allParts(tallies: readonly Tally[] | undefined, period: Period, order: Order): Parts {
  return { statistics: <All tallies={tallies} period={period} order={order} /> };
}

function All(
  { tallies, period, order }: {
    readonly tallies: readonly Tally[] | undefined;
    readonly period: Period;
    readonly order: Order;
  },
): Html {
  const { words: { history: words } } = useView();
  if (!tallies) {
    return (
      <div id="statistics">
        <History bars={undefined} period={period} />
      </div>
    );
  }
  return (
    <Card id="statistics" title={words.byTask} aside={<span class="soft">{words.hint}</span>} flush>
      <ByTask {...{ tallies, period, order }} />
    </Card>
  );
}

/** What one task came to. */
interface One {
  readonly task: string;
  readonly period: Period;
  /** A sum for each bar; `undefined` while no history is kept. */
  readonly bars: readonly Sum[] | undefined;
  /** What failed last. */
  readonly failed: readonly TaskRecord[];
}

function oneOf(live: Live, task: string, period: Period): Question<One> {
  return {
    ...{ name: `statistics ${period} of ${task}`, every: 5000 },
    async ask(app) {
      const [points, { letters }, now] = await Promise.all([
        readPoints(live, app, period),
        app.deadLetters.list({ task, limit: 10 }),
        app.broker.now(),
      ]);
      const bars = points && barsOf(points.filter((point) => point.task === task), period, now);
      return { task, period, bars, failed: letters };
    },
  };
}

function oneParts({ task, period, bars, failed }: One): Parts {
  return {
    tiles: <TaskFigures {...{ task, period, bars }} />,
    history: <History bars={bars} period={period} of={{ task }} />,
    failed: <FailedLast failed={failed} query={{ task }} />,
  };
}

function TaskFigures({ task, period, bars }: Omit<One, "failed">): Html {
  const view = useView();
  return (
    <Tiles id="tiles" label={view.words.history.summary}>
      <Figures sum={bars && sumOf(bars, 0)} period={period} letters={view.url("/dead", { task })} />
    </Tiles>
  );
}
