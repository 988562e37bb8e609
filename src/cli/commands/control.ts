/**
 * `umbel control`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { RateText } from "../../limits/rate.ts";
import { type Command, type Options, readDuration, readNumber } from "../command.ts";
import { linesOf, remoteCommand, type Request } from "../remote.ts";

const options = {
  cold: { help: "of shutdown: what runs is aborted and handed back at once" },
} as const satisfies Options;

type Told = Request<typeof options>;

/** What the broker does for all workers at once: there is nobody to be named. */
function forAll(said: unknown): { readonly said: unknown; readonly lines: readonly string[] } {
  return { said, lines: linesOf(said) };
}

function revoking(terminate: boolean, summary: string): Told {
  return {
    operands: "ID…",
    isForAll: true,
    summary,
    count: [1, 1000],
    async run(app: Umbel, ids) {
      const answers = await app.revoke(ids, { terminate });
      return forAll(Object.fromEntries(ids.map((id, index) => [id, answers[index]!])));
    },
  };
}

function switching(verb: "pause" | "resume", summary: string): Told {
  return {
    operands: "QUEUE…",
    isForAll: true,
    summary,
    count: [1, 100],
    async run(app, queues) {
      for (const queue of queues) await app.control[verb](queue);
      return forAll(Object.fromEntries(queues.map((queue) => [queue, verb === "pause" ? "paused" : "resumed"])));
    },
  };
}

function resizing(name: "poolGrow" | "poolShrink", summary: string): Told {
  return {
    operands: "[N]",
    summary,
    count: [0, 1],
    run: async (app, [count = "1"], remote) => ({
      question: name,
      answers: await app.control[name](readNumber(count, "N"), remote),
    }),
  };
}

function consuming(name: "addConsumer" | "cancelConsumer", summary: string): Told {
  return {
    operands: "QUEUE",
    summary,
    count: [1, 1],
    run: async (app, [queue], remote) => ({ question: name, answers: await app.control[name](queue!, remote) }),
  };
}

/** `none` takes back what was set. */
function readTimeLimit(text: string | undefined): string | number | null | undefined {
  return text === "none" ? null : text === "-" ? undefined : readDuration(text);
}

/** Tells workers what to do. */
export const control: Command = remoteCommand({
  name: "control",
  summary: "Tells workers what to do, while they run; one that gives no answer is named, and does not do it later.",
  options,
  examples: [
    "umbel control pool-grow 4 -A shop.ts -d w1@host",
    "umbel control autoscale 20 2 -A shop.ts",
    "umbel control add-consumer bulk -A shop.ts",
    "umbel control time-limit mail.send 30s 1m -A shop.ts",
    "umbel control shutdown --cold -A shop.ts -d w2@host",
    "umbel control --list",
  ],
  requests: {
    "pool-grow": resizing("poolGrow", "run so many tasks more at once (default: 1)"),
    "pool-shrink": resizing("poolShrink", "run so many tasks fewer at once (default: 1); what runs is finished"),
    "pool-restart": {
      summary: "replace the children of the pool threads, each after what it runs",
      run: async (app, _, remote) => ({ question: "poolRestart", answers: await app.control.poolRestart(remote) }),
    },
    autoscale: {
      operands: "MAX [MIN]",
      summary: "run as many tasks at once as it takes, within these bounds (default of MIN: 1)",
      count: [1, 2],
      run: async (app, [max, min = "1"], remote) => ({
        question: "autoscale",
        answers: await app.control.autoscale({ max: readNumber(max, "MAX")!, min: readNumber(min, "MIN")! }, remote),
      }),
    },
    "add-consumer": consuming("addConsumer", "take from one more queue"),
    "cancel-consumer": consuming("cancelConsumer", "take from a queue no more; what came from it is run"),
    "time-limit": {
      operands: "TASK SOFT [HARD]",
      summary: "set the time limits of a task's next runs; none takes one back, - leaves it as it is",
      count: [2, 3],
      async run(app, [task, soft, hard], remote) {
        const limits = { soft: readTimeLimit(soft), hard: readTimeLimit(hard) };
        const given = Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
        return { question: "timeLimit", answers: await app.control.timeLimit(task!, given, remote) };
      },
    },
    shutdown: {
      summary: "stop after what runs, within the grace; with --cold at once",
      run: async (app, _, remote, { cold }) => ({
        question: "shutdown",
        answers: await app.control.shutdown({ ...remote, cold }),
      }),
    },
    "rate-limit": {
      operands: "TASK RATE",
      isForAll: true,
      summary: "set how many of a task start in a time, on all workers together; none takes that back",
      count: [2, 2],
      async run(app, [task, rate]) {
        await app.control.rateLimit(task!, rate === "none" ? null : rate as RateText);
        return forAll({ [task!]: rate });
      },
    },
    revoke: revoking(false, "revoke tasks, wherever they are"),
    terminate: revoking(true, "revoke tasks, and end their runs at once"),
    pause: switching("pause", "take nothing from queues any more, on any worker"),
    resume: switching("resume", "take from paused queues again"),
  },
});
