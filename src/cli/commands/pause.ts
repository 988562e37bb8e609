/**
 * `umbel pause` and `umbel resume`.
 *
 * @module
 */
import { checkName } from "../../message.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, type Command, command, common, readList } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

function switching(name: "pause" | "resume", summary: string): Command {
  return command({
    name,
    summary,
    operands: [],
    options: {
      ...common,
      ...anyAppOption,
      queues: { short: "Q", value: "A,B", help: "the queues" },
      group: { value: "NAME", help: "only this group of them, by what their groupBy gives" },
    },
    examples: [`umbel ${name} -A shop.ts -Q mail`, `umbel ${name} -A shop.ts -Q mail --group tenant-1`],
    async run(options) {
      const queues = readList(options.queues);
      if (!queues) throw new UsageError(`${name} needs the queues: -Q mail,default`);
      for (const queue of queues) checkName("queue", queue);
      await using app = await anyApp(options);
      const { group } = options;
      for (const queue of queues) await app.control[name](queue, group === undefined ? {} : { group });
      const what = group === undefined ? queues.join(", ") : `group ${group} of ${queues.join(", ")}`;
      console.error(`umbel: ${what} of app ${app.name} ${name === "pause" ? "paused" : "resumed"}`);
      return exitCodes.ok;
    },
  });
}

/** Takes nothing from queues any more. */
export const pause: Command = switching(
  "pause",
  "Takes nothing from queues or groups any more, on any worker; they still accept tasks, and what runs goes on.",
);

/** Takes from paused queues again. */
export const resume: Command = switching("resume", "Takes from paused queues or groups again.");
