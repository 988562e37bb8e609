/** @jsxImportSource hono/jsx */
/**
 * The overview's charts.
 *
 * @module
 */
import type { Histogram } from "../../../ports/history.ts";
import { Card, Empty } from "../components/card.tsx";
import { BarChart, LineChart } from "../components/chart.tsx";
import { ActionForm, Button } from "../components/form.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Sight } from "./sight.ts";
import { beyond, estimate, type Sum } from "./span.ts";

/** What was done and what failed, and how long it took; or how to have that counted. */
export function History({ bars, period }: Pick<Sight, "bars" | "period">): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  if (!bars) return <HistoryOff />;
  const times = bars.map(({ at }) => at);
  const marks = period === "month" ? "day" : "clock";
  const duration = (ms: number) => ms >= beyond ? `> ${view.duration(1_800_000)}` : view.duration(ms);
  const quantiles = (of: (bar: Sum) => Histogram) => [
    { label: "p50", tone: "calm" as const, values: bars.map((bar) => estimate(of(bar), 0.5)) },
    { label: "p95", tone: "strong" as const, values: bars.map((bar) => estimate(of(bar), 0.95)) },
  ];
  return (
    <div id="history" class="charts">
      <Card id="throughput" title={words.throughput}>
        <BarChart
          {...{ id: "throughput", summary: words.throughputSummary, times, marks }}
          series={[
            { label: words.done, tone: "good", values: bars.map(({ done }) => done) },
            { label: words.failed, tone: "bad", values: bars.map(({ failed }) => failed) },
          ]}
          format={(value) => view.compact(value)}
        />
        {period === "month" && <p class="hint">{words.utc}</p>}
      </Card>
      <Card id="runs" title={words.runTimes}>
        <LineChart
          {...{ id: "runs", summary: words.runSummary, times, marks, format: duration }}
          series={quantiles(({ run }) => run)}
        />
      </Card>
      <Card id="waits" title={words.waitTimes}>
        <LineChart
          {...{ id: "waits", summary: words.waitSummary, times, marks, format: duration }}
          series={quantiles(({ wait }) => wait)}
        />
      </Card>
    </div>
  );
}

function HistoryOff(): Html {
  const view = useView();
  const { words: { overview: words } } = view;
  return (
    <div id="history" class="charts">
      <Card id="throughput" title={words.throughput}>
        <Empty title={words.historyOff}>
          <p>{words.historyHint}</p>
          <ActionForm action={view.url("/record")} scope="control">
            <Button kind="primary">{words.switchOn}</Button>
          </ActionForm>
        </Empty>
      </Card>
    </div>
  );
}
