/** @jsxImportSource hono/jsx */
/**
 * The charts of a period.
 *
 * @module
 */
import type { Histogram } from "../../../ports/history.ts";
import { Card, Empty } from "../components/card.tsx";
import { BarChart, LineChart } from "../components/chart.tsx";
import { ActionForm, Button } from "../components/form.tsx";
import type { Html } from "../html.ts";
import { useView, type View } from "../view.tsx";
import { beyond, estimate, type Period, spans, type Sum } from "./span.ts";

/** What is drawn. */
export interface HistoryProps {
  /** A sum for each bar; `undefined` while no history is kept. */
  readonly bars: readonly Sum[] | undefined;
  /** How far back they go. */
  readonly period: Period;
  /** Which tasks they are of: for the links to them. */
  readonly of?: { readonly task?: string; readonly queue?: string };
}

/** What was done and what failed, and how long it took; or how to have that counted. */
export function History({ bars, period, of = {} }: HistoryProps): Html {
  const view = useView();
  const { words: { history: words } } = view;
  if (!bars) return <HistoryOff />;
  const times = bars.map(({ at }) => at);
  const href = (at: number) =>
    view.url("/tasks", { ...of, from: minuteText(at), to: minuteText(at + spans[period].length) });
  const shared = { times, marks: period === "month" ? "day" as const : "clock" as const, href };
  const format = (ms: number) => durationText(view, ms);
  const quantiles = (of: (bar: Sum) => Histogram) => [
    { label: "p50", tone: "calm" as const, values: bars.map((bar) => estimate(of(bar), 0.5)) },
    { label: "p95", tone: "strong" as const, values: bars.map((bar) => estimate(of(bar), 0.95)) },
  ];
  return (
    <div id="history" class="charts">
      <Card id="throughput" title={words.throughput}>
        <BarChart
          {...{ ...shared, id: "throughput", summary: words.throughputSummary }}
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
          {...{ ...shared, id: "runs", summary: words.runSummary, format }}
          series={quantiles(({ run }) => run)}
        />
      </Card>
      <Card id="waits" title={words.waitTimes}>
        <LineChart
          {...{ ...shared, id: "waits", summary: words.waitSummary, format }}
          series={quantiles(({ wait }) => wait)}
        />
      </Card>
    </div>
  );
}

/** How long it took, as far as histograms tell. */
export function durationText(view: View, ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms >= beyond ? `> ${view.duration(1_800_000)}` : view.duration(ms);
}

/** As the filter of tasks takes it. */
function minuteText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

function HistoryOff(): Html {
  const view = useView();
  const { words: { history: words } } = view;
  return (
    <div id="history" class="charts">
      <Card id="throughput" title={words.throughput}>
        <Empty title={words.off}>
          <p>{words.offHint}</p>
          <ActionForm action={view.url("/record")} scope="control">
            <Button kind="primary">{words.switchOn}</Button>
          </ActionForm>
        </Empty>
      </Card>
    </div>
  );
}
