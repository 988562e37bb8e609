/**
 * Signing messages: what a signature covers, and for how long it is valid.
 *
 * It covers what decides what is run, with what, for whom and within which limits. It leaves out what brokers, workers
 * and operators change on the way without any key: the queue, the priority, the time a message is due, its runs so far.
 *
 * @module
 */
import { SignatureRefused } from "../errors.ts";
import type { Message } from "../message.ts";
import type { SigningCodec } from "./codec.ts";

/** A signed copy of a message, valid for the codec's age after it is due. */
export async function signed(message: Message, app: string, codec: SigningCodec): Promise<Message> {
  const { sentAt, eta = 0, resentAt = 0 } = message;
  const until = Math.max(sentAt, eta, resentAt) + codec.maxAge;
  const value = await codec.sign(textOf(message, app, until));
  return Object.freeze({ ...message, signature: { by: codec.name, until, value } });
}

/**
 * Refuses a message that is not to be trusted.
 *
 * @param now Refuses what is too old by then (ms since 1970).
 * @throws {SignatureRefused}
 */
export async function verify(message: Message, app: string, codec: SigningCodec, now: number): Promise<void> {
  const { signature, task, id } = message;
  if (!signature && !codec.isRequired) return;
  const wrong = !signature
    ? "it is not signed"
    : signature.by !== codec.name
    ? `it is signed by ${JSON.stringify(signature.by)}, and ${JSON.stringify(codec.name)} is wanted`
    : await codec.verify(textOf(message, app, signature.until), signature.value) ?? tooOld(signature.until, now);
  if (wrong) throw new SignatureRefused(`Task ${task}[${id}] is not run: ${wrong}`);
}

function tooOld(until: number, now: number): string | undefined {
  return now <= until ? undefined : `its signature was valid until ${new Date(until).toISOString()}`;
}

/** What is signed. What a message does not say is left out, before it is sent as after. */
function textOf(message: Message, app: string, until: number): string {
  const { id, task, args, encoded, headers, sentAt, expires, maxRetries, ignoreResult, resultExpires } = message;
  const { timeLimit, softTimeLimit, startTimeout, rootId, parentId, redact, callback } = message;
  return JSON.stringify({
    ...{ app, id, task, args, encoded, headers, sentAt, expires, maxRetries, ignoreResult, resultExpires },
    ...{ timeLimit, softTimeLimit, startTimeout, rootId, parentId, redact, callback, until },
  });
}
