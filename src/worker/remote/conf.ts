/**
 * What a worker tells of its settings and of its app's: without secrets, and nothing of its environment.
 *
 * @module
 */
import { plain } from "../../remote/plain.ts";
import type { WorkerConf } from "../../remote/answers.ts";
import type { Desk } from "./desk.ts";

/** Its settings. */
export function confOf({ app, id, order, pool, prefetch, lease, grace, sizer }: Desk): WorkerConf {
  const { config, broker, backend, wire } = app;
  return {
    app: plain({
      name: app.name,
      broker: broker.name,
      ...(backend ? { backend: backend.name } : {}),
      codecs: wire.book.names,
      ...config,
    }),
    worker: plain({
      id,
      queues: order.queues,
      pool: pool.name,
      concurrency: sizer.concurrency,
      ...(sizer.bounds ? { autoscale: sizer.bounds } : {}),
      prefetch,
      lease,
      grace,
    }),
  };
}
