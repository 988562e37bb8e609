/** @jsxImportSource hono/jsx */
/**
 * One queue: what waits in it, what it is limited to, and what may be done to it.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import type { LimitView } from "../../../operations/control.ts";
import { checkName } from "../../../message.ts";
import type { WaitingTask } from "../../../ports/waiting.ts";
import { action } from "../action.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, Field, LinkButton } from "../components/form.tsx";
import { LimitTable } from "../components/limits.tsx";
import { Name } from "../components/plain.tsx";
import { StateBadge } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Tile, Tiles } from "../components/tiles.tsx";
import { Ago, Time } from "../components/time.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import { ByTask } from "../history/by_task.tsx";
import { History } from "../history/charts.tsx";
import { Figures } from "../history/figures.tsx";
import { periodOf, Periods } from "../history/periods.tsx";
import { readPoints } from "../history/points.ts";
import { barsOf, type Period, type Sum, sumOf } from "../history/span.ts";
import { talliesOf, type Tally } from "../history/tallies.ts";
import type { Html } from "../html.ts";
import type { Live, Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";
import { isHeldBack, PauseForm, queueHref, QueueState, type ServedQueue, sight } from "./queues.tsx";

interface Sight {
  readonly queue: ServedQueue;
  readonly limits: readonly LimitView[];
  readonly next: readonly WaitingTask[];
  readonly period: Period;
  /** What came out of it; `undefined` while no history is kept. */
  readonly bars: readonly Sum[] | undefined;
  /** The same by task. */
  readonly tallies: readonly Tally[];
  /** About how long what waits would take as it went in the last minutes (ms), if nothing came in addition. */
  readonly left: number | undefined;
}

/** How many of those that wait are shown. */
const most = 20;

function oneQueue(live: Live, name: string, period: Period): Question<Sight> {
  return {
    ...{ name: `queue ${name} ${period}`, every: 5000 },
    async ask(app: Umbel) {
      const [{ data: { queues, limits } }, { tasks }, points, lately, now] = await Promise.all([
        live.read(sight),
        app.waiting({ queue: name, limit: most }),
        readPoints(live, app, period),
        readPoints(live, app, "hour"),
        app.broker.now(),
      ]);
      const queue = queues.find((one) => one.name === name) ??
        { name, waiting: 0, delayed: 0, paused: false, workers: 0 };
      const own = points?.filter((point) => point.queue === name);
      return {
        ...{ queue, period, next: tasks },
        limits: limits.filter(({ kind, of }) => of === name && kind !== undefined && /^(queue|group)/.test(kind)),
        bars: own && barsOf(own, period, now),
        tallies: own ? talliesOf(own, period, now) : [],
        left: lately && leftOf(queue, barsOf(lately.filter((point) => point.queue === name), "hour", now)),
      };
    },
  };
}

/** The minutes that tell how fast a queue goes: the present one is not over. */
const measured = 5;

function leftOf({ waiting, paused }: ServedQueue, minutes: readonly Sum[]): number | undefined {
  const { done, failed } = sumOf(minutes.slice(-1 - measured, -1), 0);
  return waiting === 0 || paused || done + failed === 0 ? undefined : waiting / (done + failed) * measured * 60_000;
}

/** `GET /:queue`, what is new there, and `POST` to pause, resume and purge it. */
export function queuePage(desk: Desk): Hono<DeskEnv> {
  const { app, live } = desk;
  return new Hono<DeskEnv>()
    .get("/:queue", async (context) => {
      const view = context.get("view");
      const name = checkName("queue", context.req.param("queue"));
      const period = periodOf(context);
      const { data } = await live.read(oneQueue(live, name, period));
      const { pause, ...shown } = parts(data);
      return page(context, {
        ...{ title: name, section: "queues", live: queueHref(view, name, "/live", { period }), scripts: ["charts"] },
        trail: [{ label: view.words.queues.title, href: view.url("/queues") }],
        actions: (
          <>
            <Periods chosen={period} path={`/queues/of/${encodeURIComponent(name)}`} />
            <LinkButton href={view.url("/tasks", { queue: name })} icon="tasks">{view.words.nav.tasks}</LinkButton>
            {pause}
          </>
        ),
        body: (
          <>
            {Object.values(shown)}
            <PurgeForm name={name} />
          </>
        ),
      });
    })
    .get("/:queue/live", (context) => {
      const name = checkName("queue", context.req.param("queue"));
      return live.stream(context, oneQueue(live, name, periodOf(context)), parts);
    })
    .post(
      "/:queue/pause",
      action(desk, "control", async ({ context, view }) => {
        const queue = context.req.param("queue")!;
        await app.control.pause(queue);
        return view.words.queues.hasPaused(queue);
      }),
    )
    .post(
      "/:queue/resume",
      action(desk, "control", async ({ context, view }) => {
        const queue = context.req.param("queue")!;
        await app.control.resume(queue);
        return view.words.queues.hasResumed(queue);
      }),
    )
    .post(
      "/:queue/purge",
      action(desk, "control", async ({ context, view, field }) => {
        const queue = context.req.param("queue")!;
        if (field("typed") !== queue) return view.words.queues.purgeWrong(queue);
        const count = await app.control.purge(queue);
        return view.words.queues.hasPurged(queue, view.number(count));
      }),
    );
}

