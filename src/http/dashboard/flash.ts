/**
 * What an action came to, shown once on the page after it.
 *
 * @module
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

/** What is shown. */
export interface Flash {
  /** Whether it went well. */
  readonly kind: "done" | "failed";
  /** The sentence. */
  readonly text: string;
}

const cookieName = "umbel_flash";
/** A cookie holds no more than 4 kB, and a sentence need not be longer. */
const longest = 500;

/** Keeps it for the next page. */
export function setFlash(context: Context, { kind, text }: Flash): void {
  const value = `${kind}:${text.length > longest ? `${text.slice(0, longest - 1)}…` : text}`;
  setCookie(context, cookieName, value, { httpOnly: true, sameSite: "Strict", path: "/", maxAge: 60 });
}

/** What the last action left, which is gone then. */
export function takeFlash(context: Context): Flash | undefined {
  const value = getCookie(context, cookieName);
  if (value === undefined) return undefined;
  deleteCookie(context, cookieName, { path: "/" });
  const [, kind, text] = /^(done|failed):(.+)$/s.exec(value) ?? [];
  return text === undefined ? undefined : { kind: kind as Flash["kind"], text };
}
