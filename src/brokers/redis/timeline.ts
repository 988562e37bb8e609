/**
 * Deno Deploy runs each branch and each preview of a program beside production, crons included: on its timeline. They are
 * not to share production's queues, nor to send its periodic tasks, though they may share its database.
 *
 * @module
 */
import { readVariable } from "../../environment.ts";
import { checkName } from "../../message.ts";

/** The longest name of an app, in characters. */
const longest = 64;

/**
 * The name of an app's keys: with the timeline, unless it is production's, or none.
 *
 * @param timeline `production`, `git-branch/<name>` or `preview/<id>`.
 */
export function onTimeline(app: string, timeline = readVariable("DENO_TIMELINE")): string {
  checkName("app", app);
  if (!timeline || timeline === "production") return app;
  const name = `${app}@${timeline.replace(/[^\w.@/+-]/g, "-")}`;
  return name.length <= longest ? name : `${name.slice(0, longest - 9)}+${digest(`${app}@${timeline}`)}`;
}

/** FNV-1a, 32 bits: tells names apart whose ends were cut off. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
