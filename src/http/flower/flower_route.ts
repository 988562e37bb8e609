/**
 * Routes that answer as Flower does: what goes wrong is told as text, what they do not know is passed over, and what is
 * asked for stands in the query or in a form, whatever the request says of its type.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import type { Call } from "../requests/call.ts";
import type { Refusal } from "../answers/problem.ts";
import { text } from "../requests/parameters.ts";
import { type Method, type PathNames, type Route, route } from "../route.ts";
import type { Scope } from "../access/scopes.ts";

/** A route of Flower's. */
export interface FlowerRoute<Path extends string> {
  /** Its method. */
  readonly method: Method;
  /** Its path, below the place where it is mounted. */
  readonly path: Path;
  /** Its name, for the audit. */
  readonly id: string;
  /** What it does, in one sentence without a dot. */
  readonly summary: string;
  /** Who may call it. */
  readonly access: Scope;
  /** Codes of the errors that are particular to it, by status. */
  readonly problems?: { readonly [status: number]: readonly string[] };
  /** Answers: what it returns is the JSON. */
  readonly answer: (
    call: Call<{ readonly [name in PathNames<Path>]: string }>,
    given: URLSearchParams,
  ) => unknown | Promise<unknown>;
}

/** Makes the route. */
export function flowerRoute<const Path extends string>(
  { path, method, id, summary, access, problems = {}, answer }: FlowerRoute<Path>,
): Route {
  const params = Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, text("By name or id")]));
  return route({
    ...{ method, path, id, summary, access, problems, refuse },
    tag: "Flower",
    hidden: true,
    passesOver: true,
    params: params as never,
    responses: { 200: { description: "As Flower answers" } },
    async answer(call) {
      const answered = await answer(call as never, await argumentsOf(call as Call));
      return answered instanceof Response ? answered : Response.json(answered);
    },
  });
}

/** Clients of Flower look at the status, and people at the text. */
function refuse({ status, message, headers }: Refusal): Response {
  return failure(status === 422 ? 400 : status, message, headers);
}

/** An error, in Flower's form. */
export function failure(status: number, message: string, headers: { readonly [name: string]: string } = {}): Response {
  return new Response(message, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
}

/** What stands in the query, and in a form. */
async function argumentsOf(call: Call): Promise<URLSearchParams> {
  const { request } = call;
  const given = new URL(request.url).searchParams;
  if (!request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) return given;
  const form = new TextDecoder().decode(await call.bytes());
  // JSON that was sent by `curl -d`, which calls everything a form.
  if (form.trimStart().startsWith("{")) return given;
  for (const [name, value] of new URLSearchParams(form)) given.append(name, value);
  return given;
}

/** An argument that must be there. @throws {InvalidInput} */
export function required(given: URLSearchParams, name: string): string {
  const value = given.get(name);
  if (value !== null && value !== "") return value;
  throw new InvalidInput(name, `Missing argument ${name}`);
}

/** A number, if it is there. @throws {InvalidInput} */
export function numberOf(given: URLSearchParams, name: string): number | undefined {
  const text = given.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidInput(name, `Invalid argument ${JSON.stringify(text.slice(0, 100))}: ${name} must be a number`);
}

/** Yes or no, in all the words that Flower takes for it. @throws {InvalidInput} */
export function flagOf(given: URLSearchParams, name: string): boolean {
  const text = (given.get(name) ?? "false").toLowerCase();
  if (["true", "yes", "y", "on", "1", "t"].includes(text)) return true;
  if (["false", "no", "n", "off", "0", "f", ""].includes(text)) return false;
  throw new InvalidInput(name, `Invalid argument ${JSON.stringify(text.slice(0, 100))}: ${name} must be true or false`);
}
