/** @jsxImportSource hono/jsx */
import type { Child } from "hono/jsx";
import type { Html } from "../html.ts";

/** A column of a table. */
export interface Column<Row> {
  /** Its heading. */
  readonly title: string;
  /** What a row has there. */
  readonly cell: (row: Row) => Child;
  /** Names of tasks have room for most; numbers are set to the right, with figures of one width; of long texts as much is shown as there is room. */
  readonly kind?: "text" | "name" | "number" | "long" | "actions";
  /** Where the table is sorted by it, the highest first; `undefined` in that table itself. */
  readonly sort?: { readonly href: string | undefined };
  /** Whether it goes where there is little room: on a phone. */
  readonly spare?: boolean;
}

/** What a table shows. */
export interface TableProps<Row> {
  /** What it is of, for screen readers. */
  readonly caption: string;
  /** Its columns: the first one names the row. */
  readonly columns: readonly Column<Row>[];
  /** Its rows. */
  readonly rows: readonly Row[];
  /** What names a row among the others: live updates keep it in its place. */
  readonly rowKey: (row: Row) => string;
  /** What is shown in its place when there are no rows. */
  readonly empty?: Child;
  /** Whether each row becomes a card where there is little room: for tables of many columns. */
  readonly cards?: boolean;
}

/**
 * A table with a heading that stays, which scrolls by itself where it is too wide. Its roles are said, since a style that
 * makes cards of its rows takes them from the elements.
 */
export function Table<Row>({ caption, columns, rows, rowKey, empty, cards = false }: TableProps<Row>): Html {
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  const classOf = ({ kind = "text", spare = false }: Column<Row>) => `${kind}${spare ? " spare" : ""}`;
  return (
    <div class={cards ? "table cards" : "table"} role="group" aria-label={caption} tabindex={0}>
      <table role="table">
        <caption>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                role="columnheader"
                scope="col"
                class={classOf(column)}
                aria-sort={column.sort && column.sort.href === undefined ? "descending" : undefined}
              >
                <Heading {...column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row" data-key={rowKey(row)}>
              {columns.map((column, index) =>
                index === 0
                  ? <th role="rowheader" scope="row" class={classOf(column)}>{column.cell(row)}</th>
                  : (
                    <td role="cell" class={classOf(column)} data-label={column.title}>
                      {column.cell(row)}
                    </td>
                  )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ title, kind, sort }: Pick<Column<unknown>, "title" | "kind" | "sort">): Html {
  if (kind === "actions") return <span class="unseen">{title}</span>;
  if (!sort) return <>{title}</>;
  return sort.href === undefined ? <span class="sorted">{title}</span> : <a class="sort" href={sort.href}>{title}</a>;
}
