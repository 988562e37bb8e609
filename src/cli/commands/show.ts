/**
 * `umbel show`.
 *
 * @module
 */
import { type TaskNodeView, viewOfDetail } from "../../http/answers/detail_view.ts";
import type { TaskView } from "../../operations/task_view.ts";
import { unknownId } from "../../results/waits.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";

/** Tells all that is known of a task. */
export const show = command({
  name: "show",
  summary: "Prints all that is known of a task: its arguments, runs and outcome, where it came from and what it sent.",
  operands: ["ID"],
  options: {
    ...common,
    ...anyAppOption,
    depth: { value: "N", help: "so many generations of children, 0 to 100 (default: 3)" },
    json: { short: "j", help: "print it as JSON" },
  },
  examples: [
    "umbel show 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel show 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 --app shop --json",
  ],
  async run(options, [id]) {
    await using app = await anyApp(options);
    const detail = await app.detail(id!, { depth: readNumber(options.depth, "--depth") ?? 3 });
    if (!detail) throw unknownId(id!);
    const view = viewOfDetail(detail, app.tasks);
    if (options.json) console.log(JSON.stringify(view, null, 2));
    else console.log([...linesOf(view), ...treeLines(view)].join("\n"));
    return exitCodes.ok;
  },
});

function linesOf({ id, task, state, queue, sentAt, eta, startedAt, finishedAt, ...more }: TaskView): string[] {
  const { worker, retries, args, result, error, meta, attempts = [] } = more;
  const json = (value: unknown) => value === undefined ? undefined : JSON.stringify(value);
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ["Task", `${task}[${id}]`],
    ["State", state],
    ["Queue", queue],
    ["Sent", sentAt],
    ["Due", eta],
    ["Started", startedAt],
    ["Ended", finishedAt],
    ["Worker", worker],
    ["Retries", retries === 0 ? undefined : String(retries)],
    ["Arguments", json(args)],
    ["Told", json(meta)],
    ["Result", json(result)],
    ["Error", error?.stack ?? (error && `${error.type}: ${error.message}`)],
    ...attempts.map(({ startedAt, error }, index) =>
      [`Run ${index + 1}`, `${startedAt}${error ? ` ${error.type}: ${error.message}` : ""}`] as const
    ),
  ];
  const known = rows.filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => `${name.padEnd(9)}  ${value!.replaceAll("\n", `\n${" ".repeat(11)}`)}`);
}

/** The task among its parents and children, drawn. */
function treeLines({ ancestors, node }: ReturnType<typeof viewOfDetail>): string[] {
  if (ancestors.length === 0 && node.children.length === 0 && node.more === 0) return [];
  const lines: string[] = [""];
  for (const [depth, one] of ancestors.entries()) lines.push(`${"  ".repeat(depth)}${nameOf(one)}`);
  const draw = (one: TaskNodeView, depth: number) => {
    lines.push(`${"  ".repeat(depth)}${nameOf(one)}${depth === ancestors.length ? "  ◀" : ""}`);
    for (const child of one.children) draw(child, depth + 1);
    if (one.more > 0) lines.push(`${"  ".repeat(depth + 1)}… ${one.more} more`);
  };
  draw(node, ancestors.length);
  return lines;
}

function nameOf({ id, task, state }: TaskNodeView): string {
  return task === undefined ? `${id} (nothing is known of it any more)` : `${task}[${id}]  ${state}`;
}
