/** @jsxImportSource hono/jsx */
/**
 * The form that sends a task: its arguments by its schema, and the options of the call.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import { Card } from "../components/card.tsx";
import { ActionForm, Button, Field } from "../components/form.tsx";
import { unhide } from "../components/hidden.ts";
import { SchemaForm } from "../form/schema_form.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type Draft, type OptionName, root } from "./draft.ts";

/** What is shown. */
export interface SendFormProps {
  /** What is filled in. */
  readonly draft: Draft;
  /** What is wrong, by the names of the fields. */
  readonly faults: ReadonlyMap<string, string>;
  /** The queues there are, to choose from. */
  readonly queues: readonly string[];
  /** What is to be known about what is filled in. */
  readonly notes: readonly string[];
  /** What is shown above the arguments: the preview. */
  readonly children?: Child;
}

/** The whole form. */
export function SendForm({ draft, faults, queues, notes, children }: SendFormProps): Html {
  const view = useView();
  const { send } = view.words;
  const { task, field, entries, nonce } = draft;
  const isList = field.kind === "json";
  return (
    <ActionForm
      action={view.url("/send")}
      scope="send"
      kind="stack"
      values={{ task, nonce }}
      label={send.titleOf(unhide(task))}
    >
      {/* What the Enter key presses: without it that would be the first button within the fields. */}
      <button type="submit" class="unseen" name="do" value="send" tabindex={-1} aria-hidden="true"></button>
      {notes.map((note) => <p key={note} class="note">{note}</p>)}
      {children}
      <Card id="args" title={isList ? send.argsJson : send.args}>
        <SchemaForm
          field={field}
          entries={entries}
          faults={faults}
          name={root}
          label={isList ? send.argsJson : send.args}
        />
      </Card>
      <Options draft={draft} faults={faults} queues={queues} />
      <div class="buttons">
        <Button kind="primary" icon="send" name="do" value="send">{send.submit}</Button>
        <Button name="do" value="preview">{send.preview}</Button>
      </div>
    </ActionForm>
  );
}

function Options(
  { draft: { task, options }, faults, queues }: Pick<SendFormProps, "draft" | "faults" | "queues">,
): Html {
  const view = useView();
  const { send } = view.words;
  const usual = view.app.tasks.get(task)?.settings.queue ?? view.app.config.defaultQueue;
  const about = (name: OptionName) => {
    const error = faults.get(name);
    return { name, label: send[name], value: options[name], ...(error === undefined ? {} : { error }) };
  };
  return (
    <Card id="options" title={send.options}>
      <div class="option-fields">
        <Field {...about("countdown")} hint={send.countdownHint} placeholder="10s" />
        <Field {...about("eta")} hint={send.etaHint} placeholder="2026-01-31T12:00Z" />
        <Field {...about("expires")} hint={send.expiresHint} placeholder="1h" />
        <Field {...about("queue")} hint={send.queueHint(usual)} suggestions={queues} />
        <Field {...about("priority")} hint={send.priorityHint} placeholder="5" pattern="[0-9]" />
        <Field {...about("id")} hint={send.idHint} mono />
        <Field {...about("idempotencyKey")} hint={send.idempotencyKeyHint} mono />
      </div>
    </Card>
  );
}
