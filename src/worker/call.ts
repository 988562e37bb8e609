/**
 * Calls the handler of a run, within the middleware.
 *
 * @module
 */
import type { TaskContext } from "../context.ts";
import type { MiddlewareChain } from "../middleware.ts";
import type { TaskDefinition } from "../task.ts";
import type { Run } from "./run.ts";

/** Calls the handler; a promise is made only where the handler or the middleware makes one. */
export function call(
  task: TaskDefinition,
  run: Run,
  self: TaskContext | undefined,
  middleware: MiddlewareChain,
): unknown {
  const { args } = run.message;
  run.begin();
  if (!middleware.runs || !self) return task.start(self, args);
  return middleware.run(self, () => task.start(self, args));
}
