/**
 * `umbel revoke`.
 *
 * @module
 */
import type { Duration } from "../../options/duration.ts";
import type { RevokeFilter } from "../../operations/revoke_matching.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readDuration, readList } from "../command.ts";
import { isConfirmed } from "../confirm.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

/** Revokes tasks. */
export const revoke = command({
  name: "revoke",
  summary: "Revokes tasks: what waits never starts, what runs is told by its signal.",
  operands: [],
  rest: "ID",
  options: {
    ...common,
    ...anyAppOption,
    terminate: { help: "do not wait for handlers that run: their runs are over at once" },
    tree: { help: "revoke what they sent as their children too, and theirs" },
    task: { short: "t", value: "NAME", help: "in place of ids: those of this task" },
    queue: { short: "q", value: "NAME", help: "in place of ids: those of this queue" },
    state: { short: "s", value: "LIST", help: "in place of ids: some of SCHEDULED, QUEUED, RETRY and STARTED" },
    worker: { short: "w", value: "NAME", help: "in place of ids: whose last run was or is on this worker" },
    text: { short: "x", value: "TEXT", help: "in place of ids: with this text in arguments or error" },
    "older-than": { value: "TIME", help: "in place of ids: sent longer ago than this" },
    yes: { short: "y", help: "do not ask" },
  },
  examples: [
    "umbel revoke 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel revoke order-7 order-8 --app shop --terminate --tree",
    "umbel revoke -A shop.ts --task send_mail --state QUEUED --older-than 1h",
  ],
  async run({ terminate, tree, yes, task, queue, state, worker, text, "older-than": olderThan, ...options }, ids) {
    const filter = readFilter({ task, queue, state, worker, text, olderThan });
    if (ids.length > 0 === Object.keys(filter).length > 0) {
      throw new UsageError(
        "Say which tasks: ids, or a filter (--task, --queue, --state, --worker, --text, --older-than)",
      );
    }
    await using app = await anyApp(options);
    if (ids.length === 0) {
      const question = `Revoke what the filter fits in app ${app.name} at ${app.broker.name}?`;
      if (!yes && !isConfirmed(question, app.name, "--yes")) {
        console.error("umbel: nothing was revoked");
        return exitCodes.ok;
      }
      const { revoked } = await app.revoke(filter, { terminate, tree });
      console.error(`umbel: ${revoked === 1 ? "1 task was" : `${revoked} tasks were`} revoked`);
      return exitCodes.ok;
    }
    const answers = await app.revoke(ids, { terminate, tree });
    for (const [index, id] of ids.entries()) console.log(`${id} ${answers[index]}`);
    return answers.includes("unknown") ? exitCodes.unknown : exitCodes.ok;
  },
});

function readFilter(
  { task, queue, state, worker, text, olderThan }: Record<
    "task" | "queue" | "state" | "worker" | "text" | "olderThan",
    string | undefined
  >,
): RevokeFilter {
  const age = readDuration(olderThan);
  return {
    ...(task === undefined ? {} : { task }),
    ...(queue === undefined ? {} : { queue }),
    ...(state === undefined ? {} : { state: readList(state.toUpperCase())! }),
    ...(worker === undefined ? {} : { worker }),
    ...(text === undefined ? {} : { text }),
    ...(age === undefined ? {} : { olderThan: age as Duration }),
  };
}
