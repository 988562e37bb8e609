import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { checkJson } from "../../../src/http/schema/check.ts";
import type { JsonSchema } from "../../../src/http/schema/json_schema.ts";

const body: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1, maxLength: 5, pattern: "^[a-z]+$" },
    count: { type: "integer", minimum: 1, maximum: 9 },
    least: { type: "number", minimum: 0 },
    kind: { type: "string", enum: ["a", "b"] },
    when: { anyOf: [{ type: "string", maxLength: 3 }, { type: "number" }] },
    tags: { type: "array", items: { type: "string" }, maxItems: 2 },
    place: { type: "object", properties: { x: { type: "number" } }, required: ["x"], additionalProperties: false },
    rates: { type: "object", additionalProperties: { type: "boolean" } },
    rest: {},
  },
  required: ["name"],
  additionalProperties: false,
};

Deno.test("checkJson() lets through what fits", () => {
  checkJson(body, {
    name: "abc",
    count: 9,
    least: 0.5,
    kind: "a",
    when: 4,
    tags: ["x"],
    place: { x: 1 },
    rates: { a: true },
    rest: [null],
  });
});

for (
  const [value, field, rule] of [
    [[], "body", /The body must be an object, and it is \[\]/],
    [{}, "name", /name is needed/],
    [{ name: 1 }, "name", /name must be a text, and it is 1/],
    [{ name: "" }, "name", /at least 1 characters/],
    [{ name: "abcdef" }, "name", /at most 5 characters, and it has 6/],
    [{ name: "ABC" }, "name", /fits \^\[a-z\]\+\$/],
    [{ name: "a", count: 10 }, "count", /count must be a whole number from 1 to 9, and it is 10/],
    [{ name: "a", count: 1.5 }, "count", /count must be a whole number, and it is 1\.5/],
    [{ name: "a", least: -1 }, "least", /a number from 0/],
    [{ name: "a", kind: "c" }, "kind", /one of "a", "b"/],
    [{ name: "a", when: true }, "when", /when must be a text or a number/],
    [{ name: "a", when: "four" }, "when", /at most 3 characters/],
    [{ name: "a", tags: ["x", 1] }, "tags[1]", /a text/],
    [{ name: "a", tags: ["x", "y", "z"] }, "tags", /at most 2/],
    [{ name: "a", place: {} }, "place.x", /place\.x is needed/],
    [{ name: "a", place: { x: 1, z: 1 } }, "z", /is no member of place/],
    [{ name: "a", rates: { b: 1 } }, "rates.b", /true or false/],
    [{ name: "a", cuont: 1 }, "cuont", /did you mean count\?/],
    [JSON.parse('{"name":"a","__proto__":{}}'), "__proto__", /no member of the body/],
  ] as const
) {
  Deno.test(`checkJson() says what is wrong with ${JSON.stringify(value)}`, () => {
    const error = assertThrows(() => checkJson(body, value), InvalidInput);
    assertEquals(error.field, field);
    assertMatch(error.message, rule);
  });
}
