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
import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Umbel } from "../app.ts";
import { systemClock } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { InvalidInput } from "../errors.ts";
import { createLogger, type Logger } from "../log.ts";
import { checkKeys, show } from "../options.ts";
import { bearer, onlyHosts } from "./auth.ts";
import { beat } from "./beat.ts";
import { deadLetters } from "./dead_letters.ts";
import { waiting } from "./waiting.ts";
import { problem, problemOf } from "./problem.ts";
import { SigningKeys } from "./signed.ts";
import { tasks } from "./tasks.ts";

export type { AttemptView, EncodedView, LogView, TaskView } from "./task_view.ts";

/** Who may call, and how much. One of `tokens` and `open` must be given. */
export interface HttpOptions {
  /** Whoever shows one of these may call: `Authorization: Bearer …`. Several, so that they can be replaced in turn. */
  readonly tokens?: readonly string[];
  /**
   * Anybody may call: for a server that only this machine can reach, or behind a guard of your own.
   *
   * @default {false}
   */
  readonly open?: boolean;
  /**
   * Secrets of at least 16 characters: whoever signs a request with one of these may call `POST /beat/tick`, and nothing
   * else. For a cron elsewhere; QStash's own keys will do.
   *
   * @default {none: then ticking takes a token, as everything does}
   */
  readonly signingKeys?: readonly string[];
  /**
   * The host names that a request may name, without port; others are refused. Needed for an open server on loopback,
   * which a page could reach by a name of its own.
   *
   * @default {any}
   */
  readonly hosts?: readonly string[];
  /**
   * Pages of these origins (`https://example.org`) may call from a browser, by CORS.
   *
   * @default {none}
   */
  readonly origins?: readonly string[];
  /**
   * Whether tasks may be sent by names that the app does not know, since their code is elsewhere.
   *
   * @default {false}
   */
  readonly anyTask?: boolean;
  /**
   * The largest body, in bytes.
   *
   * @default {twice the app's `maxMessageSize`: 2 MiB}
   */
  readonly maxBodySize?: number;
  /**
   * The longest that `?wait=` waits, whatever it says.
   *
   * @default {"30s"}
   */
  readonly maxWait?: Duration;
  /** Ends all waiting when it is aborted, for a server that stops: who waited is told the present state. */
  readonly signal?: AbortSignal;
  /**
   * Hears of what is wrong on this side.
   *
   * @default {a text log of warnings and errors}
   */
  readonly log?: Logger;
}

/** A `Hono`: mount it with `route()`, or serve its `fetch`. Named by its module, whose types are no part of this one. */
export type HttpApp = InstanceType<(typeof import("hono"))["Hono"]>;

const optionNames: readonly (keyof HttpOptions)[] = [
  "tokens",
  "open",
  "signingKeys",
  "hosts",
  "origins",
  "anyTask",
  "maxBodySize",
  "maxWait",
  "signal",
  "log",
];

/**
 * An app's tasks over HTTP, below `/tasks`, `/waiting`, `/dead-letters` and `/beat`: to be mounted with `route()`, or served.
 *
 * - `POST /tasks/:name` sends: `{ "args": […], "countdown": 10, … }` → 202 with the id, and where it is in `Location`
 * - `GET /tasks/:id` tells what is known of it; `?wait=5` waits so long for its end
 * - `GET /tasks/:id/updates` tells what is new about it, as server-sent events
 * - `PATCH /tasks/:id` changes it while it waits
 * - `DELETE /tasks/:id` revokes it; `?terminate=true` ends its run at once, `?tree=true` revokes its children too
 * - `GET /waiting` lists what waits
 * - `GET /dead-letters` lists what failed for good, `POST /dead-letters/resend` sends it again
 * - `GET` and `DELETE /dead-letters/:id` show and delete one
 *
 * - `POST /beat/tick` sends the periodic tasks that are due; signed, or with a token
 * - `GET /beat/entries` lists periodic tasks; `GET`, `PUT`, `PATCH`, `DELETE /beat/entries/:name` and
 *   `POST /beat/entries/:name/run` do what they say
 *
 * It answers for nothing outside these, and guards nothing else of the app that it is mounted in.
 *
 * @param options Who may call; see {@linkcode HttpOptions}.
 * @throws {InvalidInput} When neither tokens are given nor `open: true`, or an option breaks its rule.
 */
export function http(app: Umbel, options: HttpOptions): HttpApp {
  checkKeys(options, optionNames, "option of http");
  const { tokens, open = false, signingKeys, hosts, origins, anyTask = false, maxWait = "30s", signal } = options;
  const { maxBodySize = 2 * app.config.maxMessageSize, log = createLogger({ level: "warning", name: "http" }) } =
    options;
  if (open === (tokens !== undefined)) {
    throw new InvalidInput("tokens", "Say who may call: either tokens: [secret, …] or open: true");
  }
  if (!Number.isSafeInteger(maxBodySize) || maxBodySize < 1) {
    throw new InvalidInput(
      "maxBodySize",
      `maxBodySize must be a whole number of bytes from 1, and it is ${show(maxBodySize)}`,
    );
  }

  const api = new Hono();
  const all = "/:resource{tasks|waiting|dead-letters|beat}/*";
  api.onError((error) => problemOf(error, log));
  api.notFound(() => problem(404, "not_found", "There is nothing at this path"));
  api.use(all, async (context, next) => {
    await next();
    context.res.headers.set("cache-control", "no-store");
    context.res.headers.set("x-content-type-options", "nosniff");
  });
  if (hosts) api.use(all, onlyHosts(hosts));
  if (origins) {
    api.use(
      all,
      cors({
        origin: [...origins],
        allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allowHeaders: ["authorization", "content-type", "idempotency-key", "last-event-id"],
        exposeHeaders: ["location", "retry-after"],
        maxAge: 600,
      }),
    );
  }
  if (tokens) api.use(all, guard(bearer(tokens), signingKeys && new SigningKeys(signingKeys)));
  api.use(all, async (_, next) => {
    openBroker(app);
    await next();
  });
  api.route("/tasks", tasks(app, { anyTask, maxBodySize, maxWait: milliseconds(maxWait, "maxWait"), signal, log }));
  api.route("/waiting", waiting(app));
  api.route("/dead-letters", deadLetters(app, { maxBodySize }));
  api.route("/beat", beat(app, { anyTask, maxBodySize }));
  return api;
}

/** A signed tick needs no token; nothing else may be signed. */
function guard(byToken: MiddlewareHandler, keys: SigningKeys | undefined): MiddlewareHandler {
  if (!keys) return byToken;
  return async (context, next) => {
    const isTick = context.req.method === "POST" && context.req.path.endsWith("/beat/tick");
    if (isTick && await keys.verify(context, systemClock.now())) return await next();
    return await byToken(context, next);
  };
}

/** A broker that is named wrongly is this side's fault, whatever is asked. */
function openBroker(app: Umbel): void {
  try {
    void app.broker;
  } catch (cause) {
    throw new Error(`The broker cannot be opened: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
