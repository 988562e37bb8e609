/** @jsxImportSource hono/jsx */
/**
 * Tasks as rows, and on a phone as cards.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import { isFinal } from "../../../ports/task_record.ts";
import type { FoundTask } from "../../../operations/search.ts";
import { shownArgs } from "../../../operations/shown.ts";
import { unhide } from "../components/hidden.ts";
import { Plain } from "../components/plain.tsx";
import { StateBadge } from "../components/state.tsx";
import { Ago, Took } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";

/** The form that boxes of rows belong to. */
export const chosenForm = "chosen-tasks";

/** The name that a row has in the page: live updates find it by that. */
export function rowId(id: string): string {
  return `task-${id}`;
}

/** A table of tasks, each with a box to choose it by where the viewer may do something with it. */
export function TaskTable(
  { rows, canChoose }: { readonly rows: readonly FoundTask[]; readonly canChoose: boolean },
): Html {
  const { words: { tasks } } = useView();
  const columns = [tasks.name, tasks.state, tasks.queue, tasks.worker, tasks.sent, tasks.took] as const;
  return (
    <div class="table task-table" role="region" aria-label={tasks.caption} tabindex={0}>
      <table role="table">
        <caption>{tasks.caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {canChoose && (
              <th role="columnheader" scope="col" class="choice">
                <label hidden data-select-all={chosenForm}>
                  <input type="checkbox" aria-label={tasks.selectAll} />
                </label>
                <span class="unseen">{tasks.chosen}</span>
              </th>
            )}
            {columns.map((title) => <th key={title} role="columnheader" scope="col">{title}</th>)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => <TaskRow key={row.record.id} row={row} canChoose={canChoose} />)}
        </tbody>
      </table>
    </div>
  );
}

/** One row. */
export function TaskRow({ row, canChoose }: { readonly row: FoundTask; readonly canChoose: boolean }): Html {
  const view = useView();
  const { tasks } = view.words;
  const { record } = row;
  const { id, task, state, queue, worker, sentAt, retries } = record;
  const args = argsText(row, view.app);
  return (
    <tr role="row" id={rowId(id)} data-key={id}>
      {canChoose && (
        <td role="cell" class="choice">
          <input
            type="checkbox"
            name="id"
            value={id}
            form={chosenForm}
            aria-label={tasks.select(unhide(`${task} ${id}`))}
          />
        </td>
      )}
      <th role="rowheader" scope="row" class="task-cell">
        <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
          <Plain text={task} />
        </a>
        {args !== undefined && (
          <span class="task-args">
            <Plain text={args} />
          </span>
        )}
      </th>
      <td role="cell" class="state-cell">
        <StateBadge state={state} />
        {retries > 0 && <span class="badge" title={tasks.retries}>↻ {view.number(retries)}</span>}
      </td>
      <td role="cell" data-label={tasks.queue}>
        <Plain text={queue} />
      </td>
      <td role="cell" data-label={tasks.worker} class="worker-cell">
        {worker === undefined ? "" : <Plain text={worker} />}
      </td>
      <td role="cell" data-label={tasks.sent} class="time-cell">
        <Ago at={sentAt} />
      </td>
      <td role="cell" data-label={tasks.took} class="time-cell">
        <Duration record={record} />
      </td>
    </tr>
  );
}

function Duration({ record: { state, startedAt, finishedAt } }: Pick<FoundTask, "record">): Html | null {
  const { words: { tasks } } = useView();
  if (startedAt === undefined) return null;
  if (finishedAt !== undefined) return <Took ms={Math.max(0, finishedAt - startedAt)} />;
  const isWaiting = state === "QUEUED" || state === "SCHEDULED" || state === "RETRY";
  return isWaiting || isFinal(state) ? null : <span class="soft">{tasks.running}</span>;
}

/** So much is shown of arguments. */
const longest = 90;

function argsText({ message }: FoundTask, app: Umbel): string | undefined {
  if (!message || message.encoded) return undefined;
  const text = JSON.stringify(shownArgs(message, app.tasks)).slice(1, -1);
  return text.length > longest ? `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
