/** @jsxImportSource hono/jsx */
import { sendable } from "../../../callbacks/callbacks.ts";
import { Card, Empty } from "../components/card.tsx";
import { Button, Field } from "../components/form.tsx";
import { Plain } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";

/** Which task is to be sent: by its name, or one of those that the app knows. */
export function ChooseTask(): Html {
  const view = useView();
  const { send } = view.words;
  const tasks = sendable(view.app.tasks).filter(({ name }) => view.maySend(name))
    .sort((one, other) => one.name < other.name ? -1 : 1);
  return (
    <>
      <Card id="choose" title={send.choose}>
        <form method="get" action={view.url("/send")} class="choose">
          <Field
            name="task"
            label={send.name}
            hint={send.nameHint}
            suggestions={tasks.map(({ name }) => name)}
            required
            mono
          />
          <Button kind="primary">{send.next}</Button>
        </form>
      </Card>
      <Card id="known" title={send.known} flush>
        <Table
          caption={send.known}
          columns={[
            {
              title: send.name,
              cell: ({ name }) => (
                <a href={view.url("/send", { task: name })}>
                  <Plain text={name} />
                </a>
              ),
            },
            { title: send.queue, cell: ({ settings }) => settings.queue ?? view.app.config.defaultQueue, spare: true },
          ]}
          rows={tasks}
          rowKey={({ name }) => name}
          empty={<Empty title={send.noTasks} />}
        />
      </Card>
    </>
  );
}
