/**
 * Workers' turns: what the script is called with, and what its answer says.
 *
 * @module
 */
import type { Delivery, Turn, TurnReply } from "../../ports/turn.ts";
import { InvalidInput } from "../../errors.ts";
import type { Recording } from "../../ports/journal.ts";
import { Recent } from "../../recent.ts";
import { checkTurn, idleLease } from "../turn.ts";
import type { Caller } from "./connection/caller.ts";
import { recordingArg } from "./journal/journal_keys.ts";
import type { Keys } from "./keys.ts";
import { readMail } from "./mail.ts";
import { addingKeys } from "./publishing/prepared.ts";
import { decodeEntry } from "./records/record.ts";
import { limitArgs } from "./publishing/rules.ts";
import { exchange } from "./scripts/exchange.ts";
import { type Met, TurnItems } from "./turn_items.ts";
import { words } from "./records/words.ts";

/** How a turn is taken. */
export interface TakingOptions {
  /** The broker's time. */
  readonly now: number;
  /**
   * Whether what is not due yet is taken, too.
   *
   * @default {false}
   */
  readonly early?: boolean;
  /** Ends waiting for the answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Workers of which something is remembered here, as of those of an exchange. */
const mostWorkers = 10_000;

/** Takes workers' turns. */
export class Turns {
  readonly #keys: Keys;
  readonly #caller: Caller;
  /** The keys of lanes and limits that a worker's next turn is likely to need, as its last one told. */
  readonly #hints = new Recent<string, readonly string[]>(mostWorkers);
  /**
   * What a worker's last turn has met that was revoked: to be handed in with its next one, of which the worker need not
   * know. Should another process take that one, it is told the same.
   */
  readonly #met = new Recent<string, readonly Met[]>(mostWorkers);

  /** Those of these keys. */
  constructor(keys: Keys, caller: Caller) {
    this.#keys = keys;
    this.#caller = caller;
  }

  /** A worker's turn. */
  async take(turn: Turn, { now, early = false, signal }: TakingOptions): Promise<TurnReply> {
    checkTurn(turn);
    const { worker, number, queues, recording: declared, leave } = turn;
    const { journal } = this.#keys;
    const met = this.#met.get(worker) ?? [];
    const items = new TurnItems(turn, met, this.#keys, now);
    // What it is about is known only from the broker's answer, should others have declared something else.
    const recording = () => journal.overriding(declared);
    const keys = () => [
      this.#keys.map,
      this.#keys.workers,
      ...new Set([
        ...items.recordKeys,
        ...items.recordKeys.size > 0 ? [this.#keys.pageNames] : [],
        ...queues.flatMap((queue) => this.#keys.taking(queue)),
        ...addingKeys(this.#keys, items.backs, now),
        ...this.#hints.get(worker) ?? [],
        ...journal.needed(recording(), now),
      ]),
    ];
    const args = () => [this.#keys.prefix, String(now), ...argsOf(turn, items, recording(), early)];
    const reply = await this.#caller.call(exchange, keys, args, { signal });
    if (reply[0] === "old") {
      throw new InvalidInput("number", `Turn ${number} of worker ${worker} is over: a later one was answered already`);
    }
    const { answer, found, end } = readReply(reply);
    const hints = this.#caller.learn(reply, end);
    this.#met.delete(worker);
    if (found.length > 0) this.#met.set(worker, found);
    // What a turn without lanes needed says nothing of the next one with some.
    if (leave) this.#hints.delete(worker);
    else if (hints) this.#hints.set(worker, hints);
    if (met.length === 0) return answer;
    const own = new Set(met.map(({ lease }) => lease));
    return { ...answer, lost: answer.lost.filter((lease) => !own.has(lease)) };
  }
}

function argsOf(turn: Turn, items: TurnItems, recording: Recording, early: boolean): string[] {
  const { worker, number, holds, limit, lease, limits = {}, park, leave } = turn;
  const { queues, settled } = items;
  return [
    worker,
    String(number),
    String(lease),
    String(idleLease),
    park ? "1" : "0",
    leave ? "1" : "0",
    early ? "1" : "0",
    [...new Set([...holds, ...settled])].join(" "),
    String(limit),
    String(queues.size),
    String(new Set(turn.queues).size),
    String(Object.keys(limits).length),
    recordingArg(recording, turn.recording),
    (turn.read ?? []).join(" "),
    ...queues.keys(),
    ...limitArgs(limits),
    ...items.args(recording),
  ];
}

interface ReadReply {
  readonly answer: TurnReply;
  /** What was revoked, and is to be handed in. */
  readonly found: readonly Met[];
  /** Where layouts begin. */
  readonly end: number;
}

/** Reads an answer, up to the place where layouts begin. */
function readReply(reply: readonly string[]): ReadReply {
  const [, lost, revoked, more, wakeAt, aliveUntil, count] = reply;
  const deliveries: Delivery[] = [];
  const found: Met[] = [];
  let at = 7;
  for (let left = Number(count); left > 0; left--, at += 4) {
    const lease = `${reply[at]}:${reply[at + 1]}`;
    if (reply[at + 2] === "!") found.push({ lease, id: reply[at + 3]! });
    else deliveries.push({ ...decodeEntry(reply[at + 3]!), lease });
  }
  const mail = reply[at] === "*" ? readMail(reply[at + 1]!) : [];
  if (mail.length > 0) at += 2;
  const answer = {
    deliveries,
    lost: words(lost!),
    ...readRevoked(words(revoked!)),
    ...(mail.length > 0 ? { mail } : {}),
    more: more === "1",
    aliveUntil: Number(aliveUntil),
    ...(wakeAt === "0" ? {} : { wakeAt: Number(wakeAt) }),
  };
  return { answer, found, end: at };
}

/** The leases of those that were revoked, and of those that are to be over at once. */
function readRevoked(words: readonly string[]): Pick<TurnReply, "revoked" | "terminated"> {
  const revoked = words.map((word) => word.replace("!", ""));
  const terminated = revoked.filter((lease, index) => lease !== words[index]);
  return { revoked, ...(terminated.length > 0 ? { terminated } : {}) };
}
