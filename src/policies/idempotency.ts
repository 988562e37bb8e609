/**
 * Idempotency keys: calls of a task under the same key are one call, also after its end, and get the same answer.
 *
 * The key gives the task its id, and what is called its nonce: so a broker takes a second call for a repetition of the
 * first, and tells one that calls for something else.
 *
 * @module
 */
import type { Json } from "../json.ts";
import type { CallSettings } from "../options/call_options.ts";

/** A call under a key. */
export interface KeyedContent {
  /** The name of the task. */
  readonly task: string;
  /** Its arguments, as JSON brings them. */
  readonly args: readonly Json[];
  /** Says the same of the same text, and nothing of it to those who do not have its key: where the task's calls are sealed. */
  readonly blind: ((text: string) => Promise<string>) | undefined;
}

/**
 * The id of a call under a key, and the word by which its repetitions are known: from the task's name and the key, and
 * from the arguments and options.
 */
export async function identify(
  { task, args, blind }: KeyedContent,
  { idempotencyKey, parent: _parent, publishDeadline: _deadline, ...options }: CallSettings,
): Promise<{ readonly id: string; readonly nonce: string }> {
  const texts = [JSON.stringify([task, idempotencyKey]), JSON.stringify([args, options])];
  const [id, nonce] = await Promise.all(texts.map(async (text) => await digest(blind ? await blind(text) : text)));
  return { id: `key-${id!.slice(0, 32)}`, nonce: nonce!.slice(0, 20) };
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
