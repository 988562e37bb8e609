/**
 * The REST server: HTTP in front, one connection to Redis for commands and one for subscriptions behind.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { Buffer } from "node:buffer";
import { InvalidInput } from "../errors.ts";
import { type Access, ReadCommands, Tokens } from "./access.ts";
import { type Command, readCommand, readCommands, refusal } from "./commands.ts";
import { Connection, inWords } from "./connection.ts";
import { envelope, type Format, type Reply, resp2 } from "./encoding.ts";
import type { EventStream } from "./event_stream.ts";
import { Rejection } from "./rejection.ts";
import { isLoad, ScriptAliases } from "./scripts.ts";
import { type Kind, Subscriptions } from "./subscriptions.ts";

/** What the server needs. */
export interface RestServerOptions {
  /** Where Redis is: `redis://127.0.0.1:6379`. */
  readonly redis: string;
  /** What a caller must show, as bearer or as `_token`. */
  readonly token: string;
  /** What a caller must show who may only read; nobody when absent. */
  readonly readOnlyToken?: string;
  /**
   * The largest body of a request, in bytes.
   *
   * @default {10485760}
   */
  readonly maxRequestSize?: number;
  /**
   * How long Redis may be silent while commands wait for it, in ms; then they are answered with 503.
   *
   * @default {30000}
   */
  readonly timeout?: number;
  /**
   * How often a stream of events shows a sign of life, in ms.
   *
   * @default {15000}
   */
  readonly heartbeat?: number;
  /**
   * How many bytes of events may wait for a slow reader; one that is further behind is cut off.
   *
   * @default {8388608}
   */
  readonly maxPendingEvents?: number;
}

/** A REST server that listens to nobody yet: hand its `fetch` to a listener. */
export interface RestServer extends AsyncDisposable {
  /** Answers a request. */
  fetch(request: Request): Promise<Response>;
}

type Env = { Bindings: { readonly access: Access } };

const methods = ["GET", "HEAD", "POST", "PUT"];

/**
 * A server in front of that Redis. It connects when the first request comes, and again whenever the connection was lost:
 * while Redis is away requests are answered with 503 at once.
 *
 * A command that was on its way when the connection was lost is not sent again: nobody knows whether it was carried out,
 * and its caller gets a 503. At its disposal streams are ended, commands that are on their way awaited, and connections
 * closed.
 *
 * @throws {InvalidInput} When an option breaks a rule.
 *
 * @example
 * ```ts ignore
 * import { restServer } from "@umbel/umbel/rest";
 *
 * await using rest = restServer({ redis: "redis://127.0.0.1:6379", token: "secret" });
 * await Deno.serve({ hostname: "127.0.0.1", port: 8079 }, rest.fetch).finished;
 * ```
 */
