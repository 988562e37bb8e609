/**
 * `umbel tasks`.
 *
 * @module
 */
import type { SearchCounts } from "../../operations/counting.ts";
import { type TaskView, viewOfFound } from "../../operations/task_view.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readList, readNumber, readPast } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { table } from "../output/table.ts";

/** How many tasks are looked at to count them. */
const usualLooks = 100_000;
/** How much of the arguments, or of an error, a line shows. */
const widest = 60;

/** Lists and searches tasks. */
export const tasks = command({
  name: "tasks",
  summary: "Lists, searches and counts tasks, the newest first, whatever became of them.",
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
    counts: { help: "tell how many are in which state, and not which" },
    looks: { value: "N", help: "with --counts: how many are looked at, about (default: 100000)" },
    json: { short: "j", help: "print JSON" },
  },
  examples: [
    "umbel tasks -A shop.ts --state FAILURE --from 2h",
    "umbel tasks --app shop --task send_mail --text ann@example.org --json",
    "umbel tasks -A shop.ts --counts --from 24h",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const now = options.from === undefined && options.to === undefined ? 0 : await app.broker.now();
    const filter = {
      state: readList(options.state)?.map((state) => state.toUpperCase()),
      task: options.task,
      queue: options.queue,
      worker: options.worker,
      from: readPast(options.from, "--from", now),
      to: readPast(options.to, "--to", now),
      text: options.text,
    };
    if (options.counts) {
      if (options.limit !== undefined || options.cursor !== undefined) {
        throw new UsageError("--counts takes neither --limit nor --cursor: see --looks");
      }
      tell(await app.count(given({ ...filter, looks: readNumber(options.looks, "--looks") ?? usualLooks })), options);
      return exitCodes.ok;
    }
    if (options.looks !== undefined) throw new UsageError("--looks needs --counts");
    const found = await app.search(given({
      ...filter,
      limit: readNumber(options.limit, "--limit"),
      cursor: options.cursor,
    }));
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

/** The options that were given. */
function given<Options extends object>(
  options: Options,
): { [name in keyof Options]: Exclude<Options[name], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [name in keyof Options]: Exclude<Options[name], undefined> };
}

function tell({ states, total, since }: SearchCounts, { json }: { readonly json?: boolean | undefined }): void {
  const earliest = since === undefined ? undefined : new Date(since).toISOString();
  if (json) {
    console.log(JSON.stringify({ states, total, ...(earliest === undefined ? {} : { since: earliest }) }, null, 2));
    return;
  }
  const rows = Object.entries(states).sort(([, one], [, other]) => other - one);
  if (total > 0) console.log(table(["STATE", "TASKS"], [...rows, ["", total]].map((row) => row.map(String))));
  else console.error("umbel: no such task");
  if (earliest !== undefined) {
    console.error(`umbel: counted are those sent since ${earliest}; the others: --to ${earliest}, or more --looks`);
  }
}

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
