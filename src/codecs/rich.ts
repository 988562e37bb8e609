/**
 * Rich types: values that JSON cannot carry, by devalue, which is small, kept well, and knows them all but errors.
 *
 * @module
 */
import { DevalueError, stringify, unflatten } from "devalue";
import { InvalidInput } from "../errors.ts";
import type { ValueCodec } from "../wire/codec.ts";

/**
 * Brings arguments and results as they were: `Date`, `Map`, `Set`, `BigInt`, `Uint8Array` and its kin, `ArrayBuffer`,
 * `URL`, `RegExp`, `Error`, `undefined`, `NaN`, the infinities, -0, holes, cycles, and what occurs twice. What plain JSON
 * brings as it is stays plain JSON.
 */
export function richTypes(): ValueCodec {
  return Object.freeze<ValueCodec>({
    name: "rich",
    stage: "values",
    encode(value, path) {
      return isPlain(value, 0) ? undefined : JSON.parse(flatten(value, path));
    },
    decode(json) {
      return unflatten(json as unknown[], { Error: reviveError });
    },
  });
}

/** Deeper than this nothing is looked at: devalue finds cycles. */
const deepest = 100;

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > deepest) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype || "toJSON" in value) return false;
  return Object.keys(value).every((name) =>
    name !== "__proto__" && isPlain((value as { readonly [name: string]: unknown })[name], depth + 1)
  );
}

function flatten(value: unknown, path: string): string {
  try {
    return stringify(value, { Error: reduceError }, { operations: { viewInfo } });
  } catch (cause) {
    if (!(cause instanceof DevalueError) && !(cause instanceof RangeError)) throw cause;
    const where = path + (cause instanceof DevalueError ? cause.path : "");
    const what = cause instanceof DevalueError ? cause.message.replace(/ at .*$/, "") : "it is too deep";
    throw new InvalidInput(where, `${where} is nothing that rich types carry: ${what}`, { cause });
  }
}

/** Only the bytes that a view shows: the rest of its buffer is nobody's business. */
function viewInfo(view: ArrayBufferView) {
  const { buffer, byteOffset, byteLength } = view;
  const length = "length" in view ? view.length as number : byteLength;
  const own = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  return { buffer: own, byteOffset: 0, byteLength, length, bufferByteLength: byteLength };
}

interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

function reduceError(value: unknown): PlainError | undefined {
  if (!(value instanceof Error)) return undefined;
  const { name, message, stack, cause } = value;
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(cause === undefined ? {} : { cause }) };
}

const errors: { readonly [name: string]: ErrorConstructor } = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function reviveError({ name, message, stack, cause }: PlainError): Error {
  const Class = Object.hasOwn(errors, name) ? errors[name]! : Error;
  const error = new Class(String(message), cause === undefined ? {} : { cause });
  if (error.name !== name) Object.defineProperty(error, "name", { value: String(name), configurable: true });
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return error;
}
