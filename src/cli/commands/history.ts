/**
 * `umbel history`.
 *
 * @module
 */
import type { HistoryStep } from "../../ports/history.ts";
import { timeText } from "../../operations/task_view.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readPast } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { historyTable } from "../output/history_table.ts";

/** Shows what tasks came to. */
export const history = command({
  name: "history",
  summary: "Shows what tasks came to, by minute or by hour.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    step: { value: "STEP", help: "minute (kept for a day) or hour (for a month); default: minute" },
    from: { short: "f", value: "TIME", help: "from this time on: ISO 8601, or so long ago (6h)" },
    to: { value: "TIME", help: "until this time" },
    task: { short: "t", value: "NAME", help: "of this task alone" },
    queue: { short: "q", value: "NAME", help: "from this queue alone" },
    json: { short: "j", help: "print it as JSON, with the histograms" },
  },
  examples: [
    "umbel history -A shop.ts",
    "umbel history --app shop --step hour --from 7d --task send_mail --json",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const now = await app.broker.now();
    const { step, task, queue } = options;
    const from = readPast(options.from, "--from", now);
    const to = readPast(options.to, "--to", now);
    const points = await app.history({
      ...(step === undefined ? {} : { step: step as HistoryStep }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(task === undefined ? {} : { task }),
      ...(queue === undefined ? {} : { queue }),
    });
    if (options.json) {
      console.log(JSON.stringify(points.map(({ at, ...point }) => ({ at: timeText(at), ...point })), null, 2));
      return exitCodes.ok;
    }
    if (points.length > 0) console.log(historyTable(points));
    else {console.error(
        `umbel: nothing was counted in app ${app.name} then: is its setting history on (UMBEL_HISTORY=true)?`,
      );}
    return exitCodes.ok;
  },
});
