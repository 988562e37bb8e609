/**
 * `umbel retry`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { RetryFilter } from "../../operations/retry_matching.ts";
import type { RetryAnswer } from "../../operations/retrying.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readJson, readList, readPast } from "../command.ts";
import { isConfirmed } from "../confirm.ts";
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
    state: { short: "s", value: "LIST", help: "in place of ids: some of FAILURE, REVOKED, EXPIRED and SUCCESS" },
    task: { short: "t", value: "NAME", help: "with --state: those of this task" },
    queue: { short: "q", value: "NAME", help: "with --state: those that waited in this queue" },
    worker: { short: "w", value: "NAME", help: "with --state: whose last run was on this worker" },
    from: { short: "f", value: "TIME", help: "with --state: sent since: ISO 8601, or so long ago (10m)" },
    before: { value: "TIME", help: "with --state: sent before (default: now)" },
    text: { short: "x", value: "TEXT", help: "with --state: with this text in arguments, result or error" },
    yes: { short: "y", help: "do not ask" },
  },
  examples: [
    "umbel retry 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel retry 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 --app shop --args '[3, 4]' --to mail",
    "umbel retry -A shop.ts --state FAILURE --task send_mail --from 2h",
  ],
  async run(options, ids) {
    if (ids.length > 0 === (options.state !== undefined)) {
      throw new UsageError("retry needs an id, or --state: one of them");
    }
    const args = readJson(options.args, "--args");
    if (args !== undefined && !Array.isArray(args)) throw new UsageError("--args must be an array, as in '[1, 2]'");
    await using app = await anyApp(options);
    if (options.state !== undefined) {
      if (args !== undefined || options.to !== undefined) {
        throw new UsageError("--args and --to are for tasks that are named by their ids");
      }
      const now = await app.broker.now();
      const filter = {
        state: readList(options.state.toUpperCase())!,
        // What is sent from now on is not met once more.
        to: readPast(options.before, "--before", now) ?? now,
        ...readFilter({ ...options, from: readPast(options.from, "--from", now) }),
      };
      return await retryAll(app, filter, options.yes ?? false);
    }
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

/** Sends all again that a filter fits, portion by portion, after a look at how many they are. */
async function retryAll(app: Umbel, filter: RetryFilter, isSure: boolean): Promise<ExitCode> {
  const { states, total, since } = await app.count(filter);
  const kinds = Object.entries(states).map(([state, count]) => `${count} ${state}`).join(", ");
  const question = `Send ${since === undefined ? total : `at least ${total}`} again in app ${app.name} (${kinds})?`;
  if (total > 0 && !isSure && !isConfirmed(question, app.name, "--yes")) {
    console.error("umbel: nothing was sent");
    return exitCodes.ok;
  }
  const counts = { resent: 0, sent: 0, refused: 0 };
  let cursor: string | undefined;
  do {
    const portion = await app.retry(filter, cursor === undefined ? {} : { cursor });
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += portion[name];
    cursor = portion.cursor;
  } while (cursor !== undefined);
  console.log(Object.entries(counts).map(([name, count]) => `${name} ${count}`).join("\n"));
  return counts.refused > 0 ? exitCodes.refused : exitCodes.ok;
}

function readFilter(
  { task, queue, worker, from, text }: { readonly [name in keyof RetryFilter]?: string | number | undefined },
): Omit<RetryFilter, "state"> {
  const given = Object.entries({ task, queue, worker, from, text }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}
