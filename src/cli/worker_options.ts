/**
 * The options of a worker, and what they say.
 *
 * @module
 */
import type { AutoscaleOptions, BudgetText, DrainOptions, QueueOrder, WorkerOptions } from "../worker/worker.ts";
import { type Options, readDuration, readList, readNumber } from "./command.ts";
import { nodeName } from "./processes/node_name.ts";

/** Without `--seconds` a drain ends when nothing is left, and after this at the latest. */
const longestDrain = "1d";

/** The options of one worker. */
export const workerOptions = {
  queues: { short: "Q", value: "A,B", help: "the queues to take from (default: all that the app's tasks name)" },
  "exclude-queues": { short: "X", value: "A,B", help: "queues not to take from (default: none)" },
  "queue-order": { value: "ORDER", help: "turns, strict: as named, or weights: mail=3,bulk=1 (default: turns)" },
  concurrency: {
    short: "c",
    value: "N",
    help: "how many tasks run at once (default: 10; with --pool threads one a core)",
  },
  autoscale: { value: "MAX,MIN", help: "as many at once as it takes, in place of -c: 10,3 (default: off)" },
  pool: { value: "POOL", help: "async: all in one thread; threads: each task in a child (default: async)" },
  "max-tasks-per-child": { value: "N", help: "with --pool threads: replace a child that has run so many tasks" },
  "max-memory-per-child": { value: "SIZE", help: "with --pool threads: replace one whose heap is larger, as 200mb" },
  name: { short: "n", value: "NAME", help: "its name, where %h is the host's (default: worker@%h)" },
  log: { value: "FORMAT", help: "text, or json: one object a line (default: text)" },
  logfile: { short: "f", value: "PATH", help: "the log goes to the end of this file; %n is its name up to the @" },
  pidfile: { value: "PATH", help: "says which process it is, as long as it lives; %n as above" },
  grace: { value: "TIME", help: "how long tasks may run on when it is told to stop (default: 4s)" },
  lease: { value: "TIME", help: "when it dies, others get its tasks after this (default: 30s)" },
  prefetch: { value: "N", help: "how many messages it may hold (default: 500)" },
  budget: { value: "N/TIME", help: "commands its broker may bill: 2000/hour, 100k/day, 5M/month (default: all)" },
  "without-remote-control": { help: "answer no remote commands but ping (default: do what umbel control says)" },
  beat: { short: "B", help: "send periodic tasks, too: see umbel beat" },
  drain: { help: "stop when nothing is left that may be run now" },
  seconds: { value: "TIME", help: "with --drain: take messages for so long at most (default: 1d)" },
  idle: { value: "TIME", help: "with --drain: wait so long for more once nothing is left (default: 0)" },
  "until-stdin-ends": { help: "stop when stdin ends: for those who start it and may die themselves" },
  "health-port": { value: "[HOST:]PORT", help: "serves /healthz, /readyz and /metrics there (default: nowhere)" },
} as const satisfies Options;

/** How the worker is to work. */
export function readSettings(
  { queues, concurrency, autoscale, name = "worker@%h", grace, lease, prefetch, budget, ...more }:
    & {
      readonly [
        name in
          | "autoscale"
          | "queues"
          | "exclude-queues"
          | "queue-order"
          | "concurrency"
          | "name"
          | "grace"
          | "lease"
          | "prefetch"
          | "budget"
      ]: string | undefined;
    }
    & { readonly "without-remote-control": boolean },
): WorkerOptions & { readonly name: string } {
  return {
    name: nodeName(name),
    ...(queues === undefined ? {} : { queues: readList(queues)! }),
    ...(more["exclude-queues"] === undefined ? {} : { excludeQueues: readList(more["exclude-queues"])! }),
    ...(more["queue-order"] === undefined ? {} : { queueOrder: readOrder(more["queue-order"]) }),
    ...(concurrency === undefined ? {} : { concurrency: readNumber(concurrency, "--concurrency")! }),
    ...(autoscale === undefined ? {} : { autoscale: readBounds(autoscale) }),
    ...(grace === undefined ? {} : { grace: readDuration(grace)! }),
    ...(lease === undefined ? {} : { lease: readDuration(lease)! }),
    ...(budget === undefined ? {} : { budget: budget as BudgetText }),
    ...(more["without-remote-control"] ? { remoteControl: false } : {}),
    ...(prefetch === undefined ? {} : { prefetch: readNumber(prefetch, "--prefetch")! }),
  };
}

/** `10,3`: the most and the fewest, in Celery's order. */
function readBounds(text: string): AutoscaleOptions {
  const [max, min] = readList(text)!;
  return {
    max: readNumber(max, "--autoscale")!,
    ...(min === undefined ? {} : { min: readNumber(min, "--autoscale")! }),
  };
}

/** Weights look like `mail=3,bulk=1`; what else it may be is checked where it is used. */
function readOrder(text: string): QueueOrder {
  if (!text.includes("=")) return text as QueueOrder;
  const weights = readList(text)!.map((pair) => {
    const at = pair.lastIndexOf("=");
    return at === -1 ? [pair, 1] as const : [pair.slice(0, at), Number(pair.slice(at + 1) || NaN)] as const;
  });
  return Object.fromEntries(weights);
}

/** How long it is to work, with `--drain`. */
export function readDrain(
  options: { readonly seconds: string | undefined; readonly idle: string | undefined },
): DrainOptions {
  return { seconds: readDuration(options.seconds) ?? longestDrain, idle: readDuration(options.idle) ?? 0 };
}
