/**
 * A worker's health over HTTP, for those who watch machines: is it alive, is it ready, and what does it do. `umbel worker
 * --health-port` serves it; elsewhere it is mounted in a Hono app of one's own. All of it is in docs/production.md.
 *
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { health } from "@umbel/umbel/health";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * await using worker = new Worker(app);
 *
 * const server = health(app, worker); // Deno.serve({ port: 9100 }, server.fetch)
 * assertEquals((await server.request("/healthz")).status, 200);
 * assertEquals((await server.request("/readyz")).status, 503); // it does not work yet
 * ```
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../app/app.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { checkKeys } from "../options/keys.ts";
import type { WorkerView } from "../worker/view.ts";
import { Counts } from "./counts.ts";
import { contentType } from "./exposition.ts";
import { Overview } from "./overview.ts";
import { Probe } from "./probe.ts";
import { text } from "./text.ts";

export type { WorkerView };

/** How to show health. */
export interface HealthOptions {
  /**
   * For how long what the broker told of its queues counts: asking is billed.
   *
   * @default {"15s"}
   */
  readonly inspectEvery?: Duration;
}

/** A `Hono`: mount it with `route()`, or serve its `fetch`. Named by its module, whose types are no part of this one. */
export type HealthApp = InstanceType<(typeof import("hono"))["Hono"]>;

/**
 * A worker's health: to be mounted with `route()`, or served. It counts from now on, by the app's hooks.
 *
 * - `GET /healthz`: 200 as long as the process answers at all
 * - `GET /readyz`: 200 while the worker works and reaches its broker, else 503 and why
 * - `GET /metrics`: Prometheus' text, with queues first
 *
 * @param app The app, whose broker is asked about queues and workers.
 * @param worker The worker; any object that shows the same will do.
 * @throws {InvalidInput} When an option is unknown or breaks its rule.
 */
export function health(app: Umbel, worker: WorkerView, options: HealthOptions = {}): HealthApp {
  checkKeys(options, ["inspectEvery"], "option of health");
  const { inspectEvery = "15s" } = options;
  const overview = new Overview(app, milliseconds(inspectEvery, "inspectEvery"));
  const probe = new Probe(app, worker);
  const counts = new Counts(app);

  const api = new Hono();
  api.use(async (context, next) => {
    await next();
    context.res.headers.set("cache-control", "no-store");
  });
  api.get("/healthz", (context) => context.text("ok\n"));
  api.get("/readyz", async (context) => {
    if (!worker.isWorking) return context.text("not working\n", 503);
    if (!await probe.reaches()) return context.text("broker out of reach\n", 503);
    return context.text("ok\n");
  });
  api.get("/metrics", async (context) => {
    const seen = await overview.read();
    return context.body(text(worker, counts, seen), 200, { "content-type": contentType });
  });
  return api;
}
