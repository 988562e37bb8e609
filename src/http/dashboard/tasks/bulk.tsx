/** @jsxImportSource hono/jsx */
/**
 * What is done to several tasks at once: asked for on the list, done after a second look.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { Card } from "../components/card.tsx";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import { Plain } from "../components/plain.tsx";
import { StateBadge } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Words } from "../words/en.ts";

/** What can be done to several tasks. */
export type BulkDeed = "revoke" | "retry";

/** Reads what is to be done. */
export function readDeed(text: string): BulkDeed | undefined {
  return text === "revoke" || text === "retry" ? text : undefined;
}

/** Does it, and says in a sentence what came of it. */
export async function doBulk(app: Umbel, deed: BulkDeed, ids: readonly string[], { tasks }: Words): Promise<string> {
  if (deed === "revoke") {
    const answers = await app.revoke(ids);
    const revoked = answers.filter((answer) => answer === "revoked").length;
    return tasks.revoked(revoked, ids.length - revoked);
  }
  const { resent, refused } = await app.deadLetters.resend(ids);
  return tasks.retried(resent.length, refused.length);
}

/** Asks whether it is meant, with the tasks that it is about. */
export function ConfirmBulk(
  { deed, ids, records, to }: {
    readonly deed: BulkDeed;
    readonly ids: readonly string[];
    readonly records: readonly (TaskRecord | undefined)[];
    readonly to: string;
  },
): Html {
  const view = useView();
  const { tasks, task } = view.words;
  const rows = ids.map((id, index) => ({ id, record: records[index] }));
  const isRevoke = deed === "revoke";
  return (
    <Card id="chosen" title={tasks.title} flush>
      <div class="card-note">{isRevoke ? tasks.revokeHint : tasks.retryHint}</div>
      <Table
        caption={tasks.title}
        columns={[
          {
            title: tasks.name,
            cell: ({ id, record }) => (
              <a href={view.url(`/tasks/${encodeURIComponent(id)}`)}>
                {record ? <Plain text={record.task} /> : task.forgotten}
              </a>
            ),
          },
          { title: task.id, cell: ({ id }) => <code>{id}</code>, spare: true },
          { title: tasks.state, cell: ({ record }) => record ? <StateBadge state={record.state} /> : "" },
        ]}
        rows={rows}
        rowKey={({ id }) => id}
      />
      <div class="card-buttons">
        <ActionForm action={view.url("/tasks/-/bulk")} scope="control" to={to} values={{ do: deed, sure: "yes" }}>
          {ids.map((id) => <input key={id} type="hidden" name="id" value={id} />)}
          <Button kind={isRevoke ? "danger" : "primary"} icon={isRevoke ? "stop" : "repeat"}>
            {isRevoke ? tasks.yesRevoke : tasks.yesRetry}
          </Button>
        </ActionForm>
        <LinkButton href={to}>{tasks.cancel}</LinkButton>
      </div>
    </Card>
  );
}
