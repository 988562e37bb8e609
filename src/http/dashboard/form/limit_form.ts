/**
 * What the form of a limit says.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import { InvalidInput } from "../../../errors.ts";
import { type LimitKind, readLimitName } from "../../../limits/name.ts";
import type { RateText } from "../../../limits/rate.ts";
import type { View } from "../view.tsx";

/** The kinds of limits that can be set while workers run. */
export const settable: readonly LimitKind[] = ["rate", "concurrency", "queue", "queueRate", "group", "groupRate"];

/** Whether a limit counts starts in a time, rather than what runs at once. */
export function isRate(kind: LimitKind): boolean {
  return kind === "rate" || kind === "queueRate" || kind === "groupRate";
}

/**
 * Sets the limit that a form names to what it says, or takes back what was set when it says nothing.
 *
 * @returns What was done, in a sentence.
 * @throws {InvalidInput} When there is no such limit, or the value breaks its rule.
 */
export async function setLimit(app: Umbel, view: View, field: (name: string) => string): Promise<string> {
  const { words: { queues: words } } = view;
  const name = field("limit");
  const { kind, of, key } = readLimitName(name) ?? {};
  if (kind === undefined || of === undefined || !settable.includes(kind)) {
    throw new InvalidInput("limit", `limit must be the name of one that can be set, and it is ${JSON.stringify(name)}`);
  }
  const text = field("take_back") === "1" ? "" : field("value");
  const rate = text === "" ? null : text as RateText;
  const count = text === "" ? null : Number(text);
  if (kind === "rate") await app.control.rateLimit(of, rate, key === undefined ? {} : { key });
  else if (kind === "concurrency") await app.control.concurrency(of, count, key === undefined ? {} : { key });
  else {
    const group = key === undefined ? {} : { group: key };
    await app.control.queue(of, isRate(kind) ? { rateLimit: rate } : { concurrency: count }, group);
  }
  const shown = `${words.kinds[kind]} ${of}${key === undefined ? "" : ` (${key})`}`;
  return text === "" ? words.hasTakenBack(shown) : words.hasSet(shown, text);
}
