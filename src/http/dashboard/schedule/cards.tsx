/** @jsxImportSource hono/jsx */
/**
 * What is told of one periodic task: what it is, when it runs next, and what its last runs came to.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import { tickId } from "../../../beat/entry.ts";
import type { Entry } from "../../../beat/kept.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { Card, Empty, Facts } from "../components/card.tsx";
import { StateBadge } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Time, Took } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView, type View } from "../view.tsx";
import { EntryState, When } from "../pages/schedules.tsx";

/** How many of the last runs are shown. */
const most = 10;
/** How many tasks are looked through for them. */
const mostSearched = 200;

/** What an entry is. */
export function About({ entry }: { readonly entry: Entry }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  const { task, timezone, description, runs, leftOut, error, due, lastSent } = entry;
  return (
    <Card id="about" title={words.about}>
      <Facts
        of={[
          [words.when, <When {...entry} />],
          [words.state, <EntryState {...entry} />],
          [words.next, due === undefined ? words.notDue : <Time at={due} />],
          [words.last, lastSent === undefined ? undefined : <Ago at={lastSent} />],
          [words.task, <bdi>{task}</bdi>],
          [words.zone, timezone],
          [words.runs, view.number(runs)],
          [words.leftOut, leftOut === undefined ? undefined : view.number(leftOut)],
          [words.description, description],
          [words.error, error === undefined ? undefined : <span class="error">{error}</span>],
        ]}
      />
    </Card>
  );
}

/** When it is due next, in its zone and in the viewer's. */
export function NextRuns({ times, timezone }: { readonly times: readonly number[]; readonly timezone: string }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  return (
    <Card id="next" title={words.nextRuns} flush>
      <Table
        caption={words.nextRuns}
        columns={[
          { title: words.inZone(timezone), cell: (time) => <span class="number">{inZone(view, time, timezone)}</span> },
          { title: words.inYours, cell: (time) => <Time at={time} /> },
        ]}
        rows={times}
        rowKey={String}
        empty={<Empty title={words.notDue} />}
      />
    </Card>
  );
}

/** As the script of times shows the other column: `Mon 2026-11-23 07:00:00`. */
function inZone({ locale }: View, time: number, timeZone: string): string {
  const weekday = new Intl.DateTimeFormat(locale, { timeZone, weekday: "short" }).format(time);
  // Swedes write dates as ISO 8601 has them.
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(time);
  return `${weekday} ${date}`;
}

/** A tick, and the task that it sent. */
export interface Run {
  readonly due: number;
  readonly record: TaskRecord;
}

/** What its latest ticks came to: their ids tell whose they are, and when they were due. */
export async function lastRuns(app: Umbel, { name, task, lastId }: Entry): Promise<Run[]> {
  if (lastId === undefined) return [];
  const prefix = tickId(name, 0).slice(0, -1);
  const { tasks } = await app.search({ task, limit: mostSearched });
  const runs = tasks.flatMap(({ record }) => {
    const due = record.id.startsWith(prefix) ? Number(record.id.slice(prefix.length)) : NaN;
    return Number.isFinite(due) ? [{ due, record }] : [];
  });
  return runs.sort((one, other) => other.due - one.due).slice(0, most);
}

/** What its last runs came to. */
export function LastRuns({ runs }: { readonly runs: readonly Run[] }): Html {
  const view = useView();
  const { words: { schedules: words } } = view;
  return (
    <Card id="last" title={words.lastRuns} flush>
      <Table
        caption={words.lastRunsHint}
        columns={[
          {
            title: words.due,
            cell: ({ due, record: { id } }) => (
              <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
                <Time at={due} />
              </a>
            ),
          },
          { title: words.outcome, cell: ({ record: { state } }) => <StateBadge state={state} /> },
          {
            title: words.took,
            kind: "number",
            cell: ({ record: { startedAt, finishedAt } }) =>
              startedAt === undefined || finishedAt === undefined ? "" : <Took ms={finishedAt - startedAt} />,
          },
        ]}
        rows={runs}
        rowKey={({ record: { id } }) => id}
        empty={<Empty title={words.noRuns} />}
      />
    </Card>
  );
}
