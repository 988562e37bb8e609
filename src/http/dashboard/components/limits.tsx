/** @jsxImportSource hono/jsx */
import type { Limit } from "../../../ports/limits.ts";
import { rateText } from "../../../limits/text.ts";
import type { LimitView } from "../../../operations/control.ts";
import type { Html } from "../html.ts";
import { isRate, settable } from "../form/limit_form.ts";
import { useView, type View } from "../view.tsx";
import { Card, Empty } from "./card.tsx";
import { ActionForm, Button } from "./form.tsx";
import { Table } from "./table.tsx";

/** What limits allow, what was set over that, and where it may be set. */
export function LimitTable({ id, limits }: { readonly id: string; readonly limits: readonly LimitView[] }): Html {
  const view = useView();
  const { words: { queues: words, actions } } = view;
  return (
    <Card id={id} title={words.limits} flush>
      <Table
        cards
        caption={words.limits}
        columns={[
          {
            title: words.of,
            cell: ({ name, of = name, key }) => <bdi>{key === undefined ? of : `${of} (${key})`}</bdi>,
          },
          { title: words.limit, cell: ({ name, kind }) => kind ? words.kinds[kind] : name, spare: true },
          { title: words.declared, cell: ({ set: _, ...declared }) => limitWords(view, declared) },
          {
            title: words.set,
            cell: ({ set }) => set && <span class="badge warn">{limitWords(view, set)}</span>,
          },
          ...(view.may("control")
            ? [{ title: actions, kind: "actions" as const, cell: (limit: LimitView) => <SetForm {...limit} /> }]
            : []),
        ]}
        rows={limits}
        rowKey={({ name }) => name}
        empty={
          <Empty title={words.noLimits}>
            <p>{words.noLimitsHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

function SetForm({ name, kind, of = name, set }: LimitView): Html | null {
  const view = useView();
  const { words: { queues: words } } = view;
  if (!kind || !settable.includes(kind)) return null;
  const rule = isRate(kind)
    ? { pattern: "\\d+/[smhd]", title: words.rateHint }
    : { pattern: "\\d+", title: words.countHint };
  return (
    <ActionForm action={view.url("/queues/limits")} scope="control" values={{ limit: name }}>
      <input
        name="value"
        class="short mono"
        aria-label={words.setToOf(`${words.kinds[kind]} ${of}`)}
        placeholder={isRate(kind) ? "10/s" : "4"}
        autocomplete="off"
        {...rule}
      />
      <Button>{words.apply}</Button>
      {set && <Button kind="quiet" name="take_back" value="1">{words.takeBack}</Button>}
    </ActionForm>
  );
}

/** What a limit allows. */
function limitWords(view: View, { rate, concurrency, batch }: Limit): string {
  const { words: { queues: words } } = view;
  const said: string[] = [];
  if (rate) said.push(rateText(rate));
  if (concurrency !== undefined) {
    said.push(concurrency === 0 ? words.noneAtAll : words.atOnce(view.number(concurrency)));
  }
  if (batch) said.push(words.inBatches(view.number(batch.size), view.duration(batch.wait)));
  return said.join("; ");
}
