/**
 * What a request carries: never more than it may, and nothing that a page of another origin could send unasked.
 *
 * @module
 */
import { type Clock, systemClock } from "../../clock.ts";
import { InvalidInput } from "../../errors.ts";
import { noReason } from "../../streams/no_reason.ts";
import { show } from "../../options/values.ts";
import { Refusal } from "../answers/problem.ts";
import type { BodySpec } from "./body_spec.ts";

/** The members of a body. */
export type Body = { readonly [name: string]: unknown };

/** How deep the JSON of a body may be nested, unless its route says otherwise. */
const deepestBody = 64;

/** The media type of a body. */
export function typeOf(
  { media = "json", type = "application/octet-stream" }: Pick<BodySpec, "media" | "type">,
): string {
  return media === "bytes" ? type : media === "json" ? "application/json" : "application/x-www-form-urlencoded";
}

/**
 * Checks how a body is written. A page of another origin cannot send JSON without being allowed to: so this guards open
 * servers too.
 *
 * @throws {Refusal} 415.
 */
export function checkMedia(headers: Headers, wanted: string): void {
  const type = (headers.get("content-type") ?? "").replace(/;.*/s, "").trim().toLowerCase();
  const encoding = headers.get("content-encoding") ?? "identity";
  if (type === wanted && encoding === "identity") return;
  const said = type === wanted ? `Content-Encoding: ${encoding}` : `Content-Type: ${type || "missing"}`;
  throw new Refusal(415, "unsupported_media_type", `The body must be plain ${wanted} (${said})`, {
    headers: { "accept-post": wanted },
  });
}

/** How long a body may take to come (ms). */
const longestRead = 60_000;

/**
 * Reads a body, of which nobody need have told the length.
 *
 * @throws {Refusal} 413, as soon as it is too large; 408, when it takes too long; 400, when its sender goes away.
 */
export async function readBytes(
  request: Request,
  limit: number,
  clock: Clock = systemClock,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const over = new AbortController();
  let isLate = false;
  void clock.sleep(longestRead, over.signal).then(() => {
    if (over.signal.aborted) return;
    isLate = true;
    // What is read of it ends by that; that it may not be cancelled changes nothing.
    reader.cancel().catch(() => {});
  });
  try {
    const parts = await readParts(reader, limit);
    if (isLate) {
      throw new Refusal(408, "request_timeout", `The body took longer than ${longestRead / 1000} s`);
    }
    return concat(parts);
  } finally {
    over.abort(noReason);
  }
}

async function readParts(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (true) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal(400, "incomplete_body", "The body ended before it was whole");
    });
    if (done) return parts;
    size += value.length;
    if (size > limit) {
      // Nobody reads the rest.
      reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    parts.push(value);
  }
}

function concat(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge(limit: number): Refusal {
  return new Refusal(413, "too_large", `The body is too large: the limit is ${limit} bytes`);
}

/** The object that a body says, nested no deeper than that; nothing counts as an empty one. */
export function parseJson(bytes: Uint8Array, deepest: number = deepestBody): Body {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return {};
  checkText(text, deepest);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, "invalid_json", `The body is not JSON: ${(error as Error).message}`);
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Body;
  throw new InvalidInput("body", `The body must be an object, as in {"args": [1, 2]}, and it is ${excerpt(body)}`);
}

/** The fields of a form; of those that are there several times the last. */
export function parseForm(bytes: Uint8Array): Body {
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(bytes)));
}

/**
 * Looked at before it is parsed: what is nested deeply costs a stack, and a whole number beyond 2^53 would be changed in
 * silence, since it is read as a double.
 */
function checkText(text: string, deepest: number): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at); // "
    else if (code === 0x7b || code === 0x5b) { // { [
      if (++depth > deepest) {
        throw new InvalidInput("body", `The body must be nested at most ${deepest} levels deep, and it is deeper`);
      }
    } else if (code === 0x7d || code === 0x5d) depth--; // } ]
    else if (code >= 0x30 && code <= 0x39) { // 0 to 9
      const end = endOfNumber(text, at);
      if (end - at >= 16) checkNumber(text.slice(at, end));
      at = end - 1;
    }
  }
}

/** Where the string ends that begins here; at the end of a text that does not end it. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++; // \
    else if (code === 0x22) return at;
  }
  return text.length;
}

function endOfNumber(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && "0123456789.eE+-".includes(text[at]!)) at++;
  return at;
}

function checkNumber(token: string): void {
  if (/[.eE]/.test(token)) return;
  // No double has more digits before its point.
  if (token.length <= 309 && BigInt(token) === BigInt(Number(token))) return;
  const shown = token.length <= 40 ? token : `${token.slice(0, 40)}…`;
  throw new InvalidInput("body", `The body holds the number ${shown}, which cannot be kept exactly: send it as text`);
}

function excerpt(value: unknown): string {
  const text = show(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
