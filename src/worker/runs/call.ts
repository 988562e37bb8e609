/**
 * Calls the handler of a run: its arguments and its result go through the task's schemas, and the middleware stands
 * around it.
 *
 * @module
 */
import type { TaskContext } from "../../tasks/context.ts";
import { within } from "../../current.ts";
import type { MiddlewareChain } from "../../middleware.ts";
import { callChecked } from "../../tasks/schema.ts";
import type { TaskDefinition } from "../../tasks/task.ts";
import type { Run } from "./run.ts";

/** Calls the handler; a promise is made only where the handler, a schema or the middleware makes one. */
export function call(
  task: TaskDefinition,
  run: Run,
  self: TaskContext | undefined,
  middleware: MiddlewareChain,
): unknown {
  const { settings, name } = task;
  const { args } = run.opened;
  const { id } = run.message;
  const handle = (checked: readonly unknown[]) =>
    within({ task: name, id }, () => callWithin(task, run, self, middleware, checked));
  return !settings.schema && !settings.resultSchema ? handle(args) : callChecked(settings, name, args, handle);
}

function callWithin(
  task: TaskDefinition,
  run: Run,
  self: TaskContext | undefined,
  middleware: MiddlewareChain,
  args: readonly unknown[],
): unknown {
  // While a schema took its time, the run may have been revoked, or its time may have ended.
  if (!run.isWanted) return undefined;
  run.begin();
  if (!middleware.runs || !self) return start(task, run, self, args);
  return middleware.run(self, () => {
    if (!run.isWanted) throw run.signal.reason;
    return start(task, run, self, args);
  });
}

function start(task: TaskDefinition, run: Run, self: TaskContext | undefined, args: readonly unknown[]): unknown {
  return run.batch ? run.batch.join(task, run, self!, args) : task.start(self, args);
}
