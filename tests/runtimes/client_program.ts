/** What each runtime is to do with a client: send a task, hear how it goes on, and get its result. */
import { Client, UnknownTaskId } from "@umbel/umbel/client";
import type { Outcome } from "./program.ts";

export async function clientProgram(url: string, token: string, runtime: string): Promise<Outcome> {
  const client = new Client(url, { token });
  const sent = await client.task<(x: number, y: number) => number>("add").delay(1, 2);
  let last = "";
  for await (const update of sent.updates()) if (update.kind === "state") last = update.state;
  if (last !== "SUCCESS") throw new Error(`The last update is ${last}`);
  const unknown = await client.result("nobody").get().catch((error: unknown) => error);
  if (!(unknown instanceof UnknownTaskId)) throw new Error(`An unknown id gives ${unknown}`);
  return { sum: await sent.get({ timeout: "10m" }), runtime };
}
