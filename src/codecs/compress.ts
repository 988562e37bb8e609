/**
 * Smaller messages and results, by the compression that every runtime brings.
 *
 * @module
 */
import { CannotDecode } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import type { ByteCodec, Bytes } from "../wire/codec.ts";
import { readSize } from "../options/size.ts";

/** What to compress. */
export interface CompressOptions {
  /**
   * What is larger is compressed, if that makes it smaller: bytes, or text as `"8kb"`.
   *
   * @default {"8kb"}
   */
  readonly over?: number | string;
  /**
   * What would come out larger is refused, as somebody's attempt to fill the memory: bytes, or text as `"64mb"`.
   *
   * @default {"64mb"}
   */
  readonly largest?: number | string;
}

/** Compresses by gzip what is large. */
export function compress(options: CompressOptions = {}): ByteCodec {
  checkKeys(options, ["over", "largest"], "option of compress");
  const over = readSize(options.over ?? "8kb", "over");
  const largest = readSize(options.largest ?? "64mb", "largest");
  return Object.freeze<ByteCodec>({
    name: "gzip",
    stage: "compress",
    async encode(bytes) {
      if (bytes.length <= over) return undefined;
      const smaller = await through(bytes, new CompressionStream("gzip"), Infinity);
      return smaller.length < bytes.length ? smaller : undefined;
    },
    async decode(bytes) {
      return await through(bytes, new DecompressionStream("gzip"), largest);
    },
  });
}

/** What becomes of bytes in a stream. @throws {CannotDecode} When more than that comes out. */
async function through(bytes: Bytes, stream: CompressionStream | DecompressionStream, largest: number): Promise<Bytes> {
  const parts: BlobPart[] = [];
  let size = 0;
  for await (const part of new Blob([bytes]).stream().pipeThrough(stream)) {
    size += part.length;
    if (size > largest) throw new CannotDecode(`More than ${largest} bytes were compressed`, { isDamaged: true });
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
