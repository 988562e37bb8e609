/** @jsxImportSource hono/jsx */
import type { Umbel } from "../../../app/app.ts";
import { Card } from "../components/card.tsx";
import { codeOf, curlOf, type SnippetCall } from "../components/snippets.ts";
import type { Html } from "../html.ts";
import type { Message } from "../../../message.ts";
import { redactArgs } from "../../../policies/redact.ts";
import { useView } from "../view.tsx";

/** The call of a message; nothing when its arguments cannot all be said. */
function callOf(message: Message | undefined, app: Umbel): SnippetCall | undefined {
  if (!message || message.encoded) return undefined;
  const { task, args, queue, priority, redact } = message;
  const settings = app.tasks.get(task)?.settings;
  const shown = redactArgs(args, settings?.redact ?? redact);
  if (JSON.stringify(shown) !== JSON.stringify(args)) return undefined;
  const usual = settings?.queue ?? app.config.defaultQueue;
  const options = {
    ...(queue === usual ? {} : { queue }),
    ...(priority === (settings?.priority ?? 5) ? {} : { priority }),
  };
  return { task, args, options };
}

/** The call of a task as a line for a shell, and as code. */
export function Copies({ message, api }: { readonly message: Message | undefined; readonly api: string }): Html {
  const { words: { task }, app } = useView();
  const call = callOf(message, app);
  return (
    <Card id="copies" title={task.copies}>
      {call
        ? (
          <>
            <Snippet id="copy-curl" title={task.curl} text={curlOf(call, api)} />
            <Snippet id="copy-code" title={task.code} text={codeOf(call)} />
          </>
        )
        : <p class="soft">{task.noCopies}</p>}
    </Card>
  );
}

function Snippet({ id, title, text }: { readonly id: string; readonly title: string; readonly text: string }): Html {
  const { words: { copy } } = useView();
  return (
    <details class="snippet">
      <summary>{title}</summary>
      <div class="snippet-body">
        <button
          type="button"
          class="quiet copy"
          hidden
          data-copy={id}
          data-done={copy.done}
          aria-label={`${copy.label}: ${title}`}
        >
          {copy.label}
        </button>
        <pre tabindex={0} id={id}>{text}</pre>
      </div>
    </details>
  );
}
