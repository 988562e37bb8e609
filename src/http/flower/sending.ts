/**
 * Sending tasks, as Flower does it: `apply` waits for the result, the others do not.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { InvalidInput } from "../../errors.ts";
import type { CallOptions } from "../../options/call_options.ts";
import { show } from "../../options/values.ts";
import { lateJson, laterRecord } from "../answers/late_json.ts";
import { type Body, parseJson } from "../requests/body.ts";
import type { Call } from "../requests/call.ts";
import type { Settings } from "../options.ts";
import type { Route } from "../route.ts";
import { flowerRoute } from "./flower_route.ts";
import { outcomeOf, unknownTask } from "./tasks.ts";

/** `POST /api/task/apply/:task`, `/api/task/async-apply/:task` and `/api/task/send-task/:task`. */
export function sendingRoutes(app: Umbel, { anyTask, log }: Settings): readonly Route[] {
  const send = async (call: Call<{ readonly task: string }>, isKnown: boolean) => {
    const { task } = call.params;
    call.caller.mustSend(task);
    if (!isKnown) return undefined;
    const { args, options } = readCall(parseJson(await call.bytes()));
    const handle = await app.sendTask(task, args, options);
    call.audit({ id: handle.id });
    return handle;
  };
  const asyncRoute = (path: "/api/task/async-apply/:task" | "/api/task/send-task/:task", id: string) =>
    flowerRoute({
      ...{ method: "POST", path, id, access: "send" },
      summary: "Sends a task",
      async answer(call) {
        const { task } = call.params;
        const handle = await send(call, anyTask || app.tasks.has(task));
        return handle ? { "task-id": handle.id, state: "PENDING" } : unknownTask(task);
      },
    });
  return [
    flowerRoute({
      method: "POST",
      path: "/api/task/apply/:task",
      id: "flowerApply",
      summary: "Sends a task and waits for its result",
      access: "send",
      async answer(call) {
        const { task } = call.params;
        const handle = await send(call, app.tasks.has(task));
        if (!handle) return unknownTask(task);
        const { id } = handle;
        return lateJson({
          make: async (waiting) => outcomeOf(id, await laterRecord(handle, waiting)),
          otherwise: () => outcomeOf(id, undefined),
          ...{ stop: call.stop, log },
        });
      },
    }),
    asyncRoute("/api/task/async-apply/:task", "flowerAsyncApply"),
    asyncRoute("/api/task/send-task/:task", "flowerSendTask"),
  ];
}

/** What Celery's options are called here. */
const names: { readonly [celery: string]: keyof CallOptions } = {
  countdown: "countdown",
  eta: "eta",
  expires: "expires",
  headers: "headers",
  ignore_result: "ignoreResult",
  priority: "priority",
  queue: "queue",
  routing_key: "queue",
  soft_time_limit: "softTimeLimit",
  task_id: "id",
  time_limit: "timeLimit",
};
/** What Celery needs to know of its transport, and nobody here does. */
const passedOver = ["compression", "delivery_mode", "exchange", "serializer"];

function readCall(
  { args = [], kwargs = {}, ...rest }: Body,
): { readonly args: readonly unknown[]; readonly options: CallOptions } {
  if (!Array.isArray(args)) throw new InvalidInput("args", "args must be an array");
  const named = kwargs ?? {};
  if (typeof named !== "object" || Array.isArray(named)) throw new InvalidInput("kwargs", "kwargs must be an object");
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (passedOver.includes(name)) continue;
    const own = names[name];
    if (!own) {
      throw new InvalidInput(name, `${show(name)} is no option here: known are ${Object.keys(names).join(", ")}`);
    }
    // A queue that is named counts more than a key that leads to one.
    if (name === "routing_key" && rest.queue !== undefined) continue;
    options[own] = name === "eta" || name === "expires" ? readTime(name, value) : value;
  }
  // What Python takes by name, JavaScript takes as an object that comes last.
  return { args: Object.keys(named).length > 0 ? [...args, named] : args, options: options as CallOptions };
}

/** A time as Flower takes it, in UTC: `2026-11-21 12:00:00.000000`; for `expires` a number of seconds, too. */
function readTime(name: string, value: unknown): unknown {
  const text = typeof value === "string" ? value : "";
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}$/.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : NaN;
  if (!Number.isNaN(time)) return new Date(time);
  const seconds = typeof value === "number" ? value : text === "" ? NaN : Number(text);
  if (name === "expires" && Number.isFinite(seconds)) return seconds;
  throw new InvalidInput(name, `Invalid option: ${name} must be a time like "2026-11-21 12:00:00.000000", in UTC`);
}
