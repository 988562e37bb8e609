/**
 * What a route says of the body that it takes.
 *
 * @module
 */
import type { JsonSchema } from "../schema/json_schema.ts";

/** How a body is written. */
export type Media = "json" | "form" | "bytes";

/** What a request carries. */
export interface BodySpec {
  /** What it is for. */
  readonly description: string;
  /** What the object must be: unknown members are refused where `additionalProperties` is `false`. */
  readonly schema: JsonSchema;
  /**
   * How it is written: an object of JSON, the fields of an HTML form, or anything (`bytes`), which `call.bytes()` reads.
   *
   * @default {"json"}
   */
  readonly media?: Media;
  /**
   * Its media type where it is `bytes`.
   *
   * @default {"application/octet-stream"}
   */
  readonly type?: string;
  /**
   * The largest one, in bytes.
   *
   * @default {the option `maxBodySize`}
   */
  readonly maxSize?: number;
  /**
   * How deep its JSON may be nested.
   *
   * @default {64}
   */
  readonly deepest?: number;
}
