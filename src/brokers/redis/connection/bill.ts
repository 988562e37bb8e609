/**
 * What this process is billed, added to the counts of all of them now and then.
 *
 * @module
 */
import { type BilledDay, billedDays, type BilledOperation, type Bills } from "../../../ports/bill.ts";
import { newWord } from "../../../id.ts";
import type { Connection } from "./connection.ts";
import type { Keys } from "../keys.ts";
import type { CommandMeter } from "./meter.ts";
import { addBill, readBill } from "../scripts/bill.ts";
import { words } from "../records/words.ts";

const day = 86_400_000;
/** How often a process adds what it was billed (ms). */
const every = 300_000;
/** The fewest commands that are worth adding when a process ends: adding them takes four. */
const fewest = 50;
/** How long the end of a process may wait for that (ms). */
const patience = 2000;

/** What the scripts are for: those that are not named look at things. */
const operations: { readonly [script: string]: BilledOperation } = {
  publish: "publish",
  exchange: "exchange",
  fetch: "fetch",
  whole: "fetch",
  watch: "watch",
  fire: "beat",
  put_entries: "beat",
  remove_entries: "beat",
  list_entries: "beat",
  revoke: "control",
  change: "control",
  limit: "control",
  pause: "control",
  resend: "control",
  drop: "control",
  oldest: "control",
  record: "control",
  forget_chosen: "look",
  connect: "connect",
  add_bill: "bill",
  read_bill: "bill",
};

/** What the bill needs of the broker. */
export interface BillOptions {
  /** The keys; they know whether the history is kept. */
  readonly keys: Keys;
  /** Calls scripts, and counts what they take. */
  readonly connection: Connection;
  /** The broker's time. */
  readonly now: () => Promise<number>;
  /** The same as far as it is known, at once. */
  readonly nowSoFar: () => number;
}

/** What is being added, under a word that tells repetitions. */
interface Pending {
  readonly nonce: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** What is billed. */
export class RedisBills implements Bills {
  readonly #options: BillOptions;
  #meter: CommandMeter | undefined;
  #addedAt = 0;
  #pending: Pending | undefined;
  #adding: Promise<void> | undefined;

  /** That of this broker. */
  constructor(options: BillOptions) {
    this.#options = options;
  }

  /** Something was asked of the broker: from now on it is counted, if the history is kept; and added, if it is time to. */
  note(declaresHistory: boolean): void {
    const { keys, connection, nowSoFar } = this.#options;
    if (!this.#meter) {
      if (!declaresHistory && !keys.journal.recording().history) return;
      this.#meter = connection.meter();
      this.#addedAt = nowSoFar();
    } else if (!this.#adding && nowSoFar() - this.#addedAt >= every) {
      this.#addedAt = nowSoFar();
      this.#adding = this.#add().finally(() => this.#adding = undefined);
    }
  }

  /** Adds what is left. Few commands stand for many: now and then for all that such processes leave out. */
  async close(): Promise<void> {
    await this.#adding;
    const total = this.#meter?.unbilled ?? 0;
    if (total === 0 || !this.#options.keys.journal.recording().history) return;
    const chance = Math.min(1, total / fewest);
    if (Math.random() < chance) await this.#add(1 / chance);
  }

  async #add(factor = 1): Promise<void> {
    const { keys, connection, now } = this.#options;
    const pending = this.#pending ??= { nonce: newWord(8), counts: sums(this.#meter!.take(), factor) };
    try {
      const key = keys.bill(Math.floor(await now() / day));
      const args = [...pending.counts].flatMap(([operation, count]) => [operation, String(count)]);
      const keep = String((billedDays + 1) * day);
      await connection.run(addBill, [key], [pending.nonce, keep, ...args], AbortSignal.timeout(patience));
      this.#pending = undefined;
    } catch {
      // It is added the next time, under the same word: whether it was added this time is not known.
    }
  }

  /** The last days, with what this process is just adding. */
  async read(days: number): Promise<BilledDay[]> {
    const { keys, connection, now } = this.#options;
    await this.#adding;
    const today = Math.floor(await now() / day);
    const wanted = Array.from({ length: days }, (_, index) => today - days + 1 + index);
    const texts = await connection.run(readBill, wanted.map((one) => keys.bill(one)), [], undefined) as string[];
    return wanted.map((one, index) => ({ at: one * day, operations: readCounts(texts[index]!) }));
  }
}

/** Commands by operation, from those by script. */
function sums(byScript: ReadonlyMap<string, number>, factor: number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [script, count] of byScript) {
    const operation = operations[script] ?? "look";
    sums.set(operation, (sums.get(operation) ?? 0) + count);
  }
  return new Map([...sums].map(([operation, count]) => [operation, Math.round(count * factor)]));
}

function readCounts(text: string): BilledDay["operations"] {
  const pairs = words(text);
  return Object.fromEntries(
    pairs.flatMap((word, index) => index % 2 === 0 ? [[word, Number(pairs[index + 1])] as const] : []),
  );
}
