/** @jsxImportSource hono/jsx */
import type { SearchCounts } from "../../../operations/counting.ts";
import { Button, Field, LinkButton } from "../components/form.tsx";
import { StateBadge } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type FieldName, isAll, type TaskQuery } from "./query.ts";

/** What is shown. */
export interface FiltersProps {
  /** What is asked for. */
  readonly query: TaskQuery;
  /** What is wrong, by the names of fields. */
  readonly faults: ReadonlyMap<string, string>;
  /** Names of queues, to choose from. */
  readonly queues: readonly string[];
  /** Names of workers, to choose from. */
  readonly workers: readonly string[];
  /** How many are in which state, whichever of them are asked for; `undefined` when that was not counted. */
  readonly counts: SearchCounts | undefined;
}

const states = ["QUEUED", "SCHEDULED", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED", "EXPIRED"];

/** The form that asks for tasks: its fields are the URL. */
export function Filters({ query, faults, queues, workers, counts }: FiltersProps): Html {
  const view = useView();
  const { tasks } = view.words;
  const { fields } = query;
  const of = (name: FieldName) => {
    const error = faults.get(name);
    return { name, label: tasks[name], value: fields[name], ...(error === undefined ? {} : { error }) };
  };
  const isMore = ["queue", "worker", "from", "to"].some((name) => fields[name as FieldName] !== "" || faults.has(name));
  return (
    <form method="get" action={view.url("/tasks")} class="task-filters" role="search" aria-label={tasks.filters}>
      <div class="task-filters-main">
        <Field {...of("text")} type="search" placeholder={tasks.textHint} />
        <Field {...of("task")} suggestions={[...view.app.tasks.keys()]} />
        <div class="buttons">
          <Button kind="primary" icon="search">{tasks.search}</Button>
          {!isAll(query) && <LinkButton href={view.url("/tasks")} kind="quiet">{tasks.clear}</LinkButton>}
        </div>
      </div>
      <fieldset class="state-filters">
        <legend class="unseen">{tasks.state}</legend>
        {[...new Set([...states, ...Object.keys(counts?.states ?? {}), ...query.states])].map((state) => (
          <label key={state} class="state-filter">
            <input type="checkbox" name="state" value={state} checked={query.states.includes(state)} />
            <StateBadge state={state} />
            {counts && <span class="count">{view.number(counts.states[state] ?? 0)}</span>}
          </label>
        ))}
        {counts?.since !== undefined && (
          <p class="soft">
            {tasks.countedSince} <Ago at={counts.since} />
          </p>
        )}
      </fieldset>
      <details class="more-filters" open={isMore}>
        <summary>{tasks.more}</summary>
        <div class="filters">
          <Field {...of("queue")} suggestions={queues} />
          <Field {...of("worker")} suggestions={workers} />
          <Field {...of("from")} hint={tasks.timeHint} />
          <Field {...of("to")} hint={tasks.timeHint} />
        </div>
      </details>
    </form>
  );
}
