/**
 * What a form does: checked for who sent it, done, told in the log, and answered by the page it came from.
 *
 * @module
 */
import type { Context, Handler } from "hono";
import { UmbelError } from "../../errors.ts";
import type { AuditFacts } from "../requests/call.ts";
import { audit } from "../access/audit.ts";
import { Refusal } from "../answers/problem.ts";
import type { Scope } from "./viewer.ts";
import type { Desk } from "./desk.ts";
import type { DeskEnv } from "./env.ts";
import { setFlash } from "./flash.ts";
import type { View } from "./view.tsx";

/** What an action knows. */
export interface Submission {
  /** The request. */
  readonly context: Context<DeskEnv>;
  /** Who sent it, and in which language they are answered. */
  readonly view: View;
  /** A field of the form, trimmed; empty when it is not there. */
  field(name: string): string;
  /** All values of a field: of check boxes that share a name. */
  fields(name: string): readonly string[];
  /** Adds to the log's line: which things, and how many. */
  audit(facts: AuditFacts): void;
}

/**
 * A handler of `POST`, for those with a scope: `routes.post("/:name/pause", action(desk, "control", async (…) => …))`.
 *
 * @param act Does it, and says in a sentence what it did: that is shown on the page the form came from, or on the one
 * that a `to` of the form's names. An error of bad input or of the broker is shown there, too. It may give a response
 * of its own instead, to show a form again.
 */
export function action(
  desk: Desk,
  scope: Scope,
  act: (submission: Submission) => Promise<string | Response>,
): Handler<DeskEnv> {
  return async (context) => {
    const view = context.get("view");
    if (!view.may(scope)) {
      return context.text(view.readOnly ? view.words.errors.readOnly : view.words.errors.scope, 403);
    }
    const form = context.get("form");
    const field = (name: string) => (form.get(name) ?? "").trim();
    const fields = (name: string) => form.getAll(name).map((text) => text.trim());
    const back = () => context.redirect(localPath(view, field("to")), 303);
    const facts: Record<string, AuditFacts[string]> = {};
    const tell = (status: number) => {
      const id = `${context.req.method} ${context.req.path.slice(view.base.length)}`;
      if (view.viewer) audit(desk.log, { route: { id }, caller: view.viewer.caller, facts, status });
    };
    try {
      const said = await act({ context, view, field, fields, audit: (more) => void Object.assign(facts, more) });
      // What was read before is out of date now.
      desk.live.outdate();
      tell(said instanceof Response ? said.status : 303);
      if (said instanceof Response) return said;
      setFlash(context, { kind: "done", text: said });
      return back();
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.status === 403) {
        tell(403);
        return context.text(view.words.errors.scope, 403);
      }
      tell(422);
      setFlash(context, { kind: "failed", text: sentenceOf(thrown, view, desk) });
      return back();
    }
  };
}

/** What is told of an error: those that the viewer can do nothing about go to the log. */
export function sentenceOf(thrown: unknown, { words }: View, { log }: Pick<Desk, "log">): string {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof Refusal) return error.message;
  const code = error instanceof UmbelError ? error.code : undefined;
  if (code === "broker_unavailable" || code === "store_failed") {
    log.warning(error.message, { code });
    return words.errors.broker;
  }
  if (code !== undefined && code !== "broker_refused") return error.message;
  log.error(error.message, { stack: error.stack });
  return words.errors.internal;
}

/** A path of the dashboard that a form names; its start when it names another place. */
export function localPath(view: View, path: string): string {
  const isBelow = path === view.base || path.startsWith(`${view.base}/`) || path.startsWith(`${view.base}?`);
  return isBelow && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : view.url("/");
}
