/**
 * `POST /exchange`: the turn of a worker in any language.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { readSetting } from "../../config/config.ts";
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { checkName } from "../../message.ts";
import { mustWork, workerOf } from "../exchange/identity.ts";
import type { Ledger } from "../exchange/ledger.ts";
import type { PlainReport, PlainSettlement } from "../exchange/plain_delivery.ts";
import { type PlainTurn, PlainTurns } from "../exchange/plain_turns.ts";
import { lateJson, type Waiting } from "../answers/late_json.ts";
import type { Call } from "../requests/call.ts";
import type { Settings } from "../options.ts";
import { type Route, route } from "../route.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { anything, duration, listOf, object, string, taskId, time } from "../schema/values.ts";

const lease: JsonSchema = { type: "string", maxLength: 200, description: "The delivery's lease" };
const leases: JsonSchema = { ...listOf(lease), maxItems: 1000 };
const state: JsonSchema = { type: "string", minLength: 1, maxLength: 100 };
const count: JsonSchema = { type: "integer", minimum: 0 };

const error: JsonSchema = {
  description: "What went wrong: a text, or an error's class, message and stack",
  anyOf: [string, object({ type: string, message: string, stack: string }, { optional: ["type", "stack"] })],
};

const settlement = object({
  lease,
  result: { ...anything, description: "What the task comes to" },
  error,
  retry: object({
    countdown: duration,
    eta: time,
    max: { type: ["integer", "null"], minimum: 0, description: "The most retries, for this time" },
  }, { optional: ["countdown", "eta", "max"], description: "That it is to be tried again, and when" }),
  startedAt: { type: "number", description: "When it was started: ms since 1970" },
}, {
  optional: ["result", "error", "retry", "startedAt"],
  description: "`result`, `error` or `retry`, with or without an `error`",
});

const report = object({
  lease,
  state: { ...state, description: "A state of its own; `STARTED` when absent" },
  meta: { ...anything, description: "What is told with it: `{ current, total }`" },
}, { optional: ["state", "meta"] });

const turn = object({
  worker: { type: "string", description: "A name for this life of the worker: `w1@host~` and a random word" },
  queues: { ...listOf(string), maxItems: 1000, description: "To take from, the first one first" },
  limit: { type: "integer", minimum: 0, maximum: 500, default: 1, description: "How many it can take" },
  wait: { ...duration, description: "How long to wait for something to do" },
  lease: { ...duration, description: "For how long all that it holds is leased" },
  holds: { ...leases, description: "What it has not done yet: renewed" },
  settlements: { ...listOf(settlement), maxItems: 500, description: "What is done" },
  reports: { ...listOf(report), maxItems: 500, description: "What is told of that which is not" },
  leave: { type: "boolean", default: false, description: "Whether it is the last turn: what it holds goes back" },
}, { optional: ["queues", "limit", "wait", "lease", "holds", "settlements", "reports", "leave"] });

const delivery = object({
  lease,
  id: taskId,
  task: string,
  args: listOf(anything),
  headers: { type: "object" },
  queue: string,
  retries: count,
  deaths: { ...count, description: "How many workers died while they held it" },
  sentAt: { type: "number", description: "ms since 1970" },
  timeLimit: { type: "number", description: "How long its run may take (s)" },
}, { optional: ["headers", "timeLimit"] });

/** What a turn may carry: its results. */
const largest = 16 * 1024 * 1024;

/** `POST /exchange`. */
export function workersTurn(app: Umbel, { maxWait, log }: Settings, ledger: Ledger): Route {
  const turns = new PlainTurns(app, ledger);
  return route({
    method: "POST",
    path: "/exchange",
    id: "takeTurn",
    tag: "Workers",
    summary: "Takes a turn as a worker: hands in what is done, keeps what is not, takes what is next",
    description: "May be repeated: what was handed in before is told as `lost` then, and what was taken comes again.",
    access: "work",
    routine: true,
    body: { description: "What the worker says", schema: turn, maxSize: largest, deepest: 256 },
    responses: {
      200: {
        description: "What it is to do",
        schema: object({
          deliveries: listOf(delivery),
          lost: { ...leases, description: "What it no longer holds" },
          revoked: { ...leases, description: "What it holds and need not do" },
        }),
      },
    },
    async answer(call) {
      const { reply, wait } = await turns.take(readTurn(app, call, maxWait));
      if (!wait) return Response.json(reply());
      const make = async ({ over }: Waiting) => (await wait(over), reply());
      return lateJson({ make, otherwise: reply, stop: call.stop, log });
    },
  });
}

function readTurn(app: Umbel, { body, caller }: Call, maxWait: number): PlainTurn {
  const { config } = app;
  const { worker, holds = [], settlements = [], reports = [], limit = 1, leave = false } = body;
  const queues = (body.queues ?? caller.queues ?? [config.defaultQueue]) as readonly string[];
  for (const queue of queues) checkName("queue", queue);
  mustWork(caller, queues);
  const lease = body.lease === undefined ? config.lease : readSetting("lease", body.lease, "lease");
  const wait = body.wait === undefined ? 0 : milliseconds(body.wait as Duration, "wait");
  const held = holds as readonly string[];
  for (const [index, one] of (settlements as readonly PlainSettlement[]).entries()) checkSettlement(one, index);
  return {
    worker: workerOf(caller, worker as string),
    queues,
    limit: leave ? 0 : limit as number,
    lease,
    // What it holds is to be renewed in time.
    wait: leave ? 0 : Math.min(wait, maxWait, held.length > 0 ? lease / 3 : Infinity),
    holds: held,
    settlements: settlements as readonly PlainSettlement[],
    reports: reports as readonly PlainReport[],
    leave: leave as boolean,
  };
}

/** One thing must have become of a task, and not two. */
function checkSettlement(settlement: PlainSettlement, index: number): void {
  const { result, error, retry } = settlement;
  const isResult = result !== undefined;
  if (isResult ? !error && !retry : error !== undefined || retry !== undefined) return;
  const field = `settlements[${index}]`;
  throw new InvalidInput(field, `${field} must say result, error, or retry with or without an error`);
}
