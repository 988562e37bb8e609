/**
 * `umbel bill`.
 *
 * @module
 */
import { type BilledCommands, billedOperations } from "../../ports/bill.ts";
import { viewOfBill } from "../../http/resources/bill.ts";
import { timeText } from "../../operations/task_view.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { table } from "../output/table.ts";

/** Shows what the broker bills. */
export const bill = command({
  name: "bill",
  summary: "Shows how many commands the broker billed, by day and by what they were for, and what they cost.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    days: { value: "N", help: "how many days, 1 to 31 (default: 7)" },
    price: { value: "N", help: "what 100,000 commands cost (default: 0.2, US dollars, as Upstash bills)" },
    json: { short: "j", help: "print JSON" },
  },
  examples: ["umbel bill -A shop.ts", "umbel bill --app shop --days 31 --json"],
  async run(options) {
    await using app = await anyApp(options);
    const price = readNumber(options.price, "--price");
    const told = await app.bill({
      days: readNumber(options.days, "--days") ?? 7,
      ...(price === undefined ? {} : { price }),
    });
    if (options.json) {
      console.log(JSON.stringify(viewOfBill(told), null, 2));
      return exitCodes.ok;
    }
    if (!told.isMetered) {
      console.log(`${app.broker.name} bills nothing`);
      return exitCodes.ok;
    }
    // Noughts would look as if nothing had been billed.
    if (told.commands === 0) {
      const { history } = await app.broker.journal.recording();
      const why = history ? "in these days" : "since the setting history is off";
      console.error(`umbel: nothing was counted in app ${app.name} ${why}`);
      return exitCodes.ok;
    }
    const used = billedOperations.filter((name) => told.operations[name]);
    const row = (name: string, operations: BilledCommands, commands: number, cost: number) => [
      name,
      ...used.map((one) => operations[one] ?? 0),
      commands,
      cost.toFixed(4),
    ];
    const head = ["DAY", ...used.map((name) => name.toUpperCase()), "ALL", "COST"];
    const days = told.days.map(({ at, operations, commands, cost }) =>
      row(timeText(at).slice(0, 10), operations, commands, cost)
    );
    console.log(table(head, [...days, row("all", told.operations, told.commands, told.cost)]));
    return exitCodes.ok;
  },
});
