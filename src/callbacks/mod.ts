/**
 * What a receiver of callbacks needs: the check that a webhook is genuine. Web standards only, of some 2 kB. All of it is
 * in docs/webhooks.md.
 *
 * ```ts
 * import { verifyWebhook, WebhookRefused } from "@umbel/umbel/webhooks";
 * import { assertRejects } from "@std/assert";
 *
 * const secret = `whsec_${btoa("a secret of at least 24 bytes")}`;
 *
 * async function receive(request: Request): Promise<Response> {
 *   const { type, data } = await verifyWebhook(request, secret);
 *   if (type === "task.failed") console.error(data.id, data.error?.message);
 *   return new Response(null, { status: 204 });
 * }
 *
 * await assertRejects(() => receive(new Request("https://shop.example/done", { method: "POST" })), WebhookRefused);
 * ```
 *
 * @module
 */
import type { WebhookEvent } from "./event.ts";
import { WebhookRefused, WebhookSecrets } from "./signature.ts";

export { InvalidInput, UmbelError } from "../errors.ts";
export type { WebhookEvent, WebhookEventType } from "./event.ts";
export { WebhookRefused } from "./signature.ts";

/** The least of a request: its headers and its body. */
export interface WebhookRequest {
  /** Its headers. */
  readonly headers: { get(name: string): string | null };
  /** Its body, byte for byte as it came. */
  text(): Promise<string>;
}

/** How a webhook is checked. */
export interface VerifyOptions {
  /**
   * How far its time may be from now, in seconds.
   *
   * @default {300}
   */
  readonly tolerance?: number;
  /**
   * The time, in ms since 1970: for tests.
   *
   * @default {now}
   */
  readonly now?: number;
}

/**
 * Checks that a webhook is genuine and new, and reads it.
 *
 * @param secrets The secret it is signed with; several while one is being replaced.
 * @throws {WebhookRefused} When it is not.
 * @throws {InvalidInput} When a secret is none.
 */
export async function verifyWebhook(
  request: WebhookRequest,
  secrets: string | readonly string[],
  { tolerance = 300, now = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const keys = new WebhookSecrets(typeof secrets === "string" ? [secrets] : secrets, "secrets");
  const [id, time, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    request.headers.get(name) ?? ""
  ) as [string, string, string];
  if (id === "" || signature === "" || !/^\d{1,12}$/.test(time)) throw new WebhookRefused("The webhook is not signed");
  if (Math.abs(Number(time) - now / 1000) > tolerance) {
    throw new WebhookRefused(`The webhook was signed more than ${tolerance} s ago, or is from the future`);
  }
  // Only now: what cannot be genuine is not read.
  const body = await request.text();
  if (await keys.verify(signature, id, Number(time), body)) return JSON.parse(body);
  throw new WebhookRefused("The webhook's signature is wrong");
}
