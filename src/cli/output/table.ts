/**
 * Tables for people.
 *
 * @module
 */

/** Rows below a head, in columns; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => String(row[column] ?? "").length))
  );
  const line = (cells: readonly (string | number)[], right: (column: number) => boolean) =>
    cells.map((cell, column) => {
      const text = String(cell);
      return right(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
    }).join("  ").trimEnd();
  const isNumber = (column: number) => typeof rows[0]?.[column] === "number";
  return [line(head, isNumber), ...rows.map((row) => line(row, isNumber))].join("\n");
}
