/**
 * Who may call: whoever shows one of the tokens, and names one of the hosts.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { InvalidInput } from "../errors.ts";
import { callerVariable } from "./idempotency.ts";
import { problem } from "./problem.ts";

const encoder = new TextEncoder();

/**
 * Lets those through who show one of the tokens (`Authorization: Bearer …`).
 *
 * @throws {InvalidInput} When there is none, or one that a header cannot carry.
 */
export function bearer(tokens: readonly string[]): MiddlewareHandler {
  if (tokens.length === 0) throw new InvalidInput("tokens", "tokens must hold at least one token");
  for (const [index, token] of tokens.entries()) {
    if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) continue;
    throw new InvalidInput(`tokens[${index}]`, `tokens[${index}] must be visible ASCII characters, at least one`);
  }
  let known: readonly Uint8Array[] | undefined;
  return async (context, next) => {
    const shown = /^bearer +(\S+) *$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (shown === undefined) {
      return unauthorized("A bearer token is needed: Authorization: Bearer …", 'Bearer realm="umbel"');
    }
    known ??= await Promise.all(tokens.map(digest));
    const digested = await digest(shown);
    // All of them are compared, each to its end: the time tells nothing about the tokens.
    const matches = known.filter((one) => isEqual(one, digested));
    if (matches.length > 0) {
      context.set(callerVariable, Array.from(digested.subarray(0, 8), (byte) => byte.toString(36)).join(""));
      return await next();
    }
    return unauthorized("The token is not known", 'Bearer realm="umbel", error="invalid_token"');
  };
}

function unauthorized(detail: string, challenge: string): Response {
  return problem(401, "unauthorized", detail, { headers: { "www-authenticate": challenge } });
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a[index]! ^ (b[index] ?? 0);
  return difference === 0;
}

/** Lets requests through that name one of these hosts. A page whose own name leads here (DNS rebinding) names another. */
export function onlyHosts(hosts: readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (hosts.includes(hostname)) return await next();
    return problem(421, "misdirected", `This server does not answer for ${hostname}`);
  };
}
