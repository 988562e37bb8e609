/**
 * How a reply of Redis is written: as JSON, as JSON with its strings in base64, or as RESP2.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** A reply: bulk strings are Buffers where they were asked for as such, status replies always are strings. */
export type Reply = null | number | string | Buffer | Error | readonly Reply[];

/** How the caller wants it. */
export type Format = "json" | "base64" | "resp2";

/** The body of one command's answer, or one item of a pipeline's. */
export function envelope(reply: Reply, format: Format): { result: unknown } | { error: string } {
  if (reply instanceof Error) return { error: reply.message };
  return { result: format === "base64" ? base64(reply, true) : json(reply) };
}

function json(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(json);
  if (reply instanceof Error) return reply.message;
  // Bytes that are not UTF-8 become U+FFFD, as they do at Upstash: base64 is there for them.
  return Buffer.isBuffer(reply) ? reply.toString("utf8") : reply;
}

/** Each string at every depth, except a status of "OK" at the top: the official client decodes by exactly this rule. */
function base64(reply: Reply, top: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((item) => base64(item, false));
  if (reply instanceof Error) return reply.message;
  if (Buffer.isBuffer(reply)) return reply.toString("base64");
  if (typeof reply !== "string") return reply;
  return top && reply === "OK" ? reply : Buffer.from(reply).toString("base64");
}

/** RESP2, as Redis itself would have written it. */
export function resp2(reply: Reply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "number") return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === "string") return Buffer.from(`+${reply}\r\n`);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(resp2)]);
}
