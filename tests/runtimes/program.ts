/** What each runtime is to do: send a task that a worker elsewhere runs, and run one that was sent elsewhere. */
import { Umbel, upstash, Worker } from "@umbel/umbel";

/** What came of it. */
export interface Outcome {
  /** The result of the task that was sent from here. */
  readonly sum: number;
  /** The runtime's name, as it calls itself. */
  readonly runtime: string;
}

export async function program(url: string, token: string, runtime: string): Promise<Outcome> {
  const app = new Umbel("runtimes", { broker: upstash({ url, token }) });
  const add = app.task("add", (x: number, y: number) => x + y);
  app.task("greet", (name: string) => `Hello ${name}, this is ${runtime}`);

  // Node 20 knows no `await using` yet.
  try {
    const sum = await (await add.delay(1, 2)).get({ timeout: "10m" });
    await new Worker(app, { queues: ["there"] }).drain({ seconds: 60 });
    return { sum, runtime };
  } finally {
    await app[Symbol.asyncDispose]();
  }
}
