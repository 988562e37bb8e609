/**
 * What an app's broker bills, and what that costs.
 *
 * @module
 */
import { type BilledCommands, billedDays, type BilledOperation, billedOperations } from "../ports/bill.ts";
import type { Broker } from "../ports/broker.ts";
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";

/** Of which time, and at which price. */
export interface BillOptions {
  /**
   * How many days, today included: 1 to 31.
   *
   * @default {31}
   */
  readonly days?: number;
  /**
   * What 100,000 commands cost, in any currency.
   *
   * @default {0.2: US dollars, as Upstash bills pay-as-you-go}
   */
  readonly price?: number;
}

/** A day of the bill, by UTC. */
export interface BillDay {
  /** When it begins: ms since 1970. */
  readonly at: number;
  /** How many commands. */
  readonly commands: number;
  /** What they cost. */
  readonly cost: number;
  /** What they were for. */
  readonly operations: BilledCommands;
}

/** What was billed. */
export interface Bill {
  /** Whether the broker bills anything at all. */
  readonly isMetered: boolean;
  /** The days, the first one first; none when nothing is billed. */
  readonly days: readonly BillDay[];
  /** How many commands on all of them. */
  readonly commands: number;
  /** What they cost. */
  readonly cost: number;
  /** What they were for. */
  readonly operations: BilledCommands;
  /** The price that was reckoned with. */
  readonly price: number;
}

/**
 * What was billed by day and operation.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 */
export async function readBill({ broker }: { readonly broker: Broker }, options: BillOptions = {}): Promise<Bill> {
  checkKeys(options, ["days", "price"], "option of bill");
  const { days = billedDays, price = 0.2 } = options;
  if (!Number.isInteger(days) || days < 1 || days > billedDays) {
    throw new InvalidInput("days", `days must be a whole number from 1 to ${billedDays}, and it is ${show(days)}`);
  }
  if (typeof price !== "number" || !(price >= 0) || price === Infinity) {
    throw new InvalidInput("price", `price must be a number from 0, and it is ${show(price)}`);
  }
  const told = (await broker.bills.read(days)).map(({ at, operations }) => {
    const commands = billedOperations.reduce((sum, one) => sum + (operations[one] ?? 0), 0);
    return { at, commands, cost: commands * price / 100_000, operations };
  });
  const operations: { [operation in BilledOperation]?: number } = {};
  for (const one of billedOperations) {
    const sum = told.reduce((sum, day) => sum + (day.operations[one] ?? 0), 0);
    if (sum > 0) operations[one] = sum;
  }
  const commands = told.reduce((sum, day) => sum + day.commands, 0);
  const isMetered = told.length > 0;
  return { isMetered, days: told, commands, cost: commands * price / 100_000, operations, price };
}
