/**
 * Codecs: what messages and results go through on their way to the broker. An app or a task names those that it wants,
 * a message names those that it went through; their order is always the same: rich types, compression, seal, signature.
 *
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { compress, richTypes, sealed, signed } from "@umbel/umbel/codecs";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = { "2026-11": crypto.getRandomValues(new Uint8Array(32)) }; // from a secret, the same everywhere
 *
 * await using app = new Umbel("shop", {
 *   broker: sqlite(":memory:"),
 *   codecs: [richTypes(), compress(), sealed({ keys }), signed({ keys })],
 * });
 * const later = app.task("later", (day: Date) => new Date(day.getTime() + 86_400_000));
 *
 * const handle = await later.delay(new Date("2026-11-20"));
 * await new Worker(app).drain({ seconds: 5 });
 * assertEquals(await handle.get(), new Date("2026-11-21"));
 * ```
 *
 * @module
 */
export type { ByteCodec, Bytes, Codec, SigningCodec, ValueCodec } from "../wire/codec.ts";
export type { Keys } from "./keys.ts";
export { compress, type CompressOptions } from "./compress.ts";
export { richTypes } from "./rich.ts";
export { sealed, type SealedOptions } from "./sealed.ts";
export { signed, type SignedOptions } from "./signed.ts";
