/**
 * What every broker must do, as cases that run on any of them.
 *
 * @module
 */
import { assertRejects } from "@std/assert";
import { InvalidInput } from "../errors.ts";
import type { Case, CaseContext, Cases, TestStore } from "./case.ts";
import { batches } from "./cases/batches.ts";
import { bills } from "./cases/bills.ts";
import { control } from "./cases/control.ts";
import { deadLetters } from "./cases/dead_letters.ts";
import { followUps } from "./cases/follow_ups.ts";
import { journal } from "./cases/journal.ts";
import { keptMessages } from "./cases/kept_messages.ts";
import { lanes } from "./cases/lanes.ts";
import { leases } from "./cases/leases.ts";
import { lengths } from "./cases/lengths.ts";
import { limits } from "./cases/limits.ts";
import { mail } from "./cases/mail.ts";
import { listing } from "./cases/listing.ts";
import { order } from "./cases/order.ts";
import { publishing } from "./cases/publishing.ts";
import { records } from "./cases/records.ts";
import { repetition } from "./cases/repetition.ts";
import { schedules } from "./cases/schedules.ts";
import { setLimits } from "./cases/set_limits.ts";
import { signals } from "./cases/signals.ts";
import { unique } from "./cases/unique.ts";
import { waiting } from "./cases/waiting.ts";
import { ManualClock } from "./manual_clock.ts";

export type { Case, CaseContext, TestStore };

const cases: Cases = {
  ...publishing,
  ...unique,
  ...lengths,
  ...order,
  ...leases,
  ...repetition,
  ...records,
  ...control,
  ...deadLetters,
  ...schedules,
  ...waiting,
  ...listing,
  ...signals,
  ...lanes,
  ...limits,
  ...setLimits,
  ...batches,
  ...journal,
  ...mail,
  ...followUps,
  ...keptMessages,
  ...bills,
};

/** What every broker must do. */
export const conformance: readonly Case[] = Object.entries(cases).map(([name, run]) => ({ name, run }));

/** Registers a test: `Deno.test`, or the like of another runner. */
export type Register = (name: string, run: () => Promise<void>) => void;

/** How to test a broker. */
export interface ConformanceOptions {
  /** Registers each case. */
  readonly test: Register;
  /** Opens a fresh store; disposing it closes every broker on it. */
  readonly open: (clock: ManualClock) => Promise<TestStore & AsyncDisposable>;
  /** Cases that this broker does not meet, each with its reason. */
  readonly deviations?: { readonly [name: string]: string };
}

/**
 * Registers a test for each case: `testBroker("mine", { test: Deno.test, open })`.
 *
 * A case that deviates must fail: a deviation that is none any more fails the test.
 *
 * @throws {InvalidInput} For a deviation from a case that does not exist.
 */
export function testBroker(name: string, { test, open, deviations = {} }: ConformanceOptions): void {
  for (const deviation of Object.keys(deviations)) {
    if (!(deviation in cases)) throw new InvalidInput("deviations", `There is no case ${JSON.stringify(deviation)}`);
  }
  for (const { name: rule, run } of conformance) {
    const reason = deviations[rule];
    test(`${name}: ${rule}${reason === undefined ? "" : ` (deviates: ${reason})`}`, async () => {
      const clock = new ManualClock();
      await using store = await open(clock);
      const context: CaseContext = { broker: store.broker, another: () => store.another(), clock };
      if (reason === undefined) await run(context);
      else await assertRejects(() => run(context), Error, undefined, `no longer deviates: ${reason}`);
    });
  }
}
