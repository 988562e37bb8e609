import { assertEquals } from "@std/assert";
import { byteLength, fits } from "../src/json.ts";

Deno.test("fits() measures bytes of UTF-8", () => {
  assertEquals([byteLength("aä€😀"), fits("aä€😀", 10), fits("aä€😀", 9), fits("x".repeat(9), 8)], [
    10,
    true,
    false,
    false,
  ]);
});
