/**
 * `umbel waiting`.
 *
 * @module
 */
import { timeText } from "../../operations/task_view.ts";
import { viewOfWaiting } from "../../http/resources/waiting.ts";
import type { WaitingState, WaitingTask } from "../../ports/waiting.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { table } from "../output/table.ts";

/** Lists what waits. */
export const waiting = command({
  name: "waiting",
  summary: "Lists what waits: by queue, in the order of their turns, and at last what is due later.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    queue: { short: "q", value: "NAME", help: "what waits in this queue" },
    task: { short: "t", value: "NAME", help: "calls of this task" },
    state: { short: "s", value: "STATE", help: "QUEUED, SCHEDULED or RETRY" },
    limit: { value: "N", help: "how many at most, 1 to 500 (default: 50)" },
    cursor: { value: "CURSOR", help: "goes on where the last part ended" },
    json: { short: "j", help: "print JSON" },
  },
  examples: [
    "umbel waiting -A shop.ts -q mail",
    "umbel waiting --app shop --state SCHEDULED --task send_mail --json",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const limit = readNumber(options.limit, "--limit");
    const page = await app.waiting({
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      ...(options.task === undefined ? {} : { task: options.task }),
      ...(options.state === undefined ? {} : { state: options.state.toUpperCase() as WaitingState }),
      ...(limit === undefined ? {} : { limit }),
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    });
    const { tasks, cursor } = page;
    if (options.json) {
      console.log(JSON.stringify(viewOfWaiting(page, app.tasks), null, 2));
      return exitCodes.ok;
    }
    if (tasks.length > 0) console.log(table(["ID", "TASK", "QUEUE", "PRIORITY", "STATE", "DUE"], tasks.map(rowOf)));
    else console.error(`umbel: no such task waits in app ${app.name}`);
    if (cursor !== undefined) console.error(`umbel: there are more: --cursor '${cursor}'`);
    return exitCodes.ok;
  },
});

function rowOf({ record, message: { id, task, queue, priority, eta } }: WaitingTask): (string | number)[] {
  return [id, task, queue, priority, record.state, eta === undefined ? "" : timeText(eta)];
}
