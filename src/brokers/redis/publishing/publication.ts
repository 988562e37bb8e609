/**
 * What the publishing script is called with, by itself or within another script, and what its answer says.
 *
 * @module
 */
import type { PublishOptions, QueueLength, Receipt } from "../../../ports/publishing.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import type { Uniqueness } from "../../../message.ts";
import type { Caller } from "../connection/caller.ts";
import type { Keys } from "../keys.ts";
import { addingKeys, type Prepared } from "./prepared.ts";
import { recordingArg } from "../journal/journal_keys.ts";
import { waitingRecord } from "../records/record.ts";
import { limitArgs } from "./rules.ts";
import type { Signals } from "../signals/task_signals.ts";
import { words } from "../records/words.ts";

/** What it is prepared with. */
export interface PublicationContext {
  /** The keys. */
  readonly keys: Keys;
  /** Who waits for the end of tasks. */
  readonly signals: Signals;
  /** The broker's time. */
  readonly now: number;
  /** When an offer ends that is made now; 0 to make none. */
  readonly offerEnds: number;
  /** What is known of tasks. */
  readonly fetch: (ids: readonly string[]) => Promise<(TaskRecord | undefined)[]>;
  /** Takes in the layouts that an answer tells. */
  readonly caller: Pick<Caller, "learn">;
}

/** The publication of messages of one request. */
export class Publication {
  readonly #messages: readonly Prepared[];
  readonly #options: PublishOptions;
  readonly #context: PublicationContext;
  /** Numbers of queues, from 1. */
  readonly #queues = new Map<string, number>();
  /** Tasks that the messages may put an end to: where their records are is known from their ids alone. */
  readonly #looked = new Map<string, { readonly page: string; readonly unique: string }>();
  readonly #items: readonly string[];

  /** Prepares it. */
  constructor(messages: readonly Prepared[], options: PublishOptions, context: PublicationContext) {
    this.#messages = messages;
    this.#options = options;
    this.#context = context;
    this.#items = messages.flatMap((one) => this.#itemOf(one));
    // Before it is sent: the end may be signalled sooner than the answer comes.
    const { signals } = context;
    if (signals.client) signals.published(messages.map(({ message }) => message.id));
  }

  #itemOf({ message, entry }: Prepared): readonly string[] {
    const { keys, signals } = this.#context;
    const { id, queue, priority, eta, nonce, unique, parentId } = message;
    const number = this.#queues.get(queue) ?? this.#queues.size + 1;
    this.#queues.set(queue, number);
    const watching = signals.client ? ` c${signals.client}` : "";
    return [
      keys.page(id),
      id,
      String(number),
      String(priority),
      String(eta ?? 0),
      waitingRecord(message, nonce ? `${watching} n${nonce}` : watching),
      nonce ?? "",
      entry,
      ...(unique === undefined ? ["", "", ""] : [keys.unique(unique.key), String(unique.for), rulesOf(unique)]),
      parentId === undefined ? "" : `${keys.page(parentId)} ${parentId}`,
    ];
  }

  /** Its keys, as far as they are known. */
  keys(): string[] {
    const { keys, now } = this.#context;
    const needed = new Set<string>();
    for (const { message: { id, queue, unique, parentId } } of this.#messages) {
      const page = keys.page(id);
      needed.add(page);
      if (keys.isChosen(page)) needed.add(keys.chosen);
      if (unique !== undefined) needed.add(keys.unique(unique.key));
      if (unique?.on === "replace") { for (const key of keys.delayed(queue)) needed.add(key); }
      if (parentId !== undefined) needed.add(keys.page(parentId)).add(keys.children(parentId));
    }
    for (const { page, unique } of this.#looked.values()) {
      needed.add(page);
      if (unique !== "") needed.add(unique);
    }
    for (const queue of this.#queues.keys()) {
      if (this.#options.queues?.get(queue)?.whenFull !== "dropOldest") continue;
      for (const key of keys.taking(queue)) needed.add(key);
    }
    for (const key of addingKeys(keys, this.#messages, now)) needed.add(key);
    for (const key of keys.journal.needed(keys.journal.recording(this.#options.recording), now)) needed.add(key);
    return [keys.map, keys.pageNames, ...needed];
  }

  /** Its arguments. */
  args(): string[] {
    const { keys, now, offerEnds } = this.#context;
    const { queues, limits = {}, recording } = this.#options;
    return [
      keys.prefix,
      String(now),
      String(offerEnds),
      String(this.#queues.size),
      String(this.#looked.size),
      String(Object.keys(limits).length),
      recordingArg(keys.journal.recording(recording), recording),
      ...[...this.#queues.keys()].flatMap((queue) => [queue, limitOf(queues?.get(queue))]),
      ...[...this.#looked].flatMap(([id, { page, unique }]) => [id, page, unique]),
      ...limitArgs(limits),
      ...this.#items,
    ];
  }

  /** Finds out about the tasks that it asks to be looked at. */
  async look(ids: readonly string[]): Promise<void> {
    const { keys, fetch } = this.#context;
    const holders = ids.filter((id) => id.endsWith("*")).map((id) => id.slice(0, -1));
    const records = holders.length === 0 ? [] : await fetch(holders);
    const held = new Map(records.flatMap((record) => record?.unique ? [[record.id, record.unique]] : []));
    for (const marked of ids) {
      const id = marked.endsWith("*") ? marked.slice(0, -1) : marked;
      const unique = held.get(id);
      this.#looked.set(id, { page: keys.page(id), unique: unique === undefined ? "" : keys.unique(unique) });
    }
  }

  /** Reads what it returned. */
  read(reply: readonly string[]): Receipt[] {
    const { caller, signals } = this.#context;
    caller.learn(reply, 3);
    const winners = words(reply[2]!);
    const statuses = reply[1]!;
    return this.#messages.map(({ message: { id, idempotent } }, index): Receipt => {
      const status = statuses[index];
      // Somebody else's record does not say that this client waits, nor does that of a call under the same idempotency
      // key, which another client may have sent.
      if (status !== "1" || idempotent !== undefined) signals.forget(id);
      if (status === "1") return { id, status: "added" };
      if (status === "3") return { id, status: "full" };
      return { id: status === "2" ? winners.shift()! : id, status: "exists" };
    });
  }
}

/** See scripts/publish/unique.ts. */
function rulesOf({ on, states, within }: Uniqueness): string {
  if (on !== "replace" && states !== "waiting") return "";
  return (on === "replace" ? "r" : "") + (states === undefined ? "" : states[0]) + (within ?? "");
}

/** The limit to a queue's length as the script reads it. */
function limitOf({ maxLength, whenFull }: QueueLength = {}): string {
  if (maxLength === undefined) return "";
  return (whenFull === "dropOldest" ? "d" : "r") + maxLength;
}
