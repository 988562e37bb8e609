/**
 * Errors as RFC 9457 tells them: `application/problem+json`, with the stable code of Umbel's errors beside it.
 *
 * @module
 */
import { codeOf } from "../errors.ts";
import type { Logger } from "../log.ts";

/** What is said of an error beside its sentence. */
export interface ProblemOptions {
  /** What is wrong with which field. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  /** Headers of the response. */
  readonly headers?: { readonly [name: string]: string };
}

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** How long a client is asked to wait while the broker is away, or a queue is full (s). */
const retryAfter = "5";

/** An error as a response: programs read `code`, people `detail`. */
export function problem(
  status: number,
  code: string,
  detail: string,
  { errors, headers }: ProblemOptions = {},
): Response {
  const body = { type: "about:blank", title: titles[status], status, code, detail, ...(errors ? { errors } : {}) };
  return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}

/** The answer to a method that a resource does not take. */
export function notAllowed(what: string, allow: string): Response {
  return problem(405, "method_not_allowed", `${what} ${allow}`, { headers: { allow } });
}

/** What was thrown as a response. What the caller can do nothing about is told to the log, and to the caller in general. */
export function problemOf(thrown: unknown, log: Logger): Response {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = codeOf(error);
  switch (code) {
    case "invalid_input":
    case "schema_mismatch":
      return problem(422, code, error.message, {
        errors: [{ field: "field" in error ? String(error.field) : "", detail: error.message }],
      });
    case "too_large":
      return problem(413, code, error.message);
    case "unknown_task":
    case "unknown_id":
      return problem(404, code, error.message);
    case "idempotency_mismatch":
      return problem(422, code, error.message, {
        errors: [{ field: "Idempotency-Key", detail: error.message }],
      });
    case "already_exists":
      return problem(409, code, error.message);
    case "queue_full":
      return problem(429, code, error.message, { headers: { "retry-after": retryAfter } });
    case "broker_unavailable":
      log.warning(error.message, { code });
      return problem(503, code, "The broker cannot be reached: try again", { headers: { "retry-after": retryAfter } });
    case "store_failed":
      log.warning(error.message, { code });
      return problem(503, code, "The store cannot be reached: try again", { headers: { "retry-after": retryAfter } });
    case "broker_refused":
      log.error(error.message, { code });
      return problem(502, code, "The broker refused what was asked");
    default:
      log.error(error.message, { stack: error.stack });
      return problem(500, "internal", "Something went wrong here");
  }
}
