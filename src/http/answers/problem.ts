/**
 * Errors as RFC 9457 tells them: `application/problem+json`, with the stable code of Umbel's errors beside it.
 *
 * @module
 */
import { errorInfo } from "../../error_info.ts";
import { codeOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";

/** What is said of an error beside its sentence. */
export interface RefusalOptions {
  /** What is wrong with which field. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  /** What is known beside it, for programs: the queue that is full, the task that is there already. */
  readonly members?: { readonly [name: string]: string | number };
  /** Headers of the response. */
  readonly headers?: { readonly [name: string]: string };
}

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** Why a request is not answered as it would like to be: programs read `code`, people the message. Throw it. */
export class Refusal extends Error {
  /** The status of the response. */
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** What is wrong with which field. */
  readonly errors: RefusalOptions["errors"];
  /** What is known beside it, for programs. */
  readonly members: RefusalOptions["members"];
  /** Headers of the response. */
  readonly headers: { readonly [name: string]: string };

  /** Makes it with its sentence. */
  constructor(status: number, code: string, detail: string, { errors, members, headers = {} }: RefusalOptions = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.members = members;
    this.headers = headers;
  }

  /** What stands above its sentence. */
  get title(): string {
    return titles[this.status] ?? "Error";
  }

  /** It as a response. */
  response(): Response {
    const { title, status, code, message: detail, errors, members, headers } = this;
    const body = { type: "about:blank", title, status, code, detail, ...members, ...(errors ? { errors } : {}) };
    return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
  }
}

/** How long a client is asked to wait while the broker is away, or a queue is full (s). */
const retryLater = { headers: { "retry-after": "5" } };

/**
 * What was thrown as a refusal. What the caller can do nothing about is told to the log, and to the caller in general.
 */
export function refusalOf(thrown: unknown, log: Logger): Refusal {
  try {
    if (thrown instanceof Refusal) return thrown;
    return refusalOfError(thrown instanceof Error ? thrown : new Error(errorInfo(thrown).message), log);
  } catch {
    // Even to ask for its class, or to read its message, may throw: a schema or a middleware may have thrown anything.
    log.error(errorInfo(thrown).message);
    return internal();
  }
}

function internal(): Refusal {
  return new Refusal(500, "internal", "Something went wrong here");
}

function refusalOfError(error: Error, log: Logger): Refusal {
  const code = codeOf(error);
  switch (code) {
    case "invalid_input":
    case "schema_mismatch": {
      const field = "field" in error ? String(error.field) : "";
      return new Refusal(422, code, error.message, { errors: [{ field, detail: error.message }] });
    }
    case "too_large":
      return new Refusal(413, code, error.message, membersOf(error, ["size", "limit"]));
    case "unknown_task":
    case "unknown_id":
      return new Refusal(404, code, error.message);
    case "idempotency_mismatch":
      return new Refusal(422, code, error.message, { errors: [{ field: "Idempotency-Key", detail: error.message }] });
    case "already_exists":
      return new Refusal(409, code, error.message, membersOf(error, ["id"]));
    case "queue_full":
      return new Refusal(429, code, error.message, { ...membersOf(error, ["queue"]), ...retryLater });
    case "broker_unavailable":
      log.warning(error.message, { code });
      return new Refusal(503, code, "The broker cannot be reached: try again", retryLater);
    case "store_failed":
      log.warning(error.message, { code });
      return new Refusal(503, code, "The store cannot be reached: try again", retryLater);
    case "broker_refused":
      log.error(error.message, { code });
      return new Refusal(502, code, "The broker refused what was asked");
    default:
      log.error(error.message, { stack: error.stack });
      return internal();
  }
}

/** What an error holds beside its sentence, whichever copy of the package made it. */
function membersOf(error: Error, names: readonly string[]): RefusalOptions {
  const found = Object.entries(error).filter(([name, value]) =>
    names.includes(name) && (typeof value === "string" || typeof value === "number")
  );
  return { members: Object.fromEntries(found) };
}