export function restServer(options: RestServerOptions): RestServer {
  const {
    redis,
    maxRequestSize = 10 * 1024 * 1024,
    timeout = 30_000,
    heartbeat = 15_000,
    maxPendingEvents = 8 * 1024 * 1024,
  } = options;
  for (const [field, value] of Object.entries({ maxRequestSize, timeout, heartbeat, maxPendingEvents })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new InvalidInput(field, `${field} must be a whole number above 0, and it is ${value}`);
  }
  const tokens = new Tokens(options.token, options.readOnlyToken);
  const connection = new Connection({ url: redis, timeout });
  const subscriptions = new Subscriptions({ url: redis, timeout, heartbeat, mostPending: maxPendingEvents });
  const onlyReading = new ReadCommands((command) => connection.run(command));
  const scripts = new ScriptAliases();
  // Callers see one database, which they know as 0.
  const database = /^\/(\d+)$/.exec(new URL(redis).pathname)?.[1] ?? "0";
  // Changes with each answer, which is more often than it must: after each write.
  const started = crypto.randomUUID().slice(0, 8);
  let answers = 0;

  /** For each command why it is refused; `undefined` when not. */
  async function refusals(commands: readonly Command[], access: Access): Promise<(string | undefined)[]> {
    if (access === "all") return commands.map(refusal);
    return await Promise.all(commands.map((command) => refusal(command) ?? onlyReading.refusal(command)));
  }

  /** The command as Redis takes it. */
  function translate(command: Command): Command {
    return String(command[0]).toUpperCase() === "SELECT" ? ["SELECT", database] : scripts.translate(command);
  }

  /** Runs them in order: all are sent before anything is awaited. */
  async function run(commands: readonly Command[], access: Access): Promise<Reply[]> {
    const reasons = await refusals(commands, access);
    return await Promise.all(commands.map((command, index) => {
      const reason = reasons[index];
      if (reason !== undefined) return new Error(reason);
      const sent = connection.run(translate(command));
      return isLoad(command) ? sent.then((reply) => asExpected(command, reply)) : sent;
    }));
  }

  /** The reply to a translated command, as the caller expects it. */
  function asExpected(command: Command, reply: Reply): Reply {
    if (reply instanceof Error) return inWords(reply);
    const sha = scripts.loaded(command);
    return sha === undefined ? reply : Buffer.from(sha);
  }

  function answer(body: string | Buffer, status = 200): Response {
    return new Response(body as BodyInit, {
      status,
      headers: {
        "content-type": typeof body === "string" ? "application/json" : "application/octet-stream",
        "upstash-sync-token": `${started}-${++answers}`,
      },
    });
  }

  function answerOne(reply: Reply, format: Format): Response {
    const body = format === "resp2" ? resp2(reply) : envelope(reply, format);
    return answer(body, reply instanceof Error ? 400 : 200);
  }

  function answerMany(replies: readonly Reply[], format: Format): Response {
    if (format === "resp2") return answer(Buffer.concat(replies.map(resp2)));
    return answer(`[${replies.map((reply) => envelope(reply, format)).join(",")}]`);
  }

  function answerFailure(error: unknown): Response {
    const status = error instanceof Rejection ? error.status : 500;
    const words = error instanceof Rejection ? error.message : `ERR ${error instanceof Error ? error.message : error}`;
    const response = answer(envelope(new Error(words), "json"), status);
    if (status === 503) response.headers.set("retry-after", "1");
    return response;
  }

  async function readText(request: Request): Promise<string> {
    return isBounded(request) ? await request.text() : (await readUnbounded(request)).toString("utf8");
  }

  async function readBytes(request: Request): Promise<Buffer> {
    return isBounded(request) ? Buffer.from(await request.arrayBuffer()) : await readUnbounded(request);
  }

  /** Whether a body says its size, which is not too large: then it is read in one piece, which costs a third. */
  function isBounded({ headers }: Request): boolean {
    const announced = headers.get("content-length");
    if (Number(announced) > maxRequestSize) throw tooLarge();
    return announced !== null;
  }

  async function readUnbounded(request: Request): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of request.body ?? []) {
      size += part.length;
      if (size > maxRequestSize) throw tooLarge();
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  function tooLarge(): Rejection {
    return new Rejection(413, `ERR max request size exceeded: the limit is ${maxRequestSize} bytes`);
  }

  async function one(request: Request, access: Access): Promise<Response> {
    const format = formatOf(request);
    const [reply] = await run([readCommand(await readText(request))], access);
    return answerOne(reply!, format);
  }

  async function pipeline(request: Request, access: Access): Promise<Response> {
    const format = formatOf(request);
    return answerMany(await run(readCommands(await readText(request)), access), format);
  }

  async function transaction(request: Request, access: Access): Promise<Response> {
    // The other format does not apply here: the answer is JSON in any case.
    const format = request.headers.get("upstash-encoding") === "base64" ? "base64" : "json";
    const commands = readCommands(await readText(request));
    const reason = (await refusals(commands, access)).find((reason) => reason !== undefined);
    if (reason !== undefined) throw new Rejection(400, reason);
    const translated = commands.map(translate);
    const replies = await connection.runAll([["MULTI"], ...translated, ["EXEC"]]);
    const result = replies.at(-1)!;
    if (!Array.isArray(result)) {
      // Discarded: because of the first command that could not even be queued.
      const cause = replies.find((reply) => reply instanceof Error);
      throw new Rejection(400, cause instanceof Error ? cause.message : "ERR the transaction was discarded");
    }
    return answerMany(result.map((reply: Reply, index) => asExpected(commands[index]!, reply)), format);
  }

  async function path(request: Request, access: Access): Promise<Response> {
    const format = formatOf(request);
    const command: Command = segments(request);
    if (command.length === 0) throw new Rejection(400, "ERR empty command");
    if (request.method === "POST" || request.method === "PUT") {
      const body = await readBytes(request);
      if (body.length > 0) command.push(body);
    }
    for (const [name, value] of new URL(request.url).searchParams) {
      if (name === "_token") continue;
      command.push(name);
      if (value !== "") command.push(value);
    }
    const [reply] = await run([command], access);
    const response = answerOne(reply!, format);
    return request.method === "HEAD" ? new Response(null, response) : response;
  }

  async function subscribe(request: Request, kind: Kind): Promise<Response> {
    const [, ...names] = segments(request);
    if (names.length === 0 || names.includes("")) {
      throw new Rejection(400, `ERR ${kind} needs the name of a ${kind === "subscribe" ? "channel" : "pattern"}`);
    }
    return answerStream(await subscriptions.open(kind, names));
  }

  async function monitor(access: Access): Promise<Response> {
    if (access !== "all") throw new Rejection(400, "NOPERM this user has no permissions to run the 'monitor' command");
    return answerStream(await subscriptions.monitor());
  }

  const app = new Hono<Env>();
  const handle = (handler: (request: Request, access: Access) => Promise<Response>) => (context: Context<Env>) =>
    handler(context.req.raw, context.env.access);
  app.onError(answerFailure);
  app.post("/", handle(one));
  app.post("/pipeline", handle(pipeline));
  app.post("/multi-exec", handle(transaction));
  app.on(["GET", "POST"], "/subscribe/*", handle((request) => subscribe(request, "subscribe")));
  app.on(["GET", "POST"], "/psubscribe/*", handle((request) => subscribe(request, "psubscribe")));
  app.on(["GET", "POST"], "/monitor", handle((_request, access) => monitor(access)));
  app.all("/*", handle(path));

  return {
    async fetch(request) {
      if (!methods.includes(request.method)) {
        const response = answerFailure(new Rejection(405, "ERR method not allowed"));
        response.headers.set("allow", methods.join(", "));
        return response;
      }
      const access = tokens.check(request);
      if (access === undefined) return answerFailure(new Rejection(401, "WRONGPASS invalid or missing auth token"));
      return await app.fetch(request, { access });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([subscriptions.close(), connection.close()]);
    },
  };
}

/** How the caller wants the answer. @throws {Rejection} */
function formatOf({ headers }: Request): Format {
  const encoding = headers.get("upstash-encoding");
  const format = headers.get("upstash-response-format") ?? "json";
  if (format !== "json" && format !== "resp2") {
    throw new Rejection(400, `ERR Upstash-Response-Format must be json or resp2, and it is ${format}`);
  }
  if (format === "resp2" && encoding === "base64") {
    throw new Rejection(400, "ERR Upstash-Encoding: base64 cannot be combined with Upstash-Response-Format: resp2");
  }
  return format === "resp2" ? "resp2" : encoding === "base64" ? "base64" : "json";
}

function segments(request: Request): string[] {
  const path = new URL(request.url).pathname.slice(1);
  try {
    return path === "" ? [] : path.split("/").map(decodeURIComponent);
  } catch {
    throw new Rejection(400, "ERR the path is not percent-encoded UTF-8");
  }
}

function answerStream({ body }: EventStream): Response {
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
