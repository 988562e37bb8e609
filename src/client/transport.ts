/**
 * Requests to a server: tried again until the deadline, with growing, jittered pauses, or such as the server asks for.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { type Duration, milliseconds } from "../options/duration.ts";
import { InvalidInput, type UmbelError } from "../errors.ts";
import { pieces } from "../streams/lines.ts";
import { retryAfter } from "../retry_after.ts";
import { errorOf, readJson, readProblem, RequestRefused, ServerUnavailable } from "./problem.ts";

/** How a client speaks to its server. */
export interface ClientOptions {
  /**
   * The bearer token; or what gives one, and is asked before each try: for tokens that expire.
   *
   * @default {none}
   */
  readonly token?: string | (() => string | Promise<string>);
  /**
   * How long a request is tried, with all its repetitions, before `ServerUnavailable`.
   *
   * @default {"30s"}
   */
  readonly deadline?: Duration;
  /**
   * How long one try may take.
   *
   * @default {"10s"}
   */
  readonly timeout?: Duration;
  /** Headers of every request, for a proxy that wants some. */
  readonly headers?: { readonly [name: string]: string };
  /** Ends every request when it is aborted: its reason is thrown. */
  readonly signal?: AbortSignal;
  /**
   * Makes the requests.
   *
   * @default {the platform's}
   */
  readonly fetch?: typeof fetch;
  /**
   * Tells the time and waits: for tests.
   *
   * @default {the machine's}
   */
  readonly clock?: Clock;
}

/** A request. Each may be repeated: it changes nothing, is the same the second time, or carries a key. */
export interface ClientRequest {
  /** The method; `GET` when absent. */
  readonly method?: string;
  /** Below the server's URL, encoded. */
  readonly path: string;
  /** The body, JSON. */
  readonly body?: string;
  /** Headers beside those of every request. */
  readonly headers?: { readonly [name: string]: string };
  /** How long the server is asked to wait before it answers (ms). */
  readonly wait?: number;
  /** How long the request is tried, if that is shorter than the client's deadline (ms). */
  readonly within?: number;
  /** Ends it when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A stream that the server has opened. */
export interface OpenStream {
  /** What comes; absent when the server has nothing more to say. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Lets go of it. */
  close(): void;
}

/** The first pause before a repetition, and the longest (ms). */
const pauses = { first: 100, longest: 5000 };

/** The pause before the next try after so many failures (ms). */
export function pauseAfter(failures: number): number {
  return Math.min(pauses.first * 2 ** failures, pauses.longest) * (0.5 + Math.random() / 2);
}

/** Answers that the next try may better: the server, or a proxy before it, is away or busy. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);
/** What says of itself that it will not. */
const lasting = new Set(["queue_full", "broker_refused", "internal"]);

/** What came of a try. */
type Attempt<T> =
  | { readonly answer: T }
  | { readonly error: UmbelError; readonly isPassing: boolean; readonly retryAfter?: number };

/** Speaks to one server. */
export class Transport {
  /** Tells the time and waits. */
  readonly clock: Clock;
  readonly #base: string;
  readonly #token: ClientOptions["token"];
  readonly #headers: { readonly [name: string]: string };
  readonly #deadline: number;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #fetch: typeof fetch;

  /**
   * Speaks to the server at that URL.
   *
   * @throws {InvalidInput} When the URL or an option breaks its rule.
   */
  constructor(url: string | URL, { token, deadline = 30, timeout = 10, headers = {}, ...options }: ClientOptions) {
    this.#base = readUrl(url);
    this.#token = token;
    this.#headers = headers;
    this.#deadline = milliseconds(deadline, "deadline");
    this.#timeout = milliseconds(timeout, "timeout");
    this.#signal = options.signal;
    this.#fetch = options.fetch ?? ((...args) => fetch(...args));
    this.clock = options.clock ?? systemClock;
  }

