import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { readTaskQuery } from "../../../src/http/flower/query.ts";

Deno.test("a search of Flower's reads each backslash in one way, so that none takes long to read", () => {
  assertThrows(() => readTaskQuery(`"${"\\".repeat(2000)}`), InvalidInput, "Unterminated quoted phrase");
  assertThrows(() => readTaskQuery(`"${'\\"'.repeat(1000)}`), InvalidInput, "Unterminated quoted phrase");
  const test = readTaskQuery(String.raw`args:"a \"quoted\" C:\temp"`);
  assertEquals(test({ args: String.raw`['a "quoted" C:\temp']` } as never), true);
});
