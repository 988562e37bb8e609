/** @jsxImportSource hono/jsx */
/**
 * The tabs of a worker that tell of tasks: what it holds and what became of them, their limits, and its settings.
 *
 * @module
 */
import type { Json } from "../../../json.ts";
import type {
  ActiveTask,
  HeldTask,
  RegisteredTask,
  TaskCounts,
  WorkerConf,
  WorkerStats,
} from "../../../remote/answers.ts";
import { Card, Empty } from "../components/card.tsx";
import { Name } from "../components/plain.tsx";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import { Plain } from "../components/plain.tsx";
import { StateBadge } from "../components/state.tsx";
import { type Column, Table } from "../components/table.tsx";
import { Took } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView, type View } from "../view.tsx";
import { workerHref } from "./workers.tsx";

/** What is shown of a worker's tasks. */
export interface TasksProps {
  readonly active: readonly ActiveTask[];
  readonly reserved: readonly HeldTask[];
  readonly stats: WorkerStats;
}

/** What it runs, what it holds, and what became of the rest. */
export function TasksTab({ active, reserved, stats }: TasksProps): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  return (
    <>
      <Card id="active" title={words.active} flush>
        <Table
          cards
          caption={words.active}
          columns={[
            ...heldColumns<ActiveTask>(view),
            { title: words.state, cell: ({ state, revoked }) => <StateBadge state={revoked ? "REVOKED" : state} /> },
            { title: words.since, kind: "number", cell: ({ runtime }) => <Took ms={runtime} /> },
          ]}
          rows={active}
          rowKey={({ id }) => id}
          empty={<Empty title={words.activeEmpty} />}
        />
      </Card>
      <Card id="reserved" title={words.reservedTitle} flush>
        <Table
          caption={words.reservedTitle}
          columns={heldColumns<HeldTask>(view)}
          rows={reserved}
          rowKey={({ id }) => id}
          empty={<Empty title={words.reservedEmpty} />}
        />
      </Card>
      <Processed tasks={Object.entries(stats.tasks)} />
    </>
  );
}

function heldColumns<Held extends HeldTask>(view: View): Column<Held>[] {
  const { words: { workers: words } } = view;
  return [
    {
      title: words.task,
      cell: ({ id, task }) => (
        <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
          <Name text={task} />
        </a>
      ),
    },
    { title: words.args, cell: ({ args }) => args && <Code value={args} />, spare: true },
    { title: words.queue, cell: ({ queue }) => queue, spare: true },
    { title: words.tries, kind: "number", cell: ({ retries }) => view.number(retries + 1), spare: true },
  ];
}

function Code({ value }: { readonly value: Json | readonly Json[] }): Html {
  return (
    <code class="cut">
      <Plain text={JSON.stringify(value)} />
    </code>
  );
}

function Processed({ tasks }: { readonly tasks: readonly (readonly [name: string, counts: TaskCounts])[] }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const counted = (["done", "failed", "retried", "revoked", "expired", "returned"] as const).map((name) => ({
    ...{ title: words[name], kind: "number" as const, spare: name !== "done" && name !== "failed" },
    cell: ([, counts]: readonly [string, TaskCounts]) => view.number(counts[name]),
  }));
  return (
    <Card id="processed" title={words.processed} flush>
      <Table
        caption={words.processed}
        columns={[{ title: words.task, cell: ([name]) => <bdi>{name}</bdi> }, ...counted]}
        rows={tasks}
        rowKey={([name]) => name}
        empty={<Empty title={words.processedEmpty} />}
      />
    </Card>
  );
}

interface LimitsProps {
  readonly worker: string;
  readonly tasks: readonly RegisteredTask[];
}

/** How long its tasks may run, as they were declared, and a form that changes that here. */
export function LimitsTab({ worker, tasks }: LimitsProps): Html {
  const view = useView();
  const { words: { workers: words, queues, actions } } = view;
  const time = (value: Json | undefined) => typeof value === "number" ? <Took ms={value} /> : "";
  return (
    <Card
      id="time-limits"
      title={words.timeLimits}
      aside={<LinkButton kind="quiet" href={`${view.url("/queues")}#limits`}>{queues.limits}</LinkButton>}
      flush
    >
      <Table
        cards
        caption={words.registered}
        columns={[
          { title: words.task, cell: ({ name }) => <bdi>{name}</bdi> },
          { title: words.softLimit, kind: "number", cell: ({ options }) => time(options.softTimeLimit) },
          { title: words.hardLimit, kind: "number", cell: ({ options }) => time(options.timeLimit) },
          ...(view.may("control")
            ? [{
              ...{ title: actions, kind: "actions" as const },
              cell: ({ name }: RegisteredTask) => <LimitForm worker={worker} task={name} />,
            }]
            : []),
        ]}
        rows={tasks}
        rowKey={({ name }) => name}
      />
      <p class="hint table-actions">{words.ratesElsewhere}</p>
    </Card>
  );
}

function LimitForm({ worker, task }: { readonly worker: string; readonly task: string }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const field = (name: string, label: string) => (
    <input
      {...{ name, class: "short", "aria-label": `${label}: ${task}`, placeholder: label, title: words.limitHint }}
      autocomplete="off"
    />
  );
  return (
    <ActionForm
      action={workerHref(view, worker, {}, "/limit")}
      scope="control"
      to={workerHref(view, worker, { tab: "limits" })}
      values={{ task }}
    >
      {field("soft", words.softLimit)}
      {field("hard", words.hardLimit)}
      <Button>{words.set}</Button>
    </ActionForm>
  );
}

/** Its settings, without secrets. */
export function ConfTab({ conf }: { readonly conf: WorkerConf }): Html {
  const { words: { workers: words } } = useView();
  return (
    <>
      <Settings id="conf-worker" title={words.worker} settings={conf.worker} />
      <Settings id="conf-app" title={words.app} settings={conf.app} />
    </>
  );
}

interface SettingsProps {
  readonly id: string;
  readonly title: string;
  readonly settings: { readonly [name: string]: Json };
}

function Settings({ id, title, settings }: SettingsProps): Html {
  const { words: { workers: words } } = useView();
  return (
    <Card id={id} title={title} flush>
      <Table
        caption={title}
        columns={[
          { title: words.setting, cell: ([name]) => <code>{name}</code> },
          { title: words.value, cell: ([, value]) => <Code value={value} /> },
        ]}
        rows={Object.entries(settings)}
        rowKey={([name]) => name}
      />
    </Card>
  );
}
