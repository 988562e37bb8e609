/** @jsxImportSource hono/jsx */
/**
 * A page as a response.
 *
 * @module
 */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Layout, type Page } from "./components/layout.tsx";
import type { DeskEnv } from "./env.ts";

/** Answers with a page. */
export function page(context: Context<DeskEnv>, { status = 200, ...shown }: Page): Response {
  const view = context.get("view");
  return context.html(`<!DOCTYPE html>${view.render(<Layout {...shown} />)}`, status as ContentfulStatusCode);
}
