/** The app that the tests of the command line work with. Its handlers say on stderr that they run. */
import { createLogger, Umbel } from "@umbel/umbel";

export const app = new Umbel("shop");

export const add = app.task("add", (x: number, y: number) => x + y);

export const fail = app.task("fail", () => {
  throw new TypeError("no good");
});

/** Runs until a file is there. */
export const waitForFile = app.task("wait_for_file", { bind: true }, async (self, path: string) => {
  const watcher = Deno.watchFs(path.replace(/\/[^/]*$/, ""));
  self.signal.addEventListener("abort", () => watcher.close(), { once: true });
  console.error("wait_for_file runs");
  for await (const _ of watcher) {
    if (await Deno.stat(path).then(() => true, () => false)) return "found";
  }
  throw self.signal.reason;
});

const log = createLogger({ name: "library" });

/** Says something deep inside, where its context is not known. */
export const chat = app.task("chat", async () => {
  await Promise.resolve();
  log.info("deep inside");
});

/** Runs until it is aborted. */
export const forever = app.task("forever", { bind: true }, async (self) => {
  console.error("forever runs");
  await new Promise((resolve) => self.signal.addEventListener("abort", resolve, { once: true }));
  console.error(`forever was aborted: ${self.signal.reason?.code}`);
  throw self.signal.reason;
});

/** Never lets go of its thread. */
export const hang = app.task("hang", () => {
  console.error("hang runs");
  for (;;);
});
