/** @jsxImportSource hono/jsx */
/**
 * What the broker bills, and what that costs.
 *
 * @module
 */
import { Hono } from "hono";
import type { Bill } from "../../../operations/billing.ts";
import { type BilledOperation, billedOperations } from "../../../ports/bill.ts";
import { Card, Empty } from "../components/card.tsx";
import { BarChart, type Series, type Tone } from "../components/chart.tsx";
import { ActionForm, Button } from "../components/form.tsx";
import { Table } from "../components/table.tsx";
import { Tile, Tiles } from "../components/tiles.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";

/** Processes hand in their counts every 5 minutes: there is no more to learn from asking often. */
const questionAt = (price: number): Question<Bill> => ({
  ...{ name: "bill", every: 60_000, ask: (app) => app.bill({ price }) },
});

/** `GET /bill`. */
export function bill({ live, price }: Desk): Hono<DeskEnv> {
  return new Hono<DeskEnv>().get("/", async (context) => {
    const view = context.get("view");
    const { data } = await live.read(questionAt(price));
    const isCounted = view.app.config.history || (await view.app.broker.journal.recording()).history;
    return page(context, {
      ...{ title: view.words.bill.title, section: "bill", scripts: ["charts"] },
      body: data.isMetered ? isCounted ? <Body {...data} /> : <Off /> : <Free />,
    });
  });
}

function Free(): Html {
  const { words: { bill: words } } = useView();
  return (
    <Card id="bill" title={words.chart}>
      <Empty title={words.free}>
        <p>{words.freeHint}</p>
      </Empty>
    </Card>
  );
}

function Off(): Html {
  const view = useView();
  const { words: { bill: words, history } } = view;
  return (
    <Card id="bill" title={words.chart}>
      <Empty title={words.off}>
        <p>{words.offHint}</p>
        <ActionForm action={view.url("/record")} scope="control">
          <Button kind="primary">{history.switchOn}</Button>
        </ActionForm>
      </Empty>
    </Card>
  );
}

/** The tones of what costs most; all else is drawn as one. */
const tones: readonly Tone[] = ["good", "strong", "warm", "calm"];

function Body(data: Bill): Html {
  const view = useView();
  const { words: { bill: words } } = view;
  const { days, commands, cost, price, operations } = data;
  const money = (dollars: number) =>
    view.number(dollars, { style: "currency", currency: "USD", maximumFractionDigits: dollars < 1 ? 4 : 2 });
  const counted = days.filter((day) => day.commands > 0);
  const first = days.findIndex((day) => day.commands > 0);
  const length = Math.max(1, first === -1 ? 1 : days.length - first);
  const today = days.at(-1);
  const sorted = billedOperations.filter((one) => (operations[one] ?? 0) > 0)
    .toSorted((one, other) => operations[other]! - operations[one]!);
  const [most, rest] = [sorted.slice(0, tones.length), sorted.slice(tones.length)];
  const valuesOf = (names: readonly BilledOperation[]) =>
    days.map((day) => names.reduce((sum, name) => sum + (day.operations[name] ?? 0), 0));
  const series: Series[] = [
    ...most.map((name, index) => ({
      ...{ label: words.operations[name], tone: tones[index]!, values: valuesOf([name]) },
    })),
    ...(rest.length > 0 ? [{ label: words.rest, tone: "faint" as const, values: valuesOf(rest) }] : []),
  ];
  return (
    <>
      <Tiles id="tiles" label={words.summary}>
        <Tile name={words.commands} value={view.compact(commands)} note={words.days(view.number(counted.length))} />
        <Tile name={words.cost} value={money(cost)} note={words.price(money(price))} />
        <Tile
          name={words.average}
          value={view.compact(commands / length)}
          note={words.month(money(cost / length * 30))}
        />
        <Tile name={words.today} value={view.compact(today?.commands ?? 0)} note={words.soFar} />
      </Tiles>
      <Card id="days" title={words.chart}>
        <BarChart
          {...{ id: "days", summary: words.chartSummary, marks: "day", times: days.map(({ at }) => at), series }}
          format={(value) => view.compact(value)}
        />
      </Card>
      <Card id="operations" title={words.byOperation} flush>
        <Table
          caption={words.byOperation}
          columns={[
            { title: words.operation, cell: (name) => words.operations[name] },
            { title: words.commands, kind: "number", cell: (name) => view.number(operations[name]!) },
            {
              title: words.share,
              kind: "number",
              cell: (name) => view.number(operations[name]! / commands, { style: "percent", maximumFractionDigits: 1 }),
            },
            { title: words.cost, kind: "number", cell: (name) => money(cost * operations[name]! / commands) },
          ]}
          rows={sorted}
          rowKey={(name) => name}
        />
      </Card>
    </>
  );
}
