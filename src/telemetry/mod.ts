/**
 * OpenTelemetry: spans and metrics of an app's tasks, through `@opentelemetry/api`, for whatever exporter the process
 * has. Who does not import this pays nothing for it. All of it is in docs/production.md.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { instrument } from "@umbel/umbel/opentelemetry";
 *
 * export const app = new Umbel("shop");
 * instrument(app);
 * ```
 *
 * With Deno's own exporter (`OTEL_DENO=true`) the command line does that by itself.
 *
 * @module
 */
import { metrics, trace } from "@opentelemetry/api";
import type { Umbel } from "../app/app.ts";
import { measure } from "./meters.ts";
import { Spans } from "./spans.ts";

const scope = "@umbel/umbel";
const instrumented = new WeakSet<Umbel>();

/**
 * Traces and counts an app's tasks from now on; asked for twice, it does so once.
 *
 * - A sending is a span `send add`, below whatever span is active. Its context travels in the message's header
 *   `traceparent`.
 * - A run is a span `run add` below that, wherever it runs; what the handler does is below the run. A later try is
 *   linked to the one before it.
 * - `messaging.client.sent.messages`, `messaging.process.duration` and `umbel.task.wait` are measured, by task and queue.
 *
 * @param app The app, in the process that sends as well as in the one that works.
 */
export function instrument(app: Umbel): void {
  if (instrumented.has(app)) return;
  instrumented.add(app);
  new Spans(app, trace.getTracer(scope));
  measure(app, metrics.getMeter(scope));
}
