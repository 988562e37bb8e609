/**
 * An entry point for Deno Deploy: tasks come in over HTTP, and are done at once, or else within a minute.
 *
 * Set UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN, and API_TOKEN to a secret of your own; and WAKE_URL to this
 * program's own address with /work, so that no task waits for the next minute. On your own machine:
 * `deno run -A --unstable-cron examples/deploy.ts`.
 */
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { crontab, denoCron } from "@umbel/umbel/beat";
import { http } from "@umbel/umbel/http";
import { Hono } from "hono";

const secret = Deno.env.get("API_TOKEN");
if (!secret) throw new Error("Set API_TOKEN to a secret: whoever shows it may send tasks");

// Every branch that is deployed runs its own crons: its keys carry its timeline, so it takes no tasks of another.
const url = Deno.env.get("WAKE_URL");
const app = new Umbel("deploy", url ? { wake: { url, token: secret } } : {});
const shout = app.task("shout", (text: string) => `${text.toUpperCase()}!`);
app.beatSchedule = { "good morning": { task: shout, args: ["good morning"], schedule: crontab("0 7 * * mon-fri") } };

// At the top level, where Deploy looks for them. The second ends well before its next time.
void denoCron(app);
Deno.cron("drain", "* * * * *", async () => {
  await new Worker(app, { log: createLogger() }).drain({ seconds: 50 });
});

const site = new Hono();
site.get("/", (context) => context.text("POST /tasks/shout\n"));
site.route("/", http(app, { tokens: [secret] }));
Deno.serve(site.fetch);
