/**
 * What `umbel inspect` and `umbel control` have in common: their options, and how answers are printed.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Duration } from "../options/duration.ts";
import { viewOfAnswers } from "../http/answers/worker_view.ts";
import { hintFor } from "../options/nearest.ts";
import type { WorkerAnswer } from "../remote/answers.ts";
import type { RemoteOptions } from "../remote/ask.ts";
import { anyApp } from "./app.ts";
import {
  anyApp as anyAppOption,
  type Command,
  command,
  common,
  type Options,
  readDuration,
  readList,
  type Values,
} from "./command.ts";
import { type ExitCode, exitCodes } from "./exit_codes.ts";
import { UsageError } from "./failure.ts";
import { table } from "./output/table.ts";

const remoteOptions = {
  ...common,
  ...anyAppOption,
  destination: { short: "d", value: "A,B", help: "only these workers, as w1@host (default: all)" },
  timeout: { short: "t", value: "TIME", help: "how long they may take to answer (default: 1s)" },
  json: { short: "j", help: "print it as JSON" },
  list: { help: "list what can be asked or told, and its operands" },
} as const satisfies Options;

/** What was asked of workers, and their answers. */
export interface Asked {
  /** The question, as views name it. */
  readonly question: string;
  /** What each of them answered. */
  readonly answers: readonly WorkerAnswer<unknown>[];
}

/** Something that can be asked or told. */
export interface Request<Of extends Options> {
  /** Its operands, as the list shows them: `[N]`. */
  readonly operands?: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** How many operands it takes: at least and at most. */
  readonly count?: readonly [least: number, most: number];
  /** Whether the broker does it, for all workers at once. */
  readonly isForAll?: true;
  /** Does it: what workers answered, or what the broker did. */
  run(
    app: Umbel,
    operands: readonly string[],
    remote: RemoteOptions,
    options: Values<Of>,
  ): Promise<Asked | { readonly said: unknown; readonly lines: readonly string[] }>;
}

/** How such a command is made. */
export interface RemoteCommandDefinition<Of extends Options> {
  /** Its name. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** What else it takes. */
  readonly options: Of;
  /** Command lines that show how it is used. */
  readonly examples: readonly string[];
  /** What can be asked or told, by name. */
  readonly requests: { readonly [name: string]: Request<Of> };
}

/** A command that asks workers, or tells them. */
export function remoteCommand<const Of extends Options>(definition: RemoteCommandDefinition<Of>): Command {
  const { name, summary, examples, requests } = definition;
  return command({
    name,
    summary,
    operands: [],
    rest: "COMMAND",
    options: { ...definition.options, ...remoteOptions },
    examples,
    async run(given, [word, ...operands]) {
      const options = given as Values<typeof remoteOptions>;
      if (options.list) {
        console.log(listOf(requests));
        return exitCodes.ok;
      }
      const request = find(requests, word, name);
      checkCount(request, word!, operands, name);
      if (request.isForAll && (options.destination ?? options.timeout) !== undefined) {
        throw new UsageError(`${word} is done by the broker, for all workers at once: give no -d and no -t`);
      }
      await using app = await anyApp(options);
      const destination = readList(options.destination);
      const timeout = readDuration(options.timeout);
      const remote = {
        ...(destination ? { destination } : {}),
        ...(timeout === undefined ? {} : { timeout: timeout as Duration }),
      };
      const done = await request.run(app, operands, remote, given as unknown as Values<Of>);
      if ("answers" in done) return print(done, options.json, app.name);
      console.log(options.json ? JSON.stringify(done.said, null, 2) : done.lines.join("\n"));
      return exitCodes.ok;
    },
  });
}

function find<Of extends Options>(
  requests: RemoteCommandDefinition<Of>["requests"],
  word: string | undefined,
  command: string,
): Request<Of> {
  const names = Object.keys(requests);
  if (word === undefined) throw new UsageError(`Say what: umbel ${command} ${names.join("|")}`);
  // Celery's names have underscores.
  const request = requests[word.replaceAll("_", "-")];
  if (request) return request;
  throw new UsageError(`${JSON.stringify(word)} is nothing that ${command} knows: ${hintFor(word, names)}`);
}

function checkCount(
  { count: [least, most] = [0, 0], operands = "" }: Request<Options>,
  word: string,
  given: readonly string[],
  command: string,
): void {
  if (given.length >= least && given.length <= most) return;
  throw new UsageError(`Usage: umbel ${command} ${`${word} ${operands}`.trim()} [options]`);
}

function listOf(requests: { readonly [name: string]: Request<never> }): string {
  const rows = Object.entries(requests).map(([name, { operands = "", summary }]) => [
    `${name} ${operands}`.trim(),
    summary,
  ]);
  const width = Math.max(...rows.map(([left]) => left!.length));
  return rows.map(([left, summary]) => `${left!.padEnd(width)}  ${summary}`).join("\n");
}

/** Prints answers. @returns 69 when no worker answered, 1 when one of them did not or refused. */
function print({ question, answers }: Asked, json: boolean, app: string): ExitCode {
  const views = viewOfAnswers(question, answers);
  if (json) console.log(JSON.stringify(views, null, 2));
  else if (answers.length > 0) {
    console.log(views.map((one) => one.ok ? block(one.worker, one.answer) : failed(one.error.message)).join("\n"));
  }
  const answered = answers.filter((one) => one.ok).length;
  if (answers.length === 0) console.error(`umbel: no worker of app ${app} is there`);
  const isAny = answers.some((one) => one.ok || one.error.code === "invalid_input" || one.error.code === "refused");
  return !isAny ? exitCodes.unavailable : answered < answers.length ? exitCodes.failed : exitCodes.ok;
}

function failed(message: string): string {
  return `! ${message}`;
}

/** A worker's name, and below it what it answered. */
function block(worker: string, answer: unknown): string {
  const lines = linesOf(answer);
  if (lines.length === 1 && typeof answer === "string") return `${worker}: ${answer}`;
  return [`${worker}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

/** JSON for people: lists of objects as tables, objects as lines. */
export function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ["- none -"];
    if (value.every((item) => typeof item === "object" && item !== null)) return tableOf(value);
    return value.map(cell);
  }
  if (typeof value !== "object" || value === null) return [cell(value)];
  const entries = Object.entries(value);
  if (entries.length === 0) return ["- none -"];
  return entries.flatMap(([name, item]) => {
    const isFlat = typeof item !== "object" || item === null || (Array.isArray(item) && !item.some(isObject));
    if (isFlat) return [`${name}: ${cell(item)}`];
    return [`${name}:`, ...linesOf(item).map((line) => `  ${line}`)];
  });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function tableOf(items: readonly object[]): string[] {
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const rows = items.map((item) => columns.map((name) => cell((item as { readonly [name: string]: unknown })[name])));
  return table(columns.map((name) => name.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase()), rows).split("\n");
}

function cell(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
