/**
 * The way of one value through codecs, and back.
 *
 * @module
 */
import { CannotDecode, UmbelError } from "../errors.ts";
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { type ByteCodec, type Bytes, type Codecs, stored, type ValueCodec } from "./codec.ts";
import type { Encoded, Place } from "./encoded.ts";
import type { PayloadStore } from "./store.ts";

/** How a value is encoded. */
export interface Encoding {
  /** What it goes through. */
  readonly codecs: Codecs;
  /** Where it belongs. */
  readonly place: Place;
  /** Takes it when it is large; absent for what must not lie aside. */
  readonly store?: PayloadStore | undefined;
  /** When the message is due, or the record goes (ms since 1970). */
  readonly until?: number;
  /** Names what is put into the store. */
  readonly word?: string;
}

/** What became of a value: it is as it was where `encoded` is absent. */
export interface EncodedValue {
  /** What the codecs made of it. */
  readonly encoded?: Encoded;
  /** Its JSON, where no bytes were made of it. */
  readonly json?: string;
  /** About how many characters it takes in JSON. */
  readonly size: number;
}

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true });

/**
 * Encodes a value.
 *
 * @param path What it is, for the error: `args`.
 * @throws {InvalidInput} When neither JSON nor the codec for values can carry it.
 * @throws {StoreFailed} When it is large, and the store does not take it.
 */
export async function encode(value: unknown, path: string, encoding: Encoding): Promise<EncodedValue> {
  const { codecs: { values, compress, seal }, place, store, until = 0, word } = encoding;
  const by: string[] = [];
  const rich = values?.encode(value, path);
  if (rich !== undefined) by.push(values!.name);
  const json = rich === undefined ? toJson(value, path) : JSON.stringify(rich);
  let bytes: Bytes | undefined;
  for (const codec of [compress, seal]) {
    const made = await codec?.encode(bytes ?? utf8.encode(json), textOf(place, by));
    if (!made) continue;
    bytes = made;
    by.push(codec!.name);
  }
  if (store && (bytes?.length ?? json.length * 3) > store.over) {
    const kept = bytes ?? utf8.encode(json);
    if (kept.length > store.over) {
      return { encoded: { by: [...by, stored], data: await store.put(place, kept, until, word) }, size: 200 };
    }
  }
  if (bytes) return { encoded: { by, data: toBase64(bytes) }, size: Math.ceil(bytes.length / 3) * 4 };
  return { ...(rich === undefined ? {} : { encoded: { by, data: rich } }), json, size: json.length };
}

/** The codec of that name, if it is known. */
export type FindCodec = (name: string) => ValueCodec | ByteCodec | undefined;

/**
 * Decodes a value.
 *
 * @throws {CannotDecode} When a codec or key is not known, or the payload was changed.
 * @throws {StoreFailed} When it lies in the store, and does not come.
 */
export async function decode(
  { by, data }: Encoded,
  find: FindCodec,
  place: Place,
  store: PayloadStore | undefined,
): Promise<unknown> {
  const what = `The ${place.part} of task ${place.task}[${place.id}]`;
  if (!Array.isArray(by)) throw new CannotDecode(`${what} do not say how they are read`, { isDamaged: true });
  const isStored = by.at(-1) === stored;
  const names = isStored ? by.slice(0, -1) : by;
  const codecs = names.map((name) => find(name) ?? unknown(what, name));
  if (isStored && !store) throw new CannotDecode(`${what} lie in a store, and this app has none`);
  try {
    let bytes: Bytes | undefined = isStored ? await store!.get(place, data) : undefined;
    let value: unknown = data;
    for (const [index, codec] of [...codecs.entries()].reverse()) {
      if (codec.stage === "values") value = codec.decode((bytes ? JSON.parse(text.decode(bytes)) : value) as Json);
      else bytes = await codec.decode(bytes ?? fromBase64(data as string), textOf(place, names.slice(0, index)));
    }
    return codecs[0]?.stage === "values" || !bytes ? value : JSON.parse(text.decode(bytes));
  } catch (cause) {
    if (cause instanceof UmbelError) throw cause;
    throw new CannotDecode(`${what} cannot be read: they were changed on their way`, { cause, isDamaged: true });
  }
}

function unknown(what: string, name: string): never {
  throw new CannotDecode(`${what} went through the codec ${JSON.stringify(name)}, which is not known here`);
}

/** Where a value belongs, and what it went through until there: neither can be changed once it is sealed. */
function textOf({ app, id, task, part }: Place, by: readonly string[]): string {
  return JSON.stringify([app, id, task, part, by]);
}
