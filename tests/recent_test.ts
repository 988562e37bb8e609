import { assertEquals } from "@std/assert";
import { Recent } from "../src/recent.ts";

Deno.test("Recent forgets what was not set for longest", () => {
  const recent = new Recent<string, number>(2);
  recent.set("a", 1);
  recent.set("b", 2);
  recent.set("a", 3);
  recent.set("c", 4);
  assertEquals([recent.get("a"), recent.get("b"), recent.get("c")], [3, undefined, 4]);
  recent.delete("a");
  recent.set("d", 5);
  assertEquals([recent.get("a"), recent.get("c"), recent.get("d")], [undefined, 4, 5]);
});
