/** @jsxImportSource hono/jsx */
import { isFinal } from "../../../ports/task_record.ts";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { TaskSight } from "./sight.ts";

/** What can be done to a task, as far as the viewer may and its state lets it. */
export function Deeds({ sight: { detail } }: { readonly sight: TaskSight }): Html {
  const view = useView();
  const { task } = view.words;
  const { id, record: { state } } = detail;
  const url = (deed: string) => view.url(`/tasks/${encodeURIComponent(id)}/${deed}`);
  const isWaiting = state === "QUEUED" || state === "SCHEDULED" || state === "RETRY";
  const isOpen = !isFinal(state);
  return (
    <div id="task-deeds" class="task-deeds">
      {(state === "SCHEDULED" || state === "RETRY") && (
        <ActionForm action={url("promote")} scope="control">
          <Button icon="play">{task.promote}</Button>
        </ActionForm>
      )}
      {!isOpen && (
        <ActionForm action={url("retry")} scope="control" values={{ nonce: String(view.now) }}>
          <Button kind={state === "SUCCESS" ? "plain" : "primary"} icon="repeat">{task.retry}</Button>
        </ActionForm>
      )}
      {view.maySend(detail.record.task) && (
        <LinkButton href={view.url("/send", { from: id })} icon="send">{task.sendAgain}</LinkButton>
      )}
      {isOpen && (
        <ActionForm action={url("revoke")} scope="control" confirm={task.revokeConfirm}>
          {detail.children.length > 0 && (
            <label class="box">
              <input type="checkbox" name="tree" value="on" /> {task.revokeTree}
            </label>
          )}
          <Button kind="danger" icon="stop">{task.revoke}</Button>
        </ActionForm>
      )}
      {isOpen && !isWaiting && (
        <ActionForm action={url("revoke")} scope="control" confirm={task.terminateConfirm} values={{ terminate: "on" }}>
          <Button kind="danger">{task.terminate}</Button>
        </ActionForm>
      )}
      {isWaiting && view.may("control") && <Change action={url("change")} />}
    </div>
  );
}

/** A form within a fold: what is left empty stays as it is. */
function Change({ action }: { readonly action: string }): Html {
  const { words: { task, send } } = useView();
  return (
    <details class="change">
      <summary class="button">{task.change}</summary>
      <ActionForm action={action} scope="control" kind="stack" label={task.change}>
        <p class="hint">{task.changeHint}</p>
        <label class="field">
          <span>{task.priority}</span>
          <input name="priority" inputmode="numeric" pattern="[0-9]" placeholder="0–9" autocomplete="off" />
        </label>
        <label class="field">
          <span>{task.countdown}</span>
          <input name="countdown" placeholder="10s" autocomplete="off" aria-describedby="change-countdown" />
          <span class="hint" id="change-countdown">{send.countdownHint}</span>
        </label>
        <label class="field">
          <span>{task.queue}</span>
          <input name="queue" autocomplete="off" />
        </label>
        <Button kind="primary">{task.change}</Button>
      </ActionForm>
    </details>
  );
}
