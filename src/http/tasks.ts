/**
 * The tasks of an app as a resource: send one, look at it, wait for it, change it, revoke it.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Umbel } from "../app.ts";
import type { TaskRecord } from "../broker.ts";
import type { ChangeOptions } from "../operations/changing.ts";
import { milliseconds } from "../duration.ts";
import { codeOf, InvalidInput } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type CallOptions, checkKeys } from "../options.ts";
import { unknownId } from "../waits.ts";
import { readIdempotencyKey } from "./idempotency.ts";
import { onlyJson, readBody } from "./body.ts";
import { notAllowed, problem } from "./problem.ts";
import { viewOf } from "./task_view.ts";
import { updates } from "./updates.ts";

/** What the resource needs, checked. */
export interface TasksOptions {
  /** Whether tasks may be sent that the app does not know. */
  readonly anyTask: boolean;
  /** The largest body, in bytes. */
  readonly maxBodySize: number;
  /** The longest wait (ms). */
  readonly maxWait: number;
  /** Ends all waiting. */
  readonly signal: AbortSignal | undefined;
  /** Hears of what is wrong on this side. */
  readonly log: Logger;
}

/** What a body may hold beside `args`: the options of a call that are a caller's business. */
const callOptions: readonly (keyof CallOptions)[] = [
  "id",
  "countdown",
  "eta",
  "expires",
  "timeouts",
  "queue",
  "priority",
  "lifo",
  "headers",
  "ignoreResult",
  "timeLimit",
  "softTimeLimit",
  "maxRetries",
  "resultExpires",
];

/** `POST /:name`, `GET /:id`, `GET /:id/updates`, `PATCH /:id`, `DELETE /:id`. */
export function tasks(app: Umbel, options: TasksOptions): Hono {
  const { anyTask, maxBodySize, maxWait, signal } = options;
  const limit = bodyLimit({
    maxSize: maxBodySize,
    onError: () => problem(413, "too_large", `The body is too large: the limit is ${maxBodySize} bytes`),
  });

  return new Hono()
    .post("/:name", onlyJson, limit, async (context) => {
      const name = context.req.param("name");
      const body = await readBody(context);
      if (body instanceof Response) return body;
      if (!anyTask) app.taskNamed(name);
      const { args = [], ...rest } = body;
      const idempotencyKey = readIdempotencyKey(context);
      if (idempotencyKey instanceof Response) return idempotencyKey;
      const handle = await app.sendTask(name, args as unknown[], readOptions(rest, idempotencyKey));
      const record = handle.existed ? await handle.record() : undefined;
      if (record && record.task !== name) {
        const detail = `${JSON.stringify(handle.id)} is the id of a task ${JSON.stringify(record.task)} already`;
        return problem(409, "id_taken", detail, { errors: [{ field: "id", detail }] });
      }
      const path = context.req.path.replace(/[^/]*$/, encodeURIComponent(handle.id));
      const { id, existed } = handle;
      return context.json({ id, task: name, existed, ...(record ? { state: record.state } : {}) }, 202, {
        location: path,
      });
    })
    .get("/:id", async (context) => {
      const wait = Math.min(readWait(context.req.query("wait")), maxWait);
      const handle = app.result(context.req.param("id"));
      if (wait > 0) {
        const client = context.req.raw.signal;
        const waiting = signal ? AbortSignal.any([client, signal]) : client;
        try {
          return context.json(
            viewOf(await handle.wait({ timeout: { milliseconds: wait }, signal: waiting }), app.tasks),
          );
        } catch (error) {
          // Nobody is there any more to be told.
          if (client.aborted) return new Response(null, { status: 499 });
          if (codeOf(error) !== "result_timeout" && !waiting.aborted) throw error;
        }
      }
      return context.json(viewOf(known(await handle.record(), handle.id), app.tasks));
    })
    .patch("/:id", onlyJson, limit, async (context) => {
      const body = await readBody(context);
      if (body instanceof Response) return body;
      const handle = app.result(context.req.param("id"));
      const answer = await handle.change(readChange(body));
      if (answer === "unknown") throw unknownId(handle.id);
      const record = known(await handle.record(), handle.id);
      return answer === "changed" ? context.json(viewOf(record, app.tasks)) : unchanged(answer, record);
    })
    .delete("/:id", async (context) => {
      const id = context.req.param("id");
      const [outcome] = await app.revoke(id, {
        terminate: readFlag(context.req.query("terminate"), "terminate"),
        tree: readFlag(context.req.query("tree"), "tree"),
      });
      if (outcome === "unknown") throw unknownId(id);
      // A repeated request finds it ended by the first.
      const { state } = outcome === "revoked" ? { state: "REVOKED" } : known(await app.result(id).record(), id);
      if (state === "REVOKED") return context.json({ id, state });
      return problem(409, "already_ended", `Task ${id} has ended already: ${state}`);
    })
    .get("/:id/updates", (context) => updates(app, context, options))
    .all("/:id/updates", () => notAllowed("The updates of a task take", "GET, HEAD"))
    .all("/:id", () => notAllowed("A task takes", "GET, HEAD, POST, PATCH, DELETE"))
    .all("/*", () => problem(404, "not_found", "There is nothing at this path"));
}

function known(record: TaskRecord | undefined, id: string): TaskRecord {
  if (record) return record;
  throw unknownId(id);
}

function readOptions(
  options: { readonly [name: string]: unknown },
  idempotencyKey: string | undefined,
): CallOptions {
  checkKeys(options, callOptions, "option of a call");
  const { expires, ...rest } = options;
  if (idempotencyKey !== undefined && options.id !== undefined) {
    throw new InvalidInput("Idempotency-Key", "Idempotency-Key gives the task its id: give no id beside it");
  }
  return {
    ...rest,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(expires === undefined ? {} : { expires: isTime(expires) ? new Date(expires) : expires }),
  } as CallOptions;
}

function readChange(body: { readonly [name: string]: unknown }): ChangeOptions {
  const { expires, ...rest } = body;
  return {
    ...rest,
    ...(expires === undefined ? {} : { expires: isTime(expires) ? new Date(expires) : expires }),
  } as ChangeOptions;
}

/** Why a task was not changed. */
function unchanged(answer: "running" | "exists" | "ended", { id, state }: TaskRecord): Response {
  switch (answer) {
    case "running":
      return problem(409, "running", `A worker holds task ${id}: it stays as it is`);
    case "exists":
      return problem(409, "already_exists", `Another task holds the unique key that task ${id} would have`);
    case "ended":
      return problem(409, "already_ended", `Task ${id} has ended already: ${state}`);
  }
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value);
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  return milliseconds(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, "wait");
}

function readFlag(text: string | undefined, name: string): boolean {
  if (text === undefined || text === "false") return false;
  if (text === "true" || text === "") return true;
  throw new InvalidInput(name, `${name} must be true or false, and it is ${JSON.stringify(text)}`);
}
