/**
 * Middleware: stands around each sending and each run, and may change what goes on. Unlike a hook it is waited for, and
 * what it throws is thrown: to the sender, or as if the handler had thrown it.
 *
 * @module
 */
import type { Receipt } from "./ports/publishing.ts";
import type { TaskContext } from "./tasks/context.ts";
import { InvalidInput } from "./errors.ts";
import type { Message } from "./message.ts";
import { checkKeys } from "./options/keys.ts";
import { show } from "./options/values.ts";

/** What stands around sending and running. The one that was given first is the outermost. */
export interface Middleware {
  /**
   * Around sending: messages that go out together, a lone one for `delay()`.
   *
   * @param next Sends these messages, or changed copies of them: `next(messages.map((one) => ({ ...one, headers })))`.
   * @returns A receipt for each message, in the same order.
   */
  publish?(
    messages: readonly Message[],
    next: (messages: readonly Message[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly Receipt[]>;
  /**
   * Around the handler.
   *
   * @param self The run's context, as a handler with `bind: true` gets it.
   * @param next Calls the handler.
   * @returns The result of the task.
   */
  run?(self: TaskContext, next: () => Promise<unknown>): unknown;
}

/** An app's middleware, one around the other. */
export class MiddlewareChain {
  #publishers: Middleware[] = [];
  #runners: Middleware[] = [];

  /** Whether something stands around sending. */
  get publishes(): boolean {
    return this.#publishers.length > 0;
  }

  /** Whether something stands around handlers. */
  get runs(): boolean {
    return this.#runners.length > 0;
  }

  /** Adds one within those that are there. @throws {InvalidInput} When it is none. */
  add(middleware: Middleware): void {
    checkKeys(middleware, ["publish", "run"], "part of a middleware");
    for (const part of ["publish", "run"] as const) {
      const given = middleware[part];
      if (given === undefined || typeof given === "function") continue;
      throw new InvalidInput(part, `${part} must be a function, and it is ${show(given)}`);
    }
    if (middleware.publish) this.#publishers = [...this.#publishers, middleware];
    if (middleware.run) this.#runners = [...this.#runners, middleware];
  }

  /** Sends messages from the outermost to the innermost, which is `send`. */
  async publish(
    messages: readonly Message[],
    send: (messages: readonly Message[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly Receipt[]> {
    const publishers = this.#publishers;
    async function from(index: number, messages: readonly Message[]): Promise<readonly Receipt[]> {
      const outermost = publishers[index];
      if (!outermost) return await send(messages);
      const receipts = await outermost.publish!(messages, (changed) => from(index + 1, changed));
      if (Array.isArray(receipts) && receipts.length === messages.length) return receipts;
      const count = Array.isArray(receipts) ? String(receipts.length) : "none";
      throw new TypeError(
        `A middleware must return ${messages.length} receipts from publish, and it returned ${count}`,
      );
    }
    return await from(0, messages);
  }

  /** Runs a handler from the outermost to the innermost, which is `start`. */
  async run(self: TaskContext, start: () => unknown): Promise<unknown> {
    const runners = this.#runners;
    async function from(index: number): Promise<unknown> {
      const outermost = runners[index];
      return await (outermost ? outermost.run!(self, () => from(index + 1)) : start());
    }
    return await from(0);
  }
}
