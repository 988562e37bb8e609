/**
 * The REST server: HTTP in front, one connection to Redis for commands and one for subscriptions behind.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { createClient, type RedisClientType, RESP_TYPES } from "redis";
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { InvalidInput } from "../errors.ts";
import { type Command, readCommand, refusal, ScriptAliases } from "./commands.ts";
import { envelope, type Format, type Reply, resp2 } from "./encoding.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What the server needs. */
export interface RestServerOptions {
  /** Where Redis is: `redis://127.0.0.1:6379`. */
  readonly redis: string;
  /** What a caller must show, as bearer or as `_token`. */
  readonly token: string;
  /**
   * The largest body of a request, in bytes.
   *
   * @default {10485760}
   */
  readonly maxRequestSize?: number;
}

/** A REST server that listens to nobody yet: hand its `fetch` to a listener. */
export interface RestServer extends AsyncDisposable {
  /** Answers a request. */
  fetch(request: Request): Promise<Response>;
}

const usualSize = 10 * 1024 * 1024;
const jsonType = { "content-type": "application/json" };
/** Bulk strings as bytes: then nothing is lost, and a status can be told from a bulk string. */
const asBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } as unknown as NonNullable<
  Parameters<RedisClientType["sendCommand"]>[1]
>;

/**
 * Connects to Redis and returns the server.
 *
 * A command that was on its way when the connection to Redis broke is not sent again: nobody knows whether it was
 * carried out, and its caller gets a 503. node-redis is behind it for that, for its own pipelining of concurrent commands
 * on one connection, and since it hands out replies as bytes.
 *
 * @throws {InvalidInput} When the token is empty.
 */
