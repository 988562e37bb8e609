/** @jsxImportSource hono/jsx */
/**
 * What happens now, and what happened lately.
 *
 * @module
 */
import { Hono } from "hono";
import { action } from "../action.ts";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts } from "../live.ts";
import { History } from "../history/charts.tsx";
import { periodOf, Periods } from "../history/periods.tsx";
import { Glance } from "../overview/glance.tsx";
import { BusiestTasks, FailedLast, Queues, RunningNow, Workers } from "../overview/lists.tsx";
import { type Sight, sightOf } from "../overview/sight.ts";
import { page } from "../page.tsx";

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
        ...{ scripts: ["charts"], actions: <Periods chosen={period} path="/" />, body: <Body {...data} /> },
      });
    })
    .get("/live", (context) => live.stream(context, sightOf(live, periodOf(context)), partsOf))
    .post(
      "/record",
      action(desk, "control", async ({ view }) => {
        await view.app.control.record({ history: true });
        return view.words.history.switchedOn;
      }),
    );
}

/** What changes while one looks. */
function partsOf(sight: Sight): Parts {
  return {
    tiles: <Glance {...sight} />,
    history: <History {...sight} />,
    ...(sight.tallies.length > 0 ? { tasks: <BusiestTasks {...sight} /> } : { tasks: <div id="tasks" hidden></div> }),
    failed: <FailedLast {...sight} />,
    queues: <Queues {...sight} />,
    workers: <Workers {...sight} />,
    running: <RunningNow {...sight} />,
  };
}

function Body(sight: Sight): Html {
  const { tiles, history, tasks, failed, running, queues, workers } = partsOf(sight);
  return (
    <>
      {tiles}
      {history}
      {tasks}
      <div class="columns">
        <div>{failed}{running}</div>
        <div>{queues}{workers}</div>
      </div>
    </>
  );
}
