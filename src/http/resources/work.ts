/**
 * Push: a request makes this process work. The worker of places where nothing runs but requests.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Caller } from "../access/caller.ts";
import { forbidden } from "../access/caller.ts";
import type { Settings } from "../options.ts";
import { duration } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import { object } from "../schema/values.ts";
import { Drains } from "../work/drains.ts";

/** How long it works when nothing is said (ms). */
const usual = 25_000;
const count = { type: "integer", minimum: 0 } as const;

/** A line of the answer. */
const line = object({
  state: { type: "string", enum: ["waiting", "working", "empty", "time", "stopped", "busy", "failed"] },
  code: { type: "string", description: "Why it failed" },
  detail: { type: "string", description: "The same in words" },
  ...{ received: count, done: count, failed: count, retried: count },
  ...{ revoked: count, expired: count, returned: count, lost: count },
}, {
  optional: [
    ..."code detail received done failed retried revoked expired returned lost".split(" "),
  ],
});

/** `POST /work`. */
export function work(app: Umbel, { work, log }: Settings): readonly Route[] {
  const drains = new Drains(app, work, log);
  return [
    route({
      method: "POST",
      path: "/work",
      id: "work",
      tag: "Workers",
      summary: "Runs tasks here for a while, or until none is left",
      description:
        "A line of JSON comes at once, then every 5 seconds, and at the end. It stops when the client goes: what " +
        "runs may finish within the worker's grace, the rest goes back. A signed request needs no token.",
      access: "work",
      signed: true,
      routine: true,
      query: { seconds: duration("How long, no longer than the server allows; 25 s when absent") },
      responses: { 200: { description: "How far it is", schema: line, media: "application/x-ndjson" } },
      answer({ query: { seconds = usual }, caller, stop }) {
        const queues = queuesFor(caller, work.queues);
        const body = drains.start({ queues, time: Math.max(1, Math.min(seconds, work.longest)), stop });
        return new Response(body, { headers: { "content-type": "application/x-ndjson", "x-accel-buffering": "no" } });
      },
    }),
  ];
}

/** Those that the worker takes from and the caller may work on; `undefined` for all of the worker's. */
function queuesFor(caller: Caller, queues: readonly string[] | undefined): readonly string[] | undefined {
  // Whoever signed the request has no token that could say more.
  const allowed = caller.kind === "signature" ? undefined : caller.queues;
  if (!allowed) return queues;
  const both = queues ? queues.filter((queue) => allowed.includes(queue)) : allowed;
  if (both.length > 0) return both;
  throw forbidden(`work here, where tasks are taken from ${queues!.join(", ")}`, caller);
}
