/**
 * What a run is told of its task and the app before anything is made of it.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Wire } from "../../wire/wire.ts";
import type { Run } from "./run.ts";

/** Tells a run what its task and the app say of it; the task is `undefined` for one that nobody knows here. */
export function prepare(run: Run, task: TaskDefinition | undefined, config: Config, wire: Wire | undefined): void {
  const { message } = run;
  const settings = task?.settings;
  run.isAtMostOnce = settings?.isAtMostOnce ?? false;
  run.ignoreResult = message.ignoreResult ?? settings?.ignoreResult ?? config.ignoreResult;
  run.keepsLog = settings?.keepLog ?? config.keepLog;
  run.isPrivate = settings?.redact !== undefined || wire?.book.codecsOf(message.task).seal !== undefined;
  run.keepFor = message.resultExpires ?? settings?.resultExpires ?? config.resultExpires;
  run.keepLetterFor = settings?.deadLetterExpires ?? config.deadLetterExpires;
}
