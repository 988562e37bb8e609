/**
 * What a worker tells of the tasks that it holds.
 *
 * @module
 */
import type { Json } from "../../json.ts";
import { redactArgs } from "../../policies/redact.ts";
import type { ActiveTask, HeldTask, QueriedTask } from "../../remote/answers.ts";
import { readable } from "../../wire/readable.ts";
import type { Run } from "../runs/run.ts";
import type { Desk } from "./desk.ts";

/** The most characters of an argument's JSON that are told. */
const mostOfArg = 1000;
/** The most characters of all arguments' JSON. */
const mostOfArgs = 3000;

/** Those that run, the first one first. */
export function activeTasks(desk: Desk): ActiveTask[] {
  return runs(desk, true).map((run) => toActive(run, desk));
}

/** Those that wait for a free place, the first one first. */
export function reservedTasks(desk: Desk): HeldTask[] {
  return runs(desk, false).map((run) => toHeld(run, desk));
}

/** Those that were revoked, and whose handlers have not stopped yet. */
export function revokedTasks(desk: Desk): string[] {
  return runs(desk, true).filter(({ isRevoked }) => isRevoked).map(({ message }) => message.id);
}

/** Those of these ids that it holds. */
export function queriedTasks(desk: Desk, ids: readonly string[]): { [id: string]: QueriedTask } {
  const wanted = new Set(ids);
  const found: { [id: string]: QueriedTask } = {};
  for (const run of [...runs(desk, true), ...runs(desk, false)]) {
    const { id } = run.message;
    if (!wanted.has(id)) continue;
    found[id] = run.isRunning ? { held: "active", ...toActive(run, desk) } : { held: "reserved", ...toHeld(run, desk) };
  }
  return found;
}

function runs({ holdings }: Desk, running: boolean): Run[] {
  return [...holdings.all()].filter(({ isOver, isRunning }) => !isOver && isRunning === running);
}

function toActive(run: Run, desk: Desk): ActiveTask {
  const { startedAt, state, isRevoked } = run;
  return {
    ...toHeld(run, desk),
    ...(startedAt === undefined ? {} : { startedAt }),
    runtime: startedAt === undefined ? 0 : Math.max(0, Math.round(desk.brokerNow() - startedAt)),
    state,
    revoked: isRevoked,
  };
}

function toHeld({ message, takenAt }: Run, { app, toBroker }: Desk): HeldTask {
  const { id, task, queue, priority, retries, encoded } = message;
  const shown = redactArgs(message.args, app.tasks.get(task)?.settings.redact ?? message.redact);
  return {
    id,
    task,
    // As it came: what is sealed is not told in plain.
    ...(encoded ? {} : { args: shortened(shown) }),
    queue,
    priority,
    retries,
    receivedAt: Math.round(toBroker(takenAt)),
  };
}

function shortened(args: readonly unknown[]): Json[] {
  let left = mostOfArgs;
  return args.slice(0, 100).map((arg) => {
    const shown = readable(arg);
    const text = JSON.stringify(shown);
    const most = Math.min(mostOfArg, left);
    left -= Math.min(text.length, most);
    return text.length <= most ? shown : `${text.slice(0, most)}…`;
  });
}
