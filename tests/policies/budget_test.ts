import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { createLogger, InvalidInput } from "@umbel/umbel";
import { Budget, readBudget } from "../../src/policies/budget.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const hour = 3_600_000;

function setUp(text: string) {
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line.replace(/^.*?: (\w+)\]/, "$1")) });
  const meter = { billed: 1000 };
  return { lines, meter, budget: new Budget(readBudget(text), meter, log) };
}

Deno.test("readBudget() reads commands in a time, and refuses anything else", () => {
  assertEquals(readBudget("100k/day"), { limit: 100_000, per: "day" });
  assertEquals(readBudget("1.5M/month"), { limit: 1_500_000, per: "month" });
  assertEquals(readBudget("2000/hour"), { limit: 2000, per: "hour" });
  for (const wrong of ["100k", "0/day", "-1/day", "many/day", "1k/week", 100_000]) {
    assertThrows(() => readBudget(wrong), InvalidInput, "budget must be commands in a time");
  }
});

Deno.test("from four fifths on turns are spread over what is left of the time, so that the budget lasts", () => {
  const { lines, meter, budget } = setUp("100/hour");
  let now = noon;
  budget.turn(now);
  for (; meter.billed < 1080; now += 1000) {
    assertEquals(budget.isShort(now), false);
    meter.billed += 4;
    budget.turn(now);
  }
  let turns = 0;
  for (; now < noon + hour; turns++) {
    now = budget.nextTurnAt(now);
    if (now >= noon + hour) break;
    meter.billed += 4;
    budget.turn(now);
  }
  assert(meter.billed - 1000 <= 100, `${meter.billed - 1000} of 100 are used`);
  assert(turns >= 4, `${turns} turns were taken in the rest`);
  assertMatch(lines[0]!, /^WARNING 80 of 100 commands of this hour's budget are used: turns are \d+\.\d s apart/);
  assertEquals(budget.isShort(noon + hour), false);
  assertEquals(lines.at(-1), "INFO A new hour begins, and with it the budget of 100 commands");
});

Deno.test("a budget that is used up lets nothing be taken until the next day, by UTC", () => {
  const { lines, meter, budget } = setUp("100/day");
  budget.turn(noon);
  meter.billed += 100;
  assertEquals([budget.isSpent(noon), budget.nextTurnAt(noon)], [true, noon + 12 * hour]);
  assertEquals(lines, [
    "ERROR This day's budget of 100 commands is used up: nothing is taken until 2026-11-22T00:00:00.000Z",
  ]);
  assertEquals([budget.isSpent(noon + 12 * hour), budget.isShort(noon + 12 * hour)], [false, false]);
});

Deno.test("a month's budget ends with the month", () => {
  const { meter, budget } = setUp("10/month");
  budget.turn(noon);
  meter.billed += 10;
  assertEquals(budget.nextTurnAt(noon), Date.UTC(2026, 11));
});
