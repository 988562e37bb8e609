/** @jsxImportSource hono/jsx */
/**
 * Charts, drawn here and not in the browser: they need no script, are as sharp at any width, and take their colours from
 * the style. The same figures stand in a table below each.
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@^4.0.9"
import { scaleBand, scaleLinear, scaleLog } from "d3-scale";
// @ts-types="npm:@types/d3-shape@^3.1.7"
import { area, curveMonotoneX, line, stack } from "d3-shape";
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { Mark, Time } from "./time.tsx";

/** The colours of series, by what they stand for. */
export type Tone = "good" | "bad" | "calm" | "strong" | "warm" | "faint";

/** A row of figures. */
export interface Series {
  /** What it is. */
  readonly label: string;
  /** Its colour. */
  readonly tone: Tone;
  /** One for each point in time; `undefined` where there is nothing to tell. */
  readonly values: readonly (number | undefined)[];
}

/** What a chart shows. */
export interface ChartProps {
  /** Names it in the page. */
  readonly id: string;
  /** What it shows, in a sentence: for those who do not see it. */
  readonly summary: string;
  /** When its points begin (ms since 1970), the oldest first. */
  readonly times: readonly number[];
  /** How times are written at the axis. */
  readonly marks: "clock" | "day";
  /** Its figures. */
  readonly series: readonly Series[];
  /** How a figure is written. */
  readonly format: (value: number) => string;
  /** What belongs to a point in time. */
  readonly href?: (at: number) => string;
}

/** The inner measures of the drawing, which is stretched to the room there is. */
const [width, height] = [600, 100];

/** Figures that add up, as bars on one another. */
export function BarChart(props: ChartProps): Html {
  const { times, series } = props;
  const rows = times.map((_, index) => series.map(({ values }) => values[index] ?? 0));
  const most = Math.max(1, ...rows.map((row) => row.reduce((sum, value) => sum + value, 0)));
  const y = scaleLinear([0, most], [height, 0]).nice(4);
  const x = scaleBand(times.map((_, index) => index), [0, width]).paddingInner(0.25).paddingOuter(0.1);
  const stacked = stack<readonly number[], number>().keys(series.keys()).value((row, key) => row[key]!)(rows);
  const ticks = y.ticks(4).filter(Number.isInteger);
  return (
    <Frame {...props} ticks={ticks.map((tick) => [y(tick), props.format(tick)])}>
      {stacked.map((bars, index) => (
        <g class={`bars ${series[index]!.tone}`}>
          {bars.map(([from, to], at) =>
            to > from && <Bar x={x(at)!} width={x.bandwidth()} from={y(from)} to={y(to)} />
          )}
        </g>
      ))}
    </Frame>
  );
}

/** As high as can still be seen: one that failed among a thousand that did not is no less bad. */
function Bar(
  { x, width, from, to }: { readonly x: number; readonly width: number; readonly from: number; readonly to: number },
): Html {
  const bar = Math.max(1.5, from - to);
  return <rect x={round(x)} width={round(width)} y={round(Math.max(0, from - bar))} height={round(bar)} />;
}

