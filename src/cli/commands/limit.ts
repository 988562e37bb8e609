/**
 * `umbel limit`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { QueueLimits } from "../../operations/control.ts";
import type { RateText } from "../../limits/rate.ts";
import { anyApp, checkTask } from "../app.ts";
import { anyApp as anyAppOption, command, common, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { limitTable } from "../output/limit_table.ts";

/** Shows limits, sets them, and takes back what was set. */
export const limit = command({
  name: "limit",
  summary: "Shows limits; sets them over what tasks and queues declare, for all workers at once, and takes that back.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    task: { short: "t", value: "NAME", help: "a task whose limits are to be set" },
    key: { value: "KEY", help: "with --task: for this key alone" },
    queue: { short: "q", value: "NAME", help: "a queue whose limits are to be set" },
    group: { value: "NAME", help: "with --queue: for this group alone" },
    rate: { value: "RATE", help: "how many start in a time: 10/s, 100/m, 5/h, 1000/d" },
    concurrency: { short: "c", value: "N", help: "how many run at once; 0 for none" },
    reset: { help: "take back what was set" },
    json: { short: "j", help: "print them as JSON" },
  },
  examples: [
    "umbel limit -A shop.ts",
    "umbel limit -A shop.ts --task mail.send --rate 5/s",
    "umbel limit -A shop.ts --task mail.send --key example.org --concurrency 1",
    "umbel limit -A shop.ts --queue bulk --group tenant-1 --reset",
  ],
  async run(options) {
    const { task, key, queue, group, rate, concurrency, reset } = options;
    if (task !== undefined && queue !== undefined) throw new UsageError("limit takes --task or --queue, not both");
    if (key !== undefined && task === undefined) throw new UsageError("--key needs --task");
    if (group !== undefined && queue === undefined) throw new UsageError("--group needs --queue");
    const sets = rate !== undefined || concurrency !== undefined;
    if (sets && reset) throw new UsageError("--reset takes back what was set: give no --rate and no --concurrency");
    const isMeant = task !== undefined || queue !== undefined;
    if (isMeant !== (sets || reset)) {
      throw new UsageError("limit needs --task or --queue, and --rate, --concurrency or --reset; or none, to show all");
    }
    await using app = await anyApp(options);
    const limits: QueueLimits = {
      ...(rate === undefined ? {} : { rateLimit: rate as RateText }),
      ...(concurrency === undefined ? {} : { concurrency: readNumber(concurrency, "--concurrency")! }),
    };
    if (task !== undefined && sets) checkTask(app, task);
    if (task !== undefined) await setTask(app, task, reset ? declared(app, task, key) : limits, key);
    if (queue !== undefined) {
      await app.control.queue(
        queue,
        reset ? declaredOf(app, queue, group) : limits,
        group === undefined ? {} : { group },
      );
    }
    const found = await app.control.limits();
    if (options.json) console.log(JSON.stringify(found, null, 2));
    else console.log(found.length === 0 ? "No limit is known" : limitTable(found));
    return exitCodes.ok;
  },
});

async function setTask(app: Umbel, task: string, limits: QueueLimits, key: string | undefined): Promise<void> {
  const options = key === undefined ? {} : { key };
  if (limits.rateLimit !== undefined) await app.control.rateLimit(task, limits.rateLimit, options);
  if (limits.concurrency !== undefined) await app.control.concurrency(task, limits.concurrency, options);
}

/** What can have been set: both, where the task is not known here. */
function declared(app: Umbel, task: string, key: string | undefined): QueueLimits {
  const settings = app.tasks.get(task)?.settings;
  const can = (option: "rateLimit" | "concurrency") =>
    !settings || (key === undefined ? settings[option] : settings[option]?.key) !== undefined;
  return { ...(can("rateLimit") ? { rateLimit: null } : {}), ...(can("concurrency") ? { concurrency: null } : {}) };
}

function declaredOf(app: Umbel, queue: string, group: string | undefined): QueueLimits {
  const settings = app.config.queues.get(queue);
  if (!settings) return { rateLimit: null, concurrency: null };
  const { concurrency, rateLimit } = group === undefined
    ? settings
    : { concurrency: settings.groupBy, rateLimit: settings.groupBy?.rateLimit };
  return {
    ...(rateLimit ? { rateLimit: null } : {}),
    ...(concurrency === undefined ? {} : { concurrency: null }),
  };
}
