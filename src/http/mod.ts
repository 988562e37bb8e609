/**
 * An app's tasks over HTTP, for whatever can speak it: send one, ask for it, wait for it, revoke it. Mounted in a Hono
 * app of one's own, or served as it is; web standards only, so it runs on the edge too. All of it is in docs/http.md.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { http } from "@umbel/umbel/http";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "hono";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * app.task("add", (x: number, y: number) => x + y);
 *
 * const server = new Hono();
 * server.get("/", (context) => context.text("The shop"));
 * server.route("/api", http(app, { tokens: ["a-long-secret"] })); // Deno.serve(server.fetch)
 *
 * const response = await server.request("/api/tasks/add", {
 *   method: "POST",
 *   headers: { authorization: "Bearer a-long-secret", "content-type": "application/json" },
 *   body: JSON.stringify({ args: [1, 2], countdown: 10 }),
 * });
 * assertEquals(response.status, 202);
 * const { id } = await response.json();
 * assertEquals(response.headers.get("location"), `/api/tasks/${id}`);
 * ```
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { RateText } from "../limits/rate.ts";
import type { TrustedHeader } from "./access/access.ts";
import type { Scope } from "./access/scopes.ts";
import { taskToken, type TaskTokenOptions } from "./access/task_token.ts";
import { Dispatcher } from "./dispatch.ts";
import { type HttpOptions, readOptions } from "./options.ts";
import type { PartName } from "./part_names.ts";
import { routesOf } from "./parts.ts";
import { router } from "./router.ts";
import type { WorkOptions } from "./work/options.ts";

export type { AttemptView, EncodedView, LogView, TaskView } from "../operations/task_view.ts";
export { taskToken };
export type { HttpOptions, PartName, RateText, Scope, TaskTokenOptions, TrustedHeader, WorkOptions };

/** A `Hono`: mount it with `route()`, or serve its `fetch`. Named by its module, whose types are no part of this one. */
export type HttpApp = InstanceType<(typeof import("hono"))["Hono"]>;

/**
 * An app's tasks over HTTP: to be mounted with `route()`, or served.
 *
 * - `POST /tasks/:name` sends: `{ "args": […], "countdown": 10, … }` → 202 with the id, and where it is in `Location`
 * - `GET /tasks/:id` tells what is known of it; `?wait=5` waits so long for its end, `GET /tasks/:id/updates` follows it
 * - `PATCH /tasks/:id` changes it while it waits, `DELETE /tasks/:id` revokes it
 * - `/queues`, `/workers`, `/waiting`, `/dead-letters`, `/beat`, `/events` and more look at what is there and change it
 * - `GET /openapi.json` tells all of that to programs, `GET /reference` to people
 *
 * It answers for nothing outside these, and guards nothing else of the app that it is mounted in.
 *
 * @param options Who may call; see {@linkcode HttpOptions}.
 * @throws {InvalidInput} When nobody is said to be let in, or an option breaks its rule.
 */
export function http(app: Umbel, options: HttpOptions): HttpApp {
  const settings = readOptions(app, options);
  return router(routesOf(app, settings), new Dispatcher(app, settings));
}
