/**
 * `umbel purge`.
 *
 * @module
 */
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readList } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { table } from "../output/table.ts";

/** Revokes what waits. */
export const purge = command({
  name: "purge",
  summary: "Revokes all that waits in queues, now or for later; what runs goes on. Asks first.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    queues: { short: "Q", value: "A,B", help: "the queues (default: all that hold something)" },
    force: { short: "f", help: "do not ask" },
  },
  examples: [
    "umbel purge -A shop.ts -Q mail",
    "umbel purge --app shop -f",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const wanted = readList(options.queues);
    const all = await app.broker.inspector.queues();
    const queues = all.filter(({ name, waiting, delayed }) =>
      waiting + delayed > 0 && (wanted?.includes(name) ?? true)
    );
    if (queues.length === 0) {
      console.error(`umbel: nothing waits in ${wanted?.join(", ") ?? "any queue"} of app ${app.name}`);
      return exitCodes.ok;
    }
    if (!options.force && !asked(app.name, app.broker.name, queues.map(({ name }) => name), sum(queues))) {
      console.error("umbel: nothing was purged");
      return exitCodes.ok;
    }
    const rows: [string, number][] = [];
    for (const { name } of queues) rows.push([name, await app.broker.control.purge(name)]);
    console.log(table(["QUEUE", "REVOKED"], rows));
    return exitCodes.ok;
  },
});

function sum(queues: readonly { readonly waiting: number; readonly delayed: number }[]): number {
  return queues.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
}

function asked(app: string, broker: string, queues: readonly string[], count: number): boolean {
  if (!Deno.stdin.isTerminal()) {
    throw new UsageError("purge asks before it revokes, and nobody can answer here: use -f");
  }
  const tasks = count === 1 ? "1 task" : `${count} tasks`;
  return confirm(`Revoke ${tasks} in ${queues.join(", ")} of app ${app} at ${broker}?`);
}
