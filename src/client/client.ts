/**
 * A client of an app's HTTP API: sends its tasks, and asks for their results.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { newWord } from "../id.ts";
import type { Json } from "../json.ts";
import type { Signature } from "../tasks/signature.ts";
import { dataOf } from "./body.ts";
import { RemoteResult } from "./remote_result.ts";
import {
  type ArgsOf,
  type EachSendOptions,
  type RemoteSender,
  RemoteTask,
  type ResultOf,
  type SendOptions,
  type TaskLike,
} from "./remote_task.ts";
import { type ClientOptions, Transport } from "./transport.ts";

/** A call by the task's name: `["send_mail", ["a@example.org"], { countdown: 10 }]`. */
export type RemoteCall = readonly [name: string, args?: readonly unknown[], options?: EachSendOptions];

/** The handles of calls that were sent together. */
export type RemoteHandles<Calls extends readonly (Signature | RemoteCall)[]> = {
  -readonly [index in keyof Calls]: Calls[index] extends Signature<infer Result> ? RemoteResult<Result>
    : RemoteResult<Json>;
};

/** What the server answers to a call. */
interface Sent {
  readonly id: string;
  readonly existed: boolean;
}

/**
 * A client of an app's HTTP API.
 *
 * Every request is tried again until its deadline, and may be: calls carry an `Idempotency-Key`, so that one whose answer
 * was lost makes no task twice.
 *
 * @example
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { Client } from "@umbel/umbel/client";
 * import { http } from "@umbel/umbel/http";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const add = app.task("add", (x: number, y: number) => x + y);
 * const api = http(app, { tokens: ["a-long-secret"] });
 * await using worker = new Worker(app);
 * void worker.run();
 *
 * const client = new Client("https://shop.example", {
 *   token: "a-long-secret",
 *   fetch: async (...request) => await api.fetch(new Request(...request)),
 * });
 * const sum = await client.task<typeof add>("add").delay(1, 2);
 * assertEquals(await sum.get({ timeout: "1m" }), 3);
 * ```
 */
export class Client implements RemoteSender {
  readonly #transport: Transport;

  /**
   * A client of the API that is served there.
   *
   * @param url Where `http(app)` is mounted; in a browser it may begin with a slash.
   * @throws {InvalidInput} When the URL or an option breaks its rule.
   */
  constructor(url: string | URL, options: ClientOptions = {}) {
    this.#transport = new Transport(url, options);
  }

  /**
   * A task of the app, typed by what it is there: `client.task<typeof mail>("send_mail")`, after
   * `import type { mail } from "./tasks.ts"`; or by a function of its arguments and result.
   */
  task<T extends TaskLike = (...args: Json[]) => Json>(name: string): RemoteTask<ArgsOf<T>, ResultOf<T>> {
    return new RemoteTask(name, this);
  }

  /** A handle on the task of that id. */
  result<Result = Json>(id: string): RemoteResult<Result> {
    return new RemoteResult(id, this.#transport);
  }

  /** Sends a call: what a task's `applyAsync` does. */
  async send<Result>(
    { task, args }: Signature<Result>,
    { idempotencyKey, signal, ...options }: SendOptions = {},
  ): Promise<RemoteResult<Result>> {
    const sent = await this.#transport.send({
      method: "POST",
      path: `/tasks/${encodeURIComponent(task)}`,
      body: JSON.stringify(dataOf({ args, ...options })),
      headers: options.id === undefined || idempotencyKey !== undefined ? keyHeader(idempotencyKey) : {},
      signal,
    }) as Sent;
    return this.#handle(sent);
  }

  /**
   * Sends calls in one request, up to 1,000: `task.call([…])`, or `[name, args, options]`.
   *
   * @returns A handle for each, in the same order.
   */
  async sendMany<const Calls extends readonly (Signature | RemoteCall)[]>(
    calls: Calls,
    { idempotencyKey, signal }: Pick<SendOptions, "idempotencyKey" | "signal"> = {},
  ): Promise<RemoteHandles<Calls>> {
    if (calls.length === 0) return [] as unknown as RemoteHandles<Calls>;
    const { tasks } = await this.#transport.send({
      method: "POST",
      path: "/tasks",
      body: JSON.stringify({ calls: calls.map(callData) }),
      headers: keyHeader(idempotencyKey),
      signal,
    }) as { readonly tasks: readonly Sent[] };
    return tasks.map((sent) => this.#handle(sent)) as RemoteHandles<Calls>;
  }

  #handle<Result>({ id, existed }: Sent): RemoteResult<Result> {
    return new RemoteResult(id, this.#transport, existed);
  }
}

function callData(call: Signature | RemoteCall): Record<string, unknown> {
  const { task, args = [], options } = isNamed(call) ? { task: call[0], args: call[1], options: call[2] } : call;
  return { task, ...dataOf({ args, ...options as SendOptions }) };
}

function isNamed(call: Signature | RemoteCall): call is RemoteCall {
  return Array.isArray(call);
}

/** The header under which a call is one call, however often it is sent. */
function keyHeader(key: string = newWord(20)): { readonly [name: string]: string } {
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { "idempotency-key": `"${key.replace(/["\\]/g, "\\$&")}"` };
  throw new InvalidInput("idempotencyKey", "idempotencyKey must be 1 to 255 printable ASCII characters");
}
