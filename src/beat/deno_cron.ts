/**
 * `Deno.cron`, which wakes an app each minute on Deno Deploy.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { InvalidInput } from "../errors.ts";

/** What is used of Deno, where it is there: no runtime's own types are needed. */
interface Runtime {
  readonly Deno?: { cron?(name: string, schedule: string, handler: () => Promise<void>): Promise<void> };
}

/**
 * Lets Deno Deploy call `app.tick()` each minute, and so send what is due. To be called at the top level of the program's
 * main module: Deno Deploy reads from there which crons there are. Locally it needs `--unstable-cron`.
 *
 * @returns Resolves when the crons end: usually never, so it is not awaited.
 * @throws {InvalidInput} Where there is no `Deno.cron`.
 */
export function denoCron(app: Umbel): Promise<void> {
  const runtime = globalThis as Runtime;
  if (!runtime.Deno?.cron) {
    throw new InvalidInput("denoCron", "There is no Deno.cron here: it needs Deno Deploy, or deno run --unstable-cron");
  }
  // A cron's name has letters, digits, blanks, hyphens and underscores only.
  const name = `beat of ${app.name}`.replace(/[^\w -]/g, "-");
  return runtime.Deno.cron(name, "* * * * *", async () => {
    await app.tick();
  });
}
