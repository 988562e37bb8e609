/**
 * A call of a task as a line for a shell and as code: whatever its arguments hold, it says them and nothing else.
 *
 * @module
 */
import type { Json } from "../../../json.ts";
import { unhide } from "./hidden.ts";

/** A call. */
export interface SnippetCall {
  /** The name of the task. */
  readonly task: string;
  /** Its arguments. */
  readonly args: readonly Json[];
  /** Options of the call: those that JSON can say. */
  readonly options?: { readonly [name: string]: Json };
}

/**
 * A line for `sh` that sends the call over HTTP. The token is read from a variable of the shell: it is no part of what is
 * copied.
 *
 * @param url Where the API is mounted: `https://example.org/api`.
 */
export function curlOf({ task, args, options = {} }: SnippetCall, url: string): string {
  const body = unhide(JSON.stringify({ args, ...options }));
  return [
    // Encoded, a name holds nothing that curl or a shell would read as more than a name.
    `curl -X POST ${quote(`${url}/tasks/${encodeURIComponent(task)}`)}`,
    `-H "Authorization: Bearer $UMBEL_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `--data-raw ${quote(body)}`,
  ].join(" \\\n  ");
}

/** TypeScript that sends the call by an app. */
export function codeOf({ task, args, options = {} }: SnippetCall): string {
  const parts = [literal(task), literal(args), ...(Object.keys(options).length === 0 ? [] : [literal(options)])];
  return `await app.sendTask(${parts.join(", ")});`;
}

/** A word that a shell takes as it is: between such quotes nothing means more than itself. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as JavaScript: as JSON, but for a name that would set the prototype of its object. */
function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return unhide(JSON.stringify(value));
  const members = Object.entries(value).map(([name, member]) => `${nameText(name)}: ${literal(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function nameText(name: string): string {
  if (name === "__proto__") return `["__proto__"]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : unhide(JSON.stringify(name));
}
