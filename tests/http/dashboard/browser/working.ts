/** A worker beside a dashboard, for as long as a test needs one. */
import { createLogger, type Umbel, Worker } from "@umbel/umbel";

/** Runs the tasks of an app until it is disposed of. */
export function working(app: Umbel): AsyncDisposable {
  const worker = new Worker(app, { log: createLogger({ write() {} }), name: "w1" });
  const running = worker.run();
  return {
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await running;
    },
  };
}
