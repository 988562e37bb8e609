/** An app with limits, for tests of the command line. */
import { Umbel } from "@umbel/umbel";

export const app = new Umbel("limited", {
  config: { queues: { fair: { groupBy: (tenant: string) => tenant } } },
});

export const mail = app.task("mail send", {
  rateLimit: "10/s",
  concurrency: { limit: 2, key: (to: string) => to },
}, (to: string) => to);

export const fair = app.task("fair", { queue: "fair" }, (tenant: string) => tenant);
