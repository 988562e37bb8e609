/** @jsxImportSource hono/jsx */
import { Card, Facts } from "../components/card.tsx";
import { JsonView } from "../components/json_view.tsx";
import { Plain } from "../components/plain.tsx";
import { StateBadge } from "../components/state.tsx";
import { Ago, Time } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { TaskSight } from "./sight.ts";

/** The state, the id, and since when. */
export function TaskHead({ sight: { detail: { id, record } } }: { readonly sight: TaskSight }): Html {
  const { words: { task, copy } } = useView();
  const { state, reason, replacedBy, sentAt, finishedAt } = record;
  return (
    <div id="task-head" class="task-head">
      <StateBadge state={state} />
      <code class="task-id">{id}</code>
      <button
        type="button"
        class="quiet"
        hidden
        data-copy="task-id"
        data-text={id}
        data-done={copy.done}
        aria-label={task.copyId}
      >
        {copy.label}
      </button>
      <span class="soft">
        {finishedAt === undefined ? task.sentAgo : task.endedAgo} <Ago at={finishedAt ?? sentAt} />
      </span>
      {reason !== undefined && (
        <span class="badge warn">
          {task.reasons[reason]}
          {replacedBy !== undefined && (
            <>
              : <TaskLink id={replacedBy} />
            </>
          )}
        </span>
      )}
    </div>
  );
}

/** What is known of a task beside its life and its payload. */
export function TaskFacts({ sight: { detail } }: { readonly sight: TaskSight }): Html {
  const view = useView();
  const { task } = view.words;
  const { record, message, ancestors } = detail;
  const { queue, worker, sentAt, eta, startedAt, finishedAt, keep, retries, unique, leftAs } = record;
  const parent = message?.parentId ?? ancestors.at(-1)?.id;
  const root = ancestors[0]?.id;
  const most = message?.maxRetries ?? view.app.tasks.get(record.task)?.settings.maxRetries;
  return (
    <Card id="facts" title={task.facts}>
      <Facts
        of={[
          [
            task.name,
            <a href={view.url("/tasks", { task: record.task })}>
              <Plain text={record.task} />
            </a>,
          ],
          [
            task.queue,
            <a href={view.url(`/queues/of/${encodeURIComponent(queue)}`)}>
              <Plain text={queue} />
            </a>,
          ],
          [task.priority, message && view.number(message.priority)],
          [
            task.worker,
            worker && (
              <a href={view.url("/tasks", { worker })}>
                <Plain text={worker} />
              </a>
            ),
          ],
          [task.sent, <Time at={sentAt} />],
          [task.eta, eta !== undefined && eta > view.now ? <Time at={eta} /> : undefined],
          [task.expires, message?.expires === undefined ? undefined : <Time at={message.expires} />],
          [task.started, startedAt === undefined ? undefined : <Time at={startedAt} />],
          [task.ended, finishedAt === undefined ? undefined : <Time at={finishedAt} />],
          [
            task.retries,
            typeof most === "number" ? task.retriesOf(view.number(retries), view.number(most)) : view.number(retries),
          ],
          [task.parent, parent && <TaskLink id={parent} />],
          [task.root, root === undefined || root === parent ? undefined : <TaskLink id={root} />],
          [
            task.unique,
            unique && (
              <code>
                <Plain text={unique} />
              </code>
            ),
          ],
          [task.leftAs, leftAs && <StateBadge state={leftAs} />],
          [task.kept, finishedAt === undefined || keep === undefined ? undefined : <Time at={finishedAt + keep} />],
          [task.headers, message?.headers && <JsonView value={message.headers} id="headers-json" open={1} />],
        ]}
      />
    </Card>
  );
}

/** A link to another task, by its id. */
function TaskLink({ id }: { readonly id: string }): Html {
  const view = useView();
  return (
    <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
      <code>{id}</code>
    </a>
  );
}
