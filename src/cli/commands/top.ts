/**
 * `umbel top`.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { milliseconds } from "../../options/duration.ts";
import { anyApp } from "../app.ts";
import { anyApp as anyAppOption, command, common, readDuration } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { onStop } from "../processes/signals.ts";
import { Sight } from "../output/sight.ts";

/** Hides the cursor; home; clears to the end of the line and of the screen; shows the cursor. */
const ansi = { hide: "\x1b[?25l", home: "\x1b[H", line: "\x1b[K", rest: "\x1b[J", show: "\x1b[?25h" };
/** The least time between two pictures (ms). */
const leastPause = 100;

/** Shows live what an app does. */
export const top = command({
  name: "top",
  summary: "Shows queues, workers, rates and what runs, live in the terminal.",
  operands: [],
  options: {
    ...common,
    ...anyAppOption,
    every: { value: "TIME", help: "how often to look again (default: 2s)" },
    once: { help: "print it once, as it also is when it is piped" },
  },
  examples: [
    "umbel top -A shop.ts",
    "umbel top --app shop --once",
  ],
  async run(options) {
    const pause = milliseconds(readDuration(options.every) ?? "2s", "--every");
    if (pause < leastPause) {
      throw new UsageError(`--every must be at least ${leastPause}ms, and it is ${options.every}`);
    }
    await using app = await anyApp(options);
    const sight = new Sight(app);
    if (options.once || !Deno.stdout.isTerminal()) {
      console.log((await sight.look()).join("\n"));
      return exitCodes.ok;
    }
    const stop = new AbortController();
    using _ = onStop(() => stop.abort());
    try {
      write(ansi.hide);
      while (!stop.signal.aborted) {
        const { columns, rows } = Deno.consoleSize();
        const lines = (await sight.look()).slice(0, rows - 1).map((line) => line.slice(0, columns) + ansi.line);
        write(ansi.home + lines.join("\n") + ansi.rest);
        await sleep(pause, undefined, { signal: stop.signal }).catch(() => {});
      }
    } finally {
      write(`${ansi.show}\n`);
    }
    return exitCodes.ok;
  },
});

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
