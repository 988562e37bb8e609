import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { toJson } from "../src/to_json.ts";

Deno.test("toJson() gives the JSON of what JSON carries", () => {
  const value = { a: [1, "ä", null, true, { b: [] }], n: -1.5, __proto__: null };
  assertEquals(toJson(value, "x"), '{"a":[1,"ä",null,true,{"b":[]}],"n":-1.5}');
  assertEquals(toJson({ gone: undefined, kept: 1 }, "x"), '{"kept":1}');
  const shared = [1];
  assertEquals(toJson([shared, shared], "x"), "[[1],[1]]");
});

Deno.test("toJson() refuses what JSON cannot carry, with its path", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  let deep: unknown[] = [];
  for (let level = 0; level < 200; level++) deep = [deep];
  // deno-lint-ignore no-sparse-arrays
  const holes = [1, , 3];
  const cases: [unknown, string][] = [
    [undefined, "x is undefined"],
    [[undefined], "x[0] is undefined"],
    [holes, "x[1] is undefined"],
    [{ a: { b: NaN } }, "x.a.b is NaN"],
    [[-Infinity], "x[0] is -Infinity"],
    [{ "odd key": 1n }, 'x["odd key"] is a bigint'],
    [{ f: () => 1 }, "x.f is a function"],
    [[Symbol()], "x[0] is a symbol"],
    [{ at: new Date() }, "x.at is a Date"],
    [new Map(), "x is a Map"],
    [[new Set()], "x[0] is a Set"],
    [new Uint8Array(1), "x is a Uint8Array"],
    [new (class User {})(), "x is a User"],
    [{ toJSON: () => 1 }, "x is an object with toJSON"],
    [cycle, "x.self[0] is a cycle"],
  ];
  for (const [value, sentence] of cases) {
    assertThrows(() => toJson(value, "x"), InvalidInput, `${sentence}, which JSON cannot carry`);
  }
  assertThrows(() => toJson(deep, "x"), InvalidInput, "deeper than 200 levels");
});
