/**
 * Errors of promises that handlers started and forgot.
 *
 * @module
 */
import { currentTask } from "../../current.ts";
import { errorInfo } from "../../error_info.ts";
import type { Logger } from "../../log.ts";

/**
 * Tells the log of what a task left behind and nobody caught, until it is disposed of: it is not to end the process, and
 * with it all other tasks that run there. What belongs to no task ends it, as ever.
 */
export function tellStrayErrors(log: Logger): Disposable {
  const tell = (event: Event, thrown: unknown) => {
    if (!currentTask()) return;
    event.preventDefault();
    const { type, message, stack } = errorInfo(thrown);
    log.error(`Nobody caught what its handler had left behind: ${type}: ${message}`, { ...(stack ? { stack } : {}) });
  };
  const rejected = (event: PromiseRejectionEvent) => tell(event, event.reason);
  const threw = (event: ErrorEvent) => tell(event, event.error);
  globalThis.addEventListener("unhandledrejection", rejected);
  globalThis.addEventListener("error", threw);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", rejected);
      globalThis.removeEventListener("error", threw);
    },
  };
}
