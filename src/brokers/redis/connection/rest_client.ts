/**
 * Commands over REST, one request each.
 *
 * @module
 */
import { Redis } from "@upstash/redis/cloudflare";
import type { RedisClient } from "./client.ts";
import { retryAfter } from "../../../retry_after.ts";

/** Where the database is. */
export interface RestServer {
  /** The REST URL, without a slash at its end. */
  readonly url: string;
  /** The REST token. */
  readonly token: string;
}

/** Statuses that say "not now", whatever stands in the answer. */
const passingStatus = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;
/** How much of an answer that is none is repeated. */
const mostShown = 80;

/** What came over HTTP is no result. */
export class RestFailure extends Error {
  /** Whether the same request may be answered another time. */
  readonly isPassing: boolean;
  /** For how long the server asks to be left alone (ms). */
  readonly retryAfter: number | undefined;

  /** Makes the error with its sentence. */
  constructor(message: string, isPassing: boolean, retryAfter?: number) {
    super(message);
    this.isPassing = isPassing;
    this.retryAfter = retryAfter;
  }
}

/**
 * The official client of one database, whose requests are sent from here: it hides what a caller has to know who goes on
 * by itself, the status of an answer and how long the server asks to be left alone. Its middleware is made for that.
 *
 * @param timeout How long one request may take (ms): it is cut off then, whether its answer does not begin or not end.
 */
export function restClient({ url, token }: RestServer, timeout: number): Required<RedisClient> {
  const client = new Redis({
    ...{ url, token },
    automaticDeserialization: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    responseEncoding: false,
    readYourWrites: false,
    retry: false,
  });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  client.use(async <Result>({ body }: { readonly body?: unknown }) => {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(new Error(`no answer within ${timeout} ms`)), timeout);
    try {
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: cut.signal });
      return { result: resultOf(response, await response.text()) as Result };
    } finally {
      clearTimeout(timer);
    }
  });
  return client;
}

function resultOf({ ok, status, headers }: Response, text: string): unknown {
  const isPassing = passingStatus(status);
  const wait = isPassing ? retryAfter(headers.get("retry-after"), headers.get("date")) : undefined;
  const body = parse(text);
  if (typeof body?.error === "string") {
    throw new RestFailure(isPassing ? `HTTP ${status}: ${body.error}` : body.error, isPassing, wait);
  }
  if (ok && body?.result !== undefined) return body.result;
  // Something on the way has answered, and not the database: a gateway, a login page.
  const shown = text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
  throw new RestFailure(
    `HTTP ${status} with what is no answer of Redis: ${JSON.stringify(shown)}`,
    ok || isPassing,
    wait,
  );
}

function parse(text: string): { readonly result?: unknown; readonly error?: unknown } | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
