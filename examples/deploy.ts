/**
 * An entry point for Deno Deploy: tasks come in over HTTP, and each minute those that wait are done.
 *
 * Set UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN, and API_TOKEN to a secret of your own. On your own machine:
 * `deno run -A --unstable-cron examples/deploy.ts`.
 */
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { Hono } from "hono";

const secret = Deno.env.get("API_TOKEN");
if (!secret) throw new Error("Set API_TOKEN to a secret: whoever shows it may send tasks");

// Every branch that is deployed has its own cron: with an app of its own it takes no tasks of another.
const app = new Umbel(Deno.env.get("DENO_TIMELINE") ?? "local");
app.task("shout", (text: string) => `${text.toUpperCase()}!`);

// At the top level, where Deploy looks for it. It ends well before the next one begins.
Deno.cron("drain", "* * * * *", async () => {
  await new Worker(app, { log: createLogger() }).drain({ seconds: 50 });
});

const site = new Hono();
site.get("/", (context) => context.text("POST /tasks/shout\n"));
site.route("/", http(app, { tokens: [secret] }));
Deno.serve(site.fetch);
