/**
 * `umbel result`.
 *
 * @module
 */
import { isFinal } from "../../ports/task_record.ts";
import { viewOf } from "../../operations/task_view.ts";
import { readable } from "../../wire/readable.ts";
import { unknownId } from "../../results/waits.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readDuration } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { follow } from "../output/follow.ts";

/** Tells what became of a task. */
export const result = command({
  name: "result",
  summary: "Prints the result of a task as JSON; with --json all that is known of it.",
  operands: ["ID"],
  options: {
    ...common,
    ...anyAppOption,
    wait: { short: "w", help: "wait until it has ended" },
    follow: { short: "f", help: "wait, and print states, progress and log lines on stderr as they come" },
    timeout: { value: "TIME", help: "with --wait or --follow: for so long at most (default: for ever)" },
    json: { short: "j", help: "print state, times, worker, error and result, whatever became of it" },
  },
  examples: [
    "umbel result 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel result 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 --app shop --wait --timeout 1m --json",
    "umbel result 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 --app shop --follow",
  ],
  async run(options, [id]) {
    const waits = options.wait || options.follow;
    if (options.timeout !== undefined && !waits) throw new UsageError("--timeout needs --wait or --follow");
    await using app = await anyApp(options);
    const handle = app.result(id!);
    const timeout = readDuration(options.timeout);
    const record = options.follow
      ? await follow(handle, timeout)
      : options.wait
      ? await handle.wait(timeout === undefined ? {} : { timeout })
      : await handle.record();
    if (!record) throw unknownId(handle.id);
    const { state } = record;
    if (options.json) {
      console.log(JSON.stringify(viewOf(record, app.tasks), null, 2));
      return state === "SUCCESS" ? exitCodes.ok : isFinal(state) ? exitCodes.failed : exitCodes.pending;
    }
    if (!isFinal(state)) {
      console.error(`umbel: Task ${handle.id} has not ended: ${state}`);
      return exitCodes.pending;
    }
    console.log(JSON.stringify(readable(await handle.get())));
    return exitCodes.ok;
  },
});
