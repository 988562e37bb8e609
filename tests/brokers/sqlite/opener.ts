/** Opens a SQLite file at a given moment, for a test that does so with several processes. */
import { sqlite } from "@umbel/umbel/sqlite";

const [path, at] = Deno.args;
while (Date.now() < Number(at));
await using broker = sqlite(path!)("shop");
await broker.inspector.queues();
console.log("opened");
