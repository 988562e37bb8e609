/**
 * What a request says, read by what its route takes.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { checkKeys } from "../../options/keys.ts";
import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";
import { type Body, checkMedia, parseForm, parseJson, typeOf } from "./body.ts";
import type { Reader } from "./call.ts";
import { Refusal } from "../answers/problem.ts";
import type { Route } from "../route.ts";
import { checkJson } from "../schema/check.ts";

/** The longest path and query together (characters), and the largest headers (bytes). */
const longestUrl = 16_384;
const largestHeaders = 32_768;

type Texts = { readonly [name: string]: string };
type Values = { readonly [name: string]: unknown };

/** Refuses a request that is too large before anything of it is read. @throws {Refusal} 414, 431. */
export function checkSize({ url, headers }: Request): void {
  if (url.length > longestUrl) {
    throw new Refusal(414, "url_too_long", `The URL is too long: the limit is ${longestUrl} characters`);
  }
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length;
  if (size > largestHeaders) {
    throw new Refusal(431, "headers_too_large", `The headers are too large: the limit is ${largestHeaders} bytes`);
  }
}

/** The parameters of the path. */
export function readParams({ params }: Route, given: Texts): Values {
  return Object.fromEntries(Object.entries(params).map(([name, { read }]) => [name, read(given[name], name)]));
}

/** The parameters of the query; those that the route does not know are refused with the nearest name. */
export function readQuery({ query = {}, single, passesOver = false }: Route, { searchParams }: URL): Values {
  for (const name of searchParams.keys()) {
    if (searchParams.getAll(name).length > 1) throw new InvalidInput(name, `${name} is there more than once`);
  }
  // Whoever cannot set headers shows its token here.
  const known = [...Object.keys(query), ...(single ? ["access_token"] : [])];
  if (!passesOver) checkKeys(Object.fromEntries(searchParams), known, "query parameter here");
  return Object.fromEntries(
    Object.entries(query).map(([name, { read }]) => [name, read(searchParams.get(name) ?? undefined, name)]),
  );
}

/** The headers that the route names. */
export function readHeaders({ headers = {} }: Route, given: Headers): Values {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { read }]) => [name, read(given.get(name) ?? undefined, name)]),
  );
}

/** Who sends a body, and what knows its forms again. */
export interface BodyContext {
  /** Reads its bytes. */
  readonly read: Reader;
  /** Who sends it. */
  readonly caller: Caller;
  /** Knows the forms that a caller was given. */
  readonly access: Access;
}

/** The members of the body. */
export async function readBody(route: Route, headers: Headers, { read, caller, access }: BodyContext): Promise<Body> {
  const { body } = route;
  if (!body) return {};
  checkMedia(headers, typeOf(body));
  if (body.media === "bytes") return {};
  const members = body.media === "form" ? parseForm(await read()) : parseJson(await read(), body.deepest);
  if (body.media !== "form" || route.access === "public") {
    checkJson(body.schema, members);
    return members;
  }
  const { csrf, ...fields } = members;
  await access.checkForm(caller, csrf);
  checkJson(body.schema, fields);
  return fields;
}
