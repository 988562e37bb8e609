/**
 * `umbel status`.
 *
 * @module
 */
import { timeText } from "../../operations/task_view.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { limitTable } from "../output/limit_table.ts";
import { table } from "../output/table.ts";

/** Shows queues, workers and limits. */
export const status = command({
  name: "status",
  summary: "Shows the queues of an app, its workers and its limits.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    json: { short: "j", help: "print it as JSON" },
  },
  examples: [
    "umbel status -A shop.ts",
    "umbel status --app shop --json",
  ],
  async run(options) {
    await using app = await anyApp(options);
    const { broker } = app;
    const [now, queues, found, limits] = await Promise.all([
      broker.now(),
      broker.inspector.queues(),
      broker.inspector.workers(),
      app.control.limits(),
    ]);
    // An idle one that was killed counts as alive for minutes: asking shows at once that it is not there.
    const answers = found.length === 0 ? [] : await app.inspect.ping();
    const online = new Set(answers.flatMap(({ ok, worker }) => ok ? [worker] : []));
    const workers = found.map(({ aliveUntil, ...worker }) => ({
      ...worker,
      online: online.has(worker.name),
      alive: aliveUntil > now,
      aliveUntil: timeText(aliveUntil),
    }));
    if (options.json) {
      console.log(JSON.stringify({ app: app.name, broker: broker.name, queues, workers, limits }, null, 2));
      return exitCodes.ok;
    }
    const queueRows = queues.map(({ name, waiting, delayed, paused }) => [
      name,
      waiting,
      delayed,
      paused ? "paused" : "open",
    ]);
    const workerRows = workers.map(({ name, online, alive, holds, queues }) => [
      name,
      online ? "online" : alive ? "silent" : "dead",
      holds,
      queues.join(","),
    ]);
    console.log([
      `App ${app.name}, broker ${broker.name}`,
      "",
      queueRows.length === 0 ? "No queue holds anything" : table(["QUEUE", "WAITING", "DELAYED", "STATE"], queueRows),
      "",
      workerRows.length === 0 ? "No worker is here" : table(["WORKER", "STATE", "HOLDS", "QUEUES"], workerRows),
      ...(limits.length === 0 ? [] : ["", limitTable(limits)]),
    ].join("\n"));
    return exitCodes.ok;
  },
});
