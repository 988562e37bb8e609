/**
 * `umbel events`.
 *
 * @module
 */
import { viewOfEvent } from "../../http/answers/event_view.ts";
import { timeText } from "../../operations/task_view.ts";
import type { AppEvent, EventType } from "../../ports/journal.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readList, readPast } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { onStop } from "../processes/signals.ts";

/** Prints what happens. */
export const events = command({
  name: "events",
  summary: "Prints what happens to tasks and workers, as it comes.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    from: { short: "f", value: "TIME", help: "from this time on: ISO 8601, or so long ago (10m)" },
    since: { short: "s", value: "CURSOR", help: "goes on behind the event of this cursor" },
    type: { value: "LIST", help: "of these types alone: task-failed,worker-offline" },
    task: { short: "t", value: "NAME", help: "of this task alone" },
    queue: { short: "q", value: "NAME", help: "of tasks in this queue alone" },
    worker: { short: "w", value: "NAME", help: "of this worker and the tasks it holds alone" },
    id: { value: "ID", help: "of the task of this id alone" },
    once: { help: "print what is there, and wait for nothing" },
    json: { short: "j", help: "print each as a line of JSON, with its cursor" },
  },
  examples: [
    "umbel events -A shop.ts",
    "umbel events --app shop --from 1h --once --type task-failed --json",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const stop = new AbortController();
    using _ = onStop(() => stop.abort());
    const from = readPast(options.from, "--from", await app.broker.now());
    const types = readList(options.type) as EventType[] | undefined;
    const { since, task, queue, worker, id } = options;
    const wanted = {
      ...(since === undefined ? {} : { since }),
      ...(from === undefined ? {} : { from }),
      ...(types === undefined ? {} : { types }),
      ...(task === undefined ? {} : { task }),
      ...(queue === undefined ? {} : { queue }),
      ...(worker === undefined ? {} : { worker }),
      ...(id === undefined ? {} : { id }),
    };
    // Who waits for what is never written down would wait for ever, and not know why.
    if ((await app.broker.journal.recording()).events === "none") {
      console.error(`umbel: app ${app.name} keeps no events: its setting events (UMBEL_EVENTS) says which`);
    }
    for await (const event of app.events({ ...wanted, follow: !options.once, signal: stop.signal })) {
      if (event.missed) console.error("umbel: events before this one are no longer kept");
      console.log(options.json ? JSON.stringify(viewOfEvent(event)) : lineOf(event));
    }
    return exitCodes.ok;
  },
});

/** An event on a line: when, what, and to whom. */
function lineOf(
  { at, type, id, task, queue, worker, runtime, retries, eta, error, state, meta, ...rest }: AppEvent,
): string {
  const { reason, died } = rest;
  const words = [
    timeText(at),
    type.padEnd(16),
    ...(id === undefined
      ? [worker]
      : [task || "?", id, `queue=${queue}`, ...(worker === undefined ? [] : [`worker=${worker}`])]),
    ...(retries === undefined ? [] : [`retries=${retries}`]),
    ...(eta === undefined ? [] : [`eta=${timeText(eta)}`]),
    ...(runtime === undefined ? [] : [`runtime=${runtime / 1000}s`]),
    ...(state === undefined ? [] : [`state=${state}`]),
    ...(meta === undefined ? [] : [JSON.stringify(meta)]),
    ...(reason === undefined ? [] : [`reason=${reason}`]),
    ...(died ? ["died"] : []),
    ...(error === undefined ? [] : [`${error.type}: ${error.message.split("\n", 1)[0]}`]),
  ];
  return words.join(" ");
}
