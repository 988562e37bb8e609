/**
 * `umbel tasks`.
 *
 * @module
 */
import { type TaskView, viewOfFound } from "../../tasks/task_view.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readList, readNumber, readPast } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { table } from "../output/table.ts";

/** How much of the arguments, or of an error, a line shows. */
const widest = 60;

/** Lists and searches tasks. */
export const tasks = command({
  name: "tasks",
  summary: "Lists and searches tasks, the newest first, whatever became of them.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    state: { short: "s", value: "LIST", help: "in one of these states: FAILURE,REVOKED" },
    task: { short: "t", value: "NAME", help: "of this name" },
    queue: { short: "q", value: "NAME", help: "that wait or waited in this queue" },
    worker: { short: "w", value: "NAME", help: "whose last run was on this worker" },
    from: { short: "f", value: "TIME", help: "sent since: ISO 8601, or so long ago (10m)" },
    to: { value: "TIME", help: "sent before" },
    text: { short: "x", value: "TEXT", help: "with this text in arguments, result or error" },
    limit: { value: "N", help: "how many at most, 1 to 500 (default: 50)" },
    cursor: { value: "CURSOR", help: "goes on where the last part ended" },
    json: { short: "j", help: "print JSON" },
  },
  examples: [
    "umbel tasks -A shop.ts --state FAILURE --from 2h",
    "umbel tasks --app shop --task send_mail --text ann@example.org --json",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const now = options.from === undefined && options.to === undefined ? 0 : await app.broker.now();
    const given = {
      state: readList(options.state)?.map((state) => state.toUpperCase()),
      task: options.task,
      queue: options.queue,
      worker: options.worker,
      from: readPast(options.from, "--from", now),
      to: readPast(options.to, "--to", now),
      text: options.text,
      limit: readNumber(options.limit, "--limit"),
      cursor: options.cursor,
    };
    const found = await app.search(
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    );
    const views = found.tasks.map((task) => viewOfFound(task, app.tasks));
    const { cursor } = found;
    if (options.json) {
      console.log(JSON.stringify({ tasks: views, ...(cursor === undefined ? {} : { cursor }) }, null, 2));
      return exitCodes.ok;
    }
    if (views.length > 0) {
      console.log(table(["ID", "SENT", "TASK", "STATE", "QUEUE", "ARGUMENTS OR ERROR"], views.map(rowOf)));
    } else if (cursor === undefined) console.error(`umbel: no such task in app ${app.name}`);
    if (cursor !== undefined) console.error(`umbel: there may be more: --cursor '${cursor}'`);
    return exitCodes.ok;
  },
});

function rowOf({ id, sentAt, task, state, queue, args, error }: TaskView): string[] {
  const said = error ? `${error.type}: ${error.message}` : args === undefined ? "" : JSON.stringify(args);
  const line = said.replace(/\s+/g, " ");
  return [
    id,
    sentAt,
    task,
    state,
    queue,
    line.length > widest ? `${line.slice(0, widest - 1)}…` : line,
  ];
}
