/**
 * A line of the log for every change: who, what, which, and what came of it. Never what was sent or answered.
 *
 * @module
 */
import type { Logger } from "../../log.ts";
import type { Caller } from "./caller.ts";
import type { AuditFacts } from "../requests/call.ts";
import type { Route } from "../route.ts";

/** What is told of a change. */
export interface Change {
  /** What was asked for. */
  readonly route: Pick<Route, "id">;
  /** Who asked. */
  readonly caller: Caller;
  /** Which thing: parameters of the path, and what the handler added. */
  readonly facts: AuditFacts;
  /** What was answered. */
  readonly status: number;
  /** Why it was refused. */
  readonly code?: string;
}

/** Tells the log. */
export function audit(log: Logger, { route, caller, facts, status, code }: Change): void {
  if (!log.enabled("info")) return;
  const which = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${JSON.stringify(value)}`]
  );
  const what = [route.id, ...which, "→", status, ...(code === undefined ? [] : [code])].join(" ");
  log.info(`audit: ${plainName(caller.name)} (${caller.kind}) ${what}`, {
    audit: route.id,
    caller: caller.name,
    by: caller.kind,
    ...facts,
    status,
    ...(code === undefined ? {} : { code }),
  });
}

/** A name that others gave, as a proxy does, is quoted where it could be taken for more than a name. */
function plainName(name: string): string {
  return /^[\w .:@+/-]+$/.test(name) ? name : JSON.stringify(name);
}