  /**
   * What the server answers, read from JSON.
   *
   * @throws {UmbelError} What the server says is wrong; `ServerUnavailable` when there is no answer.
   */
  async send(request: ClientRequest): Promise<unknown> {
    return await this.#repeat<unknown>(request, async (response, signal) => {
      let text = "";
      if (response.body) { for await (const piece of pieces(response.body, signal)) text += piece; }
      // A body that was cut off by the deadline ends without a word.
      signal.throwIfAborted();
      const answer = readJson(text);
      if (response.ok && answer !== undefined) return { answer };
      return failureOf(response, text);
    });
  }

  /** Opens a stream of server-sent events: the deadline is that of its opening. */
  async open(request: ClientRequest): Promise<OpenStream> {
    const stream = new AbortController();
    const headers = { accept: "text/event-stream", ...request.headers };
    return await this.#repeat<OpenStream>({ ...request, headers }, async (response, signal) => {
      const { ok, status, body } = response;
      if (status === 204) return { answer: { body: null, close: () => {} } };
      if (ok && body && response.headers.get("content-type")?.startsWith("text/event-stream")) {
        return { answer: { body, close: () => stream.abort() } };
      }
      let text = "";
      if (body) { for await (const piece of pieces(body, signal)) text += piece; }
      return failureOf(response, text);
    }, stream.signal);
  }

  async #repeat<T>(
    request: ClientRequest,
    read: (response: Response, signal: AbortSignal) => Promise<Attempt<T>>,
    stream?: AbortSignal,
  ): Promise<T> {
    const { wait = 0, within = Infinity } = request;
    const stop = any(this.#signal, request.signal);
    const until = this.clock.now() + Math.min(this.#deadline + wait, within);
    for (let failures = 0;; failures++) {
      const left = Math.min(this.#timeout + wait, until - this.clock.now());
      const attempt = await this.#attempt(request, left, read, stop, stream);
      if ("answer" in attempt) return attempt.answer;
      const { error, isPassing, retryAfter = 0 } = attempt;
      const pause = Math.max(pauseAfter(failures), retryAfter * (1 + Math.random() / 8));
      if (!isPassing || this.clock.now() + pause >= until) throw error;
      await this.clock.sleep(pause, stop);
      stop?.throwIfAborted();
    }
  }

  async #attempt<T>(
    { method = "GET", path, body, headers }: ClientRequest,
    limit: number,
    read: (response: Response, signal: AbortSignal) => Promise<Attempt<T>>,
    stop: AbortSignal | undefined,
    stream: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    const authorization = await this.#authorization();
    stop?.throwIfAborted();
    const over = new AbortController();
    const late = new AbortController();
    void this.clock.sleep(limit, over.signal).then(() => {
      if (!over.signal.aborted) late.abort(new Error(`No answer within ${Math.round(limit)} ms`));
    });
    const signal = any(late.signal, stop, stream)!;
    const url = this.#base + path;
    try {
      const response = await this.#fetch(url, {
        method,
        headers: {
          ...this.#headers,
          ...authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        signal,
      });
      return await read(response, signal);
    } catch (cause) {
      stop?.throwIfAborted();
      const error = new ServerUnavailable(`${method} ${url} got no answer: ${(cause as Error).message}`, { cause });
      return { error, isPassing: true };
    } finally {
      over.abort();
    }
  }

  async #authorization(): Promise<{ readonly authorization?: string }> {
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token === undefined) return {};
    if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` };
    throw new InvalidInput("token", "token must be visible ASCII characters, at least one");
  }
}

/** Any of these signals. */
function any(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length < 2 ? given[0] : AbortSignal.any(given);
}

function failureOf({ status, url, headers }: Response, text: string): Attempt<never> {
  const problem = readProblem(text);
  const isPassing = passing.has(status) && !lasting.has(problem?.code ?? "");
  const said = `${url} answered ${status}, and not as Umbel does`;
  const error = problem
    ? errorOf(problem, status)
    : isPassing
    ? new ServerUnavailable(said)
    : new RequestRefused("unexpected_answer", status, `${said}: is the URL right?`);
  return { error, isPassing, retryAfter: retryAfter(headers.get("retry-after"), headers.get("date")) ?? 0 };
}

function readUrl(text: string | URL): string {
  try {
    const here = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
    const url = new URL(text, here);
    if (/^https?:$/.test(url.protocol)) return url.origin + url.pathname.replace(/\/+$/, "");
  } catch {
    // No URL at all: said below.
  }
  throw new InvalidInput(
    "url",
    `url must be that of an HTTP API, as in "https://shop.example/api", and it is "${text}"`,
  );
}
