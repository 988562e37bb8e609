/**
 * What a list of tasks is asked for, as its URL says it: whoever is sent the URL sees the same.
 *
 * @module
 */
import type { SearchOptions } from "../../../operations/search.ts";
import { readMoment } from "../moment.ts";
import type { View } from "../view.tsx";

/** Fields of the form, but for the states. */
const fieldNames = ["text", "task", "queue", "worker", "from", "to"] as const;

/** The name of such a field. */
export type FieldName = (typeof fieldNames)[number];

/** What is asked for. */
export interface TaskQuery {
  /** One of these states; any when there are none. */
  readonly states: readonly string[];
  /** The other fields, as they were filled in: empty where nothing was said. */
  readonly fields: { readonly [name in FieldName]: string };
  /** Where this page begins; at the newest when absent. */
  readonly cursor?: string;
  /** Where the pages before this one began, the newest of all left out. */
  readonly trail: readonly string[];
}

/** So many pages one can go back: a URL has an end. */
const longestTrail = 12;

/** The query of a URL. */
export function readQuery(search: URLSearchParams): TaskQuery {
  const cursor = search.get("cursor");
  return {
    states: [...new Set(search.getAll("state").filter((state) => /^\S{1,100}$/.test(state)))],
    fields: Object.fromEntries(fieldNames.map((name) => [name, search.get(name)?.trim() ?? ""])) as TaskQuery["fields"],
    ...(cursor ? { cursor } : {}),
    trail: cursor ? search.getAll("back").slice(-longestTrail) : [],
  };
}

/** Whether all tasks are meant. */
export function isAll({ states, fields }: TaskQuery): boolean {
  return states.length === 0 && fieldNames.every((name) => fields[name] === "");
}

/** What `app.search` is asked for that. @throws {InvalidInput} When a time is none. */
export function searchOf({ states, fields, cursor }: TaskQuery, now: number): SearchOptions {
  const { from, to, ...plain } = fields;
  return {
    ...(states.length === 0 ? {} : { state: states }),
    ...Object.fromEntries(Object.entries(plain).filter(([, text]) => text !== "")),
    ...(from === "" ? {} : { from: readMoment(from, now, "from") }),
    ...(to === "" ? {} : { to: readMoment(to, now, "to") }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** The URL of a query. */
export function urlOf(view: View, query: TaskQuery, path = "/tasks"): string {
  const text = searchText(query);
  return `${view.url(path)}${text === "" ? "" : `?${text}`}`;
}

/** What stands behind the question mark. */
export function searchText({ states, fields, cursor, trail }: TaskQuery): string {
  const search = new URLSearchParams();
  for (const state of states) search.append("state", state);
  for (const name of fieldNames) if (fields[name] !== "") search.append(name, fields[name]);
  if (cursor !== undefined) search.append("cursor", cursor);
  for (const back of trail) search.append("back", back);
  return search.toString();
}

/** The query of the page that begins at a cursor, behind this one. */
export function olderThan(query: TaskQuery, cursor: string): TaskQuery {
  const trail = query.cursor === undefined ? [] : [...query.trail, query.cursor].slice(-longestTrail);
  return { ...query, cursor, trail };
}

/** The query of the page before this one; nothing on the first one. */
export function newerThan({ cursor, trail, ...query }: TaskQuery): TaskQuery | undefined {
  if (cursor === undefined) return undefined;
  const before = trail.at(-1);
  return { ...query, ...(before === undefined ? {} : { cursor: before }), trail: trail.slice(0, -1) };
}

/** The query of the first page. */
export function newestOf({ states, fields }: TaskQuery): TaskQuery {
  return { states, fields, trail: [] };
}
