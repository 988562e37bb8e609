/** A worker on a SQLite file, in a process of its own, for a test that kills it. */
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

await using app = new Umbel("chaos", { broker: sqlite(Deno.args[0]!), config: { lease: "3s" } });
app.task("echo", (text: string) => text);
app.task("hang", () => {
  console.log("hangs");
  return new Promise(() => setInterval(() => {}, 1000));
});
const running = new Worker(app).run();
while ((await app.broker.inspector.workers()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
console.log("ready");
await running;
