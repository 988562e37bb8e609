/**
 * What is billed is told by day, or not at all.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Cases } from "../case.ts";
import { message } from "../test_worker.ts";

const day = 86_400_000;

/** What is billed is told by day, or not at all. */
export const bills: Cases = {
  async "bills.read() tells so many days by UTC, the last one is today; none where nothing is billed"(
    { broker, clock },
  ) {
    await broker.publish([message(clock)], { recording: { events: "none", history: true } });
    const today = Math.floor(clock.now() / day) * day;
    for (const days of [1, 3, 31]) {
      const told = await broker.bills.read(days);
      if (told.length === 0) continue;
      assertEquals(told.map(({ at }) => at), Array.from({ length: days }, (_, n) => today - (days - 1 - n) * day));
      for (const count of told.flatMap(({ operations }) => Object.values(operations))) {
        assert(Number.isInteger(count) && count > 0, `${count}`);
      }
    }
    assertEquals((await broker.bills.read(1)).length === 0, (await broker.bills.read(2)).length === 0);
  },
};
