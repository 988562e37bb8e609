/** @jsxImportSource hono/jsx */
/**
 * What happens now, and what happened lately.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { action } from "../action.ts";
import type { Desk, DeskEnv } from "../desk.ts";
import type { Html } from "../html.ts";
import type { Parts } from "../live.ts";
import { Glance } from "../overview/glance.tsx";
import { History } from "../overview/history.tsx";
import { FailedLast, Queues, RunningNow, Workers } from "../overview/lists.tsx";
import { type Sight, sightOf } from "../overview/sight.ts";
import { type Period, periods } from "../overview/span.ts";

import { page } from "../page.tsx";
import { useView } from "../view.tsx";

/** `GET /`, what is new there, and `POST /record`. */
export function overview(desk: Desk): Hono<DeskEnv> {
  const { live } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const period = periodOf(context);
      const { data } = await live.read(sightOf(live, period));
      return page(context, {
        ...{ title: view.words.overview.title, section: "overview", live: view.url("/live", { period }) },
        ...{ scripts: ["charts"], actions: <Periods chosen={period} />, body: <Body {...data} /> },
      });
    })
    .get("/live", (context) => live.stream(context, sightOf(live, periodOf(context)), partsOf))
    .post(
      "/record",
      action(desk, "control", async ({ view }) => {
        await view.app.control.record({ history: true });
        return view.words.overview.switchedOn;
      }),
    );
}

function periodOf(context: Context): Period {
  return periods.find((period) => period === context.req.query("period")) ?? "hour";
}

/** What changes while one looks. */
function partsOf(sight: Sight): Parts {
  return {
    tiles: <Glance {...sight} />,
    history: <History {...sight} />,
    queues: <Queues {...sight} />,
    workers: <Workers {...sight} />,
    running: <RunningNow {...sight} />,
    failed: <FailedLast {...sight} />,
  };
}

function Body(sight: Sight): Html {
  const { tiles, history, ...lists } = partsOf(sight);
  return (
    <>
      {tiles}
      {history}
      <div class="columns">{Object.values(lists)}</div>
    </>
  );
}

function Periods({ chosen }: { readonly chosen: Period }): Html {
  const view = useView();
  const { period: words } = view.words.overview;
  return (
    <nav class="segments" aria-label={words.label}>
      {periods.map((period) => (
        <a href={view.url("/", { period })} aria-current={period === chosen ? "true" : undefined}>{words[period]}</a>
      ))}
    </nav>
  );
}
