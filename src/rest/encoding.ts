/**
 * How a reply of Redis is written: as JSON, as JSON with its strings in base64, or as RESP2.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { RESP_TYPES } from "redis";

/**
 * A reply: bulk strings as bytes, so that nothing is lost; status replies and integers as text, so that an integer
 * above 2^53 keeps its digits.
 */
export type Reply = null | string | Buffer | Error | readonly Reply[];

/** What the Redis client must be told for replies to come like that. */
export const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String } as const;

/** How the caller wants it. */
export type Format = "json" | "base64" | "resp2";

/** The body of one command's answer, or one item of a pipeline's, in JSON. */
export function envelope(reply: Reply, format: Format): string {
  if (reply instanceof Error) return `{"error":${JSON.stringify(reply.message)}}`;
  // The official client decodes each string but a status of "OK" at the top, and there only.
  if (reply === "OK") return '{"result":"OK"}';
  return `{"result":${format === "base64" ? base64(reply) : json(reply)}}`;
}

function json(reply: Reply): string {
  if (reply === null) return "null";
  if (typeof reply === "string") return isInteger(reply) ? reply : JSON.stringify(reply);
  // Bytes that are not UTF-8 become U+FFFD, as they do at Upstash: base64 is there for them.
  if (Buffer.isBuffer(reply)) return JSON.stringify(reply.toString("utf8"));
  if (reply instanceof Error) return JSON.stringify(reply.message);
  return `[${reply.map(json).join(",")}]`;
}

function base64(reply: Reply): string {
  if (reply === null) return "null";
  if (typeof reply === "string") return isInteger(reply) ? reply : `"${Buffer.from(reply).toString("base64")}"`;
  if (Buffer.isBuffer(reply)) return `"${reply.toString("base64")}"`;
  if (reply instanceof Error) return base64(reply.message);
  return `[${reply.map(base64).join(",")}]`;
}

/** RESP2, as Redis itself would have written it, but for a null array, which is written as a null string. */
export function resp2(reply: Reply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "string") return Buffer.from(`${isInteger(reply) ? ":" : "+"}${reply}\r\n`);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(resp2)]);
}

/** Tells an integer from a status. Only a script that returns a status of digits alone would be taken for the other. */
function isInteger(reply: string): boolean {
  return /^-?\d+$/.test(reply);
}
