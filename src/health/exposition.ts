/**
 * Prometheus' text format, version 0.0.4.
 *
 * @module
 */

/** The type of an answer in this format. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** One number: the end of the metric's name, its labels, its value. */
export type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number];

/** A metric: what it is, and its numbers. Without any it is left out. */
export function metric(
  name: string,
  type: "gauge" | "counter" | "histogram",
  help: string,
  samples: Iterable<Sample>,
): string {
  const lines: string[] = [];
  for (const [suffix, labels, value] of samples) lines.push(`${name}${suffix}${labelText(labels)} ${value}`);
  if (lines.length === 0) return "";
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escape(value: string): string {
  return value.replace(/[\\"\n]/g, (sign) => sign === "\n" ? "\\n" : `\\${sign}`);
}
