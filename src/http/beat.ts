/**
 * Periodic tasks as a resource: list them, put, change and remove them, run one now; and tick, for a cron elsewhere.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Umbel } from "../app.ts";
import { Entries, type EntryChanges } from "../beat/entries.ts";
import type { Entry } from "../beat/kept.ts";
import { scheduleText } from "../beat/schedule.ts";
import { tick } from "../beat/tick.ts";
import { InvalidInput } from "../errors.ts";
import type { BeatEntry } from "../periodic.ts";
import { onlyJson, readBody } from "./body.ts";
import { notAllowed, problem } from "./problem.ts";
import { timeText } from "./task_view.ts";

/** What the resource needs, checked. */
export interface BeatOptions {
  /** Whether tasks may be named that the app does not know. */
  readonly anyTask: boolean;
  /** The largest body, in bytes. */
  readonly maxBodySize: number;
}

/** The most times that `?next=` tells. */
const mostTimes = 100;

/** `POST /tick`, `GET /`, and `GET`, `PUT`, `PATCH` and `DELETE /:name`, `POST /:name/run`. */
export function beat(app: Umbel, { anyTask, maxBodySize }: BeatOptions): Hono {
  const entries = new Entries(app);
  const limit = bodyLimit({
    maxSize: maxBodySize,
    onError: () => problem(413, "too_large", `The body is too large: the limit is ${maxBodySize} bytes`),
  });
  const known = async (name: string) => (await entries.all()).find((entry) => entry.name === name);
  const checkTask = (task: unknown) => {
    if (!anyTask && typeof task === "string") app.taskNamed(task);
  };
  const unknown = (name: string) => problem(404, "unknown_entry", `There is no periodic task ${JSON.stringify(name)}`);

  return new Hono()
    .post("/tick", async (context) => {
      const { fired, next } = await tick(app);
      return context.json({
        fired: fired.map(({ name, due, ids }) => ({ name, due: timeText(due), ids })),
        ...(next === undefined ? {} : { next: timeText(next) }),
      });
    })
    .all("/tick", () => notAllowed("Ticking takes", "POST"))
    .get("/entries", async (context) => {
      const count = readCount(context.req.query("next"));
      const all = await entries.all();
      return context.json({ entries: await Promise.all(all.map((entry) => view(entries, entry, count))) });
    })
    .all("/entries", () => notAllowed("Periodic tasks take", "GET, HEAD"))
    .get("/entries/:name", async (context) => {
      const name = context.req.param("name");
      const entry = await known(name);
      if (!entry) return unknown(name);
      return context.json(await view(entries, entry, readCount(context.req.query("next"))));
    })
    .put("/entries/:name", onlyJson, limit, async (context) => {
      const body = await readBody(context);
      if (body instanceof Response) return body;
      checkTask(body.task);
      return context.json(
        await view(entries, await entries.put(context.req.param("name"), body as never as BeatEntry)),
      );
    })
    .patch("/entries/:name", onlyJson, limit, async (context) => {
      const name = context.req.param("name");
      const body = await readBody(context);
      if (body instanceof Response) return body;
      if (!await known(name)) return unknown(name);
      checkTask(body.task);
      // JSON has no undefined: null takes an option away.
      const changes = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, value ?? undefined]));
      return context.json(await view(entries, await entries.change(name, changes as EntryChanges)));
    })
    .delete("/entries/:name", async (context) => {
      const name = context.req.param("name");
      const entry = await known(name);
      if (entry?.source === "code") {
        return problem(409, "declared_in_code", `The code declares ${JSON.stringify(name)}: disable it instead`);
      }
      // A repeated request finds it removed by the first.
      if (entry) await entries.remove(name);
      return new Response(null, { status: 204 });
    })
    .all("/entries/:name", () => notAllowed("A periodic task takes", "GET, HEAD, PUT, PATCH, DELETE"))
    .post("/entries/:name/run", onlyJson, async (context) => {
      const name = context.req.param("name")!;
      const entry = await known(name);
      if (!entry) return unknown(name);
      checkTask(entry.task);
      const { id } = await entries.run(name);
      return context.json({ id, task: entry.task }, 202);
    })
    .all("/entries/:name/run", () => notAllowed("Running a periodic task takes", "POST"));
}

/** An entry as JSON tells it: times as ISO 8601. */
async function view(entries: Entries, entry: Entry, count = 1): Promise<Record<string, unknown>> {
  const { startAt, endAt, since, due, lastDue, lastSent, revision: _, ...rest } = entry;
  const times = { startAt, endAt, since, due, lastDue, lastSent };
  return {
    ...rest,
    when: scheduleText(entry.schedule),
    ...Object.fromEntries(
      Object.entries(times).flatMap(([name, time]) => time === undefined ? [] : [[name, timeText(time)]]),
    ),
    next: (await entries.next(entry, count)).map(timeText),
  };
}

function readCount(text: string | undefined): number {
  if (text === undefined) return 1;
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= mostTimes) return count;
  throw new InvalidInput("next", `next must be a whole number up to ${mostTimes}, and it is ${JSON.stringify(text)}`);
}
