/**
 * Whether a page of another site sent a request in the name of a browser's user (CSRF).
 *
 * @module
 */
import type { Origins } from "./cors.ts";
import { Refusal } from "../answers/problem.ts";

/**
 * Lets through what a page of this server sent, or of a listed origin, or no browser at all. A form tells no less by its
 * own token.
 *
 * @throws {Refusal} 403.
 */
export function checkSite({ headers, url }: Request, origins: Origins): void {
  const origin = headers.get("origin");
  if (origin !== null && origins.has(origin)) return;
  const site = headers.get("sec-fetch-site");
  // A user who typed the address is no page; nor is a browser so old that it says neither, but then SameSite guards.
  const isOwn = site === null
    ? origin === null || hostOf(origin) === new URL(url).host
    : site === "same-origin" || site === "none";
  if (isOwn) return;
  throw new Refusal(403, "cross_site", "A page of another site may not do this: list its origin in origins");
}

/** Lets through what names one of these hosts: a page whose own name leads here (DNS rebinding) does not. @throws {Refusal} */
export function checkHost({ url }: Request, hosts: readonly string[] | undefined): void {
  if (!hosts) return;
  const { hostname } = new URL(url);
  if (hosts.includes(hostname)) return;
  throw new Refusal(421, "misdirected", `This server does not answer for ${hostname}`);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
