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
import { Card, Empty, Facts } from "../components/card.tsx";
import { ActionForm, Button, Field, LinkButton } from "../components/form.tsx";
import { LimitTable } from "../components/limits.tsx";
import { StateBadge } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Time, Took } from "../components/time.tsx";
import type { Desk, DeskEnv } from "../desk.ts";
import type { Html } from "../html.ts";
import type { Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";
import { PauseForm, queueHref, QueueState, type ServedQueue, sight } from "./queues.tsx";

interface Sight {
  readonly queue: ServedQueue;
  readonly limits: readonly LimitView[];
  readonly next: readonly WaitingTask[];
}

/** How many of those that wait are shown. */
const most = 20;

function oneQueue(name: string): Question<Sight> {
  return {
    ...{ name: `queue ${name}`, every: 5000 },
    async ask(app: Umbel) {
      const [{ queues, limits }, { tasks }] = await Promise.all([
        sight.ask(app),
        app.waiting({ queue: name, limit: most }),
      ]);
      const queue = queues.find((one) => one.name === name);
      return {
        queue: queue ?? { name, waiting: 0, delayed: 0, paused: false, workers: 0 },
        limits: limits.filter(({ kind, of }) => of === name && kind !== undefined && /^(queue|group)/.test(kind)),
        next: tasks,
      };
    },
  };
}

/** `GET /:queue`, what is new there, and `POST` to pause, resume and purge it. */
export function queuePage(desk: Desk): Hono<DeskEnv> {
  const { app, live } = desk;
  return new Hono<DeskEnv>()
    .get("/:queue", async (context) => {
      const view = context.get("view");
      const name = checkName("queue", context.req.param("queue"));
      const { data } = await live.read(oneQueue(name));
      return page(context, {
        ...{ title: name, section: "queues", live: queueHref(view, name, "/live") },
        trail: [{ label: view.words.queues.title, href: view.url("/queues") }],
        body: (
          <>
            {Object.values(parts(data))}
            <PurgeForm name={name} />
          </>
        ),
      });
    })
    .get("/:queue/live", (context) => {
      return live.stream(context, oneQueue(checkName("queue", context.req.param("queue"))), parts);
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

function parts({ queue, limits, next }: Sight): Parts {
  return {
    queue: <Summary {...queue} />,
    next: <Next queue={queue.name} tasks={next} />,
    limits: limits.length === 0 ? <div id="limits" hidden></div> : <LimitTable id="limits" limits={limits} />,
  };
}

function Summary(queue: ServedQueue): Html {
  const view = useView();
  const { words: { queues: words } } = view;
  const { name, waiting, delayed, oldest, workers } = queue;
  return (
    <Card id="queue" title={words.state} aside={<PauseForm {...queue} />}>
      <Facts
        of={[
          [words.state, <QueueState {...queue} />],
          [words.waiting, view.number(waiting)],
          [words.delayed, view.number(delayed)],
          [words.oldest, oldest === undefined ? undefined : <Took ms={Math.max(0, view.now - oldest)} />],
          [words.workers, view.number(workers)],
          [words.task, <a href={view.url("/tasks", { queue: name })}>{words.showTasks}</a>],
        ]}
      />
    </Card>
  );
}

function Next({ queue, tasks }: { readonly queue: string; readonly tasks: readonly WaitingTask[] }): Html {
  const view = useView();
  const { words: { queues: words } } = view;
  return (
    <Card
      id="next"
      title={words.next}
      aside={tasks.length > 0 && (
        <LinkButton kind="quiet" href={view.url("/tasks", { queue })}>{words.showTasks}</LinkButton>
      )}
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
                <bdi>{task}</bdi>
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
        <Field name="typed" label={words.purgeType(name)} required mono />
        <Button kind="danger" icon="trash">{words.purge}</Button>
      </ActionForm>
    </Card>
  );
}
