/** @jsxImportSource hono/jsx */
/**
 * Dead letters one by one, and what can be done to those that are ticked and to all that fit.
 *
 * @module
 */
import type { TaskRecord } from "../../../ports/task_record.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import { unhide } from "../components/hidden.ts";
import { Name, Plain } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type Filter, fixed } from "./filter.tsx";

/** What is shown. */
export interface LettersProps {
  /** A part of those that fit. */
  readonly letters: readonly TaskRecord[];
  /** What they fit. */
  readonly filter: Filter;
  /** Where the next part begins. */
  readonly next: string | undefined;
}

/** The boxes belong to the form beneath the table by its id: a form within a table's row cannot hold others. */
const chosen = "chosen-letters";

/** The table. */
export function Letters({ letters, filter, next }: LettersProps): Html {
  const view = useView();
  const { words } = view;
  const { dead } = words;
  const isFiltered = Object.keys(filter).length > 0;
  const mayAct = view.may("control");
  return (
    <Card id="letters" title={dead.letters} flush>
      <Table
        cards
        caption={dead.letters}
        columns={[
          {
            title: dead.task,
            cell: ({ id, task }) => (
              <span class="chosen">
                {mayAct && <input type="checkbox" name="id" value={id} form={chosen} aria-label={dead.select(id)} />}
                <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
                  <Name text={task} />
                </a>
              </span>
            ),
          },
          { title: dead.error, kind: "long", cell: (letter) => <ErrorLine {...letter} /> },
          { title: dead.queue, cell: ({ queue }) => queue, spare: true },
          {
            title: dead.worker,
            cell: ({ worker = "" }) => <span class="cut" title={worker}>{worker}</span>,
            spare: true,
          },
          { title: dead.tries, kind: "number", cell: ({ retries }) => view.number(retries + 1), spare: true },
          { title: dead.failed, kind: "number", cell: ({ finishedAt = 0 }) => <Ago at={finishedAt} /> },
        ]}
        rows={letters}
        rowKey={({ id }) => id}
        empty={
          <Empty title={isFiltered ? dead.nothingFits : dead.empty}>
            <p>{isFiltered ? dead.nothingFitsHint : dead.emptyHint}</p>
          </Empty>
        }
      />
      {letters.length > 0 && mayAct && <LetterActions filter={filter} />}
      {next !== undefined && (
        <nav class="pager" aria-label={dead.letters}>
          <span></span>
          <LinkButton href={view.url("/dead", { ...filter, cursor: next })}>{words.next} →</LinkButton>
        </nav>
      )}
    </Card>
  );
}

function ErrorLine({ error }: TaskRecord): Html {
  if (!error) return <span class="soft">—</span>;
  return (
    <span class="error-line" title={unhide(error.message)}>
      <code>{error.type}</code> <Plain text={error.message} />
    </span>
  );
}

function LetterActions({ filter }: { readonly filter: Filter }): Html {
  const view = useView();
  const { words: { dead: words } } = view;
  const given = Object.entries(filter).map(([name, value]) => `${words[name as keyof Filter]}: ${value}`);
  const which = given.length === 0 ? words.all : given.join(", ");
  const all = { ...fixed(filter, view.now), which: "all" };
  return (
    <div class="table-actions">
      <form id={chosen} method="post" action={view.url("/dead/resend")} class="form inline">
        <input type="hidden" name="csrf" value={view.viewer?.csrf} />
        <input type="hidden" name="to" value={view.here} />
        <label class="tick" hidden data-select-all={chosen}>
          <input type="checkbox" /> {words.selectAll}
        </label>
        <span class="buttons" data-for-ticked>
          <Button kind="primary" icon="repeat">{words.resend}</Button>
          <input
            name="to_queue"
            class="short"
            aria-label={words.toQueue}
            placeholder={words.toQueue}
            autocomplete="off"
          />
          <button
            type="submit"
            class="danger"
            formaction={view.url("/dead/delete")}
            data-confirm={words.confirmDelete}
          >
            {words.delete}
          </button>
        </span>
      </form>
      <ActionForm
        action={view.url("/dead/resend")}
        confirm={words.confirmResendAll(which)}
        scope="control"
        values={all}
      >
        <Button>{words.resendAll}</Button>
      </ActionForm>
      <ActionForm
        action={view.url("/dead/delete")}
        confirm={words.confirmDeleteAll(which)}
        scope="control"
        values={all}
      >
        <Button kind="danger">{words.deleteAll}</Button>
      </ActionForm>
    </div>
  );
}
