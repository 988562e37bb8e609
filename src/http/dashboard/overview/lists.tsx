/** @jsxImportSource hono/jsx */
/**
 * The overview's lists: queues, workers, what runs, what failed.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import { Card, Empty } from "../components/card.tsx";
import { Name } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Took } from "../components/time.tsx";
import { ByTask } from "../history/by_task.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Sight } from "./sight.ts";

/** How much there is in each queue. */
export function Queues({ queues, byQueue, bars }: Pick<Sight, "queues" | "byQueue" | "bars">): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  return (
    <Card id="queues" title={words.queues} flush>
      <Table
        caption={words.queues}
        columns={[
          {
            title: words.queue,
            cell: ({ name, paused }) => (
              <>
                <a href={view.url(`/queues/of/${encodeURIComponent(name)}`)}>{name}</a>
                {paused && <span class="badge warn">{words.paused}</span>}
              </>
            ),
          },
          { title: words.waiting, kind: "number", cell: ({ waiting }) => view.number(waiting) },
          {
            title: words.oldest,
            kind: "number",
            cell: ({ oldest }) => oldest === undefined ? "–" : <Took ms={Math.max(0, view.now - oldest)} />,
          },
          {
            title: words.done,
            spare: true,
            kind: "number",
            cell: ({ name }) => bars ? view.compact(byQueue.get(name)?.done ?? 0) : "–",
          },
          {
            title: words.failed,
            kind: "number",
            cell: ({ name }) => bars ? view.compact(byQueue.get(name)?.failed ?? 0) : "–",
          },
        ]}
        rows={queues}
        rowKey={({ name }) => name}
        empty={
          <Empty title={words.noQueues}>
            <p>{words.noQueuesHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

/** What became of tasks, by their names: those that fail before those that are many. */
export function BusiestTasks({ tallies, period }: Pick<Sight, "tallies" | "period">): Html {
  const view = useView();
  const { words: { history: words } } = view;
  return (
    <Card
      id="tasks"
      title={words.byTask}
      aside={<a href={view.url("/statistics", { period })}>{words.allTasks}</a>}
      flush
    >
      <ByTask tallies={tallies} period={period} most={8} />
    </Card>
  );
}

/** Who is alive. */
export function Workers({ workers }: Pick<Sight, "workers">): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  return (
    <Card id="workers" title={words.workersTitle} flush>
      <Table
        caption={words.workersTitle}
        columns={[
          {
            title: words.worker,
            cell: ({ name }) => <WorkerLink name={name} />,
          },
          { title: words.takesFrom, cell: ({ queues }) => queues.join(", ") },
          { title: words.holds, kind: "number", cell: ({ holds }) => view.number(holds) },
        ]}
        rows={workers}
        rowKey={({ name }) => name}
        empty={
          <Empty title={words.noWorkers}>
            <p>
              {words.noWorkersHint} <code>umbel worker -A app.ts</code>
            </p>
          </Empty>
        }
      />
    </Card>
  );
}

/** What workers do. */
export function RunningNow({ running }: Pick<Sight, "running">): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  return (
    <Card id="running" title={words.runningTitle} flush>
      <Table
        caption={words.runningTitle}
        columns={[
          { title: words.task, cell: ({ message: { id, task } }) => <TaskLink id={id} task={task} /> },
          {
            title: words.worker,
            spare: true,
            cell: ({ record }) => record?.worker && <WorkerLink name={record.worker} />,
          },
          { title: words.progress, cell: ({ record }) => <Progress meta={record?.meta} /> },
          {
            title: words.since,
            kind: "number",
            cell: ({ record }) => record?.startedAt === undefined ? "–" : <Ago at={record.startedAt} />,
          },
        ]}
        rows={running}
        rowKey={({ message: { id } }) => id}
        empty={
          <Empty title={words.nothingRuns}>
            <p>{words.nothingRunsHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

/** What is a dead letter since lately: what failed in the same way is told once. */
export function FailedLast(
  { failed, query = {} }: Pick<Sight, "failed"> & { readonly query?: { readonly task?: string } },
): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  return (
    <Card
      id="failed"
      title={words.failedTitle}
      aside={failed.length > 0 && <a href={view.url("/dead", query)}>{words.allLetters}</a>}
      flush
    >
      <Table
        caption={words.failedTitle}
        columns={[
          { title: words.task, cell: ({ last: { id, task } }) => <TaskLink id={id} task={task} /> },
          {
            title: words.error,
            kind: "long",
            cell: ({ last: { error } }) => error && <bdi title={error.message}>{error.type}: {error.message}</bdi>,
          },
          {
            title: words.times,
            spare: true,
            kind: "number",
            cell: ({ count }) => count > 1 && <span class="badge">×{view.number(count)}</span>,
          },
          {
            title: words.when,
            kind: "number",
            cell: ({ last: { finishedAt } }) => finishedAt === undefined ? "–" : <Ago at={finishedAt} />,
          },
        ]}
        rows={alike(failed)}
        rowKey={({ last: { id } }) => id}
        empty={
          <Empty title={words.nothingFailed}>
            <p>{words.nothingFailedHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

/** Those of one task with one error, the newest of each first. */
function alike(failed: readonly TaskRecord[]): readonly { readonly last: TaskRecord; readonly count: number }[] {
  const groups = Map.groupBy(failed, ({ task, error }) => JSON.stringify([task, error?.type, error?.message]));
  return [...groups.values()].map((group) => ({ last: group[0]!, count: group.length }));
}

function TaskLink({ id, task }: { readonly id: string; readonly task: string }): Html {
  const view = useView();
  return (
    <a href={view.url(`/tasks/${encodeURIComponent(id)}`)} title={id}>
      <Name text={task} />
    </a>
  );
}

function WorkerLink({ name }: { readonly name: string }): Html {
  const view = useView();
  return <a class="cut" href={view.url(`/workers/of/${encodeURIComponent(name)}`)} title={name}>{name}</a>;
}

/** How far a task says it is. */
function Progress({ meta }: { readonly meta: unknown }): Html | string {
  const view = useView();
  if (typeof meta !== "object" || meta === null) return "";
  const { current, total } = meta as { readonly current?: unknown; readonly total?: unknown };
  if (typeof current !== "number") return "";
  if (typeof total !== "number" || total <= 0) return view.number(current);
  const share = view.number(Math.min(1, current / total), { style: "percent" });
  return <progress value={String(current)} max={String(total)} aria-label={share}>{share}</progress>;
}
