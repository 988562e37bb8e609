/**
 * `umbel serve`.
 *
 * @module
 */
import { createLogger, type LogLevel } from "../log.ts";
import { appOfFile } from "./app.ts";
import { beside } from "./beat.ts";
import { command, common, readDuration, readList, readPort } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";
import { UsageError } from "./failure.ts";
import { onStop } from "./signals.ts";

/** Holds tokens where the command line of a process can be read by others. */
const tokensVariable = "UMBEL_HTTP_TOKENS";

/** Keys that ticks may be signed with. */
const keysVariable = "UMBEL_SIGNING_KEYS";

/** Serves an app's tasks over HTTP. */
export const serve = command({
  name: "serve",
  summary: "Serves an app's tasks over HTTP: send, wait, revoke.",
  operands: [],
  options: {
    ...common,
    port: { short: "p", value: "PORT", help: "the port, 0 for a free one (default: 8080)" },
    hostname: { value: "ADDRESS", help: "the address to listen on (default: 127.0.0.1)" },
    token: { value: "A,B", help: `who shows one of these may call (default: ${tokensVariable})` },
    origins: { value: "A,B", help: "pages of these origins may call from a browser (default: none)" },
    "any-task": { help: "send tasks that the app does not know too: their code is elsewhere" },
    "max-wait": { value: "TIME", help: "the longest that ?wait= waits (default: 30s)" },
    beat: { short: "B", help: "send periodic tasks, too: see umbel beat" },
  },
  examples: [
    "umbel serve -A shop.ts",
    "umbel serve -A shop.ts --beat",
    `${tokensVariable}=s3cret umbel serve -A shop.ts --hostname 0.0.0.0 --port 80`,
  ],
  async run(options) {
    const { hostname: host = "127.0.0.1" } = options;
    const port = readPort(options.port) ?? 8080;
    const tokens = readList(options.token ?? (Deno.env.get(tokensVariable) || undefined));
    if (!tokens && !isLoopback(host)) {
      throw new UsageError(`Others can reach ${host}: say who may call, by --token or ${tokensVariable}`);
    }
    await using app = await appOfFile(options);
    // Loaded here: no other command needs it.
    const { http } = await import("../http/mod.ts");
    const stopping = new AbortController();
    const maxWait = readDuration(options["max-wait"]);
    const origins = readList(options.origins);
    const signingKeys = readList(Deno.env.get(keysVariable) || undefined);
    const log = createLogger({ level: (options.loglevel?.toLowerCase() ?? "info") as LogLevel, name: "serve" });
    const api = http(app, {
      // Without a token only this machine may call, and no page whose name was made to lead here.
      ...(tokens ? { tokens } : { open: true, hosts: ["localhost", "127.0.0.1", "[::1]", host] }),
      ...(signingKeys ? { signingKeys } : {}),
      ...(origins ? { origins } : {}),
      ...(maxWait === undefined ? {} : { maxWait }),
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
    const server = Deno.serve({ hostname: host, port, onListen() {} }, api.fetch);
    console.log(`http://${host.includes(":") ? `[${host}]` : host}:${server.addr.port}/tasks`);
    console.error(
      `umbel: app ${app.name}, broker ${app.broker.name}; ` +
        (tokens ? "callers need a token" : "no token is needed on this machine") + "; Ctrl-C stops it",
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

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
