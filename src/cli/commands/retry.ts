/**
 * `umbel retry`.
 *
 * @module
 */
import type { RetryAnswer } from "../../operations/retrying.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readJson } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

/** Why a task was not sent again. */
const whyNot: { readonly [status in Exclude<RetryAnswer["status"], "resent" | "sent">]: string } = {
  open: "it has not ended yet",
  exists: "another call holds its unique key",
  forgotten: "its arguments are not known any more: --args names other ones",
  unknown: "it was never sent, or its record has expired",
};

/** Sends tasks again that have ended. */
export const retry = command({
  name: "retry",
  summary: "Sends tasks again that have ended: what failed for good under its id, others as new tasks.",
  operands: [],
  rest: "ID",
  options: {
    ...common,
    ...anyAppOption,
    args: { short: "a", value: "JSON", help: "with these arguments instead" },
    to: { value: "QUEUE", help: "to this queue instead" },
  },
  examples: [
    "umbel retry 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel retry 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 --app shop --args '[3, 4]' --to mail",
  ],
  async run(options, ids) {
    if (ids.length === 0) throw new UsageError("retry needs an id");
    const args = readJson(options.args, "--args");
    if (args !== undefined && !Array.isArray(args)) throw new UsageError("--args must be an array, as in '[1, 2]'");
    await using app = await anyApp(options);
    let code: ExitCode = exitCodes.ok;
    for (const id of ids) {
      const answer = await app.retry(id, {
        ...(args === undefined ? {} : { args }),
        ...(options.to === undefined ? {} : { queue: options.to }),
      });
      console.log(answer.status === "sent" ? `${id} sent as ${answer.id}` : `${id} ${answer.status}`);
      if (answer.status === "resent" || answer.status === "sent") continue;
      console.error(`umbel: ${id}: ${whyNot[answer.status]}`);
      code = answer.status === "unknown" ? exitCodes.unknown : exitCodes.refused;
    }
    return code;
  },
});
