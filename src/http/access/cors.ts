/**
 * Which pages of other origins may call, by CORS: none unless they are listed.
 *
 * @module
 */
const methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
const requestHeaders = "authorization, content-type, idempotency-key, last-event-id";
const responseHeaders = "location, retry-after, ratelimit, ratelimit-policy";

/** The origins that may call. */
export class Origins {
  readonly #listed: ReadonlySet<string>;

  /** With these: `https://example.org`. */
  constructor(origins: readonly string[] = []) {
    this.#listed = new Set(origins);
  }

  /** Whether pages of this origin may call. */
  has(origin: string): boolean {
    return this.#listed.has(origin);
  }

  /** The answer to a browser that asks what it may send; `undefined` when this is no such question, or of no origin here. */
  preflight(request: Request): Response | undefined {
    const { headers, method } = request;
    if (this.#listed.size === 0 || method !== "OPTIONS" || !headers.has("access-control-request-method")) {
      return undefined;
    }
    const allowed = this.has(headers.get("origin") ?? "")
      ? {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": requestHeaders,
        "access-control-max-age": "600",
      }
      : undefined;
    return new Response(null, { status: 204, ...(allowed ? { headers: allowed } : {}) });
  }

  /** Lets the page that asked read the answer, if it may. */
  allow(request: Request, headers: Headers): void {
    if (this.#listed.size === 0) return;
    headers.append("vary", "Origin");
    const origin = request.headers.get("origin");
    if (origin === null || !this.has(origin)) return;
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", responseHeaders);
  }
}
