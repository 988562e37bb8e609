/**
 * `umbel change` and `umbel promote`.
 *
 * @module
 */
import type { ChangeAnswer, ChangeOptions } from "../../options/change_options.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readDuration, readJson, readNumber } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

/** Changes tasks that wait. */
export const change = command({
  name: "change",
  summary: "Changes tasks that wait; what a worker holds stays as it is.",
  operands: [],
  rest: "ID",
  options: {
    ...common,
    ...anyAppOption,
    priority: { value: "0..9", help: "9 goes first; it goes to the end of that priority" },
    countdown: { value: "TIME", help: "not to be started before so long from now; 0 makes it due" },
    eta: { value: "WHEN", help: "not to be started before: 2027-01-31T08:00:00Z" },
    args: { short: "a", value: "JSON", help: "its arguments: an array" },
    queue: { short: "q", value: "NAME", help: "the queue it is to wait in" },
    expires: { value: "TIME", help: "not to be started later than so long from now" },
    headers: { value: "JSON", help: "what the handler is to see beside its arguments: an object" },
    "max-retries": { value: "N", help: "the most retries" },
    "time-limit": { value: "TIME", help: "a run that takes longer counts as failed" },
    "soft-time-limit": { value: "TIME", help: "a run that takes longer is told by its signal" },
  },
  examples: [
    "umbel change order-7 -A shop.ts --priority 9",
    "umbel change order-7 order-8 --app shop --countdown 10m --queue slow",
    "umbel change order-7 -A shop.ts --args '[1, 2]'",
  ],
  async run(options, ids) {
    if (ids.length === 0) throw new UsageError("change needs an id");
    const change: { readonly [name in keyof ChangeOptions]: unknown } = {
      priority: readNumber(options.priority, "--priority"),
      countdown: readDuration(options.countdown),
      eta: options.eta,
      args: readJson(options.args, "--args"),
      queue: options.queue,
      expires: readDuration(options.expires),
      headers: readJson(options.headers, "--headers"),
      maxRetries: readNumber(options["max-retries"], "--max-retries"),
      timeLimit: readDuration(options["time-limit"]),
      softTimeLimit: readDuration(options["soft-time-limit"]),
    };
    await using app = await anyApp(options);
    // What is given is checked where it is read: there an option that is undefined counts as not given.
    return tell(ids, await app.change(ids, change as ChangeOptions));
  },
});

/** Makes tasks due. */
export const promote = command({
  name: "promote",
  summary: "Makes tasks due that wait for their time or a retry.",
  operands: [],
  rest: "ID",
  options: { ...common, ...anyAppOption },
  examples: ["umbel promote 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts"],
  async run(options, ids) {
    if (ids.length === 0) throw new UsageError("promote needs an id");
    await using app = await anyApp(options);
    return tell(ids, await app.promote(ids));
  },
});

function tell(ids: readonly string[], answers: readonly ChangeAnswer[]): ExitCode {
  for (const [index, id] of ids.entries()) console.log(`${id} ${answers[index]}`);
  if (answers.includes("unknown")) return exitCodes.unknown;
  return answers.every((answer) => answer === "changed") ? exitCodes.ok : exitCodes.refused;
}
