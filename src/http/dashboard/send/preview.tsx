/** @jsxImportSource hono/jsx */
import type { Json } from "../../../json.ts";
import type { Message } from "../../../message.ts";
import { Card } from "../components/card.tsx";
import { JsonView } from "../components/json_view.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";

/** The message that would be sent. */
export function Preview({ message }: { readonly message: Message }): Html {
  const { words: { send } } = useView();
  const { task, args, id, queue, priority, eta, expires, headers, maxRetries, timeLimit } = message;
  const times = { eta, expires };
  const shown = {
    ...{ task, args, id, queue, priority },
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, at]) => at === undefined ? [] : [[name, new Date(at).toISOString()]]),
    ),
    ...Object.fromEntries(
      Object.entries({ headers, maxRetries, timeLimit }).filter(([, value]) => value !== undefined),
    ),
  } as Json;
  return (
    <Card id="preview" title={send.previewTitle} aside={<span class="badge">{send.previewHint}</span>}>
      <JsonView value={shown} id="preview-json" open={4} />
    </Card>
  );
}
