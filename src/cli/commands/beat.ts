/**
 * `umbel beat`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { Beat } from "../../beat/mod.ts";
import { createLogger, type Logger, type LogLevel } from "../../log.ts";
import { anyApp } from "../app.ts";
import { enable, list, next, options, put, remove, reset, run } from "../beat_entries.ts";
import { command, readDuration } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { untilStop } from "../processes/signals.ts";

/** Sends periodic tasks, and shows and changes them. */
export const beat = command({
  name: "beat",
  summary:
    "Sends periodic tasks when they are due, until it is told to stop; or lists and changes them. Any number may run.",
  operands: [],
  rest: "list|next|put|rm|enable|disable|reset|run",
  options,
  examples: [
    "umbel beat -A shop.ts",
    "umbel beat list -A shop.ts",
    "umbel beat next 10 -A shop.ts --timezone Europe/London",
    "umbel beat put sweep --app shop --task sweep --every 5m --overlap skip",
    "umbel beat put report --app shop --task report --crontab '0 7 * * mon' --args '[\"weekly\"]'",
    "umbel beat disable report --app shop",
  ],
  async run(given, [action, ...names]) {
    await using app = await anyApp(given);
    switch (action) {
      case undefined: {
        const log = createLogger({
          name: "beat",
          level: (given.loglevel?.toLowerCase() ?? "info") as LogLevel,
          format: (given.log ?? "text") as "text" | "json",
        });
        const maxInterval = readDuration(given["max-interval"]);
        const beat = new Beat(app, { log, ...(maxInterval === undefined ? {} : { maxInterval }) });
        console.error(`umbel: beat of app ${app.name}, broker ${app.broker.name}; Ctrl-C stops it`);
        await Promise.race([beat.run(), untilStop()]);
        await beat.stop();
        return exitCodes.ok;
      }
      case "list":
        return await list(app, given);
      case "next":
        return await next(app, given, names);
      case "put":
        return await put(app, given, names);
      case "rm":
        return await remove(app, names);
      case "enable":
      case "disable":
        return await enable(app, names, action === "enable");
      case "reset":
        return await reset(app, names);
      case "run":
        return await run(app, names);
      default:
        throw new UsageError(
          `beat does list, next, put, rm, enable, disable, reset or run, and not ${JSON.stringify(action)}`,
        );
    }
  },
});

/** A beat within another command, until that ends. */
export function beside(app: Umbel, log: Logger): AsyncDisposable & { readonly running: Promise<void> } {
  const beat = new Beat(app, { log });
  const running = beat.run();
  return { running, [Symbol.asyncDispose]: () => beat.stop() };
}