export async function restServer(
  { redis, token, maxRequestSize = usualSize }: RestServerOptions,
): Promise<RestServer> {
  if (typeof token !== "string" || token === "") {
    throw new InvalidInput("token", `token must be a text, and it is ${JSON.stringify(token)}`);
  }
  const connect = async () => {
    const client = createClient({
      url: redis,
      RESP: 2,
      disableOfflineQueue: true,
      socket: { reconnectStrategy: (retries) => Math.min(10 * 2 ** retries, 500) },
    }) as unknown as RedisClientType;
    client.on("error", () => {
      // Each caller is told by its own answer.
    });
    await client.connect();
    return client;
  };
  const client = await connect();
  const subscriber = await connect();
  const subscriptions = new Subscriptions(subscriber);
  const scripts = new ScriptAliases();
  const monitors = new Set<() => void>();
  const expected = Buffer.from(token);
  let syncToken = 0;

  async function run(command: Command, format: Format): Promise<Reply> {
    const reason = refusal(command);
    if (reason) return new Error(reason);
    try {
      const reply = await client.sendCommand(
        scripts.translate(command) as string[],
        format === "json" ? undefined : asBytes,
      ) as unknown as Reply;
      const loaded = scripts.loaded(command);
      return loaded ? (format === "json" ? loaded : Buffer.from(loaded)) : reply;
    } catch (error) {
      return failure(error);
    }
  }

  function allowed(context: Context): boolean {
    const header = context.req.raw.headers.get("authorization");
    const shown = Buffer.from(header?.replace(/^bearer /i, "") ?? context.req.query("_token") ?? "");
    // Compared in constant time, a token of another length too.
    return timingSafeEqual(shown.length === expected.length ? shown : Buffer.alloc(expected.length), expected) &&
      shown.length === expected.length;
  }

  function formatOf({ headers }: Request): Format {
    const encoding = headers.get("upstash-encoding");
    const format = headers.get("upstash-response-format") ?? "json";
    if (format !== "json" && format !== "resp2") {
      throw new TypeError(`ERR Upstash-Response-Format must be json or resp2, and it is ${format}`);
    }
    if (format === "resp2" && encoding === "base64") {
      throw new TypeError("ERR Upstash-Encoding: base64 cannot be combined with Upstash-Response-Format: resp2");
    }
    return format === "resp2" ? "resp2" : encoding === "base64" ? "base64" : "json";
  }

  function answer(body: string | Buffer<ArrayBuffer>, status: number): Response {
    const headers: Record<string, string> = {
      "content-type": typeof body === "string" ? "application/json" : "application/octet-stream",
      "upstash-sync-token": String(++syncToken),
    };
    if (status === 503) headers["retry-after"] = "1";
    return new Response(body, { status, headers });
  }

  function answerOne(reply: Reply, format: Format): Response {
    const status = reply instanceof Unavailable ? 503 : reply instanceof Error ? 400 : 200;
    if (format === "resp2") return answer(Buffer.from(resp2(reply)), status);
    return answer(JSON.stringify(envelope(reply, format)), status);
  }

  function answerMany(replies: readonly Reply[], format: Format): Response {
    if (replies.length > 0 && replies.every((reply) => reply instanceof Unavailable)) {
      return answerOne(replies[0]!, "json");
    }
    if (format === "resp2") return answer(Buffer.from(Buffer.concat(replies.map(resp2))), 200);
    return answer(JSON.stringify(replies.map((reply) => envelope(reply, format))), 200);
  }

  async function readBody(request: Request): Promise<Buffer> {
    const announced = request.headers.get("content-length");
    if (Number(announced) > maxRequestSize) throw new RequestTooLarge(maxRequestSize);
    // Read in one piece where its size is known, which costs a third.
    if (announced !== null) return Buffer.from(await request.arrayBuffer());
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of request.body ?? []) {
      size += part.length;
      if (size > maxRequestSize) throw new RequestTooLarge(maxRequestSize);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async function readCommands(request: Request): Promise<Command[]> {
    const value = parse(await readBody(request));
    if (!Array.isArray(value)) {
      throw new TypeError("ERR failed to parse pipeline request: it must be an array of commands");
    }
    return value.map(readCommand);
  }

  const app = new Hono();
  app.onError((error) => {
    if (error instanceof RequestTooLarge) return Response.json({ error: error.message }, { status: 413 });
    if (error instanceof TypeError) return Response.json({ error: error.message }, { status: 400 });
    return Response.json({ error: `ERR ${error.message}` }, { status: 500 });
  });
  app.use(async (context, next) => {
    if (!["GET", "HEAD", "POST", "PUT"].includes(context.req.method)) {
      return Response.json({ error: "ERR method not allowed" }, {
        status: 405,
        headers: { allow: "GET, HEAD, POST, PUT" },
      });
    }
    if (!allowed(context)) {
      return new Response('{"error":"WRONGPASS invalid or missing auth token"}', { status: 401, headers: jsonType });
    }
    await next();
  });
  app.post("/", async (context) => {
    const format = formatOf(context.req.raw);
    return answerOne(await run(readCommand(parse(await readBody(context.req.raw))), format), format);
  });
  app.post("/pipeline", async (context) => {
    const format = formatOf(context.req.raw);
    const commands = await readCommands(context.req.raw);
    return answerMany(await Promise.all(commands.map((command) => run(command, format))), format);
  });
  app.post("/multi-exec", async (context) => {
    const format = context.req.header("upstash-encoding") === "base64" ? "base64" : "json";
    const commands = await readCommands(context.req.raw);
    for (const command of commands) {
      const reason = refusal(command);
      if (reason) return answerOne(new Error(reason), "json");
    }
    // Sent in one go, on one connection: nothing of another caller comes in between.
    const send = (command: Command, bytes: boolean) =>
      client.sendCommand(command as string[], bytes ? asBytes : undefined).catch(failure) as Promise<Reply>;
    const sent = [
      send(["MULTI"], false),
      ...commands.map((command) => send(scripts.translate(command), false)),
      send(["EXEC"], format !== "json"),
    ];
    const replies = await Promise.all(sent);
    const result = replies.at(-1)!;
    if (!Array.isArray(result)) {
      const cause = replies.slice(0, -1).find((reply) => reply instanceof Error);
      return answerOne(cause instanceof Error ? cause : result, "json");
    }
    return answerMany(result as Reply[], format);
  });
  for (const kind of ["subscribe", "psubscribe"] as const) {
    app.on(["GET", "POST"], `/${kind}/*`, async (context) => {
      const names = segments(context.req.raw).slice(1);
      if (names.length === 0 || names.includes("")) throw new TypeError(`ERR ${kind} needs the name of a channel`);
      if (!subscriber.isReady) return answerOne(new Unavailable("Redis cannot be reached"), "json");
      const stream = await subscriptions.open(kind, names);
      return eventStream(stream);
    });
  }
  app.on(["GET", "POST"], "/monitor", async () => {
    const monitor = await connect();
    let close = () => {};
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        close = () => {
          if (!monitors.delete(close)) return;
          monitor.destroy();
          try {
            controller.close();
          } catch {
            // The reader closed it.
          }
        };
        monitors.add(close);
        const send = (text: string) => controller.enqueue(Buffer.from(`data: ${text}\n\n`));
        await monitor.monitor((reply) => send(String(reply)));
        send('"OK"');
      },
      cancel: () => close(),
    });
    return eventStream(stream);
  });
  app.all("/*", async (context) => {
    const { raw } = context.req;
    const format = formatOf(raw);
    const command: Command = segments(raw);
    if (command.length === 0) throw new TypeError("ERR empty command");
    if (raw.method === "POST" || raw.method === "PUT") {
      const body = await readBody(raw);
      if (body.length > 0) command.push(body);
    }
    for (const [name, value] of new URL(raw.url).searchParams) {
      if (name === "_token") continue;
      command.push(name);
      if (value !== "") command.push(value);
    }
    const response = answerOne(await run(command, format), format);
    return raw.method === "HEAD" ? new Response(null, response) : response;
  });

  return {
    fetch: async (request) => await app.fetch(request),
    async [Symbol.asyncDispose]() {
      subscriptions.closeAll();
      for (const close of [...monitors]) close();
      for (const connection of [client, subscriber]) {
        if (connection.isOpen) connection.destroy();
      }
      await Promise.resolve();
    },
  };
}

/** Redis is away, or went away while the command was on its way. */
class Unavailable extends Error {
  constructor(reason: string) {
    super(`UNAVAILABLE ${reason}`);
  }
}

class RequestTooLarge extends Error {
  constructor(limit: number) {
    super(`ERR max request size exceeded: the limit is ${limit} bytes`);
  }
}

/** Redis's own refusals begin with a word in capitals; anything else is the connection's trouble. */
function failure(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`ERR ${error}`);
  if (/^[A-Z]+ /.test(error.message)) {
    if (error.message.startsWith("NOSCRIPT")) return new Error("NOSCRIPT No matching script. Please use EVAL.");
    return new Error(error.message);
  }
  return error instanceof TypeError ? new Error(`ERR ${error.message}`) : new Unavailable(error.message);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new TypeError("ERR failed to parse the request: it is not JSON");
  }
}

function segments(request: Request): string[] {
  const path = new URL(request.url).pathname.slice(1);
  try {
    return path === "" ? [] : path.split("/").map(decodeURIComponent);
  } catch {
    throw new TypeError("ERR the path is not percent-encoded UTF-8");
  }
}

function eventStream(stream: ReadableStream<Uint8Array>): Response {
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
