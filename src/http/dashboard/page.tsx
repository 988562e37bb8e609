/** @jsxImportSource hono/jsx */
/**
 * A page as a response.
 *
 * @module
 */
import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ScriptName } from "./assets/scripts.ts";
import { Layout } from "./components/layout.tsx";
import type { DeskEnv } from "./desk.ts";
import type { SectionName } from "./navigation.ts";

/** What a page consists of. */
export interface Page {
  /** Its heading, and the title of the window. */
  readonly title: string;
  /** Which entry of the navigation it belongs to. */
  readonly section?: SectionName;
  /** What is beside the heading: buttons. */
  readonly actions?: Child;
  /** What is above the heading: links to the pages above this one. */
  readonly trail?: readonly { readonly label: string; readonly href: string }[];
  /** Its scripts, beside those of every page. */
  readonly scripts?: readonly ScriptName[];
  /** Where its live updates come from, as `view.url` gives it. */
  readonly live?: string;
  /** Whether the heading is there for screen readers alone. */
  readonly bare?: boolean;
  /** The status of the response. */
  readonly status?: number;
  /** What it shows. */
  readonly body: Child;
}

/** Answers with a page. */
export function page(context: Context<DeskEnv>, { status = 200, ...shown }: Page): Response {
  const view = context.get("view");
  return context.html(`<!DOCTYPE html>${view.render(<Layout {...shown} />)}`, status as ContentfulStatusCode);
}
