/**
 * What is new about a task, as it comes: server-sent events.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { isFinal } from "../../ports/task_record.ts";
import type { Logger } from "../../log.ts";
import type { Call } from "../requests/call.ts";
import { eventStream, eventText } from "../answers/event_stream.ts";
import { timeText, viewOf } from "../../operations/task_view.ts";

/** The id of the last event: whoever comes again with it has heard all. */
const endId = "end";

/** What is asked of a stream of updates. */
type UpdatesCall = Call<{ readonly task: string }, unknown, { readonly "last-event-id": string | undefined }>;

/**
 * Answers with the updates of a task: events `state`, `progress` and `log`, and `problem` when it cannot go on. The id of
 * each is how many lines of the log were sent so far, so that a client that comes again hears none twice.
 *
 * @throws {UnknownTaskId} When nothing is known of the task.
 */
export async function updates(app: Umbel, call: UpdatesCall, log: Logger): Promise<Response> {
  const lastId = call.headers["last-event-id"];
  // To an EventSource that says: do not come again.
  if (lastId === endId) return new Response(null, { status: 204 });
  const { task } = call.params;
  const make = (stop: AbortSignal) => updateTexts(app, task, Number(lastId) || 0, stop);
  return await eventStream(make, { clock: app.clock, stop: call.stop, log });
}

/** @param lines How many lines of the log were sent. */
async function* updateTexts(app: Umbel, id: string, lines: number, stop: AbortSignal): AsyncGenerator<string> {
  for await (const update of app.result(id).updates({ signal: stop })) {
    switch (update.kind) {
      case "state":
        yield eventText("state", viewOf(update.record, app.tasks), isFinal(update.state) ? endId : lines);
        break;
      case "progress": {
        const { kind, ...progress } = update;
        yield eventText(kind, progress, lines);
        break;
      }
      case "log": {
        const { kind, at, ...line } = update;
        if (line.line <= lines) break;
        lines = line.line;
        yield eventText(kind, { ...line, at: timeText(at) }, lines);
      }
    }
  }
}
