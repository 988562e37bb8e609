/** @jsxImportSource hono/jsx */
/**
 * Dead letters by what they failed of: what, since when, on which workers, and how many.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import { Card } from "../components/card.tsx";
import { ActionForm, Button } from "../components/form.tsx";
import { unhide } from "../components/hidden.ts";
import { Name, Plain } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type Filter, fixed } from "./filter.tsx";

/** Those of one task with one class of error. */
interface Group {
  readonly error: string;
  readonly task: string;
  /** The newest of them. */
  readonly newest: TaskRecord;
  /** When the first of them failed (ms since 1970). */
  readonly since: number;
  readonly count: number;
  readonly workers: readonly string[];
}

/** The largest group first. */
function groupsOf(letters: readonly TaskRecord[]): readonly Group[] {
  const groups = Map.groupBy(letters, ({ error, task }) => JSON.stringify([error?.type ?? "", task]));
  const time = ({ finishedAt = 0 }: TaskRecord) => finishedAt;
  return [...groups.values()].map((group) => {
    const sorted = group.toSorted((one, other) => time(other) - time(one));
    const newest = sorted[0]!;
    return {
      ...{ error: newest.error?.type ?? "", task: newest.task, newest, count: group.length },
      since: time(sorted.at(-1)!),
      workers: [...new Set(sorted.flatMap(({ worker }) => worker ?? []))],
    };
  }).sort((one, other) => other.count - one.count || time(other.newest) - time(one.newest));
}

/** What is shown. */
export interface GroupsProps {
  /** The newest letters that fit. */
  readonly letters: readonly TaskRecord[];
  /** Whether there are more than these. */
  readonly isPart: boolean;
  /** What they fit. */
  readonly filter: Filter;
}

/** A row for each group, with a button that sends all of it again. */
export function Groups({ letters, isPart, filter }: GroupsProps): Html {
  const view = useView();
  const { words: { dead: words, actions } } = view;
  return (
    <Card
      id="groups"
      title={words.groups}
      aside={isPart && <span class="soft">{words.groupsOf(view.number(letters.length))}</span>}
      flush
    >
      <Table
        cards
        caption={words.groups}
        columns={[
          {
            title: words.error,
            kind: "long",
            cell: ({ error, task, newest }) => (
              <span class="error-line" title={unhide(newest.error?.message ?? "")}>
                <a href={view.url("/dead", { ...filter, error: error || undefined, task })}>
                  <code>{error || "—"}</code>
                </a>{" "}
                <Plain text={newest.error?.message ?? ""} />
              </span>
            ),
          },
          { title: words.task, kind: "name", cell: ({ task }) => <Name text={task} /> },
          { title: words.workers, cell: ({ workers }) => <Workers names={workers} />, spare: true },
          { title: words.count, kind: "number", cell: ({ count }) => view.number(count) },
          { title: words.since, kind: "number", cell: ({ since }) => <Ago at={since} /> },
          { title: words.newest, kind: "number", cell: ({ newest: { finishedAt = 0 } }) => <Ago at={finishedAt} /> },
          ...(view.may("control")
            ? [{
              ...{ title: actions, kind: "actions" as const },
              cell: (group: Group) => <ResendGroup group={group} filter={filter} />,
            }]
            : []),
        ]}
        rows={groupsOf(letters)}
        rowKey={({ error, task }) => JSON.stringify([error, task])}
      />
    </Card>
  );
}

function Workers({ names }: { readonly names: readonly string[] }): Html {
  const view = useView();
  const [first] = names;
  if (first === undefined) return <span class="soft">–</span>;
  return (
    <span class="actions-row" title={names.join("\n")}>
      <span class="cut">{first}</span>
      {names.length > 1 && <span class="badge">+{view.number(names.length - 1)}</span>}
    </span>
  );
}

function ResendGroup(
  { group: { error, task }, filter }: { readonly group: Group; readonly filter: Filter },
): Html | null {
  const view = useView();
  const { words: { dead: words } } = view;
  // A filter names a class of errors: those without one are sent again one by one.
  if (error === "") return null;
  return (
    <ActionForm
      action={view.url("/dead/resend")}
      scope="control"
      confirm={words.confirmResendAll(`${error} · ${task}`)}
      values={{ ...fixed(filter, view.now), error, task, which: "all" }}
    >
      <Button icon="repeat" label={words.resendGroup(`${error} · ${task}`)}>{words.resend}</Button>
    </ActionForm>
  );
}
