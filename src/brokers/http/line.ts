/**
 * Asks the exchange of an app over HTTP, again and again until an answer comes or the time is over. That is safe, since
 * every verb knows its own repetitions; it is needed, since an answer can get lost.
 *
 * @module
 */
import { steady, systemClock } from "../../clock.ts";
import { BrokerRefused, BrokerUnavailable, InvalidInput } from "../../errors.ts";
import { lines } from "../../streams/lines.ts";
import { Patience } from "../patience.ts";
import { retryAfter } from "../../retry_after.ts";

/** Where to ask, and how patiently. */
export interface LineOptions {
  /** The URL of the exchange, without a slash at its end. */
  readonly url: string;
  /** The token. */
  readonly token: string;
  /** The name of the app: that of another one is refused. */
  readonly app: string;
  /** How long a call is repeated when its caller names no signal (ms). */
  readonly deadline: number;
  /** How long one try may take (ms). */
  readonly requestTimeout: number;
}

/** A problem, as RFC 9457 tells it. */
interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field?: string }[];
}

/** What went wrong with one try. */
class Failure extends Error {
  /** How long the server asked to wait (ms). */
  readonly after: number | undefined;

  constructor(message: string, after?: number) {
    super(message);
    this.after = after;
  }
}

/** The line to an exchange. */
export class Line {
  readonly #options: LineOptions;
  readonly #closed = new AbortController();
  readonly #patience = new Patience();

  /** One over which nothing has gone yet. */
  constructor(options: LineOptions) {
    this.#options = options;
  }

  /**
   * Asks for a verb.
   *
   * @throws {BrokerUnavailable} When no answer came in time.
   * @throws {BrokerRefused} When the token may not ask for it, or the broker behind refuses.
   * @throws {InvalidInput} When the broker calls it wrong.
   */
  async ask(verb: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return await this.askWith(verb, encodeArgs(args), signal);
  }

  /** The same, with a body that was made before: by {@linkcode encode}, or of its parts. */
  async askWith(verb: string, body: string, signal?: AbortSignal): Promise<unknown> {
    return await this.#repeat(verb, signal, async (response) => decodeAnswer(await response.text()), body);
  }

  /** Asks for a verb that answers part by part. What comes twice after a lost answer would be told twice: it is not repeated. */
  async *askForParts(verb: string, args: readonly unknown[]): AsyncGenerator<unknown> {
    const stop = new AbortController();
    const body = await this.#repeat(
      verb,
      undefined,
      (response) => Promise.resolve(response.body),
      encodeArgs(args),
      stop,
    );
    if (!body) return;
    try {
      let isWhole = false;
      for await (const line of lines(body, this.#closed.signal, () => {})) {
        if (line === "end") isWhole = true;
        else if (line !== "") yield JSON.parse(line);
      }
      if (!isWhole) throw new BrokerUnavailable(`The exchange broke off its answer to ${verb}`);
    } finally {
      stop.abort();
    }
  }

  /** Opens a stream of signals: one try. */
  async watch(topics: unknown, signal: AbortSignal): Promise<Response> {
    return await this.#request("watch", JSON.stringify({ args: [topics] }), signal);
  }

  #request(verb: string, body: string, signal: AbortSignal): Promise<Response> {
    const { url, token, app } = this.#options;
    return fetch(`${url}/${verb}`, {
      method: "POST",
      headers: { "authorization": `Bearer ${token}`, "content-type": "application/json", "umbel-app": app },
      body,
      signal,
    });
  }

  async #repeat<T>(
    verb: string,
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
    body: string,
    streaming?: AbortController,
  ): Promise<T> {
    const now = () => steady(systemClock);
    const end = signal ? Infinity : now() + this.#options.deadline;
    for (let attempt = 0;; attempt++) {
      let failure: Failure;
      try {
        const answer = await this.#attempt(verb, signal, read, body, streaming);
        this.#patience.answered();
        return answer;
      } catch (error) {
        if (error instanceof InvalidInput || error instanceof BrokerRefused) throw error;
        failure = error instanceof Failure
          ? error
          : new Failure(error instanceof Error ? error.message : String(error));
      }
      const pause = this.#patience.failed(now(), failure.after);
      if (this.#closed.signal.aborted || signal?.aborted || now() + pause > end) {
        throw new BrokerUnavailable(
          `The exchange gave no answer to ${verb} in ${attempt + 1} ${
            attempt === 0 ? "try" : "tries"
          }: ${failure.message}`,
          { cause: failure },
        );
      }
      await systemClock.sleep(pause, signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal);
    }
  }

  async #attempt<T>(
    verb: string,
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
    body: string,
    stop = new AbortController(),
  ): Promise<T> {
    const { requestTimeout } = this.#options;
    const abort = () => stop.abort(new Error("given up"));
    const timer = setTimeout(() => stop.abort(new Error(`no answer within ${requestTimeout} ms`)), requestTimeout);
    signal?.addEventListener("abort", abort, { once: true });
    this.#closed.signal.addEventListener("abort", abort, { once: true });
    if (signal?.aborted || this.#closed.signal.aborted) abort();
    try {
      const response = await this.#request(verb, body, stop.signal);
      if (!response.ok) throw await errorOf(response, verb);
      // Something on the way may answer anything: a login page, a word of maintenance.
      if (response.headers.get("umbel-app") !== this.#options.app) {
        await response.body?.cancel();
        throw new Failure("what answered is no exchange of this app");
      }
      return await read(response);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#closed.signal.removeEventListener("abort", abort);
    }
  }

  /** Ends what is being repeated. */
  close(): void {
    this.#closed.abort();
  }
}

/** The arguments as JSON: what is absent is `null`, a map is an object, and a set a list. */
function encodeArgs(args: readonly unknown[]): string {
  return encode({ args: args.map((one) => one ?? null) });
}

/** The JSON of something that a verb is asked with. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, value) => {
    if (value instanceof Map) return Object.fromEntries(value);
    return value instanceof Set ? [...value] : value;
  });
}

/** An answer: `null` alone, or in a list, stands for what is not there. */
function decodeAnswer(text: string): unknown {
  const answer: unknown = JSON.parse(text);
  if (Array.isArray(answer)) return answer.map((one) => one ?? undefined);
  return answer ?? undefined;
}

/** What an answer that is none comes to: an error for good, or the failure of this one try. */
async function errorOf(response: Response, verb: string): Promise<Error> {
  const { status, headers } = response;
  const body = await response.text();
  const { code, detail = `HTTP ${status}`, errors }: Problem = parseProblem(body);
  // A 502 of the exchange itself says that its broker refused; that of a proxy before it passes.
  if (status === 408 || status === 429 || (status >= 500 && code !== "broker_refused")) {
    return new Failure(detail, retryAfter(headers.get("retry-after"), headers.get("date")));
  }
  if (code === "invalid_input" || code === "schema_mismatch") return new InvalidInput(errors?.[0]?.field ?? "", detail);
  return new BrokerRefused(`The exchange refused ${verb}: ${detail}`);
}

function parseProblem(text: string): Problem {
  try {
    const problem: unknown = JSON.parse(text);
    return typeof problem === "object" && problem !== null ? problem : {};
  } catch {
    return {};
  }
}
