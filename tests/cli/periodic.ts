/** An app with periodic tasks, for the tests of the command line. */
import { Umbel } from "@umbel/umbel";
import { crontab, every } from "@umbel/umbel/beat";

export const app = new Umbel("shop", { config: { timezone: "Europe/London" } });

export const add = app.task("add", (x: number, y: number) => x + y);

app.beatSchedule = {
  often: { task: add, schedule: every("100ms"), args: [1, 2] },
  early: { task: add, schedule: crontab("30 6 * * *"), args: [3, 4] },
};
