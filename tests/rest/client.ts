/** Speaks to a REST server as its callers do. */
import type { TestRest } from "../redis.ts";

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | readonly unknown[] | object;

export interface CallOptions {
  /** As it is when text or bytes, else as JSON. */
  readonly body?: Body;
  readonly headers?: Record<string, string>;
  /** Default POST. */
  readonly method?: string;
  readonly signal?: AbortSignal;
}

export type Target = Pick<TestRest, "url" | "token">;

/** One request. */
export function call(rest: Target, path: string, options: CallOptions = {}): Promise<Response> {
  const { body, headers = {}, method = "POST", signal } = options;
  const asItIs = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  return fetch(rest.url + path, {
    method,
    headers: { authorization: `Bearer ${rest.token}`, ...headers },
    ...(body === undefined ? {} : { body: asItIs ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
}

export type Answer = [status: number, body: unknown];

/** The status and the body of its answer. */
export async function answer(rest: Target, path: string, options?: CallOptions): Promise<Answer> {
  const response = await call(rest, path, options);
  return [response.status, await response.json()];
}

/** The result of one command. */
export async function result(rest: Target, ...command: unknown[]): Promise<unknown> {
  const [, body] = await answer(rest, "/", { body: command });
  return (body as { result: unknown }).result;
}

/** The error of one command, with its status. */
export async function failure(rest: Target, ...command: unknown[]): Promise<[number, string]> {
  const [status, body] = await answer(rest, "/", { body: command });
  return [status, (body as { error: string }).error];
}

/** A stream of events. */
export class Events implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  /** What an answer's body streams. */
  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(rest: Target, path: string): Promise<Events> {
    const response = await call(rest, path);
    if (response.ok) return new Events(response.body!);
    throw new Error(`${response.status} ${await response.text()}`);
  }

  /** The next event with all its lines; `undefined` at the end. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const event = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return event;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** Leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

/** Publishes until nobody listens any more. */
export async function untilNobodyListens(rest: Target, channel: string): Promise<void> {
  while (await result(rest, "PUBLISH", channel, "is anybody there?") !== 0);
}