/** Bars without axes, as small as a word: for the rows of a table, whose figures say the rest. */
export function Spark({ series, label }: { readonly series: readonly Series[]; readonly label: string }): Html {
  const count = series[0]?.values.length ?? 0;
  const sums = Array.from({ length: count }, (_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const y = scaleLinear([0, Math.max(1, ...sums)], [20, 0]);
  return (
    <svg class="spark" viewBox={`0 0 ${count * 2} 20`} preserveAspectRatio="none" role="img" aria-label={label}>
      {series.map(({ tone, values }, row) => (
        <g class={`bars ${tone}`}>
          {values.map((value = 0, at) => {
            const below = series.slice(0, row).reduce((sum, { values }) => sum + (values[at] ?? 0), 0);
            return value > 0 && <Bar x={at * 2} width={1.5} from={y(below)} to={y(below + value)} />;
          })}
        </g>
      ))}
    </svg>
  );
}

/** Times (ms) of very different lengths, as lines over a logarithmic scale: each step of the axis is ten times the one before. */
export function LineChart(props: ChartProps): Html {
  const view = useView();
  const { times, series } = props;
  // Whole seconds, so that each step is ten times the one before to the eye, too.
  const { units } = view.words;
  const axis = (ms: number) => ms < 1000 ? `${ms} ${units.ms}` : `${view.number(ms / 1000)} ${units.s}`;
  const known = series.flatMap(({ values }) => values.filter((value) => value !== undefined && value > 0) as number[]);
  const low = 10 ** Math.floor(Math.log10(Math.min(10, ...known)));
  const high = Math.max(low * 100, 10 ** Math.ceil(Math.log10(Math.max(1000, ...known.filter(Number.isFinite)))));
  const y = scaleLog([low, high], [height, 0]).clamp(true);
  const step = width / times.length;
  const points = (values: Series["values"]) => values.map((value, index) => ({ value, x: (index + 0.5) * step }));
  const isThere = ({ value }: { readonly value: number | undefined }) => value !== undefined;
  const top = (point: { readonly value: number | undefined }) => round(y(Math.max(low, point.value ?? low)));
  const draw = line<{ value: number | undefined; x: number }>(({ x }) => round(x), top).defined(isThere).curve(
    curveMonotoneX,
  );
  const fill = area<{ value: number | undefined; x: number }>(({ x }) => round(x), height, top).defined(isThere)
    .curve(curveMonotoneX);
  const ticks = y.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  return (
    <Frame {...props} ticks={ticks.map((tick) => [y(tick), axis(tick)])}>
      {series.map(({ tone, values }, index) => (
        <g class={`lines ${tone}`}>
          {index === 0 && <path class="area" d={fill(points(values)) ?? ""} />}
          <path class="line" d={draw(points(values)) ?? ""} />
          {points(values).map((point, at) =>
            isLone(values, at) && <circle cx={round(point.x)} cy={top(point)} r="1.6" />
          )}
        </g>
      ))}
    </Frame>
  );
}

/** A point without neighbours has no line. */
function isLone(values: Series["values"], at: number): boolean {
  return values[at] !== undefined && values[at - 1] === undefined && values[at + 1] === undefined;
}

interface FrameProps extends ChartProps {
  /** Lines across, from below: where, and what they stand for. */
  readonly ticks: readonly (readonly [y: number, label: string])[];
  readonly children?: Child;
}

/** How many times are written at the axis. */
const marksAtAxis = 6;

function Frame({ id, summary, times, marks, series, format, href, ticks, children }: FrameProps): Html {
  const { words: { chart } } = useView();
  const every = Math.ceil(times.length / marksAtAxis);
  return (
    <figure class="chart" data-chart={times.length}>
      <figcaption class="legend" aria-hidden="true">
        {series.map(({ label, tone }) => <span class={tone}>{label}</span>)}
      </figcaption>
      <div class="plot">
        <div class="y-axis" aria-hidden="true">{ticks.toReversed().map(([, label]) => <span>{label}</span>)}</div>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={summary}>
          {ticks.map(([y]) => <line class="grid" x1="0" x2={width} y1={round(y)} y2={round(y)} />)}
          {children}
        </svg>
        <div class="x-axis" aria-hidden="true">
          {times.filter((_, index) => index % every === 0).map((at) => <Mark at={at} kind={marks} />)}
        </div>
      </div>
      <details id={`${id}-figures`} class="figures">
        <summary>{chart.table}</summary>
        <div class="table" role="group" aria-label={summary} tabindex={0}>
          <table>
            <caption>{summary}</caption>
            <thead>
              <tr>
                <th scope="col">{chart.from}</th>
                {series.map(({ label }) => <th scope="col" class="number">{label}</th>)}
              </tr>
            </thead>
            <tbody>
              {times.map((at, index) => (
                <tr>
                  <th scope="row">
                    {href
                      ? (
                        <a href={href(at)}>
                          <Time at={at} />
                        </a>
                      )
                      : <Time at={at} />}
                  </th>
                  {series.map(({ values }) => {
                    const value = values[index];
                    return <td class="number">{value === undefined ? "–" : format(value)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** A tenth of a unit is less than anybody sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
