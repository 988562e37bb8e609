/**
 * What limits allow, and how far they are used, as one transaction sees and changes it.
 *
 * @module
 */
import type { Limit, LimitInfo } from "../../../ports/limits.ts";
import { withoutKey } from "../../../limits/limit.ts";
import type { Account } from "./account.ts";
import { lateness } from "./rate.ts";
import type { Statements } from "../statements/statements.ts";

/** How far a limit is used. */
interface UseRow {
  readonly running: number;
  readonly free: number;
  readonly held_by: number;
  readonly held_until: number;
}

/** What is declared and what was set, as JSON. */
interface LimitRow {
  readonly name: string;
  readonly declared: string | null;
  readonly chosen: string | null;
}

/** The accounts that one transaction looks at; written when it is done. */
export class Ledger {
  readonly #statements: Statements;
  readonly #now: number;
  readonly #accounts = new Map<string, Account>();
  readonly #changed = new Set<Account>();

  constructor(statements: Statements, now: number) {
    this.#statements = statements;
    this.#now = now;
  }

  /** The account of a limit. One that nobody declared lets everything through, and is counted all the same. */
  account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known) return known;
    const use = this.#statements.findUse.get(name) as unknown as UseRow | undefined;
    const account = {
      name,
      ...this.#allowed(name),
      running: use?.running ?? 0,
      free: use?.free ?? 0,
      heldBy: use?.held_by ?? 0,
      heldUntil: use?.held_until ?? 0,
    };
    this.#accounts.set(name, account);
    return account;
  }

  /** What was set for the key goes before what was set for all keys, and that before what is declared. */
  #allowed(name: string): Limit {
    const base = withoutKey(name);
    const { declared, chosen } = this.#find(base);
    return { ...declared, ...chosen, ...(base === name ? {} : this.#find(name).chosen) };
  }

  #find(name: string): { readonly declared?: Limit; readonly chosen?: Limit } {
    const row = this.#statements.findLimit.get(name) as unknown as LimitRow | undefined;
    return {
      ...(row?.declared ? { declared: JSON.parse(row.declared) } : {}),
      ...(row?.chosen ? { chosen: JSON.parse(row.chosen) } : {}),
    };
  }

  /** Says that an account has changed. */
  touch(account: Account): void {
    this.#changed.add(account);
  }

  /**
   * What a worker, or with `overwrites: false` a producer, declares.
   *
   * @returns Whether that is new.
   */
  declare(name: string, limit: Limit, overwrites: boolean): boolean {
    const { declared } = this.#find(name);
    if (declared && (!overwrites || same(declared, limit))) return false;
    this.#statements.declareLimit.run(name, JSON.stringify(limit));
    this.#forget(name, !same(declared?.rate, limit.rate));
    return true;
  }

  /** What is set over what is declared; `undefined` takes it back. */
  choose(name: string, limit: Limit | undefined): boolean {
    const { chosen } = this.#find(name);
    const wanted = limit && Object.keys(limit).length > 0 ? limit : undefined;
    if (same(chosen, wanted)) return false;
    this.#statements.chooseLimit.run(name, wanted ? JSON.stringify(wanted) : null);
    this.#statements.pruneLimits.run();
    this.#forget(name, !same(chosen?.rate, wanted?.rate));
    return true;
  }

  /** What was looked at is looked at anew; under another rate, no place of the future is taken yet. */
  #forget(name: string, ratesDiffer: boolean): void {
    this.flush();
    this.#accounts.clear();
    // Right behind `#` comes `$`.
    if (ratesDiffer) this.#statements.freeUses.run(this.#now, name, `${name}#`, `${name}$`);
  }

  /** Writes what has changed; what says nothing any more goes. */
  flush(): void {
    const { removeUse, setUse } = this.#statements;
    for (const { name, running, free, heldBy, heldUntil } of this.#changed) {
      if (running === 0 && free <= this.#now - lateness && heldUntil <= this.#now) removeUse.run(name);
      else setUse.run(name, running, free, heldBy, heldUntil);
    }
    this.#changed.clear();
  }
}

/** Every limit that was declared or set. */
export function listLimits({ limits }: Statements): LimitInfo[] {
  return (limits.all() as unknown as LimitRow[]).map(({ name, declared, chosen }) => ({
    name,
    ...(declared ? JSON.parse(declared) : {}),
    ...(chosen ? { set: JSON.parse(chosen) } : {}),
  }));
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
