import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { readErrorFilter } from "../../src/policies/error_filter.ts";

class Down extends TypeError {}

Deno.test("readErrorFilter() means classes and what is derived from them", () => {
  const test = readErrorFilter([TypeError, DOMException], "retryFor");
  assertEquals([new TypeError(), new Down(), new DOMException()].map(test), [true, true, true]);
  assertEquals([new Error(), new RangeError(), "TypeError", undefined].map(test), [false, false, false, false]);
  assertEquals(readErrorFilter([], "retryFor")(new Error()), false);
});

Deno.test("readErrorFilter() means what the predicate says", () => {
  const test = readErrorFilter((thrown: unknown) => thrown === 5, "retryFor");
  assertEquals([5, 6].map(test), [true, false]);
  // A promise is no answer.
  assertEquals(readErrorFilter(() => Promise.resolve(true), "retryFor")(5), false);
});

Deno.test("readErrorFilter() refuses anything else, with a sentence", () => {
  const refused = (filter: unknown) => {
    const { field, message } = assertThrows(() => readErrorFilter(filter, "retryFor"), InvalidInput);
    return [field, message];
  };
  const wanted = "retryFor must be a list of error classes";
  assertEquals(refused("Error"), ["retryFor", `${wanted} or a predicate, and it is "Error"`]);
  assertEquals(refused(Down), ["retryFor", `${wanted}, and it is a class: write [Down]`]);
  assertEquals(refused([Error, "x"]), ["retryFor[1]", 'retryFor[1] must be a class of errors, and it is "x"']);
  assertEquals(refused([Map]), ["retryFor[0]", "retryFor[0] must be a class of errors, and it is the function Map"]);
});
