/**
 * Tells a URL what a task came to: one signed request, which is tried again until it is answered by 2xx.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { TaskContext } from "../tasks/context.ts";
import { Reject, RetryAfter } from "../policies/control.ts";
import type { AllowList } from "./allow_list.ts";
import type { CallbackSettings } from "./callback.ts";
import type { WebhookEvent } from "./event.ts";
import type { WebhookSecrets } from "./signature.ts";

/** Where it goes. */
export type CallbackTarget = Pick<CallbackSettings, "url" | "headers">;

/** What a deliverer goes by. */
export interface DelivererOptions {
  /** Where it may go. */
  readonly hosts: AllowList;
  /** What signs it. */
  readonly secrets: WebhookSecrets;
  /** How long a request may take (ms). */
  readonly timeout: number;
  /** Tells the time. */
  readonly clock: Clock;
}

/** Tells URLs. */
export class Deliverer {
  readonly #options: DelivererOptions;

  /** One that goes by these. */
  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /**
   * Tells one.
   *
   * @throws {Reject} When it may not be told, or wants to hear no more.
   * @throws {RetryAfter} When it did not take it.
   */
  async deliver(self: TaskContext, { url, headers }: CallbackTarget, event: WebhookEvent): Promise<{ status: number }> {
    const { hosts, secrets, clock } = this.#options;
    // The list may have changed since it was sent, and so may the addresses of a name.
    const wrong = await hosts.wrongNow(url);
    if (wrong !== undefined) throw new Reject(wrong);
    const body = JSON.stringify(event);
    const timestamp = Math.floor(clock.now() / 1000);
    const response = await this.#post(url, self.signal, {
      ...headers,
      "content-type": "application/json",
      "user-agent": "Umbel",
      "webhook-id": self.id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await secrets.sign(self.id, timestamp, body),
    }, body);
    await response.body?.cancel();
    const { ok, status } = response;
    if (ok) return { status };
    // No more than the host is said: the rest of a URL may be a secret.
    const error = new Error(`${new URL(url).host} answered ${status || "with a redirect, which is not followed"}`);
    if (status === 410) throw new Reject(error);
    throw new RetryAfter(response, error);
  }

  async #post(url: string, signal: AbortSignal, headers: Record<string, string>, body: string): Promise<Response> {
    const { clock, timeout } = this.#options;
    const late = new AbortController();
    const over = new AbortController();
    void clock.sleep(timeout, over.signal).then(() => {
      if (!over.signal.aborted) late.abort(new Error(`no answer within ${timeout} ms`));
    });
    try {
      // A redirect could lead anywhere.
      const init = { method: "POST", headers, body, redirect: "manual" } as const;
      return await fetch(url, { ...init, signal: AbortSignal.any([signal, late.signal]) });
    } catch (cause) {
      signal.throwIfAborted();
      throw new Error(`${new URL(url).host} cannot be reached: ${(cause as Error).message}`, { cause });
    } finally {
      over.abort();
    }
  }
}
