/**
 * A page that sends a task and shows live how far it is: `deno run -A examples/browser/main.ts`.
 *
 * The server sends the task, and gives the page a token that opens this task alone: the page holds no other secret.
 */
import { Worker } from "@umbel/umbel";
import { http, taskToken } from "@umbel/umbel/http";
import { Hono } from "hono";
import { album, app } from "./tasks.ts";

const secret = Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0"))
  .join("");
const stop = new AbortController();
const file = (name: string) => Deno.readTextFile(new URL(name, import.meta.url));
const text = (body: string, type: string) =>
  new Response(body, { headers: { "content-type": `${type}; charset=utf-8` } });

// The page's script with the client in it: 6 kB, gzipped.
const { success, stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["bundle", "--quiet", "--platform=browser", "--minify", new URL("page.ts", import.meta.url).href],
}).output();
if (!success) throw new Error("The page's script cannot be bundled");
const script = new TextDecoder().decode(stdout);

const web = new Hono()
  .get("/", async () => text(await file("page.html"), "text/html"))
  .get("/page.js", () => text(script, "text/javascript"))
  .post("/albums", async (context) => {
    const { title } = await context.req.json();
    const { id } = await album.delay(String(title).slice(0, 100), 20);
    return context.json({ id, token: await taskToken(app, id, { secret, may: "revoke", expires: "1h" }) });
  });
// Whoever has a secret may do all with it: here nobody has one, and only tokens for single tasks count.
web.route("/api", http(app, { tokens: [crypto.randomUUID()], secret, parts: ["tasks"], signal: stop.signal }));

await using worker = new Worker(app, { concurrency: 4 });
void worker.run();
const port = Number(Deno.env.get("PORT") ?? 8080);
const server = Deno.serve({
  hostname: "127.0.0.1",
  port,
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/`),
}, web.fetch);
const end = () => {
  stop.abort();
  void server.shutdown();
};
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, end);
await server.finished;
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, end);
