/** The demo: a sign-up page, a worker that sends the welcome mails, and a mail server that catches them. */
import { parseArgs } from "@std/cli/parse-args";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { Beat } from "@umbel/umbel/beat";
import { dashboard } from "@umbel/umbel/dashboard";
import "@umbel/umbel/sqlite";
import { Hono } from "hono";
import { MailCatcher } from "./mail_catcher.ts";
import * as tasks from "./tasks.ts";
import { signUpThree } from "./three_people.ts";
import { webApp } from "./web.ts";

const usage = `deno task demo            a sign-up page whose mails a worker sends, until Ctrl-C
deno task demo --once     signs three people up, waits for their mails, prints their times

  --timeout SECONDS       how long --once waits for the mails (30)
  --help                  this`;

const { once, timeout, help } = parseArgs(Deno.args, {
  boolean: ["once", "help"],
  string: ["timeout"],
  default: { timeout: "30" },
  unknown: (flag) => exit(2, `The demo knows no ${flag}.\n\n${usage}`),
});
if (help) exit(0, usage);
const seconds = Number(timeout);
if (!(seconds > 0)) exit(2, `--timeout must be a number of seconds, and it is ${timeout}`);

try {
  Deno.exit(await demo(once === true, seconds));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}

function exit(code: number, sentence: string): never {
  (code === 0 ? console.log : console.error)(sentence);
  Deno.exit(code);
}

async function demo(once: boolean, seconds: number): Promise<number> {
  const closing = new AbortController();
  await using catcher = await MailCatcher.start({ port: 2525, delay: 400, signal: closing.signal });
  Deno.env.set("SMTP_URL", catcher.url);

  // With --once nothing is to be left behind, and nobody else's worker is to take the mails.
  const name = once ? `signup-${crypto.randomUUID().slice(0, 8)}` : "signup";
  await using app = new Umbel(name, {
    ...brokerOf(once ? "sqlite::memory:" : "sqlite:./umbel.db"),
    config: { history: true, events: "lifecycle" },
  });
  app.include(tasks);
  app.beatSchedule = tasks.periodic;

  const times = { task: [] as number[], inline: [] as number[] };
  const web = webApp((inline, milliseconds) => {
    times[inline ? "inline" : "task"].push(milliseconds);
    if (!once) console.log(`answered in ${middle(times.task)} with the task, ${middle(times.inline)} without`);
  });
  // Open, since only this machine can reach it, and by these names alone.
  const hosts = ["127.0.0.1", "localhost"];
  const board = dashboard(app, { open: true, hosts, signal: closing.signal, log: createLogger({ level: "warning" }) });
  await using server = serve(new Hono().route("/dashboard", board).route("/", web).route("/inbox", catcher.inbox));
  const url = `http://127.0.0.1:${server.addr.port}`;
  console.log(`Broker   ${app.broker.name}\nSign up  ${url}/\nInbox    ${url}/inbox\nSMTP     ${catcher.url}`);
  console.log(`Tasks    ${url}/dashboard\n`);

  const worker = new Worker(app, once ? {} : { log: createLogger({ name: "worker" }) });
  const working = worker.run();
  const beat = new Beat(app);
  const beating = beat.run();
  try {
    if (!once) console.log("Ctrl-C stops it: what runs is finished first.\n");
    const work = once ? signUpThree(url, catcher, seconds) : interrupted();
    return await Promise.race([work, working.then(() => 1), beating.then(() => 1)]);
  } finally {
    await beat.stop();
    // The web server, which stops next, waits for the streams of open inbox pages.
    await worker.stop();
    await working;
    closing.abort();
  }
}

function brokerOf(fallback: string): { broker?: string } {
  const named = ["UMBEL_BROKER", "UPSTASH_REDIS_REST_URL"].some((name) => Deno.env.get(name));
  return named ? {} : { broker: fallback };
}

function serve(web: Hono): Deno.HttpServer<Deno.NetAddr> {
  const on = (port: number) => Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, web.fetch);
  try {
    return on(8000);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return on(0);
    throw error;
  }
}

/** Resolves with the exit code when Ctrl-C is pressed. */
function interrupted(): Promise<number> {
  return new Promise((resolve) => {
    const stop = () => {
      Deno.removeSignalListener("SIGINT", stop);
      Deno.removeSignalListener("SIGTERM", stop);
      resolve(0);
    };
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
  });
}

function middle(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median === undefined ? "–" : `${median.toFixed(1)} ms`;
}
