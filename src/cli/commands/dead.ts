/**
 * `umbel dead`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { TaskRecord } from "../../ports/task_record.ts";
import type { LetterFilter, LetterSelection } from "../../operations/dead_letter_office.ts";
import { timeText, viewOf } from "../../operations/task_view.ts";
import { unknownId } from "../../results/waits.ts";
import { anyApp } from "../app.ts";
import {
  anyApp as anyAppOption,
  command,
  common,
  type Options,
  readJson,
  readNumber,
  readPast,
  type Values,
} from "../command.ts";
import { isConfirmed } from "../confirm.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { table } from "../output/table.ts";

const options = {
  ...common,
  ...anyAppOption,
  task: { short: "t", value: "NAME", help: "those of this task" },
  queue: { short: "q", value: "NAME", help: "those from this queue" },
  error: { short: "e", value: "CLASS", help: "those with an error of this class: TypeError" },
  after: { value: "WHEN", help: "those that failed since: 2027-01-31T08:00:00Z, or so long ago: 2h" },
  before: { value: "WHEN", help: "those that failed before" },
  all: { help: "resend, delete: all there are" },
  limit: { value: "N", help: "list: how many at most, 1 to 500 (default: 50)" },
  cursor: { value: "CURSOR", help: "list: goes on where the last part ended" },
  args: { short: "a", value: "JSON", help: "resend: with these arguments instead" },
  to: { value: "QUEUE", help: "resend: to this queue instead" },
  yes: { short: "y", help: "delete: do not ask" },
  json: { short: "j", help: "print JSON" },
} as const satisfies Options;

type Given = Values<typeof options>;

/** Lists, shows, sends again and deletes what failed for good. */
export const dead = command({
  name: "dead",
  summary: "Lists, shows, sends again (resend) or deletes what failed for good.",
  operands: ["list|show|resend|delete"],
  rest: "ID",
  options,
  examples: [
    "umbel dead list -A shop.ts --error TypeError --after 2h",
    "umbel dead show 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel dead resend -A shop.ts --task send_mail --to mail",
    "umbel dead delete --app shop --all",
  ],
  async run(given, [action, ...ids]) {
    await using app = await anyApp(given);
    switch (action) {
      case "list":
        if (ids.length > 0) throw new UsageError("dead list takes no ids: dead show does");
        return await list(app, given);
      case "show":
        return await show(app, ids);
      case "resend":
        return await resend(app, ids, given);
      case "delete":
        return await remove(app, ids, given);
      default:
        throw new UsageError(`dead does list, show, resend or delete, and not ${JSON.stringify(action)}`);
    }
  },
});

async function list(app: Umbel, given: Given): Promise<ExitCode> {
  const limit = readNumber(given.limit, "--limit");
  const { letters, cursor } = await app.deadLetters.list({
    ...await readFilter(app, given),
    ...(limit === undefined ? {} : { limit }),
    ...(given.cursor === undefined ? {} : { cursor: given.cursor }),
  });
  if (given.json) {
    const views = letters.map((letter) => viewOf(letter, app.tasks));
    console.log(JSON.stringify({ letters: views, ...(cursor === undefined ? {} : { cursor }) }, null, 2));
    return exitCodes.ok;
  }
  if (letters.length > 0) console.log(table(["ID", "FAILED", "TASK", "QUEUE", "ERROR"], letters.map(rowOf)));
  else console.error(`umbel: no such dead letter in app ${app.name}`);
  if (cursor !== undefined) console.error(`umbel: there are more: --cursor '${cursor}'`);
  return exitCodes.ok;
}

function rowOf({ id, task, queue, finishedAt, error }: TaskRecord): string[] {
  const said = error ? `${error.type}: ${error.message}` : "";
  return [id, timeText(finishedAt ?? 0), task, queue, said.replace(/\s+/g, " ").slice(0, 100)];
}

async function show(app: Umbel, ids: readonly string[]): Promise<ExitCode> {
  if (ids.length === 0) throw new UsageError("dead show needs an id");
  for (const id of ids) {
    const letter = await app.deadLetters.get(id);
    if (!letter) throw unknownId(id);
    console.log(JSON.stringify(viewOf(letter, app.tasks), null, 2));
  }
  return exitCodes.ok;
}

async function resend(app: Umbel, ids: readonly string[], given: Given): Promise<ExitCode> {
  const args = readJson(given.args, "--args");
  if (args !== undefined && !Array.isArray(args)) throw new UsageError("--args must be an array, as in '[1, 2]'");
  const { resent, refused } = await app.deadLetters.resend(await select(app, ids, given), {
    ...(args === undefined ? {} : { args }),
    ...(given.to === undefined ? {} : { queue: given.to }),
  });
  if (given.json) console.log(JSON.stringify({ resent, refused }, null, 2));
  else for (const id of resent) console.log(id);
  return report(resent.length, "sent again", refused);
}

async function remove(app: Umbel, ids: readonly string[], given: Given): Promise<ExitCode> {
  const which = await select(app, ids, given);
  // Ids that somebody typed are meant; what a filter fits nobody has seen.
  if (ids.length === 0 && !given.yes) {
    const what = which === "all" ? "all dead letters" : "the dead letters that the filter fits";
    if (!isConfirmed(`Delete ${what} of app ${app.name} at ${app.broker.name}?`, app.name, "--yes")) {
      console.error("umbel: nothing was deleted");
      return exitCodes.ok;
    }
  }
  const { deleted, refused } = await app.deadLetters.delete(which);
  if (given.json) console.log(JSON.stringify({ deleted, refused }, null, 2));
  return report(deleted.length, "deleted", refused);
}

/** Says how many, and which of them not. */
function report(
  count: number,
  done: string,
  refused: readonly { readonly id: string; readonly why: string }[],
): ExitCode {
  console.error(`umbel: ${count === 1 ? "1 dead letter was" : `${count} dead letters were`} ${done}`);
  for (const { id, why } of refused) console.error(`umbel: ${id} was not ${done}: ${why}`);
  return refused.some(({ why }) => why === "unknown") ? exitCodes.unknown : exitCodes.ok;
}

async function select(app: Umbel, ids: readonly string[], given: Given): Promise<LetterSelection> {
  const filter = await readFilter(app, given);
  const hasFilter = Object.keys(filter).length > 0;
  if (Number(ids.length > 0) + Number(hasFilter) + Number(given.all) !== 1) {
    throw new UsageError("Say which letters: ids, or a filter (--task, --queue, --error, --after, --before), or --all");
  }
  return ids.length > 0 ? ids : given.all ? "all" : filter;
}

async function readFilter(app: Umbel, { task, queue, error, after, before }: Given): Promise<LetterFilter> {
  const now = after === undefined && before === undefined ? 0 : await app.broker.now();
  const [since, until] = [readPast(after, "--after", now), readPast(before, "--before", now)];
  return {
    ...(task === undefined ? {} : { task }),
    ...(queue === undefined ? {} : { queue }),
    ...(error === undefined ? {} : { error }),
    ...(since === undefined ? {} : { after: since }),
    ...(until === undefined ? {} : { before: until }),
  };
}
