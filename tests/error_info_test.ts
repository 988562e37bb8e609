import { assert, assertEquals, assertMatch } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
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

Deno.test("errorInfo() ends a stack where the worker called the handler", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:") });
  const deep = () => {
    throw new TypeError("no", { cause: new RangeError("inner") });
  };
  const fail = app.task("fail", () => deep());
  const failLater = app.task("fail_later", async () => {
    await Promise.resolve();
    deep();
  });
  const slow = app.task("slow", { timeLimit: "10ms", bind: true }, async (self) => {
    await new Promise((resolve) => self.signal.addEventListener("abort", resolve, { once: true }));
  });
  const handles = await app.sendMany([fail.call([]), failLater.call([]), slow.call([])]);
  await new Worker(app, { log: silent }).drain({ seconds: 60 });
  const errors = await Promise.all(handles.map(async (handle) => (await handle.record())!.error!));
  for (const { stack, cause } of errors.slice(0, 2)) {
    for (const [text, message] of [[stack, "TypeError: no"], [cause!.stack, "RangeError: inner"]]) {
      const lines = text!.split("\n");
      assertEquals(lines[0], message);
      assert(lines.length > 1 && lines.slice(1).every((line) => /error_info_test\.ts|ext:/.test(line)), text);
    }
  }
  assertMatch(errors[2]!.stack!, /^TimeLimitExceeded: .* time limit of 10ms\n.*run\.ts/);
});

const silent = { enabled: () => false, debug() {}, info() {}, warning() {}, error() {} };
