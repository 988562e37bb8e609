/**
 * argv → one command → exit code.
 *
 * @module
 */
import { hintFor } from "../options/nearest.ts";
import { beat } from "./commands/beat.ts";
import { bill } from "./commands/bill.ts";
import { call } from "./commands/call.ts";
import type { Command } from "./command.ts";
import { change, promote } from "./commands/change.ts";
import { control } from "./commands/control.ts";
import { dead } from "./commands/dead.ts";
import { events } from "./commands/events.ts";
import { type ExitCode, exitCodes } from "./exit_codes.ts";
import { report, UsageError } from "./failure.ts";
import { history } from "./commands/history.ts";
import { inspect } from "./commands/inspect.ts";
import { limit } from "./commands/limit.ts";
import { multi } from "./commands/multi.ts";
import { openapi } from "./commands/openapi.ts";
import { pause, resume } from "./commands/pause.ts";
import { purge } from "./commands/purge.ts";
import { rest } from "./commands/rest.ts";
import { result } from "./commands/result.ts";
import { retry } from "./commands/retry.ts";
import { revoke } from "./commands/revoke.ts";
import { serve } from "./commands/serve.ts";
import { show } from "./commands/show.ts";
import { status } from "./commands/status.ts";
import { tasks } from "./commands/tasks.ts";
import { token } from "./commands/token.ts";
import { top } from "./commands/top.ts";
import { version } from "./version.ts";
import { waiting } from "./commands/waiting.ts";
import { worker } from "./commands/worker.ts";

const commands: readonly Command[] = [
  worker,
  multi,
  beat,
  call,
  result,
  tasks,
  show,
  status,
  inspect,
  control,
  events,
  top,
  history,
  bill,
  pause,
  resume,
  limit,
  waiting,
  change,
  promote,
  retry,
  revoke,
  purge,
  dead,
  serve,
  token,
  openapi,
  rest,
];

const names = commands.map(({ name }) => name);

/** Celery's commands that are none here, and what is there in their place. */
const celery: { readonly [name: string]: string | undefined } = {
  flower: "umbel serve has the dashboard, and with --flower its API",
  graph: "umbel show draws the tree of a task",
  list: "umbel inspect active-queues lists what workers take from",
  report: "umbel inspect conf shows settings",
};

/** Runs the command that the arguments name. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  switch (name) {
    case undefined:
      console.error(help());
      return exitCodes.usage;
    case "-h":
    case "--help":
      console.log(help());
      return exitCodes.ok;
    case "-V":
    case "--version":
      console.log(`umbel ${version}`);
      return exitCodes.ok;
    case "help":
      return await main([...rest.slice(0, 1), "--help"]);
  }
  const command = commands.find((command) => command.name === name);
  if (command) return await command.run(rest);
  const like = Object.hasOwn(celery, name) ? celery[name] : undefined;
  if (like !== undefined) return report(new UsageError(`${JSON.stringify(name)} is no command: ${like}`), false);
  return report(new UsageError(`${JSON.stringify(name)} is no command: ${hintFor(name, names)}`), false);
}

function help(): string {
  const width = Math.max(...names.map((name) => name.length));
  return [
    `umbel ${version}: tasks, workers and results over Redis by HTTP or SQLite.`,
    "",
    "Usage: umbel COMMAND [options]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "umbel COMMAND --help shows a command's options and examples.",
    "",
    "The broker is that of --broker, of the app's file, of UMBEL_BROKER, or of UPSTASH_REDIS_REST_URL and",
    "UPSTASH_REDIS_REST_TOKEN; else sqlite:./umbel.db. A time is in seconds, or has a unit: 250ms, 10s, 5m, 2h, 1d.",
    "",
    `Exit codes: ${Object.entries(exitCodes).map(([name, code]) => `${code} ${name}`).join(", ")}.`,
  ].join("\n");
}
