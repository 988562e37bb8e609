/** The HTTP server of the benchmark: `http_server.ts APP URL`. Runs until its standard input ends. */
import { createLogger, Umbel } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import "@umbel/umbel/sqlite";

const [name, broker] = Deno.args;
await using app = new Umbel(name!, { broker: broker! });
app.task("add", (x: number, y: number) => x + y);
const api = http(app, { tokens: ["s3cret"], log: createLogger({ level: "warning" }) });
await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, api.fetch);
console.log(`http://127.0.0.1:${server.addr.port}`);
for await (const _ of Deno.stdin.readable);
