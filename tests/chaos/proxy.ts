/**
 * A proxy between client and REST server that loses things on purpose, at the level of TCP: the connection just ends, as
 * it does when a machine on the way goes away.
 */
import { sha1, withoutFlags } from "../../src/brokers/redis/connection/script.ts";
import { drop, resend } from "../../src/brokers/redis/scripts/dead_letters.ts";
import { exchange } from "../../src/brokers/redis/scripts/exchange.ts";
import { answer, answers, send } from "../../src/brokers/redis/scripts/mail.ts";
import { publish } from "../../src/brokers/redis/scripts/publish.ts";
import { fetch as fetchRecords, inspect, watch, whole } from "../../src/brokers/redis/scripts/records.ts";
import { revoke } from "../../src/brokers/redis/scripts/revoke.ts";
import { fire, put } from "../../src/brokers/redis/scripts/schedules.ts";

/** What happens to a request: it passes, never arrives, arrives and its answer is lost, or arrives twice. */
export type Fate = "pass" | "drop request" | "drop answer" | "twice";

/** Decides a request's fate by its verb, and its number: the name of the script it runs, or `time`, or another command. */
export type Plan = (verb: string, count: number) => Fate;

export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** How many requests met which fate. */
  readonly fates: Map<string, number>;
  plan: Plan;
}

const names = new Map<string, string>();
const scripts = [fire, put, publish, exchange, fetchRecords, whole, watch, revoke, inspect, resend, drop];
for (const script of [...scripts, send, answer, answers]) {
  names.set(await sha1(script.source), script.name);
  names.set(await sha1(withoutFlags(script.source)), script.name);
  names.set(script.source, script.name);
  names.set(withoutFlags(script.source), script.name);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The verb of a request by its path and body; `undefined` for what passes as it is, streams too. */
export type VerbOf = (path: string, body: string) => string | undefined;

export function startProxy(target: string, plan: Plan, verbOf: VerbOf = scriptOf): Proxy {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const upstream = new URL(target);
  const open = new Set<Deno.TcpConn>();
  const serving = new Set<Promise<void>>();
  const counts = new Map<string, number>();
  const fates = new Map<string, number>();
  const proxy = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    fates,
    plan,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await Promise.allSettled([...serving, accepting]);
    },
  };

  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const done = serve(connection).catch(() => {}).finally(() => {
        open.delete(connection);
        close(connection);
        serving.delete(done);
      });
      serving.add(done);
    }
  })();

  async function serve(connection: Deno.TcpConn): Promise<void> {
    let buffer = new Uint8Array();
    while (true) {
      const request = await readRequest(connection, buffer);
      if (!request) return;
      buffer = request.rest;
      const verb = verbOf(request.path, decoder.decode(request.body));
      if (verb === undefined) return await tunnel(connection, request.bytes);
      const count = (counts.get(verb) ?? 0) + 1;
      counts.set(verb, count);
      const fate = proxy.plan(verb, count);
      fates.set(`${verb}: ${fate}`, (fates.get(`${verb}: ${fate}`) ?? 0) + 1);
      if (fate === "drop request") return;
      let answer = await forward(request);
      if (fate === "twice") answer = await forward(request);
      if (fate === "drop answer") return;
      await write(connection, answer);
    }
  }

  async function forward({ path, head, body }: Request): Promise<Uint8Array> {
    const headers = Object.fromEntries(["authorization", "content-type", "umbel-app"].flatMap((name) => {
      const value = new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1];
      return value === undefined ? [] : [[name, value]];
    }));
    const response = await fetch(new URL(path, target), { method: "POST", headers, body });
    const content = new Uint8Array(await response.arrayBuffer());
    const kept = ["content-type", "umbel-app"].flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [`${name}: ${value}\r\n`];
    });
    const top = encoder.encode(
      `HTTP/1.1 ${response.status} X\r\n${kept.join("")}content-length: ${content.length}\r\n\r\n`,
    );
    return join(top, content);
  }

  /** Server-sent events pass as they are. */
  async function tunnel(connection: Deno.TcpConn, first: Uint8Array): Promise<void> {
    const other = await Deno.connect({ hostname: upstream.hostname, port: Number(upstream.port) });
    open.add(other);
    // When the stream has ended, nobody is to send something else through the tunnel.
    const head = new TextDecoder("latin1").decode(first).indexOf("\r\n\r\n");
    await write(
      other,
      join(join(first.subarray(0, head), encoder.encode("\r\nconnection: close")), first.subarray(head)),
    );
    await Promise.allSettled([
      other.readable.pipeTo(connection.writable),
      connection.readable.pipeTo(other.writable),
    ]);
    open.delete(other);
  }
  return proxy;
}

interface Request {
  readonly path: string;
  readonly head: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly bytes: Uint8Array;
  readonly rest: Uint8Array<ArrayBuffer>;
}

async function readRequest(connection: Deno.TcpConn, start: Uint8Array<ArrayBuffer>): Promise<Request | undefined> {
  let bytes = start;
  const chunk = new Uint8Array(65_536);
  while (true) {
    const text = decoder.decode(bytes.subarray(0, 8192));
    const end = text.indexOf("\r\n\r\n");
    if (end !== -1) {
      const head = text.slice(0, end);
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
      const total = end + 4 + length;
      if (bytes.length >= total) {
        const path = head.split(" ")[1]!;
        return {
          path,
          head,
          body: bytes.slice(end + 4, total),
          bytes: bytes.slice(0, total),
          rest: bytes.slice(total),
        };
      }
    }
    const count = await connection.read(chunk);
    if (count === null) return undefined;
    bytes = join(bytes, chunk.subarray(0, count));
  }
}

function scriptOf(path: string, body: string): string | undefined {
  if (path !== "/") return undefined;
  const [command, script] = JSON.parse(body) as string[];
  return names.get(script ?? "") ?? command!.toLowerCase();
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed by the other side already.
  }
}
