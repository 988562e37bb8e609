/** @jsxImportSource hono/jsx */
import type { Context } from "hono";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { type Period, periods } from "./span.ts";

/** The period that is asked for: an hour unless said otherwise. */
export function periodOf(context: Context): Period {
  return periods.find((period) => period === context.req.query("period")) ?? "hour";
}

/** Links to the same page of other periods. */
export function Periods(
  { chosen, path, query = {} }: {
    readonly chosen: Period;
    readonly path: string;
    readonly query?: { readonly [name: string]: string | undefined };
  },
): Html {
  const view = useView();
  const { period: words } = view.words.history;
  return (
    <nav class="segments" aria-label={words.label}>
      {periods.map((period) => (
        <a href={view.url(path, { ...query, period })} aria-current={period === chosen ? "true" : undefined}>
          {words[period]}
        </a>
      ))}
    </nav>
  );
}