function parts(seen: Sight): Parts {
  const { queue, limits, next, bars, period, tallies } = seen;
  return {
    pause: (
      <span id="pause">
        <PauseForm {...queue} />
      </span>
    ),
    tiles: <Summary {...seen} />,
    history: <History bars={bars} period={period} of={{ queue: queue.name }} />,
    next: <Next tasks={next} />,
    tasks: tallies.length === 0 ? <div id="tasks" hidden></div> : <Tasks tallies={tallies} period={period} />,
    limits: limits.length === 0 ? <div id="limits" hidden></div> : <LimitTable id="limits" limits={limits} />,
  };
}

function Summary({ queue, bars, period, left }: Sight): Html {
  const view = useView();
  const { words: { queues: words, overview } } = view;
  const { name, waiting, delayed, oldest, workers } = queue;
  return (
    <Tiles id="tiles" label={words.state}>
      <Tile
        name={words.state}
        value={<QueueState {...queue} />}
        note={words.workersNote(workers, view.number(workers))}
      />
      <Tile
        name={words.waiting}
        value={view.number(waiting)}
        note={waiting === 0
          ? overview.nothingWaits
          : left === undefined
          ? words.noPace
          : words.left(view.duration(left))}
      />
      <Tile
        name={words.oldest}
        value={oldest === undefined ? "–" : view.duration(Math.max(0, view.now - oldest))}
        note={isHeldBack(queue) ? words.limitedHint : words.oldestHint}
      />
      <Tile name={words.delayed} value={view.number(delayed)} note={words.delayedHint} />
      <Figures sum={bars && sumOf(bars, 0)} period={period} letters={view.url("/dead", { queue: name })} />
    </Tiles>
  );
}

function Tasks({ tallies, period }: Pick<Sight, "tallies" | "period">): Html {
  const { words: { history: words } } = useView();
  return (
    <Card id="tasks" title={words.byTask} flush>
      <ByTask tallies={tallies} period={period} most={20} />
    </Card>
  );
}

function Next({ tasks }: { readonly tasks: readonly WaitingTask[] }): Html {
  const view = useView();
  const { words: { queues: words } } = view;
  return (
    <Card
      id="next"
      title={words.next}
      flush
    >
      <Table
        cards
        caption={words.nextHint}
        columns={[
          {
            title: words.task,
            cell: ({ record: { id, task } }) => (
              <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
                <Name text={task} />
              </a>
            ),
          },
          { title: words.taskState, cell: ({ record: { state } }) => <StateBadge state={state} /> },
          { title: words.priority, kind: "number", cell: ({ message: { priority } }) => priority, spare: true },
          { title: words.sent, kind: "number", cell: ({ record: { sentAt } }) => <Ago at={sentAt} /> },
          {
            title: words.due,
            kind: "number",
            cell: ({ record: { eta } }) => eta === undefined ? "" : <Time at={eta} />,
          },
        ]}
        rows={tasks}
        rowKey={({ record: { id } }) => id}
        empty={
          <Empty title={words.nothingWaits}>
            <p>{words.nothingWaitsHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

/** Works without scripts, too: whoever purges has typed the name. */
function PurgeForm({ name }: { readonly name: string }): Html | null {
  const view = useView();
  const { words: { queues: words } } = view;
  if (!view.may("control")) return null;
  return (
    <Card id="purge" title={words.purgeTitle}>
      <ActionForm action={queueHref(view, name, "/purge")} scope="control" kind="stack" to={queueHref(view, name)}>
        <p class="soft">{words.purgeHint}</p>
        <div class="narrow">
          <Field name="typed" label={words.purgeType(name)} required mono />
        </div>
        <Button kind="danger" icon="trash">{words.purge}</Button>
      </ActionForm>
    </Card>
  );
}
