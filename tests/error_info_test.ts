import { assert, assertEquals } from "@std/assert";
import { errorInfo } from "../src/error_info.ts";

Deno.test("errorInfo() turns whatever was thrown into data", () => {
  const { stack, ...info } = errorInfo(new TypeError("bad", { cause: new RangeError("why", { cause: "because" }) }));
  assert(stack!.startsWith("TypeError: bad\n"));
  assertEquals([info.type, info.message], ["TypeError", "bad"]);
  assertEquals([info.cause!.type, info.cause!.message, info.cause!.cause], [
    "RangeError",
    "why",
    { type: "Error", message: "because" },
  ]);
  assertEquals(errorInfo("text"), { type: "Error", message: "text" });
  assertEquals(errorInfo(null), { type: "Error", message: "null" });
  assertEquals(errorInfo(Object.create(null)), { type: "Error", message: "[object Object]" });
});

Deno.test("errorInfo() tells an error by its class when that gave it no name", () => {
  class OutOfStock extends RangeError {}
  class Named extends Error {
    override readonly name = "by itself";
  }
  const odd = Object.assign(new TypeError("odd"), { constructor: undefined });
  const thrown = [
    new OutOfStock(),
    new Named(),
    new DOMException("stop", "AbortError"),
    new (class extends Error {})(),
    odd,
  ];
  assertEquals(thrown.map((error) => errorInfo(error).type), [
    "OutOfStock",
    "by itself",
    "AbortError",
    "Error",
    "TypeError",
  ]);
});

Deno.test("errorInfo() bounds the stack and the causes", () => {
  const endless = new Error("round");
  endless.cause = endless;
  endless.stack = "x".repeat(100_000);
  let depth = 0;
  for (let info = errorInfo(endless).cause; info; info = info.cause) depth++;
  assertEquals(depth, 4);
  assertEquals(errorInfo(endless).stack!.length, 16_384);
});
