/**
 * Codecs: what stands between values and the JSON that goes to the broker. There are four stages, each with at most one
 * codec, and always in this order: *values* makes JSON of what JSON cannot carry, *compress* and *seal* make bytes of
 * bytes, *sign* vouches for the whole message.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import { show } from "../options/values.ts";

/** Bytes in a buffer of their own kind, as WebCrypto and streams take them. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Makes JSON of values that JSON cannot carry. */
export interface ValueCodec {
  /** Named in each message that went through it: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** When it comes. */
  readonly stage: "values";
  /**
   * The JSON of a value.
   *
   * @param path What the value is, for the error: `args`.
   * @returns `undefined` when plain JSON brings the value as it is.
   * @throws {InvalidInput} When it cannot carry the value either.
   */
  encode(value: unknown, path: string): Json | undefined;
  /** The value of such JSON. */
  decode(json: Json): unknown;
}

/** Makes bytes of bytes: smaller ones, or ones that only those read who have a key. */
export interface ByteCodec {
  /** Named in each message that went through it: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** When it comes. */
  readonly stage: "compress" | "seal";
  /**
   * What becomes of the bytes.
   *
   * @param place Where they belong, as text: what is sealed must open nowhere else.
   * @returns `undefined` to leave them as they are.
   */
  encode(bytes: Bytes, place: string): Promise<Bytes | undefined>;
  /** The bytes as they were. @throws {CannotDecode} */
  decode(bytes: Bytes, place: string): Promise<Bytes>;
  /** Whether a task refuses arguments that it did not seal. Asked of a codec that seals. */
  readonly isRequired?: boolean;
  /**
   * A text that is the same for the same text, and says nothing about it: in place of the keys (`unique`) that a broker
   * compares. Asked of a codec that seals.
   */
  blind?(text: string): Promise<string>;
}

/** Vouches for messages. */
export interface SigningCodec {
  /** Named in each message that went through it: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** When it comes. */
  readonly stage: "sign";
  /** How long after it is due a message may be run (ms). */
  readonly maxAge: number;
  /** Whether a message without a signature is refused. */
  readonly isRequired: boolean;
  /** The signature of a text. */
  sign(text: string): Promise<string>;
  /** What is wrong with the signature of a text; `undefined` when nothing is. */
  verify(text: string, signature: string): Promise<string | undefined>;
}

/** What an app or a task may be given as one of its `codecs`. */
export type Codec = ValueCodec | ByteCodec | SigningCodec;

/** The codecs of an app or task, by their stages. */
export interface Codecs {
  /** Makes JSON of values. */
  readonly values?: ValueCodec;
  /** Makes it smaller. */
  readonly compress?: ByteCodec;
  /** Makes it unreadable. */
  readonly seal?: ByteCodec;
  /** Vouches for it. */
  readonly sign?: SigningCodec;
}

/** What stands in the place of a codec's name for a value that lies in the store. */
export const stored = "stored";

const methods = {
  values: ["encode", "decode"],
  compress: ["encode", "decode"],
  seal: ["encode", "decode"],
  sign: ["sign", "verify"],
} as const;

/** Checks the option `codecs`. Their order in the list says nothing. @throws {InvalidInput} */
export function readCodecs(list: unknown): Codecs {
  if (!Array.isArray(list)) {
    throw new InvalidInput("codecs", `codecs must be a list, as [compress()], and it is ${show(list)}`);
  }
  const codecs: { [stage: string]: Codec } = {};
  for (const [index, codec] of list.entries()) {
    checkCodec(codec, `codecs[${index}]`);
    const { stage, name } = codec;
    const other = codecs[stage];
    if (other) {
      throw new InvalidInput("codecs", `codecs has ${other.name} and ${name}, and both are to ${stage}: give one`);
    }
    codecs[stage] = codec;
  }
  return Object.freeze(codecs) as unknown as Codecs;
}

function checkCodec(codec: unknown, field: string): asserts codec is Codec {
  const { name, stage } = (typeof codec === "object" && codec !== null ? codec : {}) as Partial<Codec>;
  const isCodec = typeof stage === "string" && Object.hasOwn(methods, stage) &&
    methods[stage].every((method) => typeof (codec as Record<string, unknown>)[method] === "function");
  if (!isCodec) throw new InvalidInput(field, `${field} must be a codec, as compress() makes one`);
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,31}$/.test(name) || name === stored) {
    throw new InvalidInput(
      field,
      `The name of a codec must be 1 to 32 lower-case letters, digits and hyphens, and not "stored", and it is ` +
        show(name),
    );
  }
}
