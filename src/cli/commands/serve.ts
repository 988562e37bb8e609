/**
 * `umbel serve`.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { HttpApp, HttpOptions, PartName, RateText, WorkOptions } from "../../http/mod.ts";
import { createLogger, type LogLevel } from "../../log.ts";
import { accessOptions, readAccess } from "../access.ts";
import { appOfFile } from "../app.ts";
import { beside } from "./beat.ts";
import { command, common, readDuration, readList, readNumber, readPort } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { onStop } from "../processes/signals.ts";
import { tellStrayErrors } from "../processes/stray_errors.ts";

/** Keys that ticks may be signed with. */
const keysVariable = "UMBEL_SIGNING_KEYS";

/** Serves an app's tasks over HTTP. */
export const serve = command({
  name: "serve",
  summary: "Serves an app's tasks over HTTP, and its dashboard.",
  operands: [],
  options: {
    ...common,
    port: { short: "p", value: "PORT", help: "the port, 0 for a free one (default: 8080)" },
    hostname: { value: "ADDRESS", help: "the address to listen on (default: 127.0.0.1)" },
    ...accessOptions,
    "rate-limit": { value: "RATE", help: "how many requests a caller may make: 100/s, 1000/m (default: any number)" },
    "read-only": { help: "change nothing, whoever asks" },
    "no-dashboard": { help: "serve no dashboard" },
    flower: { help: "serve Flower's API as well, below /flower: see docs/flower.md" },
    parts: { value: "A,B", help: "what is served (default: all): tasks, waiting, dead-letters, beat, events, …" },
    origins: { value: "A,B", help: "pages of these origins may call from a browser (default: none)" },
    "any-task": { help: "send tasks that the app does not know too: their code is elsewhere" },
    "max-wait": { value: "TIME", help: "the longest that ?wait= waits (default: 30s)" },
    "work-longest": { value: "TIME", help: "the longest that POST /work works, whatever it says (default: 60s)" },
    "work-drains": { value: "N", help: "how many of these requests work at once (default: 1)" },
    "work-queues": { value: "A,B", help: "the queues they take from (default: those of the app and its tasks)" },
    "work-concurrency": { value: "N", help: "how many tasks run at once in each (default: the app's)" },
    beat: { short: "B", help: "send periodic tasks, too: see umbel beat" },
  },
  examples: [
    "umbel serve -A shop.ts",
    "umbel serve -A shop.ts --beat",
    "UMBEL_HTTP_TOKENS=s3cret umbel serve -A shop.ts --hostname 0.0.0.0 --port 80",
    "umbel serve -A shop.ts --tokens-file tokens.txt --rate-limit 100/s --hostname 0.0.0.0",
  ],
  async run(options) {
    const { hostname: host = "127.0.0.1" } = options;
    const port = readPort(options.port) ?? 8080;
    const access = await readAccess(options, host);
    await using app = await appOfFile(options);
    const stopping = new AbortController();
    const maxWait = readDuration(options["max-wait"]);
    const work = {
      longest: readDuration(options["work-longest"]),
      drains: readNumber(options["work-drains"], "--work-drains"),
      queues: readList(options["work-queues"]),
      concurrency: readNumber(options["work-concurrency"], "--work-concurrency"),
    };
    const origins = readList(options.origins);
    const parts = readList(options.parts);
    const { "rate-limit": rateLimit } = options;
    const signingKeys = readList(Deno.env.get(keysVariable) || undefined);
    const log = createLogger({ level: (options.loglevel?.toLowerCase() ?? "info") as LogLevel, name: "serve" });
    using _strayErrors = tellStrayErrors(log);
    const web = await webOf(app, { dashboard: !options["no-dashboard"], flower: options.flower }, {
      ...access,
      ...(signingKeys ? { signingKeys } : {}),
      ...(origins ? { origins } : {}),
      ...(maxWait === undefined ? {} : { maxWait }),
      ...(rateLimit === undefined ? {} : { rateLimit: rateLimit as RateText }),
      ...(parts === undefined ? {} : { parts: parts as PartName[] }),
      work: Object.fromEntries(Object.entries(work).filter(([, value]) => value !== undefined)) as WorkOptions,
      readOnly: options["read-only"],
      anyTask: options["any-task"],
      signal: stopping.signal,
      log,
    });
    const stopped = Promise.withResolvers<void>();
    const interrupted = Promise.withResolvers<"interrupted">();
    using _ = onStop((signal) => {
      if (!stopping.signal.aborted) {
        stopping.abort();
        stopped.resolve();
      } else if (signal === "SIGINT") interrupted.resolve("interrupted");
    });
    hushLegacyAbort();
    const server = Deno.serve({ hostname: host, port, onListen() {} }, web.fetch);
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${server.addr.port}`;
    console.log(`${url}/tasks`);
    if (!options["no-dashboard"]) console.log(`${url}/dashboard`);
    console.error(
      `umbel: app ${app.name}, broker ${app.broker.name}; ` +
        (access.open ? "no token is needed on this machine" : "callers need a token") + "; Ctrl-C stops it",
    );
    await using beat = options.beat ? beside(app, log) : undefined;
    // An entry that breaks a rule ends the server, too.
    void beat?.running.catch(() => stopped.resolve());
    await stopped.promise;
    await beat?.[Symbol.asyncDispose]();
    const end = await Promise.race([server.shutdown(), interrupted.promise]);
    await beat?.running;
    return end === "interrupted" ? exitCodes.interrupted : exitCodes.ok;
  },
});

/**
 * Deno warns once that the signal of a request is aborted after its answer, too. That is for who wrote the server, which
 * bears it, and not for who runs it.
 */
function hushLegacyAbort(): void {
  const { warn } = console;
  console.warn = (...said: unknown[]) => {
    if (!String(said[0]).startsWith("Deno.serve: request.signal aborts")) warn(...said);
  };
}

/** The API, and what is wanted beside it. The start leads to the dashboard. */
async function webOf(
  app: Umbel,
  beside: { readonly dashboard: boolean; readonly flower: boolean },
  options: HttpOptions,
): Promise<HttpApp> {
  // Loaded here: no other command needs it.
  const { http } = await import("../../http/mod.ts");
  const api = http(app, options);
  if (!beside.dashboard && !beside.flower) return api;
  const { Hono } = await import("hono");
  const web = new Hono();
  if (beside.dashboard) {
    const { dashboard } = await import("../../http/dashboard/mod.ts");
    const { tokens, trustHeader, open, secret, hosts, readOnly, signal, log } = options;
    const given = Object.entries({ tokens, trustHeader, open, secret, hosts, readOnly, signal, log })
      .filter(([, value]) => value !== undefined);
    web.get("/", (context) => context.redirect("/dashboard"));
    web.route("/dashboard", dashboard(app, Object.fromEntries(given)));
  }
  if (beside.flower) {
    const { flower } = await import("../../http/flower/mod.ts");
    const { parts: _parts, signingKeys: _keys, maxWait: _wait, ...rest } = options;
    web.route("/flower", flower(app, rest));
  }
  web.all("*", ({ req }) => api.fetch(req.raw));
  return web;
}
