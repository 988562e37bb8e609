/**
 * The HTTP API of Flower, Celery's monitor, so that the scripts of its users go on: every endpoint under `/api`, in
 * Flower's format. To be mounted below `/flower`, or wherever they look for it. All of it is in docs/flower.md.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { flower } from "@umbel/umbel/flower";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "hono";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * app.task("add", (x: number, y: number) => x + y);
 *
 * const server = new Hono();
 * server.route("/flower", flower(app, { tokens: ["a-long-secret"] })); // Deno.serve(server.fetch)
 *
 * const response = await server.request("/flower/api/task/async-apply/add", {
 *   method: "POST",
 *   headers: { authorization: "Bearer a-long-secret" },
 *   body: '{"args": [1, 2]}',
 * });
 * assertEquals((await response.json()).state, "PENDING");
 * ```
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { Dispatcher } from "../dispatch.ts";
import type { HttpApp } from "../mod.ts";
import { type HttpOptions, readOptions } from "../options.ts";
import { router } from "../router.ts";
import { flowerRoutes } from "./routes.ts";

export type { HttpApp, HttpOptions };

/** Who may call, and how much: the options of `http()` that mean something here. */
export type FlowerOptions = Omit<HttpOptions, "parts" | "signingKeys" | "taskTokenExpires" | "maxWait">;

/**
 * Flower's API, below `/api`.
 *
 * @param options Who may call: see `HttpOptions`. Users with passwords, by `umbel token`, call with basic auth, as they do
 * with Flower.
 * @throws {InvalidInput} When nobody is said to be let in, or an option breaks its rule.
 */
export function flower(app: Umbel, options: FlowerOptions): HttpApp {
  const settings = readOptions(app, options);
  return router(flowerRoutes(app, settings), new Dispatcher(app, settings));
}
