/** @jsxImportSource hono/jsx */
/**
 * What each task came to, as a table.
 *
 * @module
 */
import { Empty } from "../components/card.tsx";
import { Spark } from "../components/chart.tsx";
import { Name } from "../components/plain.tsx";
import { type Column, Table } from "../components/table.tsx";
import { Took } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView, type View } from "../view.tsx";
import { durationText } from "./charts.tsx";
import { estimate, type Period } from "./span.ts";
import { failingOf, type Order, sortTallies, type Tally } from "./tallies.ts";

/** What is shown. */
export interface ByTaskProps {
  /** What is known of each task. */
  readonly tallies: readonly Tally[];
  /** How far back that goes. */
  readonly period: Period;
  /** What they are sorted by: headings lead to other orders where that is given. */
  readonly order?: Order;
  /** So many of them are shown. */
  readonly most?: number;
}

/** A row for each task, those that fail first unless another order is asked for. */
export function ByTask({ tallies, period, order, most = Infinity }: ByTaskProps): Html {
  const view = useView();
  const { words: { history: words } } = view;
  const isWhole = order !== undefined;
  const sort = (by: Order) =>
    isWhole ? { sort: { href: by === order ? undefined : view.url("/statistics", { period, sort: by }) } } : {};
  const count = (by: "done" | "failed" | "retried"): Column<Tally> => ({
    ...{ title: words[by], kind: "number", ...sort(by), spare: by === "retried" },
    cell: ({ sum }) => <Count value={sum[by]} isBad={by === "failed"} />,
  });
  const time = (by: "p50" | "p95" | "wait", share: number): Column<Tally> => ({
    ...{ title: words[by], kind: "number", ...sort(by), spare: by === "p50" || by === "wait" && !isWhole },
    cell: ({ sum }) => durationText(view, estimate(by === "wait" ? sum.wait : sum.run, share)),
  });
  return (
    <Table
      cards={isWhole}
      caption={words.byTask}
      columns={[
        {
          ...{ title: words.task, ...sort("task") },
          cell: ({ task }) => (
            <a href={taskHref(view, task, period)}>
              <Name text={task} />
            </a>
          ),
        },
        {
          ...{ title: words.trend, kind: "text", spare: true },
          cell: ({ task, bars }) => (
            <Spark
              label={words.trendOf(task)}
              series={[
                { label: words.done, tone: "good", values: bars.map(({ done }) => done) },
                { label: words.failed, tone: "bad", values: bars.map(({ failed }) => failed) },
              ]}
            />
          ),
        },
        count("done"),
        count("failed"),
        {
          ...{ title: words.failing, kind: "number", ...sort("failing"), spare: !isWhole },
          cell: ({ sum }) => sum.failed === 0 ? <span class="soft">–</span> : view.percent(failingOf(sum)),
        },
        ...(isWhole ? [count("retried"), time("p50", 0.5)] : []),
        time("p95", 0.95),
        time("wait", 0.95),
        ...(isWhole
          ? [{
            ...{ title: words.total, kind: "number" as const, ...sort("total"), spare: true },
            cell: ({ sum }: Tally) => <Took ms={sum.run.sum} />,
          }]
          : []),
      ]}
      rows={sortTallies(tallies, order ?? "failed").slice(0, most)}
      rowKey={({ task }) => task}
      empty={
        <Empty title={words.nothing}>
          <p>{words.nothingHint}</p>
        </Empty>
      }
    />
  );
}

/** The path of the page of one task's statistics. */
export function taskHref(view: View, task: string, period?: Period, below = ""): string {
  return view.url(`/statistics/of/${encodeURIComponent(task)}${below}`, { period });
}

function Count({ value, isBad }: { readonly value: number; readonly isBad: boolean }): Html {
  const view = useView();
  if (value === 0) return <span class="soft">0</span>;
  return isBad ? <strong class="bad-count">{view.number(value)}</strong> : <>{view.number(value)}</>;
}
