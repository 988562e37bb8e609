/**
 * `umbel call`.
 *
 * @module
 */
import type { CallOptions } from "../../options/call_options.ts";
import { readable } from "../../wire/readable.ts";
import { anyApp, checkTask } from "../app.ts";
import { anyApp as anyAppOption, command, common, readDuration, readJson, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

/** Sends a task. */
export const call = command({
  name: "call",
  summary: "Sends a task and prints its id; with --wait its result.",
  operands: ["NAME"],
  options: {
    ...common,
    ...anyAppOption,
    args: { short: "a", value: "JSON", help: "its arguments: an array (default: [])" },
    countdown: { value: "TIME", help: "not to be started before so long from now: 10, 250ms, 5m, 1d" },
    eta: { value: "WHEN", help: "not to be started before: 2027-01-31T08:00:00Z" },
    expires: { value: "TIME", help: "not to be started later than so long from now" },
    "start-timeout": { value: "TIME", help: "not to be started later than so long after it is due" },
    queue: { short: "q", value: "NAME", help: "the queue it waits in (default: the task's, else the app's)" },
    priority: { value: "0..9", help: "9 goes first (default: the task's, else 5)" },
    lifo: { help: "it is started before those of its priority that wait already" },
    id: { value: "ID", help: "its id: another call of the same id is not added (default: a new UUID)" },
    "idempotency-key": { value: "KEY", help: "calls of one task under one key are one call, for a day after its end" },
    headers: { value: "JSON", help: "what the handler is to see beside its arguments: an object" },
    "max-retries": { value: "N", help: "the most retries" },
    "time-limit": { value: "TIME", help: "a run that takes longer counts as failed" },
    "soft-time-limit": { value: "TIME", help: "a run that takes longer is told by its signal" },
    callback: { value: "URL", help: "where it is told what the task came to, of a host that the app allows" },
    wait: { short: "w", help: "wait until it has ended and print its result as JSON" },
    timeout: { value: "TIME", help: "with --wait: for so long at most (default: for ever)" },
  },
  examples: [
    "umbel call add -A shop.ts --args '[1, 2]' --wait",
    `umbel call send_mail -A shop.ts --args '["ada@example.org"]' --countdown 10m --queue mail`,
    "umbel call add --app shop --args '[1, 2]'       by name, the code is elsewhere",
  ],
  async run(options, [name]) {
    if (options.timeout !== undefined && !options.wait) throw new UsageError("--timeout needs --wait");
    const args = readJson(options.args, "--args") ?? [];
    if (!Array.isArray(args)) {
      throw new UsageError(`--args must be an array, as in '[1, 2]', and it is ${options.args}`);
    }
    await using app = await anyApp(options);
    checkTask(app, name!);
    const handle = await app.sendTask(name!, args, readCall(options));
    if (handle.existed) console.error(`umbel: a task of id ${handle.id} is there already: nothing was added`);
    if (!options.wait) {
      console.log(handle.id);
      return exitCodes.ok;
    }
    const timeout = readDuration(options.timeout);
    console.log(JSON.stringify(readable(await handle.get(timeout === undefined ? {} : { timeout }))));
    return exitCodes.ok;
  },
});

type CallNames =
  | "id"
  | "idempotency-key"
  | "countdown"
  | "eta"
  | "expires"
  | "start-timeout"
  | "queue"
  | "priority"
  | "headers"
  | "max-retries"
  | "time-limit"
  | "soft-time-limit"
  | "callback";

function readCall(
  options: { readonly [name in CallNames]: string | undefined } & { readonly lifo: boolean },
): CallOptions {
  const call: { readonly [name in keyof CallOptions]: unknown } = {
    id: options.id,
    idempotencyKey: options["idempotency-key"],
    countdown: readDuration(options.countdown),
    eta: options.eta,
    expires: readDuration(options.expires),
    timeouts: options["start-timeout"] === undefined ? undefined : { start: readDuration(options["start-timeout"]) },
    queue: options.queue,
    priority: readNumber(options.priority, "--priority"),
    lifo: options.lifo || undefined,
    callback: options.callback,
    headers: readJson(options.headers, "--headers"),
    maxRetries: readNumber(options["max-retries"], "--max-retries"),
    timeLimit: readDuration(options["time-limit"]),
    softTimeLimit: readDuration(options["soft-time-limit"]),
  };
  // What is given is checked where it is read: there an option that is undefined counts as not given.
  return call as CallOptions;
}
