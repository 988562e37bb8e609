/**
 * What a message or a record holds in place of a value that went through codecs, and who vouches for a message.
 *
 * @module
 */
import type { Json } from "../json.ts";

/** A value that went through codecs, and their names: so that a reader knows how to get it back, or that it cannot. */
export interface Encoded {
  /** The codecs that it went through, the first one first; `stored` for one that lies in the app's store. */
  readonly by: readonly string[];
  /** What came out: JSON, or base64 where a codec made bytes, or what finds it in the store. */
  readonly data: Json;
}

/** That a message was sent by somebody who has the key. */
export interface Signature {
  /** The codec that made it. */
  readonly by: string;
  /** Valid until then (ms since 1970). */
  readonly until: number;
  /** What the codec made. */
  readonly value: string;
}

/** Where an encoded value belongs: a sealed one can be opened nowhere else. */
export interface Place {
  /** The name of the app. */
  readonly app: string;
  /** The task's id. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
  /** What of the task: its arguments with their headers, its result, an error, or what its handler told or said. */
  readonly part: "args" | "result" | "error" | "meta" | "log";
}
