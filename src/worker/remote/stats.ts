/**
 * What a worker tells of itself.
 *
 * @module
 */
import type { MemoryStats, PoolStats, WorkerStats } from "../../remote/answers.ts";
import type { Desk } from "./desk.ts";

/** How it is. */
export function statsOf(desk: Desk): WorkerStats {
  const { app, crew, holdings, order, startedAt, brokerNow, isStopping } = desk;
  const pid = processId();
  const memory = memoryUsed();
  return {
    app: app.name,
    broker: app.broker.name,
    ...(pid === undefined ? {} : { pid }),
    startedAt: Math.round(startedAt()),
    uptime: Math.round(brokerNow() - startedAt()),
    isStopping: isStopping(),
    queues: order.queues.toSorted(),
    pool: poolOf(desk),
    ...(memory ? { memory } : {}),
    running: holdings.running,
    reserved: holdings.waiting + holdings.unconfirmed,
    counts: crew.tally.summary,
    tasks: crew.tally.byTask,
  };
}

function poolOf({ pool, crew, sizer }: Desk): PoolStats {
  const { bounds } = sizer;
  const { children } = crew;
  return {
    name: pool.name,
    concurrency: sizer.concurrency,
    places: crew.places,
    ...(bounds ? { autoscale: { min: bounds.min, max: bounds.max } } : {}),
    ...(children === undefined ? {} : { children }),
  };
}

interface Runtime {
  readonly Deno?: { readonly pid?: number; memoryUsage?(): MemoryStats };
  readonly process?: { readonly pid?: number; memoryUsage?(): MemoryStats };
}

const runtime = globalThis as Runtime;

function processId(): number | undefined {
  return runtime.Deno?.pid ?? runtime.process?.pid;
}

function memoryUsed(): MemoryStats | undefined {
  const { rss, heapTotal, heapUsed, external } = (runtime.Deno ?? runtime.process)?.memoryUsage?.() ?? {};
  if (rss === undefined || heapTotal === undefined || heapUsed === undefined || external === undefined) {
    return undefined;
  }
  return { rss, heapTotal, heapUsed, external };
}
