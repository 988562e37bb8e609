import { assert, assertEquals } from "@std/assert";
import * as umbel from "@umbel/umbel";

Deno.test("every error has a name and a code of its own", () => {
  const codes = new Map<string, string>();
  for (const [name, value] of Object.entries(umbel)) {
    if (typeof value !== "function" || !(value.prototype instanceof umbel.UmbelError)) continue;
    const error: umbel.UmbelError = Reflect.construct(value, ["a", { type: "b", message: "c" }, 1]);
    assertEquals(error.name, name);
    assert(/^[a-z_]+$/.test(error.code) && !codes.has(error.code), error.code);
    codes.set(error.code, name);
  }
  assert(codes.size >= 15);
});
