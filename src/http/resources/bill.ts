/**
 * What the broker bills, by day and by what it was for.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { billedOperations } from "../../ports/bill.ts";
import type { Bill } from "../../operations/billing.ts";
import { given, number, whole } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import { listOf, object, timestamp } from "../schema/values.ts";
import { timeText } from "../../operations/task_view.ts";

const count = { type: "integer", minimum: 0 } as const;
const cost = { type: "number", description: "What they cost" } as const;
const operations = object(Object.fromEntries(billedOperations.map((name) => [name, count])), {
  optional: billedOperations,
  description: "What they were for",
});

/** `GET /bill`. */
export function bill(app: Umbel): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/bill",
      id: "getBill",
      tag: "Events",
      summary: "Tells how many commands the broker billed, where the setting `history` is on",
      access: "read",
      query: {
        days: whole("How many days, today included; 31 when absent", { least: 1, most: 31 }),
        price: number("What 100,000 commands cost; 0.2 when absent, US dollars, as Upstash bills", { least: 0 }),
      },
      responses: {
        200: {
          description: "The days by UTC, the first one first, and all of them together",
          schema: object({
            isMetered: { type: "boolean", description: "Whether the broker bills anything at all" },
            days: listOf(object({ at: timestamp, commands: count, cost, operations })),
            commands: count,
            cost,
            operations,
            price: { type: "number" },
          }),
        },
      },
      answer: async ({ query }) => Response.json(viewOfBill(await app.bill(given(query)))),
    }),
  ];
}

/** The view of a bill. */
export function viewOfBill({ days, ...bill }: Bill): Record<string, unknown> {
  return { ...bill, days: days.map(({ at, ...day }) => ({ at: timeText(at), ...day })) };
}
