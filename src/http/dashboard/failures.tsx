/** @jsxImportSource hono/jsx */
/**
 * Pages that say what went wrong.
 *
 * @module
 */
import type { Context } from "hono";
import { BrokerUnavailable, InvalidInput } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { Refusal, refusalOf } from "../answers/problem.ts";
import { sentenceOf } from "./action.ts";
import { LinkButton } from "./components/form.tsx";
import { Empty } from "./components/card.tsx";
import type { DeskEnv } from "./env.ts";
import { page } from "./page.tsx";
import { useView } from "./view.tsx";
import type { Html } from "./html.ts";

/** The answer to a path that leads nowhere, and to an id that nobody knows. */
export function missing(context: Context<DeskEnv>): Response {
  const view = context.get("view");
  // With a slash at its end it is meant without.
  const { pathname, search } = new URL(context.req.url);
  if (context.req.method === "GET" && pathname !== "/" && pathname.endsWith("/")) {
    return context.redirect(pathname.replace(/\/+$/, "").replace(/^\/{2,}/, "/") + search, 308);
  }
  const { notFound, notFoundHint } = view.words.errors;
  return page(context, {
    title: notFound,
    bare: true,
    status: 404,
    body: <Failure title={notFound} hint={notFoundHint} />,
  });
}

/** The answer where something was thrown. */
export function failed(context: Context<DeskEnv>, error: Error, log: Logger): Response {
  // Before it is known who looks, and at which of our names, nothing of ours is shown.
  const view = context.get("view") as DeskEnv["Variables"]["view"] | undefined;
  if (!view) return refusalOf(error, log).response();
  const status = statusOf(error);
  const { errors } = view.words;
  const title = status === 503 ? errors.away : errors.title;
  return page(context, {
    title,
    bare: true,
    status,
    body: <Failure title={title} hint={sentenceOf(error, view, { log })} again={status >= 500} />,
  });
}

function statusOf(error: Error): number {
  if (error instanceof Refusal) return error.status;
  if (error instanceof InvalidInput) return 422;
  return error instanceof BrokerUnavailable ? 503 : 500;
}

/** @param again Whether the same page may well be there in a moment. */
function Failure(
  { title, hint, again = false }: { readonly title: string; readonly hint: string; readonly again?: boolean },
): Html {
  const view = useView();
  return (
    <Empty title={title}>
      <p>{hint}</p>
      {again && <LinkButton href={view.here} kind="primary" icon="repeat">{view.words.errors.again}</LinkButton>}
      <LinkButton href={view.url("/")}>{view.words.errors.home}</LinkButton>
    </Empty>
  );
}
