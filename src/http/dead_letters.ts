/**
 * What failed for good as a resource: list it, look at it, send it again, delete it.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Umbel } from "../app.ts";
import type { LetterFilter, LetterSelection } from "../operations/dead_letter_office.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options.ts";
import { unknownId } from "../waits.ts";
import { onlyJson, readBody } from "./body.ts";
import { notAllowed, problem } from "./problem.ts";
import { viewOf } from "./task_view.ts";

/** What the resource needs, checked. */
export interface DeadLettersOptions {
  /** The largest body, in bytes. */
  readonly maxBodySize: number;
}

/** `GET /`, `POST /resend`, `GET /:id`, `DELETE /:id`. */
export function deadLetters(app: Umbel, { maxBodySize }: DeadLettersOptions): Hono {
  const limit = bodyLimit({
    maxSize: maxBodySize,
    onError: () => problem(413, "too_large", `The body is too large: the limit is ${maxBodySize} bytes`),
  });

  return new Hono()
    .get("/", async (context) => {
      const { letters, cursor } = await app.deadLetters.list(readQuery(context));
      const views = letters.map((letter) => viewOf(letter, app.tasks));
      return context.json({ letters: views, ...(cursor === undefined ? {} : { cursor }) });
    })
    .all("/", () => notAllowed("Dead letters take", "GET, HEAD"))
    .post("/resend", onlyJson, limit, async (context) => {
      const body = await readBody(context);
      if (body instanceof Response) return body;
      checkKeys(body, ["ids", "filter", "all", "args", "queue"], "member of the body");
      const { args, queue } = body as { readonly args?: readonly unknown[]; readonly queue?: string };
      return context.json(
        await app.deadLetters.resend(readSelection(body), {
          ...(args === undefined ? {} : { args }),
          ...(queue === undefined ? {} : { queue }),
        }),
      );
    })
    .get("/:id", async (context) => {
      const letter = await app.deadLetters.get(context.req.param("id"));
      if (!letter) throw unknownId(context.req.param("id"));
      return context.json(viewOf(letter, app.tasks));
    })
    .delete("/:id", async (context) => {
      const id = context.req.param("id");
      const { refused } = await app.deadLetters.delete([id]);
      const why = refused[0]?.why;
      if (why === "not_failed") return problem(409, "not_failed", `Task ${id} is no dead letter: it has not failed`);
      // A repeated request finds it deleted by the first.
      return new Response(null, { status: 204 });
    })
    .all("/resend", () => notAllowed("Sending again takes", "POST"))
    .all("/:id", () => notAllowed("A dead letter takes", "GET, HEAD, DELETE"));
}

function readQuery(context: Context) {
  const { limit, before, after, ...rest } = context.req.query();
  return {
    ...rest,
    ...(limit === undefined ? {} : { limit: /^\d+$/.test(limit) ? Number(limit) : NaN }),
    ...(before === undefined ? {} : { before: timeOf(before) }),
    ...(after === undefined ? {} : { after: timeOf(after) }),
  };
}

/** A time in a query: ISO 8601, or ms since 1970. */
function timeOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function readSelection({ ids, filter, all }: { readonly [name: string]: unknown }): LetterSelection {
  const given = [ids, filter, all].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new InvalidInput("ids", "Say which letters are meant by one of ids, filter and all");
  }
  if (Array.isArray(ids)) return ids;
  if (typeof filter === "object" && filter !== null && !Array.isArray(filter)) return filter as LetterFilter;
  if (all === true) return "all";
  const name = ids !== undefined ? "ids" : filter !== undefined ? "filter" : "all";
  const rule = { ids: "a list of ids", filter: "an object", all: "true" }[name];
  throw new InvalidInput(name, `${name} must be ${rule}`);
}
