import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { InvalidInput, type Json } from "@umbel/umbel";
import { richTypes } from "@umbel/umbel/codecs";
import fc from "fast-check";
import { seedProperties } from "../random.ts";

seedProperties();

const codec = richTypes();

/** A value there and back, over JSON text as it travels. */
function travelled(value: unknown): unknown {
  const json = codec.encode(value, "args");
  return json === undefined ? JSON.parse(JSON.stringify(value)) : codec.decode(JSON.parse(JSON.stringify(json)));
}

/** Whatever rich types carry. */
const rich = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, tie("leaf"), tie("list"), tie("object"), tie("map"), tie("set")),
  leaf: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.int16Array(),
    fc.float64Array(),
    fc.webUrl().map((url) => new URL(url)),
    fc.constantFrom(/a\/b/gi, /^$/),
  ),
  list: fc.array(tie("value")),
  object: fc.dictionary(fc.string().filter((name) => name !== "__proto__"), tie("value")),
  map: fc.array(fc.tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
  set: fc.array(tie("value")).map((items) => new Set(items)),
})).value;

Deno.test("richTypes() brings every value as it was", () => {
  fc.assert(fc.property(rich, (value) => assertEquals(travelled([value]), [value])));
});

Deno.test("richTypes() leaves plain JSON as it is, and takes everything else", () => {
  const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(fc.property(json, (value) => {
    const hasMinusZero = JSON.stringify(value) !== undefined && containsMinusZero(value as Json);
    assertEquals(codec.encode(value, "args") === undefined, !hasMinusZero);
  }));
  for (const value of [undefined, NaN, -0, Infinity, 1n, new Date(), [, 1], { a: undefined }, new Map(), /x/]) {
    assert(codec.encode([value], "args") !== undefined, String(value));
  }
  // Whoever builds an object of it would change what that inherits.
  assertThrows(() => codec.encode(JSON.parse('[{"__proto__": null}]'), "args"), InvalidInput, "__proto__");
});

function containsMinusZero(value: Json): boolean {
  if (typeof value !== "object" || value === null) return Object.is(value, -0);
  return Object.values(value).some((item) => containsMinusZero(item));
}

Deno.test("richTypes() brings errors with their class, cause and stack", () => {
  const error = new TypeError("outer", { cause: new Map([["code", 7]]) });
  const [brought] = travelled([error]) as [TypeError];
  assertInstanceOf(brought, TypeError);
  assertEquals([brought.name, brought.message, brought.stack, brought.cause], [
    ...["TypeError", "outer", error.stack],
    new Map([["code", 7]]),
  ]);
  const [own] = travelled([Object.assign(new Error("x"), { name: "OwnError" })]) as [Error];
  assertEquals([own.name, own.message, String(own)], ["OwnError", "x", "OwnError: x"]);
});

Deno.test("richTypes() brings cycles, and what occurs twice once", () => {
  const shared = { n: 1n };
  const list: unknown[] = [shared, shared];
  list.push(list);
  const brought = travelled(list) as unknown[];
  assertStrictEquals(brought[0], brought[1]);
  assertStrictEquals(brought[2], brought);
});

Deno.test("richTypes() sends only the bytes that a view shows", () => {
  const secret = new TextEncoder().encode("secret!!");
  for (const view of [secret.subarray(6, 8), new Uint16Array(secret.buffer, 6, 1), new DataView(secret.buffer, 6, 2)]) {
    const json = JSON.stringify(codec.encode([view], "args"));
    assert(!json.includes(btoa("secret!!").slice(0, 6)), json);
    const [brought] = travelled([view]) as [ArrayBufferView<ArrayBuffer>];
    assertEquals([brought.constructor, brought.byteOffset], [view.constructor, 0]);
    assertEquals(new Uint8Array(brought.buffer), secret.slice(6));
  }
});

Deno.test("richTypes() refuses functions, symbols and classes of others, with their path", () => {
  class Money {}
  for (const [value, what] of [[() => 1, "function"], [Symbol("s"), "Symbol"], [new Money(), "non-POJOs"]] as const) {
    const error = assertThrows(() => codec.encode([0, { a: value }], "args"), InvalidInput, what);
    assertEquals(error.field, "args[1].a");
  }
});
