/**
 * What a request carries: an object of JSON, and nothing that a page of another origin could send unasked.
 *
 * @module
 */
import type { Context } from "hono";
import { InvalidInput } from "../errors.ts";
import { show } from "../options.ts";
import { problem } from "./problem.ts";

/** A page of another origin cannot send JSON without being allowed to: so this guards open servers too. */
export async function onlyJson(context: Context, next: () => Promise<void>): Promise<Response | void> {
  const type = (context.req.header("content-type") ?? "").replace(/;.*/, "").trim().toLowerCase();
  const encoding = context.req.header("content-encoding") ?? "identity";
  if (type === "application/json" && encoding === "identity") return await next();
  const said = type === "application/json" ? `Content-Encoding: ${encoding}` : `Content-Type: ${type || "missing"}`;
  return problem(415, "unsupported_media_type", `The body must be plain application/json (${said})`, {
    headers: { "accept-post": "application/json" },
  });
}

/** The object that the body says; nothing counts as an empty one. Or what is to be answered. */
export async function readBody(context: Context): Promise<{ readonly [name: string]: unknown } | Response> {
  const text = await context.req.text();
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return problem(400, "invalid_json", `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw new InvalidInput("body", `The body must be an object, as in {"args": [1, 2]}, and it is ${excerpt(body)}`);
}

function excerpt(value: unknown): string {
  const text = show(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
